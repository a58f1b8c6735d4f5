#include "gateway/handover/taker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/handover/meeting.h"
#include "gateway/handover/packet.h"

/* The first line in which two plans differ, one at a time. */
static void next_line(const char **plan, char *line, size_t room)
{
    const size_t len = strcspn(*plan, "\n");

    (void)snprintf(line, room, "%.*s", (int)len, *plan);
    *plan += len + ((*plan)[len] == '\n');
}

static void tell_difference(const char *here, const char *there, char *err, size_t err_len)
{
    char own[100], other[100];

    do {
        next_line(&here, own, sizeof own);
        next_line(&there, other, sizeof other);
    } while (strcmp(own, other) == 0 && *here != '\0' && *there != '\0');
    (void)snprintf(err, err_len,
                   "cannot take over: the listeners are others: '%s' here, '%s' in the running one",
                   own, other);
}

static bool refused(const struct handover_received *r, const char *plan, char *err, size_t err_len)
{
    if (r->kind == HANDOVER_DIFFERS)
        tell_difference(plan, r->text, err, err_len);
    else
        (void)snprintf(err, err_len, "cannot take over: %s",
                       r->kind == HANDOVER_BUSY ? "another one is taking over"
                       : r->ended               ? "the running one has closed the connection"
                                                : "the running one does not speak as expected");
    return false;
}

static bool receive_all(int fd, const char *plan, int *fds, size_t count, char *err, size_t err_len)
{
    struct handover_received *r = malloc(sizeof *r);
    size_t have = 0;
    bool ok = r != NULL;

    while (ok && have < count) {
        if (!handover_receive(fd, r)) {
            (void)snprintf(err, err_len, "cannot take over: %s",
                           errno == EAGAIN ? "the running one does not answer" : strerror(errno));
            ok = false;
        } else if (r->kind != HANDOVER_GIVE || r->fds_count == 0 || r->fds_count > count - have) {
            handover_close_fds(r->fds, r->fds_count);
            ok = refused(r, plan, err, err_len);
        } else {
            memcpy(fds + have, r->fds, r->fds_count * sizeof *fds);
            have += r->fds_count;
        }
    }
    if (!ok) {
        handover_close_fds(fds, have);
        for (size_t i = 0; i < have; i++)
            fds[i] = -1;
    }
    free(r);
    return ok;
}

int handover_take(const char *path, const char *plan, int *fds, size_t count, char *err,
                  size_t err_len)
{
    const struct handover_packet ask = {.kind = HANDOVER_TAKE, .text = plan};
    const int fd = handover_connect(path, err, err_len);

    if (fd < 0)
        return -1;
    if (!handover_send(fd, &ask))
        (void)snprintf(err, err_len, "cannot take over: %s", strerror(errno));
    else if (receive_all(fd, plan, fds, count, err, err_len))
        return fd;
    (void)close(fd);
    return -1;
}

bool handover_taker_ready(int fd, bool managed)
{
    const struct handover_packet ready = {.kind = HANDOVER_READY,
                                          .text = managed ? HANDOVER_MANAGED : ""};
    const bool ok = handover_send(fd, &ready);
    const int saved = errno;

    (void)close(fd);
    errno = saved;
    return ok;
}
