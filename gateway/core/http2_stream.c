#include "gateway/core/http2_private.h"
#include "gateway/core/http2_server.h"

static void on_stuck(struct gw_deadline *d)
{
    struct gw_http2_stream *s =
        (struct gw_http2_stream *)((char *)d - offsetof(struct gw_http2_stream, stuck));

    gw_count(s->h2->conn->loop, GW_STAT(timeouts), 1);
    gw_http2_stream_reset(s, NGHTTP2_CANCEL, "write-timeout");
}

struct gw_http2_stream *gw_http2_stream_new(struct gw_http2 *h, int32_t id)
{
    struct gw_loop *loop = h->conn->loop;
    struct gw_http2_stream *s = gw_object_get_zeroed(&loop->objects, sizeof(*s));

    if (s == NULL)
        return NULL;
    s->h2 = h;
    s->id = id;
    gw_bufq_init(&s->in, &loop->blocks);
    gw_http2_outlet_init(&s->out, h->session, h->link, gw_http2_sent);
    s->out.id = id;
    gw_deadline_init(&s->stuck, on_stuck);
    s->next = h->streams;
    if (s->next != NULL)
        s->next->prev = s;
    h->streams = s;
    h->streams_count++;
    return s;
}

/* Of len bytes that are no longer held, give the connection's window what is owed to it. */
static void release_held(struct gw_http2 *h, size_t len)
{
    size_t pay = h->owed < len ? h->owed : len;

    h->held -= len;
    h->owed -= pay;
    if (pay > 0)
        (void)nghttp2_session_consume_connection(h->session, pay);
}

static void drop_input(struct gw_http2_stream *s)
{
    size_t len = s->in.len;

    if (len == 0)
        return;
    gw_bufq_clear(&s->in);
    release_held(s->h2, len);
    if (!s->closed)
        (void)nghttp2_session_consume_stream(s->h2->session, s->id, len);
}

void gw_http2_stream_free(struct gw_http2_stream *s)
{
    struct gw_http2 *h = s->h2;

    if (s->prev != NULL)
        s->prev->next = s->next;
    else
        h->streams = s->next;
    if (s->next != NULL)
        s->next->prev = s->prev;
    h->streams_count--;
    gw_deadline_remove(&h->conn->loop->wheel, &s->stuck);
    drop_input(s);
    gw_http2_outlet_cleanup(&s->out);
    gw_head_block_put(&h->conn->loop->heads, s->trailers);
    gw_object_put(&h->conn->loop->objects, s);
}

/* May the exchange hear that its request is complete? */
static bool may_end(const struct gw_http2_stream *s)
{
    if (!s->ended_in || s->in.len > 0 || s->x == NULL)
        return false;
    if (s->x->is_tunnel)
        return s->x->state == GW_X_RELAY;
    return !s->x->request_done && (s->x->state == GW_X_RELAY || s->x->state == GW_X_OWN);
}

/* More than its Content-Length makes a request malformed, which the app must not get whole: the
 * last byte waits for the end of the stream (RFC 9113 section 8.1.1). Returns: how much may go on
 * now. */
static size_t may_pass(const struct gw_http2_stream *s, size_t len)
{
    const struct gw_exchange *x = s->x;
    uint64_t left;

    if (!gw_exchange_wants_body(x))
        return 0;
    if (s->ended_in || x->is_tunnel || x->head->request.framing != GW_FRAMING_LENGTH)
        return len;
    left = x->head->request.content_length - x->bytes_in;
    if (left > len)
        return len;
    return left > 0 ? (size_t)left - 1 : 0;
}

void gw_http2_stream_feed(struct gw_http2_stream *s)
{
    static const struct gw_http_fields none = {0};
    const uint8_t *data;
    size_t len;

    if (s->feeding)
        return;
    s->feeding = true;
    while (s->x != NULL && s->in.len > 0) {
        data = gw_bufq_peek(&s->in, &len);
        len = may_pass(s, len);
        if (len == 0)
            break;
        gw_exchange_body_piece(s->x, (const char *)data, len);
        gw_bufq_consume(&s->in, len);
        release_held(s->h2, len);
        if (!s->closed)
            (void)nghttp2_session_consume_stream(s->h2->session, s->id, len);
    }
    if (may_end(s) && s->x->is_tunnel)
        gw_tunnel_client_eof(s->x);
    else if (may_end(s))
        gw_exchange_body_end(s->x, s->trailers != NULL ? &s->trailers->request.fields : &none);
    s->feeding = false;
    if (s->x == NULL)
        drop_input(s);
    gw_http2_mark(s->h2);
}

void gw_http2_stream_data(struct gw_http2_stream *s, const uint8_t *data, size_t len)
{
    struct gw_http2 *h = s->h2;
    size_t direct = s->x == NULL ? len : s->in.len == 0 ? may_pass(s, len) : 0;
    size_t rest = len - direct;

    if (direct > 0 && s->x != NULL)
        gw_exchange_body_piece(s->x, (const char *)data, direct);
    if (s->x == NULL)
        direct = len;
    if (direct > 0)
        (void)nghttp2_session_consume(h->session, s->id, direct);
    if (direct == len)
        return;
    if (!gw_bufq_append(&s->in, data + direct, rest)) {
        gw_http2_end(h, NGHTTP2_INTERNAL_ERROR, "memory");
        return;
    }
    h->held += rest;
    if (h->held <= GW_HTTP2_WINDOW / 2)
        (void)nghttp2_session_consume_connection(h->session, rest);
    else
        h->owed += rest;
}

void gw_http2_stream_reset(struct gw_http2_stream *s, uint32_t code, const char *reason)
{
    if (s->closed)
        return;
    if (s->reset == NULL)
        s->reset = reason;
    gw_http2_outlet_drop(&s->out);
    (void)nghttp2_submit_rst_stream(s->h2->session, NGHTTP2_FLAG_NONE, s->id, code);
    gw_http2_mark(s->h2);
}

bool gw_http2_stream_is_over(const struct gw_http2_stream *s)
{
    return s->closed;
}

void gw_http2_stream_ended(struct gw_exchange *x, bool cut)
{
    struct gw_http2_stream *s = x->stream;

    s->x = NULL;
    if (s->kept) {
        s->kept = false;
        s->next_dead = s->h2->dead;
        s->h2->dead = s;
        gw_http2_mark(s->h2);
    }
    if (s->closed || s->h2->conn->state == GW_CONN_CLOSING)
        return;
    if (!s->feeding)
        drop_input(s);
    if (cut)
        gw_http2_stream_reset(s, x->is_tunnel ? NGHTTP2_CANCEL : NGHTTP2_INTERNAL_ERROR, x->reason);
    else
        s->early = !s->ended_in;
    gw_http2_mark(s->h2);
}
