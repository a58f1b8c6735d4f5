/*
 * upstream_pool: the idle connections of a backend, and how one is used again.
 */
#include <errno.h>

#include <sys/socket.h>

#include "gateway/core/upstream_conn.h"

void gw_upconn_pool_remove(struct gw_upconn *up)
{
    struct gw_backend *b = up->backend;

    if (up->idle_prev != NULL)
        up->idle_prev->idle_next = up->idle_next;
    else
        b->idle = up->idle_next;
    if (up->idle_next != NULL)
        up->idle_next->idle_prev = up->idle_prev;
    up->idle_prev = NULL;
    up->idle_next = NULL;
    b->idle_count--;
}

void gw_upconn_pool_add(struct gw_upconn *up)
{
    struct gw_backend *b = up->backend;

    up->idle_prev = NULL;
    up->idle_next = b->idle;
    if (b->idle != NULL)
        b->idle->idle_prev = up;
    b->idle = up;
    b->idle_count++;
}

/* The answer before this one may still fill the client's queue: then it is drained first. */
void gw_upconn_read_for(struct gw_upconn *up, const struct gw_exchange *x)
{
    if (x->out->paused)
        gw_link_read_stop(&up->link);
    else
        gw_link_read_start(&up->link);
}

void gw_upconn_assign(struct gw_upconn *up, struct gw_exchange *x)
{
    bool reused = up->used;

    gw_upconn_pool_remove(up);
    gw_upconn_enter(up, GW_UP_BUSY);
    up->x = x;
    up->used = true;
    up->quiet = up->link.bytes_in;
    gw_upconn_response_begin(up);
    gw_upconn_read_for(up, x);
    gw_exchange_dialed(x, up, reused);
}

void gw_upconn_reprove(struct gw_upconn *up, struct gw_exchange *x)
{
    gw_upconn_pool_remove(up);
    up->x = x;
    x->up = up;
    x->up_reused = true;
    up->created = gw_loop_now(up->upstream->loop);
    gw_upconn_enter(up, GW_UP_PROOF);
    gw_upconn_proof_step(up);
}

bool gw_upconn_alive(struct gw_upconn *up, bool careful)
{
    uv_os_fd_t fd;
    char byte;

    if (up->link.read_ended || up->link.write_dead)
        return false;
    if (!careful)
        return true;
    /* What cannot be sent twice does not go to a peer that has already hung up, in order or not. */
    return uv_fileno(&up->link.io.handle, &fd) == 0 &&
           recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
           (errno == EAGAIN || errno == EWOULDBLOCK);
}

bool gw_upconn_usable(struct gw_upconn *up)
{
    const struct gw_upstream_tls *tls = up->upstream->config->tls;

    return up->proof.state == NULL || tls->proof->usable == NULL ||
           tls->proof->usable(up->proof.state);
}
