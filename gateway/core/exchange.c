#include "gateway/core/exchange_private.h"

#include <assert.h>

#include "gateway/core/upstream.h"
#include "gateway/core/upstream_http2.h"
#include "gateway/core/websocket.h"

#define BIT(n) (1U << (n))

enum { TUNNEL_IDLE_MS = 600000 };

static const unsigned next_states[GW_X_STATE_COUNT] = {
    [GW_X_DECIDE] = BIT(GW_X_DIAL) | BIT(GW_X_OWN) | BIT(GW_X_OVER),
    [GW_X_DIAL] = BIT(GW_X_RELAY) | BIT(GW_X_DECIDE) | BIT(GW_X_OWN) | BIT(GW_X_OVER),
    [GW_X_RELAY] = BIT(GW_X_DIAL) | BIT(GW_X_DECIDE) | BIT(GW_X_OWN) | BIT(GW_X_OVER),
    [GW_X_OWN] = BIT(GW_X_OVER),
    [GW_X_OVER] = 0,
};

bool gw_exchange_may_enter(enum gw_exchange_state state, enum gw_exchange_state next)
{
    return (next_states[state] & BIT(next)) != 0;
}

void gw_exchange_enter(struct gw_exchange *x, enum gw_exchange_state next)
{
    assert(gw_exchange_may_enter(x->state, next));
    x->state = next;
    gw_exchange_touch(x);
}

bool gw_exchange_waits_for_client(const struct gw_exchange *x)
{
    bool client_waits =
        x->head->request.expect_continue && x->bytes_in == 0 && x->first_byte_us == 0;

    return !x->request_done && !client_waits;
}

/* Would it be seen that the client has gone? Not when it has ended its side, nor behind bytes that
 * wait for the end of this exchange. */
static bool is_client_watched(const struct gw_exchange *x)
{
    return x->stream != NULL || x->conn->link.reading;
}

/* What a request says about a wait, else what holds for all. 0: no limit. */
static uint32_t own_ms(const struct gw_exchange *x, uint32_t own, uint32_t general)
{
    if (own == UINT32_MAX)
        return is_client_watched(x) ? 0 : general;
    return own != 0 ? own : general;
}

/* How long the present wait may last. 0: no limit of its own. */
static uint32_t wait_ms(const struct gw_exchange *x)
{
    const struct gw_timeouts *t = &x->loop->config->timeouts;

    switch (x->state) {
    case GW_X_DECIDE:
        return t->decision;
    case GW_X_DIAL:
        return x->waiting ? gw_upstream_wait_ms(x->upstream) : 0;
    case GW_X_RELAY:
        if (x->is_tunnel)
            return x->tunnel.idle_ms != 0 ? x->tunnel.idle_ms : TUNNEL_IDLE_MS;
        if (gw_exchange_waits_for_client(x))
            return t->body;
        if (!x->response_begun)
            return own_ms(x, x->to.first_byte_ms, t->first_byte);
        return own_ms(x, x->to.between_ms, t->between_bytes);
    case GW_X_OWN:
        return t->body;
    default:
        return 0;
    }
}

void gw_exchange_touch(struct gw_exchange *x)
{
    uint32_t ms = wait_ms(x);

    if (ms == 0)
        gw_deadline_clear(&x->deadline);
    else
        gw_loop_deadline(x->loop, &x->deadline, ms);
}

struct gw_exchange *gw_exchange_new(struct gw_conn *c, struct gw_head_block *head)
{
    struct gw_exchange *x = gw_object_get_zeroed(&c->loop->objects, sizeof(*x));

    if (x == NULL)
        return NULL;
    x->conn = c;
    x->loop = c->loop;
    x->out = &c->link.marks;
    x->head = head;
    x->trailers = &x->body.trailers;
    x->number = ++c->requests;
    x->begun_us = c->head_us;
    gw_deadline_init(&x->deadline, gw_exchange_on_deadline);
    gw_loop_request_id(c->loop, x->id);
    gw_count(c->loop, GW_STAT(requests), 1);
    return x;
}

