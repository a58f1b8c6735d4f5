#include <string.h>

#include "gateway/core/http2_private.h"
#include "gateway/core/websocket.h"

static struct gw_http2_limits limits_of(const struct gw_http2 *h)
{
    const struct gw_limits *l = &h->conn->loop->config->limits;
    struct gw_http2_limits out = {l->max_head_bytes, l->max_fields, l->max_head_bytes / 2};

    if (h->head.trailer && out.max_list_bytes > GW_HTTP1_MAX_TRAILER_BYTES)
        out.max_list_bytes = GW_HTTP1_MAX_TRAILER_BYTES;
    if (h->head.trailer && out.max_fields > GW_HTTP1_MAX_TRAILER_FIELDS)
        out.max_fields = GW_HTTP1_MAX_TRAILER_FIELDS;
    return out;
}

/* Frames that carry nothing are bounded by what they accompany; those that do earn their place. */
static int on_begin_frame(nghttp2_session *session, const nghttp2_frame_hd *hd, void *user)
{
    struct gw_http2 *h = user;

    (void)session;
    if (hd->type == NGHTTP2_HEADERS)
        gw_http2_budget_earn(&h->frames, 4);
    if (hd->type == NGHTTP2_HEADERS ||
        (hd->type == NGHTTP2_DATA && (hd->flags & NGHTTP2_FLAG_END_STREAM) != 0))
        return 0;
    return gw_http2_may_idle(h) ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
}

/* Streams that were reset a moment ago keep their place until the loop has ended their work. */
static bool has_place(struct gw_http2 *h)
{
    uint64_t now = gw_loop_now(h->conn->loop);

    if (h->places_ms != now)
        h->places = 0;
    return h->streams_count + h->places < GW_HTTP2_MAX_STREAMS;
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
    /* The default of RFC 9218 is one stream after the other: an answer without an end would hold up
     * every other one. */
    static const nghttp2_extpri in_turns = {.urgency = NGHTTP2_EXTPRI_DEFAULT_URGENCY, .inc = 1};
    struct gw_http2 *h = user;
    struct gw_conn *c = h->conn;
    struct gw_http2_stream *s = NULL;

    h->block_bytes = 0;
    h->head = (struct gw_http2_head){.pool = &c->loop->heads,
                                     .trailer = frame->headers.cat != NGHTTP2_HCAT_REQUEST};
    gw_loop_deadline(c->loop, &h->block, c->loop->config->timeouts.head);
    if (c->head == NULL)
        c->head = gw_head_block_get(&c->loop->heads);
    if (c->head == NULL) {
        gw_http2_end(h, NGHTTP2_INTERNAL_ERROR, "memory");
        return NGHTTP2_ERR_CALLBACK_FAILURE;
    }
    c->head->len = 0;
    h->head.block = c->head;
    if (h->head.trailer)
        return 0;
    if (h->draining || !has_place(h))
        return nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id,
                                         NGHTTP2_REFUSED_STREAM);
    s = gw_http2_stream_new(h, frame->hd.stream_id);
    if (s == NULL) {
        gw_http2_end(h, NGHTTP2_INTERNAL_ERROR, "memory");
        return NGHTTP2_ERR_CALLBACK_FAILURE;
    }
    c->head_us = uv_hrtime() / 1000;
    (void)nghttp2_session_change_extpri_stream_priority(session, s->id, &in_turns, 1);
    return nghttp2_session_set_stream_user_data(session, s->id, s);
}

/* Decoded bytes are counted while a block arrives, whether or not anybody wants them. */
static int take_field(struct gw_http2 *h, const nghttp2_frame *frame, nghttp2_rcbuf *name,
                      nghttp2_rcbuf *value)
{
    const struct gw_http2_limits limits = limits_of(h);
    nghttp2_vec n = nghttp2_rcbuf_get_buf(name);
    nghttp2_vec v = nghttp2_rcbuf_get_buf(value);

    h->block_bytes += n.len + v.len + GW_HTTP2_FIELD_OVERHEAD;
    if (h->block_bytes > GW_HTTP2_BLOCK_FACTOR * h->conn->loop->config->limits.max_head_bytes) {
        gw_http2_end(h, NGHTTP2_ENHANCE_YOUR_CALM, "http2-header-block");
        return NGHTTP2_ERR_CALLBACK_FAILURE;
    }
    if (nghttp2_session_get_stream_user_data(h->session, frame->hd.stream_id) != NULL)
        gw_http2_head_add(&h->head, &limits, (struct gw_str){(const char *)n.base, n.len},
                          (struct gw_str){(const char *)v.base, v.len});
    return 0;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, nghttp2_rcbuf *name,
                     nghttp2_rcbuf *value, uint8_t flags, void *user)
{
    (void)session;
    (void)flags;
    return take_field(user, frame, name, value);
}

/* A field that the library would drop in silence: the request is refused for it. */
static int on_invalid_header(nghttp2_session *session, const nghttp2_frame *frame,
                             nghttp2_rcbuf *name, nghttp2_rcbuf *value, uint8_t flags, void *user)
{
    struct gw_http2 *h = user;
    int rv = take_field(h, frame, name, value);

    (void)session;
    (void)flags;
    if (h->head.why.status == 0)
        h->head.why = (struct gw_http_refusal){400, "field-value"};
    return rv;
}

