#include "gateway/handover/packet.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

union control {
    struct cmsghdr align;
    char room[CMSG_SPACE(HANDOVER_MAX_FDS * sizeof(int))];
};

bool handover_send(int fd, const struct handover_packet *p)
{
    unsigned char kind = (unsigned char)p->kind;
    struct iovec parts[] = {{&kind, 1}, {(char *)p->text, strlen(p->text)}};
    union control control;
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    const size_t bytes = p->fds_count * sizeof *p->fds;
    ssize_t n;

    if (p->fds_count > 0) {
        struct cmsghdr *rights;

        memset(&control, 0, sizeof control);
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(bytes);
        rights = CMSG_FIRSTHDR(&message);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(bytes);
        memcpy(CMSG_DATA(rights), p->fds, bytes);
    }
    do {
        n = sendmsg(fd, &message, MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
    return n >= 0;
}

void handover_close_fds(int *fds, size_t count)
{
    for (size_t i = 0; i < count; i++)
        (void)close(fds[i]);
}

static void collect_fds(struct msghdr *message, struct handover_received *out)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
        const size_t count =
            c->cmsg_len >= CMSG_LEN(0) ? (c->cmsg_len - CMSG_LEN(0)) / sizeof(int) : 0;

        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS ||
            count > HANDOVER_MAX_FDS - out->fds_count)
            continue;
        memcpy(out->fds + out->fds_count, CMSG_DATA(c), count * sizeof(int));
        out->fds_count += count;
    }
}

bool handover_receive(int fd, struct handover_received *out)
{
    unsigned char kind = HANDOVER_NONE;
    struct iovec parts[] = {{&kind, 1}, {out->text, HANDOVER_MAX_TEXT}};
    union control control;
    struct msghdr message = {.msg_iov = parts,
                             .msg_iovlen = 2,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    ssize_t n;

    do {
        n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    } while (n < 0 && errno == EINTR);
    out->kind = HANDOVER_NONE;
    out->fds_count = 0;
    out->ended = n == 0;
    out->text[n > 0 ? n - 1 : 0] = '\0';
    if (n < 0)
        return false;
    collect_fds(&message, out);
    if (n > 0 && kind < HANDOVER_KINDS && (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0) {
        out->kind = (enum handover_kind)kind;
        return true;
    }
    handover_close_fds(out->fds, out->fds_count);
    out->fds_count = 0;
    return true;
}

static bool peer_of(int fd, struct ucred *peer)
{
    socklen_t len = sizeof *peer;

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, peer, &len) == 0 && len == sizeof *peer;
}

bool handover_peer_is(int fd, uid_t uid)
{
    struct ucred peer;

    return peer_of(fd, &peer) && peer.uid == uid;
}

pid_t handover_peer_pid(int fd)
{
    struct ucred peer;

    return peer_of(fd, &peer) && peer.pid > 0 ? peer.pid : 0;
}
