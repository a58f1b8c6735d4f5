#include "gateway/core/accept.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/core/conn.h"
#include "gateway/core/listener.h"
#include "gateway/core/loop.h"
#include "gateway/core/spare_file.h"

enum { AT_A_TIME = 64, AGAIN_MS = 10 };

/* What becomes of a listener after it was looked at. */
enum outcome {
    NEXT,      /* there may be more */
    NOBODY,    /* or who is there is seen again at once */
    FULL,      /* go on when a connection has ended */
    WAIT_A_BIT /* or when a moment has passed */
};

/* Only a connection that ends brings a descriptor back, and that need not be one of this loop. */
static enum outcome without_file(struct gw_listener *l)
{
    unsigned turned;
    bool back = gw_spare_file_turn_away(l->loop->spare, l->fd, &turned);

    gw_count(l->loop, GW_STAT(accept_errors), turned);
    return back ? NOBODY : WAIT_A_BIT;
}

static enum outcome after_error(struct gw_listener *l, int error)
{
    switch (error) {
    case EAGAIN:
        return NOBODY;
    case EINTR:
    case ECONNABORTED:
        return NEXT;
    case EMFILE:
    case ENFILE:
        return without_file(l);
    default:
        gw_count(l->loop, GW_STAT(accept_errors), 1);
        return WAIT_A_BIT;
    }
}

static enum outcome give_back(struct gw_listener *l, int fd)
{
    gw_count(l->loop, GW_STAT(accept_errors), 1);
    (void)close(fd);
    return gw_spare_file_take_back(l->loop->spare) ? NEXT : WAIT_A_BIT;
}

/* Who finds no memory is kept: nobody else could take a client that is accepted. */
static enum outcome take(struct gw_listener *l, int fd)
{
    l->client = gw_conn_accept(l, fd) ? -1 : fd;
    return l->client < 0 ? NEXT : WAIT_A_BIT;
}

static enum outcome take_next(struct gw_listener *l)
{
    int fd = l->client;

    if (l->loop->conns_count >= l->loop->max_conns) {
        gw_count(l->loop, GW_STAT(accept_pauses), 1);
        return FULL;
    }
    if (fd >= 0)
        return take(l, fd);
    fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return after_error(l, errno);
    if (gw_spare_file_given_up(l->loop->spare))
        return give_back(l, fd);
    return take(l, fd);
}

static void take_all(struct gw_listener *l)
{
    enum outcome outcome = NEXT;

    for (unsigned n = 0; outcome == NEXT && n < AT_A_TIME; n++)
        outcome = take_next(l);
    l->paused = outcome == FULL || outcome == WAIT_A_BIT;
    if (outcome == WAIT_A_BIT)
        gw_loop_deadline(l->loop, &l->loop->accept_again, AGAIN_MS);
    if (l->paused)
        (void)uv_poll_stop(&l->poll);
    else if (!uv_is_active((uv_handle_t *)&l->poll))
        (void)uv_poll_start(&l->poll, UV_READABLE, gw_accept_ready);
}

/* The status does not matter: what is wrong with the socket is what accepting from it says. */
void gw_accept_ready(uv_poll_t *poll, int status, int events)
{
    struct gw_listener *l = poll->data;
    struct gw_loop *loop = l->loop;

    (void)status;
    (void)events;
    take_all(l);
    gw_loop_leave(loop);
}

void gw_accept_resume(struct gw_loop *loop)
{
    for (size_t i = 0; !loop->stopping && i < loop->config->listeners_count; i++) {
        if (loop->listeners[i].paused && loop->conns_count < loop->max_conns)
            take_all(&loop->listeners[i]);
    }
}

void gw_accept_again(struct gw_deadline *again)
{
    gw_accept_resume((struct gw_loop *)((char *)again - offsetof(struct gw_loop, accept_again)));
}
