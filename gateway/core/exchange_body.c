/*
 * exchange_body: the body of a request, from the client's side to the upstream's.
 */
#include "gateway/core/exchange_private.h"
#include "gateway/core/upstream_http2.h"

bool gw_exchange_body_too_long(const struct gw_exchange *x)
{
    uint64_t max = x->loop->config->limits.max_body_bytes;
    const struct gw_http1_request *req = &x->head->request;

    if (max == 0)
        return false;
    return req->framing == GW_FRAMING_LENGTH ? req->content_length > max : x->bytes_in > max;
}

static void on_body_data(void *ctx, const char *data, size_t len)
{
    struct gw_exchange *x = ctx;
    char line[GW_HTTP1_CHUNK_HEAD_MAX + 1];

    x->bytes_in += len;
    if (x->state != GW_X_RELAY || (x->up == NULL && x->call == NULL)) {
        x->discarded += len;
        return;
    }
    x->body_forwarded = true;
    if (x->call != NULL) {
        gw_call_write(x->call, data, len);
        return;
    }
    if (x->head->request.framing != GW_FRAMING_CHUNKED) {
        gw_link_write(&x->up->link, data, len);
        return;
    }
    gw_link_write(&x->up->link, line, gw_http1_chunk_head(len, line));
    gw_link_write(&x->up->link, data, len);
    gw_link_write(&x->up->link, "\r\n", 2);
}

void gw_exchange_body_begin(struct gw_exchange *x)
{
    gw_http1_body_begin_request(&x->body, &x->head->request, on_body_data, x);
    x->request_done = x->body.state == GW_BODY_DONE;
}

bool gw_exchange_up_full(const struct gw_exchange *x)
{
    if (x->call != NULL)
        return gw_call_full(x->call);
    return x->up != NULL && gw_link_full(&x->up->link);
}

bool gw_exchange_wants_body(const struct gw_exchange *x)
{
    if (x->request_done && !x->is_tunnel)
        return false;
    if (x->state == GW_X_RELAY)
        return (x->up != NULL || x->call != NULL) && !gw_exchange_up_full(x);
    return x->state == GW_X_OWN && !x->close_after;
}

void gw_exchange_end_body(struct gw_exchange *x)
{
    struct gw_loop *loop = x->loop;
    size_t n;

    if (x->call != NULL && !x->wants_websocket)
        gw_call_end(x->call, x->trailers);
    if (x->up == NULL || x->head->request.framing != GW_FRAMING_CHUNKED)
        return;
    n = gw_http1_last_chunk(x->trailers, loop->head_buf, loop->head_room);
    gw_link_write(&x->up->link, loop->head_buf, n);
}

static void request_complete(struct gw_exchange *x)
{
    x->request_done = true;
    gw_exchange_touch(x);
    if (x->state == GW_X_OWN)
        gw_exchange_own_continue(x);
    else
        gw_exchange_end_body(x);
}

/* The upstream must never see an end of this body. */
void gw_exchange_body_broken(struct gw_exchange *x, unsigned status, const char *code)
{
    gw_exchange_drop_upstream(x);
    if (x->response_begun || x->state == GW_X_OWN)
        gw_exchange_finish(x, !x->response_done, code);
    else
        gw_exchange_answer_error(x, status, code, NULL);
}

size_t gw_exchange_body(struct gw_exchange *x, const char *data, size_t len)
{
    size_t used;

    if (x->is_tunnel) {
        gw_tunnel_client_data(x, data, len);
        return len;
    }
    used = gw_http1_body_feed(&x->body, data, len);
    gw_exchange_touch(x);
    if (x->body.state == GW_BODY_REFUSED) {
        gw_exchange_body_broken(x, x->body.why.status, x->body.why.code);
        return len;
    }
    if (gw_exchange_body_too_long(x)) {
        gw_exchange_body_broken(x, 413, "body-size");
        return len;
    }
    if (x->body.state == GW_BODY_DONE) {
        request_complete(x);
    } else if (x->state == GW_X_OWN && x->discarded > x->loop->config->limits.max_discard_bytes) {
        x->close_after = true;
        gw_exchange_own_continue(x);
    }
    return used;
}

void gw_exchange_body_piece(struct gw_exchange *x, const char *data, size_t len)
{
    if (x->is_tunnel) {
        gw_tunnel_client_data(x, data, len);
        return;
    }
    on_body_data(x, data, len);
    gw_exchange_touch(x);
    if (gw_exchange_body_too_long(x))
        gw_exchange_body_broken(x, 413, "body-size");
}

void gw_exchange_body_end(struct gw_exchange *x, const struct gw_http_fields *trailers)
{
    x->trailers = trailers;
    request_complete(x);
}
