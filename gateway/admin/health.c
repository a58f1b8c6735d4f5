#include "gateway/admin/health.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "gateway/admin/admin.h"
#include "gateway/core/address.h"

enum { TIMEOUT_S = 5, REPLY_ROOM = GATEWAY_ADMIN_BODY_ROOM + 1024 };

static const char request[] =
    "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

static bool fail(FILE *problems, const char *address, const char *why)
{
    (void)fprintf(problems, "devproof-gateway: cannot ask %s: %s\n", address, why);
    return false;
}

static int dial(const char *address)
{
    const struct timeval timeout = {.tv_sec = TIMEOUT_S};
    struct sockaddr_storage to;
    socklen_t len;
    int fd;

    if (!gw_address_parse(address, &to, &len)) {
        errno = EINVAL;
        return -1;
    }
    fd = socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout) != 0 ||
                    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) != 0 ||
                    connect(fd, (struct sockaddr *)&to, len) != 0)) {
        int why = errno;

        (void)close(fd);
        errno = why;
        return -1;
    }
    return fd;
}

/* Everything until the end. Returns: false when it does not end in time, or is too long. */
static bool read_reply(int fd, char reply[REPLY_ROOM])
{
    const time_t until = time(NULL) + TIMEOUT_S;
    size_t len = 0;

    while (len < REPLY_ROOM - 1) {
        ssize_t n = recv(fd, reply + len, REPLY_ROOM - 1 - len, 0);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 || time(NULL) > until)
            return false;
        if (n == 0) {
            reply[len] = '\0';
            return memchr(reply, '\0', len) == NULL;
        }
        len += (size_t)n;
    }
    return false;
}

bool gateway_health_ask(const char *address, FILE *to, FILE *problems)
{
    char reply[REPLY_ROOM];
    const char *body;
    int fd = dial(address);
    bool got;

    if (fd < 0)
        return fail(problems, address,
                    errno == EINVAL ? "needed: a numeric address with a port" : strerror(errno));
    got = send(fd, request, sizeof request - 1, MSG_NOSIGNAL) == (ssize_t)(sizeof request - 1) &&
          read_reply(fd, reply);
    (void)close(fd);
    body = got ? strstr(reply, "\r\n\r\n") : NULL;
    if (body == NULL || strncmp(reply, "HTTP/1.1 ", 9) != 0)
        return fail(problems, address, "no answer that can be read");
    if (strncmp(reply + 9, "200 ", 4) != 0 && strncmp(reply + 9, "503 ", 4) != 0)
        return fail(problems, address, "this is not the admin listener of a gateway");
    (void)fputs(body + 4, to);
    return reply[9] == '2';
}
