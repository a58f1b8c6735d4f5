/*
 * Listening sockets of the simulated machine: who dials waits at one until it is accepted.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/schedule/sim_uv.h"

enum { LISTENERS = 16 };

static const uint64_t ACCEPT_LATENCY = 30 * SIM_MS;
static struct sim_handle *listeners[LISTENERS];

int __wrap_accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags);

static int keep(struct sim_handle *h)
{
    for (size_t i = 0; i < LISTENERS; i++)
        if (listeners[i] == NULL) {
            listeners[i] = h;
            return 0;
        }
    return UV_ENFILE;
}

void sim_listener_forget(const struct sim_handle *h)
{
    for (size_t i = 0; i < LISTENERS; i++)
        if (listeners[i] == h)
            listeners[i] = NULL;
}

static struct sim_wire_end *first_waiting(struct sim_handle *h)
{
    struct sim_wire_end *first = h->backlog[0];

    h->waiting--;
    for (unsigned i = 0; i < h->waiting; i++)
        h->backlog[i] = h->backlog[i + 1];
    return first;
}

uint64_t sim_accept_ready(const struct sim_handle *h)
{
    bool wanted = h->connection_cb != NULL || h->poll_cb != NULL;

    return wanted && !h->held && h->waiting > 0 ? h->connect_at : SIM_NEVER;
}

void sim_accept_run(struct sim_handle *h)
{
    h->connect_at = sim_now() + sim_delay(ACCEPT_LATENCY);
    if (h->poll_cb != NULL) {
        h->accepted = false;
        h->poll_cb((uv_poll_t *)h->uv, 0, UV_READABLE);
        return;
    }
    h->held = true;
    h->connection_cb((uv_stream_t *)h->uv, 0);
}

int uv_listen(uv_stream_t *stream, int backlog, uv_connection_cb cb)
{
    struct sim_handle *h = sim_handle_of(stream);

    (void)backlog;
    h->connection_cb = cb;
    return keep(h);
}

int uv_accept(uv_stream_t *server, uv_stream_t *client)
{
    struct sim_handle *h = sim_handle_of(server);

    h->held = false;
    if (h->waiting == 0)
        return UV_EAGAIN;
    sim_handle_of(client)->end = first_waiting(h);
    return 0;
}

int uv_poll_init(uv_loop_t *loop, uv_poll_t *poll, int fd)
{
    struct sim_handle *h = sim_handle_new(loop, poll, UV_POLL, sim_stream_ops());

    h->fd = fd;
    sim_fd_address(fd, h->address, sizeof h->address);
    return keep(h);
}

int uv_poll_start(uv_poll_t *poll, int events, uv_poll_cb cb)
{
    (void)events;
    sim_handle_of(poll)->poll_cb = cb;
    return 0;
}

int uv_poll_stop(uv_poll_t *poll)
{
    sim_handle_of(poll)->poll_cb = NULL;
    return 0;
}

/* One at a time: the next one comes a little later. */
int __wrap_accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags)
{
    (void)addr;
    (void)len;
    (void)flags;
    for (size_t i = 0; i < LISTENERS; i++) {
        struct sim_handle *h = listeners[i];

        if (h == NULL || h->uv->type != UV_POLL || h->fd != fd || h->closing)
            continue;
        if (h->accepted || h->waiting == 0)
            break;
        h->accepted = true;
        return sim_fd_of_end(first_waiting(h));
    }
    errno = EAGAIN;
    return -1;
}

bool sim_offer(const char *address, struct sim_wire_end *server)
{
    struct sim_handle *chosen = NULL;
    unsigned n = 0;

    for (size_t i = 0; i < LISTENERS; i++) {
        struct sim_handle *h = listeners[i];

        if (h != NULL && !h->closing && h->waiting < 8 && strcmp(h->address, address) == 0 &&
            sim_below(++n) == 0)
            chosen = h;
    }
    if (chosen == NULL)
        return false;
    if (chosen->waiting == 0 && chosen->connect_at <= sim_now())
        chosen->connect_at = sim_now() + sim_delay(ACCEPT_LATENCY);
    chosen->backlog[chosen->waiting++] = server;
    return true;
}

struct sim_wire_end *sim_dial(const char *address)
{
    struct sim_wire *w = sim_wire_new();

    if (sim_offer(address, &w->ends[1]))
        return &w->ends[0];
    sim_wire_close(&w->ends[1]);
    sim_wire_close(&w->ends[0]);
    return NULL;
}
