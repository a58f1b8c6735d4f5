#include "gateway/core/exchange_private.h"

#include <stdio.h>
#include <string.h>

#include "gateway/core/server_private.h"
#include "gateway/core/upstream.h"
#include "gateway/core/upstream_http2.h"

static struct gw_str text(const char *t)
{
    return t != NULL ? gw_str(t) : (struct gw_str){NULL, 0};
}

/* A client's certificate takes nothing of the room that all have. */
static size_t room_of(const struct gw_loop *loop, const struct gw_http1_forward *f)
{
    size_t fields = f->client_cert.len + f->client_chain.len;

    if (f->client_cert.len > 0)
        fields += sizeof("Client-Cert: \r\n") - 1;
    if (f->client_chain.len > 0)
        fields += sizeof("Client-Cert-Chain: \r\n") - 1;
    return loop->head_room + (fields < GW_CLIENT_FIELDS_BYTES ? fields : GW_CLIENT_FIELDS_BYTES);
}

/* The request's head for the upstream. Returns: its length, 0 when it does not fit. */
static size_t build_request(struct gw_exchange *x)
{
    struct gw_loop *loop = x->loop;
    const struct gw_listener_config *l = &loop->config->listeners[x->conn->info.listener];
    const struct gw_http1_request *req = &x->head->request;
    struct gw_http1_forward f = {
        .host = x->to.host,
        .origin_from = x->to.origin_from,
        .origin_to = x->to.origin_to,
        .framing = req->framing,
        .content_length = req->content_length,
        .websocket = x->wants_websocket && x->call == NULL,
        .connect = x->wants_websocket && x->call != NULL,
    };

    if (x->call != NULL && req->framing == GW_FRAMING_CHUNKED)
        f.framing = GW_FRAMING_NONE;

    if (!x->to.no_forwarded) {
        f.via = text(loop->config->via);
        f.peer = text(x->conn->peer_text);
        f.append_for = x->conn->info.trusted;
        f.proto = text(l->protocol != NULL ? l->protocol : l->tls ? "https" : "http");
        f.client_cert = text(x->conn->client.cert);
        f.client_chain = text(x->conn->client.chain);
        f.port = text(gw_server_port(loop->server, x->conn->info.listener));
        f.request_id = gw_str(x->id);
    }
    return gw_http1_forward_request(req, &f, loop->head_buf, room_of(loop, &f));
}

void gw_exchange_dialed(struct gw_exchange *x, struct gw_upconn *up, bool reused)
{
    size_t n;

    x->up = up;
    x->up_reused = reused;
    x->waiting = false;
    if (x->dialed_us == 0)
        x->dialed_us = uv_hrtime() / 1000;
    gw_count(x->loop, reused ? GW_STAT(upstream_reuses) : GW_STAT(upstream_connects), 1);
    gw_exchange_enter(x, GW_X_RELAY);
    if (x->is_tunnel) {
        gw_tunnel_dialed(x);
        return;
    }
    n = build_request(x);
    if (x->call != NULL && !gw_call_request(x->call, n))
        n = 0;
    if (n == 0) {
        /* Its Host counts twice here: once more in X-Forwarded-Host. */
        gw_exchange_drop_upstream(x);
        gw_exchange_answer_error(x, 431, "head-size", NULL);
        return;
    }
    if (up != NULL)
        gw_link_write(&up->link, x->loop->head_buf, n);
    if (x->request_done)
        gw_exchange_end_body(x); /* a retry */
    x->conn->protocol->flow(x->conn, x);
}

void gw_exchange_first_byte(struct gw_exchange *x)
{
    x->first_byte_us = uv_hrtime() / 1000;
}

void gw_exchange_interim(struct gw_exchange *x, const struct gw_http1_response *r)
{
    /* A 100 nobody asked for would be a surprise, and HTTP/1.0 knows no interim answers. */
    if (x->head->request.minor == 0 || (r->status == 100 && !x->head->request.expect_continue))
        return;
    x->conn->protocol->send_interim(x, r);
    gw_exchange_touch(x);
}

bool gw_exchange_head(struct gw_exchange *x, const struct gw_http1_response *r)
{
    /* What the client still sends of its request may never be read: then it cannot go on. */
    if (!x->request_done || x->loop->stopping)
        x->close_after = true;
    if (!x->conn->protocol->send_head(x, r))
        return false;
    x->response_begun = true;
    x->status = r->status;
    gw_exchange_touch(x);
    return true;
}

void gw_exchange_data(struct gw_exchange *x, const char *data, size_t len)
{
    x->bytes_out += len;
    gw_exchange_touch(x);
    if (x->is_tunnel && x->stream == NULL) {
        gw_link_write(&x->conn->link, data, len);
        return;
    }
    x->conn->protocol->send_data(x, data, len);
}