static void release(struct gw_exchange *x)
{
    gw_http1_body_cleanup(&x->body);
    gw_head_block_put(&x->loop->heads, x->head);
    gw_object_put(&x->loop->objects, x);
}

void gw_exchange_hold(struct gw_exchange *x)
{
    x->callbacks++;
}

void gw_exchange_leave(struct gw_exchange *x)
{
    if (--x->callbacks == 0 && x->state == GW_X_OVER)
        release(x);
}

void gw_exchange_begin(struct gw_conn *c)
{
    const struct gw_config *config = c->loop->config;
    struct gw_exchange *x = gw_exchange_new(c, c->head);
    struct gw_http1_request *req;

    if (x == NULL) {
        gw_conn_close(c, "memory");
        return;
    }
    c->head = NULL;
    c->x = x;
    req = &x->head->request;
    x->close_after = !req->keep_alive ||
                     (config->limits.max_requests != 0 && x->number >= config->limits.max_requests);
    gw_exchange_body_begin(x);
    if (x->body.state == GW_BODY_REFUSED)
        gw_exchange_refuse_head(x, &x->body.why);
    else
        gw_exchange_start(x);
}

void gw_exchange_start(struct gw_exchange *x)
{
    const struct gw_config *config = x->loop->config;
    struct gw_conn *c = x->conn;

    gw_conn_fill_info(c);
    gw_trace_context_filter(&x->head->request.fields);
    if (c->info.trusted)
        (void)gw_request_id_read(&x->head->request.fields, x->id);
    gw_exchange_touch(x);
    if (gw_exchange_body_too_long(x)) {
        gw_exchange_answer_error(x, 413, "body-size", NULL);
        return;
    }
    gw_exchange_hold(x);
    config->exchange.on_request(config->user, x, &x->head->request, &c->info);
    gw_exchange_leave(x);
}

void gw_exchange_refuse_head(struct gw_exchange *x, const struct gw_http_refusal *why)
{
    gw_conn_fill_info(x->conn);
    gw_exchange_touch(x);
    gw_exchange_answer_error(x, why->status, why->code, NULL);
}

void gw_exchange_forward(struct gw_exchange *x, const struct gw_forward *to)
{
    static const struct gw_response_field allow[] = {{"Allow", GW_HTTP1_ALLOW}};
    static const struct gw_response here = {.status = 200, .fields = allow, .fields_count = 1};
    struct gw_loop *loop = x->loop;
    const char *via = to->no_forwarded ? NULL : loop->config->via;
    bool flush = x->callbacks == 0;
    struct gw_http_refusal why = {0};
    enum gw_http1_hop hop;
    enum gw_websocket_wish wish = GW_WEBSOCKET_NONE;

    assert(x->state == GW_X_DECIDE && to->upstream < loop->upstreams_count);
    x->to = *to;
    if (to->websocket)
        wish = gw_websocket_request(&x->head->request, &why);
    if (wish == GW_WEBSOCKET_REFUSED) {
        gw_exchange_refuse(x, why.status, why.code);
        return;
    }
    if (x->head->request.websocket && wish != GW_WEBSOCKET_WANTED) {
        gw_exchange_refuse(x, 501, "method-not-implemented");
        return;
    }
    x->wants_websocket = wish == GW_WEBSOCKET_WANTED;
    hop = gw_http1_next_hop(&x->head->request, gw_str(via != NULL ? via : ""));
    if (hop == GW_HOP_HERE) {
        gw_exchange_respond(x, &here);
        return;
    }
    gw_exchange_enter(x, GW_X_DIAL);
    if (hop == GW_HOP_FORWARD) {
        x->upstream = loop->upstreams[to->upstream];
        gw_upstream_dial(x->upstream, x);
    } else {
        gw_exchange_fail(x, &(struct gw_failure){.status = 502,
                                                 .proxy_status = "proxy_loop_detected",
                                                 .code = "proxy-loop",
                                                 .upstream = to->upstream});
    }
    if (flush)
        gw_loop_leave(loop);
}

