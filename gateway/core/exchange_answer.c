#include "gateway/core/exchange_private.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIELDS_BYTES = 4096, PIECE_BYTES = 64 * 1024 };

/* The field lines of an answer. Returns: their length, SIZE_MAX when they do not fit. */
static size_t put_fields(const struct gw_response *r, char *out, size_t room)
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < r->fields_count; i++) {
        int n =
            snprintf(out + used, room - used, "%s: %s\r\n", r->fields[i].name, r->fields[i].value);

        if (n < 0 || (size_t)n >= room - used)
            return SIZE_MAX;
        used += (size_t)n;
    }
    return used;
}

/* Can the rest of the request be read and dropped, so that the connection stays usable? */
static bool may_discard(const struct gw_exchange *x)
{
    const struct gw_http1_request *req = &x->head->request;

    if (x->request_done)
        return true;
    /* A stream is ended alone, so nothing has to be read. */
    if (req->expect_continue || x->stream != NULL)
        return false;
    return req->framing == GW_FRAMING_CHUNKED ||
           req->content_length <= x->loop->config->limits.max_discard_bytes;
}

void gw_exchange_own_continue(struct gw_exchange *x)
{
    static const struct gw_http_fields none = {0};
    const struct gw_protocol *client = x->conn->protocol;
    bool is_head = x->head->request.is_head;

    while (!is_head && x->own_sent < x->own.body_len && !x->out->paused &&
           !x->conn->link.write_dead) {
        size_t n = x->own.body_len - x->own_sent;

        if (n > PIECE_BYTES)
            n = PIECE_BYTES;
        client->send_data(x, x->own.body + x->own_sent, n);
        x->own_sent += n;
        x->bytes_out += n;
        if (x->own_sent < x->own.body_len)
            gw_link_flush_staging(x->loop);
    }
    if (!is_head && x->own_sent < x->own.body_len)
        return;
    if (!x->response_done)
        client->send_end(x, &none);
    x->response_done = true;
    if (x->request_done || x->close_after)
        gw_exchange_finish(x, false, x->own.reason);
    else
        client->flow(x->conn, x);
}

/* A body without a release callback is copied. Returns: false when memory ran out. */
static bool own_body(struct gw_exchange *x, const struct gw_response *r)
{
    uint8_t *copy;

    x->own = *r;
    if (r->release != NULL || r->body_len == 0)
        return true;
    copy = malloc(r->body_len);
    if (copy == NULL)
        return false;
    memcpy(copy, r->body, r->body_len);
    x->own.body = copy;
    x->own.release = free;
    x->own.release_arg = copy;
    return true;
}

/* Whoever calls this flushes. */
static void respond(struct gw_exchange *x, const struct gw_response *r)
{
    struct gw_loop *loop = x->loop;
    char fields[FIELDS_BYTES];
    struct gw_http1_answer answer = {0};
    size_t fields_len = put_fields(r, fields, sizeof(fields));

    assert(x->state == GW_X_DECIDE);
    if (!own_body(x, r) || fields_len == SIZE_MAX) {
        gw_exchange_finish(x, true, "memory");
    } else if (x->head == NULL) {
        /* A stream has no way to carry an answer. */
        gw_exchange_finish(x, true, r->reason);
    } else {
        gw_count(loop, GW_STAT(responses_own), 1);
        x->close_after = x->close_after || r->close || loop->stopping || !may_discard(x);
        x->status = r->status;
        x->response_begun = true;
        gw_exchange_enter(x, GW_X_OWN);
        answer.status = r->status;
        answer.fields = (struct gw_str){fields, fields_len};
        answer.body = (struct gw_str){(const char *)x->own.body, x->own.body_len};
        x->conn->protocol->send_own(x, &answer);
        gw_exchange_own_continue(x);
    }
}

void gw_exchange_respond(struct gw_exchange *x, const struct gw_response *r)
{
    struct gw_loop *loop = x->loop;
    bool flush = x->callbacks == 0;

    respond(x, r);
    if (flush)
        gw_loop_leave(loop);
}

void gw_exchange_answer_error(struct gw_exchange *x, unsigned status, const char *reason,
                              const char *proxy_status)
{
    char body[160], detail[200];
    const char *pseudonym = x->loop->config->via != NULL ? x->loop->config->via : "gateway";
    struct gw_response_field fields[] = {
        {"Content-Type", "text/plain; charset=utf-8"},
        {"Proxy-Status", detail},
        {"Retry-After", "1"},
    };
    static const struct gw_response_field allow = {"Allow", GW_HTTP1_ALLOW};
    struct gw_response r = {.status = status, .fields = fields, .fields_count = 1};
    int n = snprintf(body, sizeof(body), "%u %s: %s\n", status, gw_http_reason(status), reason);

    if (proxy_status != NULL) {
        (void)snprintf(detail, sizeof(detail), "%s; error=%s; details=\"%s\"", pseudonym,
                       proxy_status, reason);
        r.fields_count = status == 503 ? 3 : 2;
    } else if (status == 405) {
        fields[r.fields_count++] = allow;
    }
    r.body = (const uint8_t *)body;
    r.body_len = n > 0 ? (size_t)n : 0;
    r.reason = reason;
    if (x->state != GW_X_DECIDE)
        gw_exchange_enter(x, GW_X_DECIDE);
    if (proxy_status == NULL)
        x->close_after = true;
    if (status < 500)
        gw_count(x->loop, GW_STAT(requests_refused), 1);
    respond(x, &r);
}

void gw_exchange_refuse(struct gw_exchange *x, unsigned status, const char *reason)
{
    struct gw_loop *loop = x->loop;
    bool flush = x->callbacks == 0;

    gw_exchange_answer_error(x, status, reason, NULL);
    if (flush)
        gw_loop_leave(loop);
}
