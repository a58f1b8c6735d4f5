/*
 * upstream_http2_answer: answers of an upstream over HTTP/2: interim heads, the head, DATA,
 * trailers.
 */
#include "gateway/core/http2_private.h"
#include "gateway/core/upstream_http2.h"

/* Frames without an answer that an upstream may send beyond what it is given reason for. */
static const struct gw_http2_rate idle_frames = {.burst = 1000, .per_second = 100};
static const struct gw_carrier_end block_size = {502, "http_response_header_section_size",
                                                 "upstream-head-size", "http2-header-block"};

static struct gw_http2_limits limits_of(const struct gw_carrier *c)
{
    const struct gw_limits *l = &c->up->upstream->loop->config->limits;
    struct gw_http2_limits out = {.max_list_bytes = l->max_head_bytes, .max_fields = l->max_fields};

    if (c->head.trailer && out.max_list_bytes > GW_HTTP1_MAX_TRAILER_BYTES)
        out.max_list_bytes = GW_HTTP1_MAX_TRAILER_BYTES;
    if (c->head.trailer && out.max_fields > GW_HTTP1_MAX_TRAILER_FIELDS)
        out.max_fields = GW_HTTP1_MAX_TRAILER_FIELDS;
    return out;
}

static struct gw_call *call_of(nghttp2_session *session, int32_t id)
{
    return nghttp2_session_get_stream_user_data(session, id);
}

/* The exchange hears of a bad answer; the stream is reset. In: why  static text for the log */
static void malformed(struct gw_call *call, const char *why)
{
    gw_call_give_up(
        call, &(struct gw_carrier_end){502, "http_protocol_error", "upstream-malformed", why});
}

static void too_long(struct gw_call *call)
{
    gw_call_give_up(call, &(struct gw_carrier_end){502, "http_response_header_section_size",
                                                   "upstream-head-size", NULL});
}

/* Frames that carry no answer are bounded by what is asked and sent. */
static int on_begin_frame(nghttp2_session *session, const nghttp2_frame_hd *hd, void *user)
{
    struct gw_carrier *c = user;

    (void)session;
    if (hd->type == NGHTTP2_HEADERS || (hd->type == NGHTTP2_DATA && hd->length > 0) ||
        gw_http2_budget_spend(&c->frames, &idle_frames, gw_loop_now(c->up->upstream->loop)))
        return 0;
    gw_carrier_give_up(c, &gw_carrier_flood);
    return NGHTTP2_ERR_CALLBACK_FAILURE;
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
    struct gw_carrier *c = user;
    struct gw_call *call = call_of(session, frame->hd.stream_id);
    struct gw_head_block *block = c->head.block;

    if (block == NULL)
        block = gw_head_block_get(&c->up->upstream->loop->heads);
    if (block == NULL)
        return NGHTTP2_ERR_CALLBACK_FAILURE;
    block->len = 0;
    c->block_bytes = 0;
    c->head = (struct gw_http2_head){.block = block,
                                     .pool = &c->up->upstream->loop->heads,
                                     .answer = true,
                                     .trailer = call != NULL && call->head_done};
    return 0;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, nghttp2_rcbuf *name,
                     nghttp2_rcbuf *value, uint8_t flags, void *user)
{
    struct gw_carrier *c = user;
    const struct gw_http2_limits limits = limits_of(c);
    nghttp2_vec n = nghttp2_rcbuf_get_buf(name);
    nghttp2_vec v = nghttp2_rcbuf_get_buf(value);

    (void)flags;
    c->block_bytes += n.len + v.len + GW_HTTP2_FIELD_OVERHEAD;
    if (c->block_bytes >
        GW_HTTP2_BLOCK_FACTOR * c->up->upstream->loop->config->limits.max_head_bytes) {
        gw_carrier_give_up(c, &block_size);
        return NGHTTP2_ERR_CALLBACK_FAILURE;
    }
    if (call_of(session, frame->hd.stream_id) != NULL)
        gw_http2_head_add(&c->head, &limits, (struct gw_str){(const char *)n.base, n.len},
                          (struct gw_str){(const char *)v.base, v.len});
    return 0;
}

static int on_invalid_header(nghttp2_session *session, const nghttp2_frame *frame,
                             nghttp2_rcbuf *name, nghttp2_rcbuf *value, uint8_t flags, void *user)
{
    struct gw_carrier *c = user;
    int rv = on_header(session, frame, name, value, flags, user);

    if (c->head.why.status == 0)
        c->head.why = (struct gw_http_refusal){502, "field-value"};
    return rv;
}

/* Does an answer open the WebSocket that was asked for? Then it becomes the 101 that means the
 * same.
 */
static bool is_websocket(const struct gw_call *call, struct gw_http1_response *r)
{
    if (!call->connect || r->status > 299)
        return false;
    r->status = 101;
    r->reason = gw_str("Switching Protocols");
    r->framing = GW_FRAMING_NONE;
    r->has_length = false;
    return true;
}

static void final_head(struct gw_call *call, struct gw_http1_response *r)
{
    const bool websocket = is_websocket(call, r);
    struct gw_exchange *x = call->x;

    call->head_done = true;
    if (!(websocket ? gw_tunnel_upgraded(x, r) : gw_exchange_head(x, r)))
        too_long(call);
    else if (websocket)
        x->conn->protocol->flow(x->conn, x); /* what came before the answer */
}

