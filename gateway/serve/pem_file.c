#include "gateway/serve/pem_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool gateway_pem_file_read(const char *file, size_t max_bytes, uint8_t **out, size_t *len,
                           char *err, size_t err_len)
{
    FILE *f = fopen(file, "rb");
    uint8_t *data = f == NULL ? NULL : malloc(max_bytes + 1);
    size_t n = data == NULL ? 0 : fread(data, 1, max_bytes + 1, f);

    if (data == NULL || ferror(f) != 0)
        (void)snprintf(err, err_len, "cannot read '%s': %s", file, strerror(errno));
    else if (n > max_bytes)
        (void)snprintf(err, err_len, "'%s' is too large", file);
    else {
        *out = data;
        *len = n;
        (void)fclose(f);
        return true;
    }
    free(data);
    if (f != NULL)
        (void)fclose(f);
    return false;
}
