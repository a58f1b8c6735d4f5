/*
 * upstream_carriers: the carriers of a backend: who has room, who takes no more, and what ends.
 */
#include "gateway/core/upstream_http2.h"

void gw_carrier_list(struct gw_carrier *c)
{
    struct gw_backend *b = c->up->backend;

    c->listed = true;
    c->next = b->carriers;
    if (c->next != NULL)
        c->next->prev = c;
    b->carriers = c;
}

void gw_carrier_retire(struct gw_carrier *c)
{
    c->going_away = true;
    if (!c->listed)
        return;
    c->listed = false;
    if (c->prev != NULL)
        c->prev->next = c->next;
    else
        c->up->backend->carriers = c->next;
    if (c->next != NULL)
        c->next->prev = c->prev;
    c->prev = NULL;
    c->next = NULL;
}

void gw_carriers_retire(struct gw_backend *b)
{
    while (b->carriers != NULL) {
        gw_carrier_mark(b->carriers);
        gw_carrier_retire(b->carriers);
    }
}

void gw_carrier_leave(struct gw_carrier *c)
{
    gw_carrier_retire(c);
    gw_deadline_remove(&c->up->upstream->loop->wheel, &c->alive);
    c->up->backend->calls -= c->calls_count;
}

bool gw_carrier_owes(const struct gw_carrier *c)
{
    for (const struct gw_call *call = c->calls; call != NULL; call = call->next)
        if (call->x != NULL && call->x->first_byte_us == 0)
            return true;
    return false;
}

struct gw_backend *gw_call_backend(const struct gw_call *call)
{
    return call->carrier->up->backend;
}

/* As many as the peer allows, once it has said so. */
static size_t most_calls(const struct gw_carrier *c)
{
    uint32_t allowed = GW_CARRIER_MAX_CALLS;

    if (c->session != NULL)
        allowed = nghttp2_session_get_remote_settings(c->session,
                                                      NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
    return allowed < GW_CARRIER_MAX_CALLS ? allowed : GW_CARRIER_MAX_CALLS;
}

struct gw_carrier *gw_carrier_with_room(const struct gw_backend *b)
{
    for (struct gw_carrier *c = b->carriers; c != NULL; c = c->next)
        if (c->end == NULL && c->calls_count < most_calls(c) && gw_upconn_alive(c->up, false) &&
            (c->session == NULL || nghttp2_session_check_request_allowed(c->session) != 0))
            return c;
    return NULL;
}

static bool too_many_idle(const struct gw_backend *b)
{
    size_t idle = 0;

    for (const struct gw_carrier *c = b->carriers; c != NULL; c = c->next)
        idle += c->calls_count == 0;
    return idle > b->upstream->max_idle;
}

/* Does this end say something about the server? What it leaves aside when it goes does not. */
static bool says_ill(const struct gw_call *call)
{
    return call->x->first_byte_us == 0 && call->code != NGHTTP2_NO_ERROR &&
           !(call->code == NGHTTP2_REFUSED_STREAM && call->carrier->going_away);
}

/* The stream of a call has ended; its exchange, if there is one, got no whole answer. */
static void bury(struct gw_call *call)
{
    struct gw_exchange *x = call->x;
    struct gw_failure f = {.status = 502,
                           .proxy_status = "http_response_incomplete",
                           .code = "upstream-truncated",
                           .upstream = call->carrier->up->upstream->index,
                           .unprocessed = call->code == NGHTTP2_REFUSED_STREAM};
    struct gw_backend *b = call->carrier->up->backend;

    if (x != NULL && x->is_tunnel && x->client_ended && x->up_ended) {
        x->call = NULL;
        gw_call_free(call);
        gw_tunnel_flushed(x);
        return;
    }
    if (!call->head_done)
        f.code = "upstream-reset";
    if (call->code == NGHTTP2_PROTOCOL_ERROR) {
        f.proxy_status = "http_protocol_error";
        f.code = "upstream-malformed";
    }
    if (x != NULL && b != NULL && says_ill(call))
        gw_backend_failed(b, f.code);
    gw_call_free(call);
    if (x != NULL)
        gw_exchange_up_failed(x, &f);
}

static void settle(struct gw_carrier *c)
{
    static const struct gw_carrier_end broken = {502, "http_protocol_error", "upstream-malformed",
                                                 "http2-protocol"};
    bool ended, over;
    int rv = 0;

    if (c->session != NULL) {
        c->busy = true;
        rv = nghttp2_session_send(c->session);
        c->busy = false;
    }
    ended = c->dead != NULL;
    while (c->dead != NULL) {
        struct gw_call *call = c->dead;

        c->dead = call->next_dead;
        bury(call);
    }
    if (c->session == NULL)
        return;
    if (rv != 0 && c->end == NULL)
        c->end = rv == NGHTTP2_ERR_NOMEM ? &gw_carrier_no_memory : &broken;
    over =
        nghttp2_session_want_read(c->session) == 0 && nghttp2_session_want_write(c->session) == 0;
    if (c->end == NULL && over && c->calls_count > 0)
        c->end = &broken;
    if (c->end != NULL)
        gw_upconn_fail(c->up, c->end->status, c->end->proxy_status, c->end->code, c->end->message);
    else if (c->calls_count == 0 && (over || c->going_away || too_many_idle(c->up->backend)))
        gw_upconn_close(c->up);
    else if (ended && c->calls_count == 0)
        gw_carrier_watch(c);
}

void gw_carriers_settle(struct gw_loop *loop)
{
    while (loop->carriers_dirty != NULL) {
        struct gw_carrier *c = loop->carriers_dirty;
        struct gw_upstream *u = c->up->upstream;

        loop->carriers_dirty = c->next_dirty;
        c->dirty = false;
        if (c->up->state == GW_UP_CLOSING)
            continue;
        settle(c);
        /* A call that has ended, or more streams that the peer allows, make room. */
        gw_upstream_serve_queue(u);
    }
}
