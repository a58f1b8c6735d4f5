#include "gateway/handover/giver.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/handover/meeting.h"
#include "gateway/handover/packet.h"

enum { MAX_VISITORS = 8 };

struct handover_giver {
    struct handover_giver_options o;
    uv_poll_t listening;
    bool stopped;
    unsigned open_handles;                  /* its own and visitors */
    struct visitor *visitors[MAX_VISITORS]; /* NULL: nobody */
    struct visitor *taker;                  /* the one that has the descriptors; NULL: none has */
    struct handover_received received;
};

struct visitor {
    struct handover_giver *giver;
    int fd;
    uv_poll_t poll;
    uv_timer_t deadline; /* until it has asked */
    unsigned open_handles;
    bool closing;
};

static void check_free(struct handover_giver *g)
{
    if (g->stopped && g->open_handles == 0)
        free(g);
}

static void event(struct handover_giver *g, enum handover_event what, const char *detail)
{
    g->o.on_event(g->o.user_data, what, detail, 0);
}

static void on_visitor_closed(uv_handle_t *handle)
{
    struct visitor *v = handle->data;
    struct handover_giver *g = v->giver;

    if (--v->open_handles > 0)
        return;
    (void)close(v->fd);
    free(v);
    g->open_handles--;
    check_free(g);
}

static void visitor_close(struct visitor *v)
{
    struct handover_giver *g = v->giver;

    if (v->closing)
        return;
    v->closing = true;
    for (size_t i = 0; i < MAX_VISITORS; i++)
        if (g->visitors[i] == v)
            g->visitors[i] = NULL;
    if (g->taker == v)
        g->taker = NULL;
    uv_close((uv_handle_t *)&v->poll, on_visitor_closed);
    uv_close((uv_handle_t *)&v->deadline, on_visitor_closed);
}

static void answer(int fd, enum handover_kind kind, const char *text)
{
    const struct handover_packet packet = {.kind = kind, .text = text};

    /* Who does not read it sees the connection end. */
    (void)handover_send(fd, &packet);
}

static bool give_all(const struct handover_giver *g, int fd)
{
    for (size_t at = 0; at < g->o.fds_count; at += HANDOVER_MAX_FDS) {
        const size_t left = g->o.fds_count - at;
        const struct handover_packet packet = {
            .kind = HANDOVER_GIVE,
            .text = "",
            .fds = g->o.fds + at,
            .fds_count = left < HANDOVER_MAX_FDS ? left : HANDOVER_MAX_FDS,
        };

        if (!handover_send(fd, &packet))
            return false;
    }
    return true;
}

static void refuse(struct visitor *v, const char *why)
{
    struct handover_giver *g = v->giver;

    visitor_close(v);
    event(g, HANDOVER_REFUSED, why);
}

static void on_ask(struct visitor *v, const struct handover_received *r)
{
    struct handover_giver *g = v->giver;

    (void)uv_timer_stop(&v->deadline);
    if (r->kind != HANDOVER_TAKE) {
        refuse(v, "it does not speak as expected");
    } else if (g->taker != NULL) {
        answer(v->fd, HANDOVER_BUSY, "");
        refuse(v, "another one is taking over");
    } else if (strcmp(r->text, g->o.plan) != 0) {
        answer(v->fd, HANDOVER_DIFFERS, g->o.plan);
        refuse(v, "its listeners are others");
    } else if (!give_all(g, v->fd)) {
        refuse(v, strerror(errno));
    } else {
        g->taker = v;
        event(g, HANDOVER_GIVEN, "");
    }
}

/* The last event. */
static void taken(struct visitor *v, const struct handover_received *r)
{
    struct handover_giver *g = v->giver;
    const bool managed = strcmp(r->text, HANDOVER_MANAGED) == 0;
    const pid_t successor = managed ? handover_peer_pid(v->fd) : 0;

    visitor_close(v);
    g->o.on_event(g->o.user_data, HANDOVER_TAKEN, "", successor);
}

static void on_packet(uv_poll_t *poll, int status, int events)
{
    struct visitor *v = poll->data;
    struct handover_giver *g = v->giver;
    struct handover_received *r = &g->received;

    (void)events;
    if (status == 0 && !handover_receive(v->fd, r)) {
        if (errno == EAGAIN)
            return;
        status = -errno;
    }
    if (status != 0)
        *r = (struct handover_received){.ended = true};
    /* It has nothing to give. */
    handover_close_fds(r->fds, r->fds_count);
    if (g->taker != v) {
        on_ask(v, r);
    } else if (r->kind == HANDOVER_READY) {
        taken(v, r);
    } else {
        visitor_close(v);
        event(g, HANDOVER_ABANDONED, r->ended ? "it ended" : "it does not speak as expected");
    }
}

static void on_deadline(uv_timer_t *timer)
{
    refuse(timer->data, "it did not ask in time");
}

/* Returns: false when it cannot be: then fd is still the caller's. */
static bool meet(struct handover_giver *g, size_t place, int fd)
{
    struct visitor *v = calloc(1, sizeof *v);

    if (v == NULL)
        return false;
    *v = (struct visitor){.giver = g, .fd = fd, .open_handles = 2};
    if (uv_poll_init(g->o.loop, &v->poll, fd) != 0) {
        free(v);
        return false;
    }
    (void)uv_timer_init(g->o.loop, &v->deadline);
    v->poll.data = v->deadline.data = v;
    g->visitors[place] = v;
    g->open_handles++;
    (void)uv_timer_start(&v->deadline, on_deadline, UINT64_C(1000) * HANDOVER_WAIT_S, 0);
    (void)uv_poll_start(&v->poll, UV_READABLE, on_packet);
    return true;
}

static void on_visitor(uv_poll_t *poll, int status, int events)
{
    struct handover_giver *g = poll->data;
    const char *why = "it is another user";
    size_t place = 0;
    int fd;

    (void)events;
    fd = status == 0 ? accept4(g->o.listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK) : -1;
    if (fd < 0)
        return;
    while (place < MAX_VISITORS && g->visitors[place] != NULL)
        place++;
    if (handover_peer_is(fd, g->o.user)) {
        why = "too many others ask, or memory ran out";
        if (place < MAX_VISITORS && meet(g, place, fd))
            return;
    }
    (void)close(fd);
    event(g, HANDOVER_REFUSED, why);
}

struct handover_giver *handover_giver_start(const struct handover_giver_options *options)
{
    struct handover_giver *g = calloc(1, sizeof *g);

    if (g == NULL || uv_poll_init(options->loop, &g->listening, options->listening) != 0) {
        free(g);
        return NULL;
    }
    g->o = *options;
    g->listening.data = g;
    g->open_handles = 1;
    (void)uv_poll_start(&g->listening, UV_READABLE, on_visitor);
    return g;
}

static void on_listening_closed(uv_handle_t *handle)
{
    struct handover_giver *g = handle->data;

    g->open_handles--;
    check_free(g);
}

void handover_giver_stop(struct handover_giver *g)
{
    if (g == NULL || g->stopped)
        return;
    g->stopped = true;
    for (size_t i = 0; i < MAX_VISITORS; i++)
        if (g->visitors[i] != NULL)
            visitor_close(g->visitors[i]);
    uv_close((uv_handle_t *)&g->listening, on_listening_closed);
}