void gw_exchange_end(struct gw_exchange *x, const struct gw_http_fields *trailers)
{
    x->response_done = true;
    x->conn->protocol->send_end(x, trailers);
    gw_exchange_finish(x, false, NULL);
}

/* Only what the upstream cannot have acted on, or may act on twice, is sent once more (RFC 9110
 * section 9.2.2): nothing was sent at all (to a server that could not be connected, or on a pooled
 * connection that could not be proven once more), an idle connection ended just when it was used
 * again, which then had no byte of a body, or over HTTP/2 the upstream says that it did nothing. */
static bool may_retry(const struct gw_exchange *x, const struct gw_failure *f, bool over_http2)
{
    if (x->retried)
        return false;
    if (x->state == GW_X_DIAL)
        return x->up_reused || (f->unconnected && gw_upstream_has_other(x->upstream, x));
    if (x->state != GW_X_RELAY || x->body_forwarded)
        return false;
    if (x->first_byte_us != 0)
        return false;
    return f->unprocessed ||
           (!over_http2 && x->up_reused && x->head->request.idempotent && f->status == 502);
}

void gw_exchange_up_failed(struct gw_exchange *x, const struct gw_failure *f)
{
    bool over_http2 = x->call != NULL;

    x->up = NULL;
    x->call = NULL;
    x->waiting = false;
    if (x->response_begun) {
        gw_exchange_finish(x, true, f->code);
        return;
    }
    if (may_retry(x, f, over_http2) &&
        gw_retry_budget_take(&x->upstream->budget, gw_loop_now(x->loop))) {
        x->retried = true;
        x->up_reused = false;
        gw_count(x->loop, GW_STAT(upstream_retries), 1);
        if (x->state != GW_X_DIAL)
            gw_exchange_enter(x, GW_X_DIAL);
        gw_upstream_dial(x->upstream, x);
        return;
    }
    gw_exchange_fail(x, f);
}

void gw_exchange_client_full(struct gw_exchange *x)
{
    if (x->up != NULL)
        gw_link_read_stop(&x->up->link);
}

void gw_exchange_client_drained(struct gw_exchange *x)
{
    gw_exchange_touch(x);
    if (x->state == GW_X_OWN)
        gw_exchange_own_continue(x);
    else if (x->call != NULL)
        gw_call_resume(x->call);
    else if (x->up != NULL)
        gw_link_read_start(&x->up->link);
}

static void relay_timeout(struct gw_exchange *x)
{
    bool waits_for_client = !x->is_tunnel && gw_exchange_waits_for_client(x);

    /* Whoever does not take bytes is watched by the deadline of the write queue. */
    if (x->out->paused || gw_exchange_up_full(x)) {
        gw_exchange_touch(x);
        return;
    }
    gw_count(x->loop, GW_STAT(timeouts), 1);
    if (x->is_tunnel) {
        gw_exchange_finish(x, true, "tunnel-idle");
    } else if (x->response_begun) {
        gw_exchange_finish(x, true, waits_for_client ? "body-timeout" : "upstream-timeout");
    } else if (waits_for_client) {
        gw_exchange_drop_upstream(x);
        gw_exchange_answer_error(x, 408, "body-timeout", NULL);
    } else {
        gw_backend_failed(x->call != NULL ? gw_call_backend(x->call) : x->up->backend,
                          "upstream-first-byte-timeout");
        gw_exchange_fail(x, &(struct gw_failure){.status = 504,
                                                 .proxy_status = "connection_read_timeout",
                                                 .code = "upstream-first-byte-timeout",
                                                 .upstream = x->to.upstream});
    }
}

void gw_exchange_on_deadline(struct gw_deadline *d)
{
    struct gw_exchange *x =
        (struct gw_exchange *)((char *)d - offsetof(struct gw_exchange, deadline));
    const struct gw_config *config = x->loop->config;

    switch (x->state) {
    case GW_X_DECIDE:
        gw_count(x->loop, GW_STAT(timeouts), 1);
        if (config->exchange.on_gone != NULL)
            config->exchange.on_gone(config->user, x);
        gw_exchange_answer_error(x, 503, "decision-timeout", "proxy_internal_error");
        break;
    case GW_X_DIAL:
        gw_count(x->loop, GW_STAT(timeouts), 1);
        gw_upstream_wait_ended(x->upstream, x);
        break;
    case GW_X_RELAY:
        relay_timeout(x);
        break;
    case GW_X_OWN:
        if (x->out->paused)
            gw_exchange_touch(x);
        else
            gw_exchange_finish(x, x->own_sent < x->own.body_len, "body-timeout");
        break;
    default:
        break;
    }
}
