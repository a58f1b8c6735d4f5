#include "gateway/lifetime/notify.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { MESSAGE_ROOM = 256, WAIT_MS = 500 };

static bool fail(char *err, size_t err_len, const char *path, const char *why)
{
    (void)snprintf(err, err_len, "cannot use the notify socket '%.108s': %s", path, why);
    return false;
}

bool gateway_notify_open(struct gateway_notify *notify, const char *path, char *err, size_t err_len)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    size_t len = path != NULL ? strlen(path) : 0;
    int fd;

    *notify = (struct gateway_notify){.fd = -1};
    if (len == 0)
        return true;
    if ((path[0] != '/' && path[0] != '@') || len < 2 || len >= sizeof to.sun_path)
        return fail(err, err_len, path, "needed: an absolute path, or @ and a name");
    memcpy(to.sun_path, path, len);
    if (path[0] == '@')
        to.sun_path[0] = '\0';
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return fail(err, err_len, path, strerror(errno));
    if (connect(fd, (struct sockaddr *)&to,
                (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (path[0] == '/'))) !=
        0) {
        const char *why = strerror(errno);

        (void)close(fd);
        return fail(err, err_len, path, why);
    }
    notify->fd = fd;
    return true;
}

/* A manager that does not listen is no reason to stop serving. */
static bool say(const struct gateway_notify *notify, const char *message)
{
    return notify->fd < 0 || notify->silent ||
           send(notify->fd, message, strlen(message), MSG_NOSIGNAL) >= 0 || errno != EAGAIN;
}

/* What is said once waits a moment for a manager whose queue is full. */
static void tell(const struct gateway_notify *notify, const char *message)
{
    struct pollfd room = {.fd = notify->fd, .events = POLLOUT};

    if (!say(notify, message) && poll(&room, 1, WAIT_MS) == 1)
        (void)say(notify, message);
}

void gateway_notify_ready(const struct gateway_notify *notify)
{
    tell(notify, "READY=1\nSTATUS=Serving");
}

void gateway_notify_succeed(struct gateway_notify *notify)
{
    char message[MESSAGE_ROOM];

    notify->silent = false;
    (void)snprintf(message, sizeof message, "MAINPID=%ld\nREADY=1\nSTATUS=Serving", (long)getpid());
    tell(notify, message);
}

void gateway_notify_hand_over(struct gateway_notify *notify, pid_t successor)
{
    char message[MESSAGE_ROOM];

    (void)snprintf(message, sizeof message, "MAINPID=%ld", (long)successor);
    tell(notify, message);
    notify->silent = true;
}

void gateway_notify_reloading(const struct gateway_notify *notify, uint64_t now_us)
{
    char message[MESSAGE_ROOM];

    (void)snprintf(message, sizeof message, "RELOADING=1\nMONOTONIC_USEC=%llu",
                   (unsigned long long)now_us);
    tell(notify, message);
}

void gateway_notify_stopping(const struct gateway_notify *notify)
{
    tell(notify, "STOPPING=1\nSTATUS=Ending requests");
}

void gateway_notify_alive(const struct gateway_notify *notify)
{
    (void)say(notify, "WATCHDOG=1");
}

void gateway_notify_status(const struct gateway_notify *notify, const char *text)
{
    char message[MESSAGE_ROOM];

    (void)snprintf(message, sizeof message, "STATUS=%s", text);
    tell(notify, message);
}

void gateway_notify_close(struct gateway_notify *notify)
{
    if (notify->fd >= 0)
        (void)close(notify->fd);
    notify->fd = -1;
}
