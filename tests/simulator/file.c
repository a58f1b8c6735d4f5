#include "tests/simulator/file.h"

#include <errno.h>
#include <stdio.h>

bool sim_file_read(const char *path, size_t max, struct sim_buffer *out)
{
    FILE *f = fopen(path, "rb");
    char chunk[4096];
    size_t n;
    bool ok;

    if (f == NULL)
        return false;
    while ((n = fread(chunk, 1, sizeof chunk, f)) > 0 && out->len <= max)
        sim_buffer_put(out, chunk, n);
    ok = ferror(f) == 0 && out->len <= max && sim_buffer_ok(out);
    if (ferror(f) == 0 && !ok)
        errno = EFBIG;
    (void)fclose(f);
    return ok;
}

bool sim_file_write(const char *path, struct certbind_bytes content)
{
    struct sim_buffer part = {0};
    const char *name;
    FILE *f = NULL;
    bool ok;

    sim_buffer_printf(&part, "%s.part", path);
    name = sim_buffer_cstr(&part);
    if (name != NULL)
        f = fopen(name, "wb");
    ok = f != NULL && fwrite(content.data, 1, content.len, f) == content.len;
    if (f != NULL)
        ok = fclose(f) == 0 && ok;
    ok = ok && rename(name, path) == 0;
    sim_buffer_cleanup(&part);
    return ok;
}
