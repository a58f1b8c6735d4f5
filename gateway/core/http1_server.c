/*
 * http1_server: HTTP/1.1 on a client connection: heads and bodies in, answers out, one exchange at
 * a time; pipelined requests wait in the connection's pending queue.
 */
#include "gateway/core/conn.h"
#include "gateway/core/exchange_private.h"
#include "gateway/core/http1_refuse.h"
#include "gateway/core/http1_forward.h"
#include "gateway/core/websocket.h"

/* Returns: how many bytes belong to the head. */
static size_t take_head(struct gw_conn *c, const char *data, size_t len)
{
    struct gw_loop *loop = c->loop;
    const struct gw_http1_limits limits = {
        .max_head_bytes = loop->config->limits.max_head_bytes,
        .max_target_bytes = loop->config->limits.max_head_bytes / 2,
        .connect = loop->config->listeners[c->info.listener].connect,
    };
    struct gw_http_refusal why = {0};
    struct gw_http1_request *req;
    size_t used;

    if (c->head == NULL)
        c->head = gw_head_block_get(&loop->heads);
    if (c->head == NULL) {
        gw_conn_close(c, "memory");
        return len;
    }
    switch (gw_head_block_take(&loop->heads, c->head, data, len, &used, &why)) {
    case GW_HTTP1_MORE:
        return used;
    case GW_HTTP1_COMPLETE:
        break;
    default:
        gw_http1_refuse_head(c, &why, false);
        return len;
    }
    req = &c->head->request;
    *req = (struct gw_http1_request){0};
    req->fields.list = c->head->list;
    req->fields.room = loop->heads.max_fields;
    if (!gw_http1_request_parse(gw_head_block_text(c->head), &limits, req, &why)) {
        gw_http1_refuse_head(c, &why, req->is_head);
        return len;
    }
    /* HTTP/1.0 may leave Host out: the handshake's name stands for it (RFC 9112 section 3.3). */
    if (req->authority.len == 0 && c->info.sni != NULL)
        req->authority = req->host = gw_str(c->info.sni);
    gw_conn_enter(c, GW_CONN_EXCHANGE);
    gw_exchange_begin(c);
    return used;
}

/* Returns: how many bytes were used; the rest must wait. */
static size_t consume(struct gw_conn *c, const char *data, size_t len)
{
    size_t used = 0;

    while (used < len) {
        switch (c->state) {
        case GW_CONN_IDLE:
            if (gw_link_full(&c->link))
                return used;
            c->head_us = uv_hrtime() / 1000;
            gw_conn_enter(c, GW_CONN_HEAD);
            break;
        case GW_CONN_HEAD:
            used += take_head(c, data + used, len - used);
            break;
        case GW_CONN_EXCHANGE:
            if (c->x == NULL || !gw_exchange_wants_body(c->x))
                return used;
            used += gw_exchange_body(c->x, data + used, len - used);
            break;
        default:
            return len;
        }
    }
    return used;
}

/* Read on unless something waits that must be used first. */
static void update_reading(struct gw_conn *c)
{
    bool wait = c->pending.len > 0;
    const bool was_reading = c->link.reading;

    if (c->state == GW_CONN_CLOSING || c->state == GW_CONN_FINISH)
        return;
    if (c->x != NULL && c->x->state == GW_X_RELAY && (c->x->is_tunnel || !c->x->request_done))
        wait = wait || !gw_exchange_wants_body(c->x);
    if (wait || (c->x == NULL && gw_link_full(&c->link)))
        gw_link_read_stop(&c->link);
    else
        gw_link_read_start(&c->link);
    if (was_reading != c->link.reading && c->x != NULL && c->x->state == GW_X_RELAY)
        gw_exchange_touch(c->x); /* a wait without a limit has one while nobody looks */
}

/* The client has ended its side in good order, and everything before that was used. */
static void input_over(struct gw_conn *c)
{
    if (c->x == NULL)
        gw_conn_finish(c, "client-eof");
    else if (c->x->is_tunnel && c->x->state == GW_X_RELAY)
        gw_tunnel_client_eof(c->x);
    else if (!c->x->request_done && c->x->state != GW_X_DIAL && c->x->state != GW_X_DECIDE)
        gw_exchange_body_broken(c->x, 400, "body-truncated");
}

