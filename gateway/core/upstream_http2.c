#include "gateway/core/upstream_http2.h"

#include <stdlib.h>

#include "gateway/core/http2_fields.h"
#include "gateway/core/http2_private.h"

enum { ALIVE_MS = 30000, ANSWER_MS = 10000, CONNECTION_WINDOW = 1024 * 1024 };

const struct gw_carrier_end gw_carrier_no_memory = {503, "proxy_internal_error", "memory", NULL};
const struct gw_carrier_end gw_carrier_flood = {502, "http_protocol_error", "upstream-malformed",
                                                "http2-flood"};
static const struct gw_carrier_end silent = {504, "connection_read_timeout", "upstream-timeout",
                                             "no PING was answered"};
static const struct gw_carrier_end unreadable = {502, "http_protocol_error", "upstream-malformed",
                                                 "http2-protocol"};
static const struct gw_carrier_end no_websockets = {502, "http_protocol_error", "upstream-protocol",
                                                    "no extended CONNECT is offered"};
static const struct gw_carrier_end untaken = {504, "connection_write_timeout",
                                              "upstream-write-timeout", NULL};

void gw_carrier_mark(struct gw_carrier *c)
{
    struct gw_loop *loop = c->up->upstream->loop;

    if (c->dirty)
        return;
    c->dirty = true;
    c->next_dirty = loop->carriers_dirty;
    loop->carriers_dirty = c;
    gw_loop_settle_soon(loop);
}

void gw_carrier_give_up(struct gw_carrier *c, const struct gw_carrier_end *end)
{
    if (c->end == NULL)
        c->end = end;
    gw_carrier_mark(c);
}

/* A window that stays closed holds up one call alone. */
static void watch_out(struct gw_call *call)
{
    struct gw_loop *loop = call->carrier->up->upstream->loop;

    if (call->out.queue.len > 0)
        gw_loop_deadline(loop, &call->stuck, loop->config->timeouts.write_stuck);
    else
        gw_deadline_clear(&call->stuck);
}

static void on_stuck(struct gw_deadline *d)
{
    struct gw_call *call = (struct gw_call *)((char *)d - offsetof(struct gw_call, stuck));

    gw_count(call->carrier->up->upstream->loop, GW_STAT(timeouts), 1);
    gw_call_give_up(call, &untaken);
}

static void on_sent(struct gw_http2_outlet *o)
{
    struct gw_call *call = (struct gw_call *)((char *)o - offsetof(struct gw_call, out));

    gw_http2_budget_earn(&call->carrier->frames, 2); /* the windows it opens again */
    watch_out(call);
    if (gw_marks_may_go(&o->marks, o->queue.len) && call->x != NULL)
        call->x->conn->protocol->flow(call->x->conn, call->x);
}

void gw_call_free(struct gw_call *call)
{
    struct gw_carrier *c = call->carrier;

    if (call->prev != NULL)
        call->prev->next = call->next;
    else
        c->calls = call->next;
    if (call->next != NULL)
        call->next->prev = call->prev;
    c->calls_count--;
    if (c->up->backend != NULL)
        c->up->backend->calls--;
    gw_deadline_remove(&c->up->upstream->loop->wheel, &call->stuck);
    gw_http2_outlet_cleanup(&call->out);
    gw_bufq_clear(&call->held);
    gw_head_block_put(&c->up->upstream->loop->heads, call->trailers);
    gw_object_put(&c->up->upstream->loop->objects, call);
}

static struct gw_call *call_new(struct gw_carrier *c, struct gw_exchange *x)
{
    struct gw_loop *loop = c->up->upstream->loop;
    struct gw_call *call = gw_object_get_zeroed(&loop->objects, sizeof(*call));

    if (call == NULL)
        return NULL;
    gw_http2_outlet_init(&call->out, c->session, c->link, on_sent);
    gw_bufq_init(&call->held, &loop->blocks);
    gw_deadline_init(&call->stuck, on_stuck);
    call->carrier = c;
    call->x = x;
    call->next = c->calls;
    if (call->next != NULL)
        call->next->prev = call;
    c->calls = call;
    c->calls_count++;
    c->up->backend->calls++;
    x->call = call;
    return call;
}

/* Who waits for answers wants to know whether the peer still lives. */
void gw_carrier_watch(struct gw_carrier *c)
{
    struct gw_loop *loop = c->up->upstream->loop;

    c->asked = false;
    gw_loop_deadline(loop, &c->alive,
                     c->calls_count > 0 ? (uint64_t)ALIVE_MS
                                        : loop->config->timeouts.upstream_idle);
}

