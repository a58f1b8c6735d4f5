#include "gateway/lifetime/ready_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static bool write_all(FILE *f, char (*listeners)[GATEWAY_ADDRESS_ROOM], size_t count,
                      const char *admin)
{
    bool ok = fprintf(f, "{\"listeners\":[") > 0;

    for (size_t i = 0; i < count; i++)
        ok = fprintf(f, "%s\"%s\"", i > 0 ? "," : "", listeners[i]) > 0 && ok;
    ok = fprintf(f, "],\"admin\":\"%s\",\"pid\":%ld}\n", admin, (long)getpid()) > 0 && ok;
    return fclose(f) == 0 && ok;
}

bool gateway_ready_file_write(const char *path, char (*listeners)[GATEWAY_ADDRESS_ROOM],
                              size_t count, const char *admin)
{
    char *part = NULL;
    FILE *f = NULL;
    bool ok;

    if (asprintf(&part, "%s.part", path) < 0)
        return false;
    f = fopen(part, "we");
    ok = f != NULL && write_all(f, listeners, count, admin) && rename(part, path) == 0;
    free(part);
    return ok;
}