static void run(struct gw_conn *c)
{
    const uint8_t *data;
    size_t len = 0;

    if (c->consuming)
        return;
    c->consuming = true;
    while ((data = gw_bufq_peek(&c->pending, &len)) != NULL) {
        size_t used = consume(c, (const char *)data, len);

        /* The end of a connection has dropped the queue. */
        if (c->state == GW_CONN_FINISH || c->state == GW_CONN_CLOSING)
            break;
        gw_bufq_consume(&c->pending, used);
        if (used < len)
            break;
    }
    if (c->eof_in && c->pending.len == 0)
        input_over(c);
    c->consuming = false;
    update_reading(c);
}

static void on_data(struct gw_conn *c, const uint8_t *data, size_t len)
{
    size_t used = 0;

    if (c->pending.len == 0) {
        c->consuming = true;
        used = consume(c, (const char *)data, len);
        c->consuming = false;
    }
    if (used < len && !gw_bufq_append(&c->pending, data + used, len - used)) {
        gw_conn_close(c, "memory");
        return;
    }
    update_reading(c);
}

static void on_eof(struct gw_conn *c, enum gw_link_eof how)
{
    if (how == GW_EOF_CUT && c->state == GW_CONN_EXCHANGE)
        gw_conn_close(c, "client-cut");
    else if (c->state == GW_CONN_HEAD && c->pending.len == 0)
        gw_conn_close(c, "client-eof");
    else
        run(c);
    if (c->state == GW_CONN_EXCHANGE && c->x != NULL && c->x->state == GW_X_RELAY)
        gw_exchange_touch(c->x);
}

static void on_deadline(struct gw_conn *c)
{
    static const struct gw_http_refusal late = {408, "head-timeout"};

    if (c->state == GW_CONN_HEAD)
        gw_http1_refuse_head(c, &late, false);
    else
        gw_conn_finish(c, "idle-timeout");
}

static struct gw_http1_forward answer_rules(const struct gw_exchange *x)
{
    struct gw_http1_forward f = {
        .origin_from = x->to.origin_to,
        .origin_to = x->to.origin_from,
        .strip_alt_svc = x->to.strip_alt_svc,
        .close = x->close_after,
        .keep_alive = !x->close_after && x->head->request.minor == 0,
    };

    if (!x->to.no_forwarded) {
        f.via = x->loop->config->via != NULL ? gw_str(x->loop->config->via) : f.via;
        f.request_id = gw_str(x->id);
    }
    return f;
}

static bool write_head(struct gw_exchange *x, const struct gw_http1_response *r,
                       const struct gw_http1_forward *f)
{
    struct gw_loop *loop = x->loop;
    size_t n = gw_http1_forward_response(r, f, loop->head_buf, loop->head_room);

    gw_link_write(&x->conn->link, loop->head_buf, n);
    return n > 0;
}

static void send_interim(struct gw_exchange *x, const struct gw_http1_response *r)
{
    struct gw_http1_forward f = answer_rules(x);

    f.close = false;
    (void)write_head(x, r, &f);
}

static bool send_head(struct gw_exchange *x, const struct gw_http1_response *r)
{
    char accept[GW_WEBSOCKET_ACCEPT_LEN + 1];
    struct gw_http1_forward f;
    bool by_close = r->framing == GW_FRAMING_CLOSE || r->framing == GW_FRAMING_CHUNKED;

    x->chunked_out = by_close && x->head->request.minor >= 1;
    x->close_framed = by_close && !x->chunked_out;
    if (x->close_framed)
        x->close_after = true;
    f = answer_rules(x);
    f.date = gw_str(gw_loop_date(x->loop));
    f.framing = x->chunked_out ? GW_FRAMING_CHUNKED : r->framing;
    if (x->close_framed)
        f.framing = GW_FRAMING_CLOSE;
    f.content_length = r->content_length;
    f.websocket = x->is_tunnel;
    if (x->is_tunnel && x->call != NULL) {
        if (!gw_websocket_accept(&x->head->request, accept))
            return false;
        f.accept = gw_str(accept);
    }
    return write_head(x, r, &f);
}

static void send_data(struct gw_exchange *x, const void *data, size_t len)
{
    struct gw_link *l = &x->conn->link;
    char line[GW_HTTP1_CHUNK_HEAD_MAX + 1];

    if (!x->chunked_out) {
        gw_link_write(l, data, len);
        return;
    }
    gw_link_write(l, line, gw_http1_chunk_head(len, line));
    gw_link_write(l, data, len);
    gw_link_write(l, "\r\n", 2);
}