static void on_alive(struct gw_deadline *d)
{
    struct gw_carrier *c = (struct gw_carrier *)((char *)d - offsetof(struct gw_carrier, alive));

    if (c->calls_count == 0) {
        (void)nghttp2_session_terminate_session(c->session, NGHTTP2_NO_ERROR);
        gw_carrier_retire(c);
    } else if (c->asked) {
        c->end = &silent;
    } else {
        c->asked = true;
        (void)nghttp2_submit_ping(c->session, NGHTTP2_FLAG_NONE, NULL);
        gw_loop_deadline(c->up->upstream->loop, d, ANSWER_MS);
    }
    gw_carrier_mark(c);
}

bool gw_carrier_new(struct gw_upconn *up)
{
    struct gw_carrier *c = calloc(1, sizeof(*c));

    if (c == NULL)
        return false;
    c->link = &up->link;
    c->up = up;
    gw_deadline_init(&c->alive, on_alive);
    up->carrier = c;
    gw_carrier_list(c);
    return true;
}

void gw_carrier_free(struct gw_carrier *c)
{
    struct gw_call *next;

    if (c == NULL)
        return;
    for (struct gw_call *call = c->calls; call != NULL; call = next) {
        next = call->next;
        gw_call_free(call);
    }
    for (struct gw_carrier **at = &c->up->upstream->loop->carriers_dirty; *at != NULL;
         at = &(*at)->next_dirty) {
        if (*at == c) {
            *at = c->next_dirty;
            break;
        }
    }
    gw_head_block_put(&c->up->upstream->loop->heads, c->head.block);
    nghttp2_session_del(c->session);
    free(c);
}

static bool begin_session(struct gw_carrier *c)
{
    struct gw_loop *loop = c->up->upstream->loop;
    struct gw_http2_shared *shared = loop->http2;
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, (uint32_t)loop->config->limits.max_head_bytes},
    };

    return nghttp2_session_client_new3(&c->session, shared->upstream, c, shared->option,
                                       shared->mem) == 0 &&
           nghttp2_submit_settings(c->session, NGHTTP2_FLAG_NONE, settings, 2) == 0 &&
           nghttp2_session_set_local_window_size(c->session, NGHTTP2_FLAG_NONE, 0,
                                                 CONNECTION_WINDOW) == 0;
}

/* Extended CONNECT goes to who has offered it (RFC 8441 section 3). Returns: whether call may be
 * carried; else it waits, or has failed. */
static bool may_carry(struct gw_call *call)
{
    const struct gw_carrier *c = call->carrier;

    if (!call->x->wants_websocket)
        return true;
    if (!c->known)
        return false;
    if (nghttp2_session_get_remote_settings(c->session, NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL) ==
        1)
        return true;
    gw_call_give_up(call, &no_websockets);
    return false;
}

static void carry(struct gw_call *call)
{
    bool reused = call->carrier->used;

    if (!may_carry(call))
        return;
    call->carrier->used = true;
    call->out.session = call->carrier->session;
    gw_exchange_dialed(call->x, NULL, reused);
    gw_carrier_mark(call->carrier);
}

void gw_carrier_ready(struct gw_carrier *c)
{
    struct gw_call *next;

    if (!begin_session(c)) {
        gw_upconn_fail(c->up, 503, "proxy_internal_error", "memory", NULL);
        return;
    }
    gw_carrier_watch(c);
    for (struct gw_call *call = c->calls; call != NULL; call = next) {
        next = call->next;
        if (call->x != NULL)
            carry(call);
    }
    gw_carrier_mark(c);
}

void gw_carrier_known(struct gw_carrier *c)
{
    struct gw_call *next;

    if (c->known)
        return;
    c->known = true;
    for (struct gw_call *call = c->calls; call != NULL; call = next) {
        next = call->next;
        if (call->x != NULL && call->x->state == GW_X_DIAL)
            carry(call);
    }
}

void gw_call_begin(struct gw_backend *b, struct gw_exchange *x)
{
    struct gw_carrier *c = gw_carrier_with_room(b);
    struct gw_upconn *up = c == NULL ? gw_upconn_new(b) : NULL;
    struct gw_call *call;

    if (up != NULL && gw_carrier_new(up))
        c = up->carrier;
    call = c != NULL ? call_new(c, x) : NULL;
    x->up_reused = false;
    if (call == NULL) {
        if (up != NULL)
            gw_upconn_close(up);
        gw_exchange_up_failed(x, &(struct gw_failure){.status = 503,
                                                      .proxy_status = "proxy_internal_error",
                                                      .code = "memory",
                                                      .upstream = b->upstream->index});
    } else if (up != NULL) {
        gw_upconn_connect(up);
    } else if (c->session != NULL) {
        if (c->calls_count == 1)
            gw_carrier_watch(c);
        carry(call);
    }
}

