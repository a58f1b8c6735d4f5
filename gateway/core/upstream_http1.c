/*
 * upstream_http1: HTTP/1.1 answers of an upstream: interim ones, the final head, its body, its end.
 */
#include <string.h>

#include "gateway/core/upstream_conn.h"
#include "gateway/core/websocket.h"

static void malformed(struct gw_upconn *up, const struct gw_http_refusal *why)
{
    bool too_long = strcmp(why->code, "head-size") == 0 || strcmp(why->code, "field-count") == 0 ||
                    strcmp(why->code, "target-size") == 0;

    if (too_long)
        gw_upconn_fail(up, 502, "http_response_header_section_size", "upstream-head-size", NULL);
    else
        gw_upconn_fail(up, 502, "http_protocol_error", "upstream-malformed", why->code);
}

static void on_body_data(void *ctx, const char *data, size_t len)
{
    struct gw_upconn *up = ctx;

    if (up->x != NULL)
        gw_exchange_data(up->x, data, len);
}

void gw_upconn_response_begin(struct gw_upconn *up)
{
    up->first_byte = false;
    up->head_done = false;
    up->reusable = false;
    up->interims = 0;
    gw_http1_body_cleanup(&up->body);
}

/* The answer is complete. surplus: bytes came after it that nobody asked for. */
static void response_over(struct gw_upconn *up, bool surplus)
{
    struct gw_exchange *x = up->x;
    struct gw_upstream *u = up->upstream;
    bool keep = up->reusable && !surplus && x->request_done && !up->link.write_dead &&
                !up->link.read_ended && !u->loop->stopping && !up->backend->gone &&
                u->config->proxy == GW_PROXY_NONE && up->backend->idle_count < u->max_idle;

    /* Given back before the exchange ends, so that a request that waits behind it finds it. */
    up->x = NULL;
    x->up = NULL;
    if (keep) {
        gw_link_read_start(&up->link);
        gw_upconn_ready(up);
    }
    gw_exchange_end(x, &up->body.trailers);
    if (!keep)
        gw_upconn_close(up);
}

/* Returns: false when the connection was given up. */
static bool switched_protocol(struct gw_upconn *up, const struct gw_http1_response *r)
{
    const struct gw_http_refusal other = {502, "websocket-answer"};
    const struct gw_http_refusal too_long = {502, "head-size"};

    if (!gw_websocket_answer(&up->x->head->request, r)) {
        malformed(up, &other);
        return false;
    }
    if (!gw_tunnel_upgraded(up->x, r)) {
        malformed(up, &too_long);
        return false;
    }
    gw_head_block_put(&up->upstream->loop->heads, up->head);
    up->head = NULL;
    return true;
}

/* Returns: false when the connection was given up. */
static bool interim(struct gw_upconn *up, const struct gw_http1_response *r)
{
    const struct gw_http_refusal switched = {502, "unexpected-101"};
    const struct gw_http_refusal many = {502, "interim-count"};
    struct gw_loop *loop = up->upstream->loop;

    if (r->status == 101 && up->x->wants_websocket)
        return switched_protocol(up, r);
    if (r->status == 101 || ++up->interims > loop->config->limits.max_interim) {
        malformed(up, r->status == 101 ? &switched : &many);
        return false;
    }
    gw_exchange_interim(up->x, r);
    gw_head_block_put(&loop->heads, up->head);
    up->head = NULL;
    return true;
}

static bool final_head(struct gw_upconn *up, const struct gw_http1_response *r)
{
    const struct gw_http_refusal too_long = {502, "head-size"};
    const struct gw_http_refusal other = {502, "websocket-answer"};

    /* The client would take it for the WebSocket that it asked for. */
    if (up->x->head->request.websocket && r->status < 300) {
        malformed(up, &other);
        return false;
    }
    gw_http1_body_begin_response(&up->body, r, on_body_data, up);
    if (up->body.state == GW_BODY_REFUSED) {
        malformed(up, &up->body.why);
        return false;
    }
    up->head_done = true;
    up->reusable = r->keep_alive && r->framing != GW_FRAMING_CLOSE;
    if (!gw_exchange_head(up->x, r)) {
        malformed(up, &too_long);
        return false;
    }
    gw_head_block_put(&up->upstream->loop->heads, up->head);
    up->head = NULL;
    return true;
}

/* Returns: false when the connection was given up. Out: used  bytes of the head */
static bool take_head(struct gw_upconn *up, const char *data, size_t len, size_t *used)
{
    struct gw_loop *loop = up->upstream->loop;
    struct gw_http_refusal why = {502, "memory"};
    struct gw_http1_response *r;

    if (up->head == NULL)
        up->head = gw_head_block_get(&loop->heads);
    if (up->head == NULL) {
        malformed(up, &why);
        return false;
    }
    switch (gw_head_block_take(&loop->heads, up->head, data, len, used, &why)) {
    case GW_HTTP1_MORE:
        return true;
    case GW_HTTP1_COMPLETE:
        break;
    default:
        malformed(up, &why);
        return false;
    }
    r = &up->head->response;
    *r = (struct gw_http1_response){0};
    r->fields.list = up->head->list;
    r->fields.room = loop->heads.max_fields;
    if (!gw_http1_response_parse(gw_head_block_text(up->head), up->x->head->request.is_head, r,
                                 &why)) {
        malformed(up, &why);
        return false;
    }
    return r->status < 200 ? interim(up, r) : final_head(up, r);
}

/* What came behind the 101 is the tunnel's, and so is what the client has sent meanwhile. */
static void tunnel_begins(struct gw_upconn *up, const char *data, size_t len)
{
    struct gw_conn *c = up->x->conn;

    if (len > 0)
        gw_exchange_data(up->x, data, len);
    c->protocol->flow(c, up->x);
}

/* Returns: false when the rest is not this file's. Out: used  bytes of head or body */
static bool take_some(struct gw_upconn *up, const char *data, size_t len, size_t *used)
{
    if (up->head_done) {
        if (up->body.state == GW_BODY_READING)
            *used = gw_http1_body_feed(&up->body, data, len);
        return true;
    }
    if (!take_head(up, data, len, used))
        return false;
    if (!up->x->is_tunnel)
        return true;
    tunnel_begins(up, data + *used, len - *used);
    return false;
}

void gw_upconn_response_data(struct gw_upconn *up, const char *data, size_t len)
{
    size_t used = 0;

    if (!up->first_byte) {
        up->first_byte = true;
        up->backend->failures = 0;
        gw_exchange_first_byte(up->x);
    }
    while (used < len || (up->head_done && up->body.state == GW_BODY_DONE)) {
        size_t n = 0;

        if (!take_some(up, data + used, len - used, &n))
            return;
        used += n;
        if (up->head_done && up->body.state == GW_BODY_REFUSED) {
            malformed(up, &up->body.why);
            return;
        }
        if (up->head_done && up->body.state == GW_BODY_DONE) {
            response_over(up, used < len);
            return;
        }
    }
}

void gw_upconn_response_eof(struct gw_upconn *up, enum gw_link_eof how)
{
    if (up->head_done && how == GW_EOF_CLEAN && gw_http1_body_finish(&up->body))
        response_over(up, false);
    else if (up->first_byte)
        gw_upconn_fail(up, 502, "http_response_incomplete", "upstream-truncated", NULL);
    else
        gw_upconn_fail(up, 502, "connection_terminated", "upstream-closed", NULL);
}
