#include "ra-tls/bundle_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "certbind/hex.h"

enum { PATH_ROOM = 4096 };

void ratls_bundle_name(const struct certbind_pck_info *info, char out[RATLS_BUNDLE_NAME_ROOM])
{
    char fmspc[2 * CERTBIND_FMSPC_LEN + 1];

    certbind_hex_encode(info->fmspc, sizeof info->fmspc, fmspc);
    (void)snprintf(out, RATLS_BUNDLE_NAME_ROOM, "%s-%s-%s.json",
                   info->tee_type == CERTBIND_TEE_TDX ? "tdx" : "sgx", fmspc,
                   certbind_pck_ca_name(info->ca));
}

static bool join(const char *dir, const char *name, char out[PATH_ROOM])
{
    return (size_t)snprintf(out, PATH_ROOM, "%s%s%s", dir, name == NULL ? "" : "/",
                            name == NULL ? "" : name) < PATH_ROOM;
}

static certbind_status missing(struct certbind_error *err, const char *path, const char *why)
{
    return certbind_fail(err, CERTBIND_E_COLLATERAL_MISSING, "'%.100s': %.60s", path, why);
}

/* Read what a descriptor of a regular file holds. */
static certbind_status read_all(int fd, const char *path, char **out, size_t *len,
                                struct certbind_error *err)
{
    size_t room = CERTBIND_COLLATERAL_MAX_BYTES + 1;
    struct stat st;
    ssize_t n;

    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return missing(err, path, "not a regular file");
    if ((uint64_t)st.st_size >= room)
        return missing(err, path, "too large");
    *out = malloc(room);
    if (*out == NULL)
        return certbind_fail(err, CERTBIND_E_MEMORY, "memory ran out");
    while ((n = read(fd, *out + *len, room - *len)) > 0)
        *len += (size_t)n;
    if (n < 0)
        return missing(err, path, strerror(errno));
    if (*len == room)
        return missing(err, path, "too large");
    (*out)[*len] = '\0'; /* as what a service gave */
    return CERTBIND_OK;
}

certbind_status ratls_bundle_read(const char *path, const char *name, char **out, size_t *len,
                                  struct certbind_error *err)
{
    char full[PATH_ROOM];
    certbind_status status;
    int fd;

    *out = NULL;
    *len = 0;
    if (!join(path, name, full))
        return missing(err, path, "the path is too long");
    fd = open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return missing(err, full, strerror(errno));
    status = read_all(fd, full, out, len, err);
    (void)close(fd);
    if (status != CERTBIND_OK) {
        free(*out);
        *out = NULL;
        *len = 0;
    }
    return status;
}

/* Make a folder and those above it. */
static bool make_dir(const char *dir)
{
    char path[PATH_ROOM];

    if (!join(dir, NULL, path) || path[0] == '\0')
        return false;
    for (char *at = path + 1; *at != '\0'; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST)
            return false;
        *at = '/';
    }
    return mkdir(path, 0700) == 0 || errno == EEXIST;
}

static bool write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        data += n;
        len -= (size_t)n;
    }
    return true;
}

bool ratls_bundle_write(const char *dir, const char *name, const char *bundle, size_t len)
{
    char full[PATH_ROOM];
    char beside[PATH_ROOM];
    bool ok;
    int fd;

    if (!join(dir, name, full) || !join(dir, ".new-XXXXXX", beside) || !make_dir(dir))
        return false;
    fd = mkstemp(beside); /* mode 0600 */
    if (fd < 0)
        return false;
    ok = write_all(fd, bundle, len);
    ok = close(fd) == 0 && ok;
    ok = ok && rename(beside, full) == 0;
    if (!ok)
        (void)unlink(beside);
    return ok;
}