bool gw_call_request(struct gw_call *call, size_t len)
{
    struct gw_loop *loop = call->carrier->up->upstream->loop;
    const struct gw_http1_request *req = &call->x->head->request;
    struct gw_http2_shared *shared = loop->http2;
    const nghttp2_data_provider body = gw_http2_outlet_body(&call->out);
    const char *scheme = call->carrier->link->tls.ssl != NULL ? "https" : "http";
    size_t n = gw_http2_fields_of_request((struct gw_str){loop->head_buf, len}, scheme, shared->nv,
                                          shared->nv_room);

    call->connect = call->x->wants_websocket;
    call->body = call->connect || req->framing == GW_FRAMING_CHUNKED ||
                 (req->framing == GW_FRAMING_LENGTH && req->content_length > 0);
    if (len == 0 || n == 0)
        return false;
    call->out.id = nghttp2_submit_request(call->carrier->session, NULL, shared->nv, n,
                                          call->body ? &body : NULL, call);
    gw_http2_budget_earn(&call->carrier->frames, 4);
    gw_carrier_mark(call->carrier);
    if (call->out.id <= 0)
        gw_carrier_give_up(call->carrier, &gw_carrier_no_memory);
    return true;
}

void gw_call_write(struct gw_call *call, const void *data, size_t len)
{
    if (call->closed || !call->body)
        return;
    if (!gw_http2_outlet_add(&call->out, data, len))
        gw_carrier_give_up(call->carrier, &gw_carrier_no_memory);
    gw_count_peak(call->carrier->up->upstream->loop, GW_STAT(queue_peak_bytes),
                  call->out.queue.len);
    watch_out(call);
    (void)gw_marks_must_stop(&call->out.marks, call->out.queue.len);
    gw_carrier_mark(call->carrier);
}

void gw_call_end(struct gw_call *call, const struct gw_http_fields *trailers)
{
    struct gw_loop *loop = call->carrier->up->upstream->loop;

    if (call->closed || !call->body)
        return;
    if (!gw_http2_outlet_end(&call->out, trailers, loop->head_buf, loop->head_room))
        gw_carrier_give_up(call->carrier, &gw_carrier_no_memory);
    gw_carrier_mark(call->carrier);
}

void gw_call_resume(struct gw_call *call)
{
    gw_call_pass_held(call);
    if (call->owed > 0 && !call->closed)
        (void)nghttp2_session_consume_stream(call->carrier->session, call->out.id, call->owed);
    call->owed = 0;
    gw_carrier_mark(call->carrier);
}

void gw_call_detach(struct gw_call *call)
{
    call->x = NULL;
    gw_bufq_clear(&call->held);
    gw_http2_outlet_drop(&call->out);
    gw_deadline_clear(&call->stuck);
    if (call->out.id > 0 && !call->closed)
        (void)nghttp2_submit_rst_stream(call->carrier->session, NGHTTP2_FLAG_NONE, call->out.id,
                                        NGHTTP2_CANCEL);
    if (call->out.id <= 0) {
        call->closed = true;
        call->next_dead = call->carrier->dead;
        call->carrier->dead = call;
    }
    gw_carrier_mark(call->carrier);
}

void gw_call_give_up(struct gw_call *call, const struct gw_carrier_end *end)
{
    struct gw_exchange *x = call->x;
    const struct gw_failure f = {.status = end->status,
                                 .proxy_status = end->proxy_status,
                                 .code = end->code,
                                 .message = end->message,
                                 .upstream = call->carrier->up->upstream->index};

    gw_call_detach(call);
    if (x != NULL)
        gw_exchange_up_failed(x, &f);
}

void gw_carrier_data(struct gw_carrier *c, const uint8_t *data, size_t len)
{
    ssize_t n;

    if (c->end != NULL)
        return;
    gw_carrier_watch(c);
    c->busy = true;
    n = nghttp2_session_mem_recv(c->session, data, len);
    c->busy = false;
    if (n == NGHTTP2_ERR_FLOODED || n == NGHTTP2_ERR_TOO_MANY_CONTINUATIONS)
        gw_carrier_give_up(c, &gw_carrier_flood);
    else if (n < 0)
        gw_carrier_give_up(c, n == NGHTTP2_ERR_NOMEM ? &gw_carrier_no_memory : &unreadable);
    gw_carrier_mark(c);
}

void gw_carrier_failed(struct gw_carrier *c, const struct gw_failure *f)
{
    gw_carrier_retire(c);
    for (struct gw_call *call = c->calls; call != NULL; call = call->next) {
        struct gw_exchange *x = call->x;

        call->closed = true;
        call->x = NULL;
        if (x != NULL)
            gw_exchange_up_failed(x, f);
    }
}
