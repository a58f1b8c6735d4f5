#include "gateway/handover/meeting.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "gateway/handover/packet.h"

enum { BACKLOG = 8 };

/* Returns: -1. */
static int fail(char *err, size_t err_len, const char *what, const char *path, const char *why)
{
    (void)snprintf(err, err_len, "%s '%.200s': %s", what, path, why);
    return -1;
}

static bool address_of(const char *path, struct sockaddr_un *out)
{
    *out = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (path[0] == '\0' || strlen(path) >= sizeof out->sun_path)
        return false;
    (void)snprintf(out->sun_path, sizeof out->sun_path, "%s", path);
    return true;
}

static int connect_to(const struct sockaddr_un *address)
{
    const struct timeval wait = {.tv_sec = HANDOVER_WAIT_S};
    const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    int saved;

    if (fd >= 0) {
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
    }
    if (fd < 0 || connect(fd, (const struct sockaddr *)address, sizeof *address) == 0)
        return fd;
    saved = errno;
    (void)close(fd);
    errno = saved;
    return -1;
}

/* Remove what is left of a gateway that is gone. Returns: false with errno: EADDRINUSE when
 * somebody is there, EEXIST when it is no socket. */
static bool clear_stale(const struct sockaddr_un *address)
{
    struct stat st;
    int fd;

    if (lstat(address->sun_path, &st) != 0)
        return errno == ENOENT;
    if (!S_ISSOCK(st.st_mode)) {
        errno = EEXIST;
        return false;
    }
    fd = connect_to(address);
    if (fd >= 0) {
        (void)close(fd);
        errno = EADDRINUSE;
        return false;
    }
    return errno == ECONNREFUSED && unlink(address->sun_path) == 0;
}

/* With the mode from the first moment on. */
static int bind_private(const struct sockaddr_un *address)
{
    const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const mode_t before = umask(0177);
    const bool ok = fd >= 0 && bind(fd, (const struct sockaddr *)address, sizeof *address) == 0 &&
                    listen(fd, BACKLOG) == 0;
    const int saved = errno;

    (void)umask(before);
    if (ok)
        return fd;
    if (fd >= 0)
        (void)close(fd);
    errno = saved;
    return -1;
}

int handover_listen(const char *path, char *err, size_t err_len)
{
    static const char what[] = "cannot listen at --control";
    struct sockaddr_un address;
    int fd;

    if (!address_of(path, &address))
        return fail(err, err_len, what, path, "the path is empty or too long");
    fd = clear_stale(&address) ? bind_private(&address) : -1;
    if (fd >= 0)
        return fd;
    return fail(err, err_len, what, path,
                errno == EADDRINUSE ? "a gateway runs there; --takeover replaces it"
                                    : strerror(errno));
}

int handover_connect(const char *path, char *err, size_t err_len)
{
    static const char what[] = "cannot take over from";
    struct sockaddr_un address;
    int fd;

    if (!address_of(path, &address))
        return fail(err, err_len, what, path, "the path is empty or too long");
    fd = connect_to(&address);
    if (fd < 0)
        return fail(err, err_len, what, path, strerror(errno));
    if (handover_peer_is(fd, geteuid()))
        return fd;
    (void)close(fd);
    return fail(err, err_len, what, path, "who listens there is another user");
}