/* What has come so far is answered, and nothing after it. */
static void last_stream(struct gw_http2 *h)
{
    if (h->draining)
        return;
    h->draining = true;
    (void)nghttp2_submit_goaway(h->session, NGHTTP2_FLAG_NONE,
                                nghttp2_session_get_last_proc_stream_id(h->session),
                                NGHTTP2_NO_ERROR, NULL, 0);
}

static int request(struct gw_http2 *h, struct gw_http2_stream *s, bool ended)
{
    struct gw_conn *c = h->conn;
    const struct gw_http2_limits limits = limits_of(h);
    uint64_t max_requests = c->loop->config->limits.max_requests;
    char key[GW_WEBSOCKET_KEY_LEN + 1];
    struct gw_http_refusal why;
    struct gw_head_block *head;

    if (h->head.protocol.at != NULL) {
        gw_websocket_key(gw_loop_random(c->loop), key);
        h->head.websocket_key = gw_str(key);
    }
    head = gw_http2_request_build(&h->head, &limits, gw_str(c->info.ssl != NULL ? "https" : ""),
                                  ended, &why);
    if (head == NULL || (s->x = gw_exchange_new(c, head)) == NULL) {
        gw_head_block_put(&c->loop->heads, head);
        gw_http2_end(h, NGHTTP2_INTERNAL_ERROR, "memory");
        return NGHTTP2_ERR_CALLBACK_FAILURE;
    }
    s->ended_in = ended;
    s->x->stream = s;
    s->x->out = &s->out.marks;
    s->x->request_done = ended || head->request.websocket;
    if (c->state == GW_CONN_IDLE) {
        gw_conn_enter(c, GW_CONN_HEAD);
        gw_conn_enter(c, GW_CONN_EXCHANGE);
    }
    if (max_requests != 0 && c->requests >= max_requests)
        last_stream(h);
    if (why.status != 0) {
        s->x->head_refused = true;
        gw_exchange_refuse_head(s->x, &why);
    } else {
        gw_exchange_start(s->x);
    }
    return 0;
}

static int trailers(struct gw_http2 *h, struct gw_http2_stream *s)
{
    if (s->x != NULL && h->head.why.status != 0) {
        gw_exchange_body_broken(s->x, h->head.why.status, h->head.why.code);
        return 0;
    }
    s->trailers = gw_http2_trailers_build(&h->head);
    if (s->trailers != NULL)
        return 0;
    gw_http2_end(h, NGHTTP2_INTERNAL_ERROR, "memory");
    return NGHTTP2_ERR_CALLBACK_FAILURE;
}

/* A header block is complete. */
static int on_headers(struct gw_http2 *h, const nghttp2_frame *frame, struct gw_http2_stream *s)
{
    bool ended = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    int rv = 0;

    gw_deadline_clear(&h->block);
    if (s != NULL)
        rv = h->head.trailer ? trailers(h, s) : request(h, s, ended);
    gw_head_block_put(&h->conn->loop->heads, h->conn->head);
    h->conn->head = NULL;
    return rv;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
    struct gw_http2 *h = user;
    struct gw_http2_stream *s = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    int rv = 0;

    if (h->ending != NULL)
        return NGHTTP2_ERR_CALLBACK_FAILURE;
    switch (frame->hd.type) {
    case NGHTTP2_SETTINGS:
        gw_deadline_clear(&h->block);
        return 0;
    case NGHTTP2_RST_STREAM:
        if (s != NULL && s->reset == NULL)
            s->reset = "client-reset";
        return gw_http2_may_reset(h) ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
    case NGHTTP2_PING:
        if (h->shutdown && (frame->hd.flags & NGHTTP2_FLAG_ACK) != 0)
            last_stream(h);
        return 0;
    case NGHTTP2_HEADERS:
        rv = on_headers(h, frame, s);
        break;
    case NGHTTP2_DATA:
        break;
    default:
        return 0;
    }
    if (rv == 0 && s != NULL && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
        s->ended_in = true;
        gw_http2_stream_feed(s);
    }
    return rv;
}

static int on_data_chunk(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data,
                         size_t len, void *user)
{
    struct gw_http2 *h = user;
    struct gw_http2_stream *s = nghttp2_session_get_stream_user_data(session, id);

    (void)flags;
    gw_http2_budget_earn(&h->frames, 1);
    if (s != NULL)
        gw_http2_stream_data(s, data, len);
    else
        (void)nghttp2_session_consume(session, id, len);
    return h->ending == NULL ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
}

static int on_stream_close(nghttp2_session *session, int32_t id, uint32_t code, void *user)
{
    struct gw_http2 *h = user;
    struct gw_http2_stream *s = nghttp2_session_get_stream_user_data(session, id);

    (void)code;
    if (s == NULL)
        return 0;
    s->closed = true;
    s->next_dead = h->dead;
    h->dead = s;
    (void)nghttp2_session_set_stream_user_data(session, id, NULL);
    gw_http2_mark(h);
    return 0;
}

void gw_http2_input_callbacks(nghttp2_session_callbacks *callbacks)
{
    nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, on_begin_frame);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback2(callbacks, on_header);
    nghttp2_session_callbacks_set_on_invalid_header_callback2(callbacks, on_invalid_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data_chunk);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
}