static void send_end(struct gw_exchange *x, const struct gw_http_fields *trailers)
{
    struct gw_loop *loop = x->loop;

    if (x->chunked_out)
        gw_link_write(&x->conn->link, loop->head_buf,
                      gw_http1_last_chunk(trailers, loop->head_buf, loop->head_room));
}

static void send_own(struct gw_exchange *x, const struct gw_http1_answer *answer)
{
    struct gw_loop *loop = x->loop;
    struct gw_http1_answer a = *answer;

    a.date = gw_str(gw_loop_date(loop));
    a.request_id = gw_str(x->id);
    if (loop->config->via != NULL)
        a.server = gw_str(loop->config->via);
    a.is_head = x->head->request.is_head;
    a.close = x->close_after;
    a.keep_alive = !x->close_after && x->head->request.minor == 0;
    gw_link_write(&x->conn->link, loop->head_buf,
                  gw_http1_answer_head(&a, loop->head_buf, loop->head_room));
}

static void ended(struct gw_exchange *x, bool cut)
{
    struct gw_conn *c = x->conn;

    if (c->state == GW_CONN_CLOSING)
        return;
    if (cut) {
        gw_link_abort(&c->link, x->close_framed || x->is_tunnel);
        gw_conn_close(c, x->reason != NULL ? x->reason : "cut");
    } else if (x->close_after || !x->request_done) {
        c->linger = !x->request_done || c->pending.len > 0;
        gw_conn_finish(c, x->reason != NULL ? x->reason : "closed");
    } else if (c->loop->stopping && !c->loop->patient) {
        gw_conn_finish(c, "drained");
    } else {
        gw_conn_enter(c, GW_CONN_IDLE);
        run(c);
    }
}

static void opened(struct gw_conn *c)
{
    (void)c;
}

static void flow(struct gw_conn *c, struct gw_exchange *x)
{
    (void)x;
    run(c);
}

static void on_full(struct gw_conn *c)
{
    if (c->x != NULL)
        gw_exchange_client_full(c->x);
}

static void on_drained(struct gw_conn *c)
{
    if (c->x != NULL)
        gw_exchange_client_drained(c->x);
    else
        run(c);
}

static void drain(struct gw_conn *c)
{
    if (c->state == GW_CONN_IDLE && !c->loop->patient)
        gw_conn_finish(c, "drained");
}

static void closed(struct gw_conn *c, const char *reason)
{
    if (c->x != NULL)
        gw_exchange_client_gone(c->x, reason);
}

static void stream_opened(struct gw_conn *c)
{
    c->head_us = uv_hrtime() / 1000;
    gw_conn_enter(c, GW_CONN_HEAD);
    gw_conn_enter(c, GW_CONN_EXCHANGE);
    gw_exchange_begin_stream(c);
}

static void stream_ended(struct gw_exchange *x, bool cut)
{
    struct gw_conn *c = x->conn;

    if (cut && c->state != GW_CONN_CLOSING) {
        gw_link_abort(&c->link, true);
        gw_conn_close(c, x->reason != NULL ? x->reason : "cut");
    } else {
        gw_conn_finish(c, x->reason != NULL ? x->reason : "closed");
    }
}

/* A stream is one exchange that is a tunnel from the beginning. */
const struct gw_protocol gw_protocol_stream = {
    .name = "tcp",
    .opened = stream_opened,
    .on_data = on_data,
    .on_eof = on_eof,
    .on_deadline = on_deadline,
    .on_full = on_full,
    .on_drained = on_drained,
    .drain = drain,
    .closed = closed,
    .flow = flow,
    .ended = stream_ended,
};

const struct gw_protocol gw_protocol_http1 = {
    .name = "http/1.1",
    .opened = opened,
    .on_data = on_data,
    .on_eof = on_eof,
    .on_deadline = on_deadline,
    .send_interim = send_interim,
    .send_head = send_head,
    .send_data = send_data,
    .send_end = send_end,
    .send_own = send_own,
    .on_full = on_full,
    .on_drained = on_drained,
    .drain = drain,
    .closed = closed,
    .flow = flow,
    .ended = ended,
};