void gw_exchange_drop_upstream(struct gw_exchange *x)
{
    if (x->waiting)
        gw_upstream_forget(x->upstream, x);
    if (x->call != NULL) {
        struct gw_call *call = x->call;

        x->call = NULL;
        gw_call_detach(call);
    }
    if (x->up != NULL) {
        struct gw_upconn *up = x->up;

        x->up = NULL;
        gw_upconn_detach(up);
    }
}

static void tell_end(struct gw_exchange *x)
{
    struct gw_request_record r = {0};
    const struct gw_config *config = x->loop->config;

    if (config->record.on_request_end == NULL)
        return;
    r.conn = &x->conn->info;
    r.request = x->head_refused ? NULL : gw_exchange_request(x);
    r.number = x->number;
    r.id = x->id;
    r.route = x->to.route;
    r.upstream = x->upstream != NULL ? x->to.upstream : SIZE_MAX;
    r.upstream_reused = x->up_reused;
    r.status = x->status;
    r.bytes_in = x->bytes_in;
    r.bytes_out = x->bytes_out;
    r.total_us = uv_hrtime() / 1000 - x->begun_us;
    r.dial_us = x->dialed_us != 0 ? x->dialed_us - x->begun_us : 0;
    r.first_byte_us = x->first_byte_us != 0 ? x->first_byte_us - x->begun_us : 0;
    r.reason = x->reason;
    config->record.on_request_end(config->user, x->loop, &r);
}

void gw_exchange_finish(struct gw_exchange *x, bool cut, const char *reason)
{
    struct gw_conn *c = x->conn;
    struct gw_loop *loop = x->loop;

    if (x->reason == NULL)
        x->reason = reason;
    gw_exchange_drop_upstream(x);
    gw_exchange_enter(x, GW_X_OVER);
    gw_deadline_remove(&loop->wheel, &x->deadline);
    tell_end(x);
    if (x->own.release != NULL)
        x->own.release(x->own.release_arg);
    if (c->x == x)
        c->x = NULL;
    c->protocol->ended(x, cut);
    if (x->callbacks == 0)
        release(x);
}

void gw_exchange_client_gone(struct gw_exchange *x, const char *reason)
{
    const struct gw_config *config = x->loop->config;

    if (x->state == GW_X_DECIDE && x->callbacks == 0 && config->exchange.on_gone != NULL)
        config->exchange.on_gone(config->user, x);
    gw_exchange_finish(x, true, reason);
}

/* Nothing has answered yet: the caller of the engine may, else a short text does. */
void gw_exchange_fail(struct gw_exchange *x, const struct gw_failure *f)
{
    const struct gw_config *config = x->loop->config;
    struct gw_failure told = *f;

    gw_count(x->loop, GW_STAT(upstream_failures), 1);
    told.unsent = x->state == GW_X_DIAL;
    told.age_ms = (uv_hrtime() / 1000 - x->begun_us) / 1000;
    gw_exchange_drop_upstream(x);
    x->reason = f->code;
    x->deferred = false;
    gw_exchange_enter(x, GW_X_DECIDE);
    gw_exchange_hold(x);
    if (config->exchange.on_failure != NULL)
        config->exchange.on_failure(config->user, x, &told);
    if (x->state == GW_X_DECIDE && !x->deferred)
        gw_exchange_answer_error(x, f->status, f->code, f->proxy_status);
    gw_exchange_leave(x);
}

void gw_exchange_defer(struct gw_exchange *x)
{
    assert(x->state == GW_X_DECIDE);
    x->deferred = true;
    x->reason = NULL;
    x->retried = false;
}

void gw_exchange_set_user(struct gw_exchange *x, void *user)
{
    x->user = user;
}

void *gw_exchange_user(const struct gw_exchange *x)
{
    return x->user;
}

void gw_exchange_set_conn_mark(struct gw_exchange *x, uint64_t mark)
{
    x->conn->mark = mark;
}

uint64_t gw_exchange_conn_mark(const struct gw_exchange *x)
{
    return x->conn->mark;
}

const struct gw_http1_request *gw_exchange_request(const struct gw_exchange *x)
{
    return x->head != NULL ? &x->head->request : NULL;
}

const struct gw_conn_info *gw_exchange_conn(const struct gw_exchange *x)
{
    return &x->conn->info;
}