static void take_head(struct gw_carrier *c, struct gw_call *call, bool ended)
{
    struct gw_loop *loop = c->up->upstream->loop;
    struct gw_http_refusal why;
    struct gw_head_block *b =
        gw_http2_answer_build(&c->head, call->x->head->request.is_head, ended, &why);

    if (b == NULL) {
        gw_carrier_give_up(c, &gw_carrier_no_memory);
        return;
    }
    if (why.status != 0) {
        if (why.status == 431)
            too_long(call);
        else
            malformed(call, why.code);
    } else if (b->response.status < 200) {
        if (++call->interims > loop->config->limits.max_interim)
            malformed(call, "interim-count");
        else
            gw_exchange_interim(call->x, &b->response);
    } else {
        final_head(call, &b->response);
    }
    gw_head_block_put(&loop->heads, b);
}

static void take_trailers(struct gw_carrier *c, struct gw_call *call)
{
    if (c->head.why.status != 0) {
        malformed(call, c->head.why.code);
        return;
    }
    call->trailers = gw_http2_trailers_build(&c->head);
    if (call->trailers == NULL)
        gw_carrier_give_up(c, &gw_carrier_no_memory);
}

/* The answer is complete; what is left of the request is not wanted (RFC 9113 section 8.1). */
static void complete(struct gw_call *call)
{
    static const struct gw_http_fields none = {0};
    struct gw_exchange *x = call->x;

    if (x->is_tunnel) {
        gw_tunnel_up_eof(x, GW_EOF_CLEAN);
        return;
    }
    if (!x->request_done || call->out.queue.len > 0 || call->connect)
        gw_call_detach(call);
    call->x = NULL;
    x->call = NULL;
    gw_exchange_end(x, call->trailers != NULL ? &call->trailers->request.fields : &none);
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
    struct gw_carrier *c = user;
    struct gw_call *call = call_of(session, frame->hd.stream_id);
    bool ended = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;

    if (c->end != NULL)
        return NGHTTP2_ERR_CALLBACK_FAILURE;
    if (frame->hd.type == NGHTTP2_GOAWAY)
        gw_carrier_retire(c);
    else if (frame->hd.type == NGHTTP2_SETTINGS && (frame->hd.flags & NGHTTP2_FLAG_ACK) == 0)
        gw_carrier_known(c);
    if (call == NULL || call->x == NULL ||
        (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA))
        return 0;
    if (call->x->first_byte_us == 0) {
        c->up->backend->failures = 0;
        gw_exchange_first_byte(call->x);
    }
    if (frame->hd.type == NGHTTP2_HEADERS && call->head_done)
        take_trailers(c, call);
    else if (frame->hd.type == NGHTTP2_HEADERS)
        take_head(c, call, ended);
    if (c->end != NULL)
        return NGHTTP2_ERR_CALLBACK_FAILURE;
    if (ended)
        gw_call_pass_held(call);
    if (ended && call->x != NULL)
        complete(call);
    return 0;
}

void gw_call_pass_held(struct gw_call *call)
{
    while (call->x != NULL && call->held.len > 0) {
        size_t len;
        const uint8_t *data = gw_bufq_peek(&call->held, &len);

        gw_exchange_data(call->x, (const char *)data, len);
        gw_bufq_consume(&call->held, len);
    }
}

/* What the client does not take now waits as it is: small pieces in a record each would be many
 * times what the stream's window bounds. */
static void take_data(struct gw_call *call, const uint8_t *data, size_t len)
{
    if (!call->x->out->paused && call->held.len == 0)
        gw_exchange_data(call->x, (const char *)data, len);
    else if (!gw_bufq_append(&call->held, data, len))
        gw_carrier_give_up(call->carrier, &gw_carrier_no_memory);
}

static int on_data_chunk(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data,
                         size_t len, void *user)
{
    struct gw_carrier *c = user;
    struct gw_call *call = call_of(session, id);

    (void)flags;
    gw_http2_budget_earn(&c->frames, 1);
    (void)nghttp2_session_consume_connection(session, len);
    if (call != NULL && call->x != NULL)
        take_data(call, data, len);
    if (call != NULL && call->x != NULL && call->x->out->paused)
        call->owed += len;
    else
        (void)nghttp2_session_consume_stream(session, id, len);
    return 0;
}

static int on_stream_close(nghttp2_session *session, int32_t id, uint32_t code, void *user)
{
    struct gw_carrier *c = user;
    struct gw_call *call = call_of(session, id);

    if (call == NULL)
        return 0;
    call->closed = true;
    call->code = code;
    call->next_dead = c->dead;
    c->dead = call;
    (void)nghttp2_session_set_stream_user_data(session, id, NULL);
    gw_carrier_mark(c);
    return 0;
}

void gw_carrier_answer_callbacks(nghttp2_session_callbacks *callbacks)
{
    nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, on_begin_frame);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback2(callbacks, on_header);
    nghttp2_session_callbacks_set_on_invalid_header_callback2(callbacks, on_invalid_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data_chunk);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
}
