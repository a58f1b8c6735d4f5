#include "gateway/sandbox/files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What a version of Landlock added; the kernel's header may be older than the kernel. */
enum { WITH_REFER = 2, WITH_TRUNCATE = 3, WITH_NETWORK = 4, WITH_DEVICES = 5, WITH_SCOPES = 6 };

static const uint64_t first_rights = (1ULL << 13) - 1;
static const uint64_t refer = 1ULL << 13, truncate_file = 1ULL << 14, device_ioctl = 1ULL << 15;
static const uint64_t bind_tcp = 1ULL << 0;
static const uint64_t scopes = (1ULL << 0) | (1ULL << 1); /* abstract sockets, signals */

/* What the C library's resolver and the certificate authorities are read from, whenever it may be:
 * folders, because these files are replaced. */
static const struct sandbox_path system_paths[] = {
    {"/etc", SANDBOX_READ},
    {"/run/systemd/resolve", SANDBOX_READ},
    {"/run/NetworkManager", SANDBOX_READ},
    {"/run/resolvconf", SANDBOX_READ},
    {"/usr/share/ca-certificates", SANDBOX_READ},
    {"/usr/local/share/ca-certificates", SANDBOX_READ},
    /* libuv keeps it open in each loop, for when files run out, and asks again with every socket
     * until it has it. */
    {"/dev/null", SANDBOX_READ},
#if defined(DEVPROOF_SANITIZED)
    {"/", SANDBOX_READ}, /* the sanitizers' runtime reads its process and program */
#endif
};

/* The kernel takes as many bytes as it knows, when what lies behind them is zero. */
struct ruleset {
    uint64_t files, network, scoped;
};

static size_t ruleset_bytes(int version)
{
    if (version >= WITH_SCOPES)
        return sizeof(struct ruleset);
    return version >= WITH_NETWORK ? offsetof(struct ruleset, scoped)
                                   : offsetof(struct ruleset, network);
}

static struct ruleset everything(int version)
{
    struct ruleset r = {.files = first_rights};

    if (version >= WITH_REFER)
        r.files |= refer;
    if (version >= WITH_TRUNCATE)
        r.files |= truncate_file;
    if (version >= WITH_DEVICES)
        r.files |= device_ioctl;
    if (version >= WITH_NETWORK)
        r.network = bind_tcp;
    if (version >= WITH_SCOPES)
        r.scoped = scopes;
    return r;
}

static uint64_t rights(const struct sandbox_path *p, bool folder)
{
    uint64_t read = LANDLOCK_ACCESS_FS_READ_FILE;

    if (!folder)
        return read;
    read |= LANDLOCK_ACCESS_FS_READ_DIR;
    if (p->use == SANDBOX_READ)
        return read;
    return read | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |
           LANDLOCK_ACCESS_FS_REMOVE_FILE | truncate_file;
}

/* Returns: false with errno; a path that is not there is none of the kernel's refusals. */
static bool add(int ruleset, const struct sandbox_path *p, uint64_t known, bool *found)
{
    struct landlock_path_beneath_attr rule = {.allowed_access = 0};
    const int fd = open(p->path, O_PATH | O_CLOEXEC);
    struct stat st;
    bool ok;

    *found = fd >= 0 && fstat(fd, &st) == 0;
    if (!*found) {
        if (fd >= 0)
            (void)close(fd);
        return true;
    }
    rule.parent_fd = fd;
    rule.allowed_access = rights(p, S_ISDIR(st.st_mode)) & known;
    ok = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
    (void)close(fd);
    return ok;
}

static void append(struct sandbox_result *out, const char *before, const char *text)
{
    const size_t len = strlen(out->detail);

    (void)snprintf(out->detail + len, sizeof out->detail - len, "%s%s", before, text);
}

static bool add_all(int ruleset, const struct sandbox_path *paths, size_t count, uint64_t known,
                    struct sandbox_result *out)
{
    const char *before = "; not there: ";
    bool any;

    for (size_t i = 0; i < sizeof system_paths / sizeof system_paths[0]; i++)
        if (!add(ruleset, &system_paths[i], known, &any))
            return false;
    for (size_t i = 0; i < count; i++) {
        bool found;

        if (!add(ruleset, &paths[i], known, &found))
            return false;
        if (!found) {
            append(out, before, paths[i].path);
            before = ", ";
        }
    }
    return true;
}

static void refused(struct sandbox_result *out, const char *what)
{
    (void)snprintf(out->detail, sizeof out->detail, "%s: %s", what, strerror(errno));
}

void sandbox_files_restrict(const struct sandbox_path *paths, size_t count,
                            struct sandbox_result *out)
{
    const long version =
        syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    struct ruleset handled;
    int fd;

    if (version < 1) {
        refused(out, "no Landlock");
        return;
    }
    handled = everything((int)version);
    fd = (int)syscall(SYS_landlock_create_ruleset, &handled, ruleset_bytes((int)version), 0);
    if (fd < 0) {
        refused(out, "landlock_create_ruleset");
        return;
    }
    (void)snprintf(out->detail, sizeof out->detail, "Landlock version %ld", version);
    if (!add_all(fd, paths, count, handled.files, out))
        refused(out, "landlock_add_rule");
    else if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
             syscall(SYS_landlock_restrict_self, fd, 0) != 0)
        refused(out, "landlock_restrict_self");
    else
        out->state = SANDBOX_ON;
    (void)close(fd);
}
