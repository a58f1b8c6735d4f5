/*
 * exchange_tunnel: bytes both ways. Each side may end before the other (half close); the exchange
 * is over when both have ended and everything is written.
 */
#include <assert.h>
#include <string.h>

#include "gateway/core/exchange_private.h"
#include "gateway/core/http2_server.h"
#include "gateway/core/upstream.h"
#include "gateway/core/upstream_http2.h"

enum { TLS_HANDSHAKE_RECORD = 0x16 };

void gw_exchange_begin_stream(struct gw_conn *c)
{
    const struct gw_config *config = c->loop->config;
    struct gw_exchange *x = gw_exchange_new(c, NULL);

    if (x == NULL) {
        gw_conn_close(c, "memory");
        return;
    }
    c->x = x;
    x->request_done = true;
    x->close_after = true;
    gw_conn_fill_info(c);
    gw_exchange_touch(x);
    gw_exchange_hold(x);
    config->exchange.on_stream(config->user, x, &c->info);
    gw_exchange_leave(x);
}

void gw_exchange_tunnel(struct gw_exchange *x, const struct gw_tunnel *to)
{
    struct gw_loop *loop = x->loop;
    bool flush = x->callbacks == 0;

    assert(x->state == GW_X_DECIDE && to->upstream < loop->upstreams_count && x->stream == NULL);
    x->tunnel = *to;
    x->to.upstream = to->upstream;
    x->to.route = to->route;
    x->is_tunnel = true;
    x->close_after = true;
    x->upstream = loop->upstreams[to->upstream];
    gw_exchange_enter(x, GW_X_DIAL);
    gw_upstream_dial(x->upstream, x);
    if (flush)
        gw_loop_leave(loop);
}

/* The status of "HTTP/1.1 101 ...". */
static unsigned reply_status(const char *reply)
{
    unsigned status = 0;

    for (size_t i = sizeof("HTTP/1.1 ") - 1; i < strlen(reply) && reply[i] != ' '; i++)
        status = status * 10 + (unsigned)(reply[i] - '0');
    return status;
}

void gw_tunnel_dialed(struct gw_exchange *x)
{
    struct gw_conn *c = x->conn;

    x->response_begun = true;
    x->up->backend->failures = 0;
    if (x->tunnel.reply != NULL) {
        x->status = reply_status(x->tunnel.reply);
        gw_link_write(&c->link, x->tunnel.reply, strlen(x->tunnel.reply));
    }
    c->protocol->flow(c, x);
}

bool gw_tunnel_upgraded(struct gw_exchange *x, const struct gw_http1_response *r)
{
    /* What the client sends from now on is no request. */
    x->close_after = true;
    x->is_tunnel = true;
    if (!x->conn->protocol->send_head(x, r)) {
        x->is_tunnel = false;
        return false;
    }
    x->tunnel.idle_ms = x->to.tunnel_ms;
    x->response_begun = true;
    x->status = x->stream != NULL ? 200 : r->status;
    gw_exchange_touch(x);
    return true;
}

void gw_tunnel_client_data(struct gw_exchange *x, const char *data, size_t len)
{
    if (x->tunnel.refuse_tls && x->bytes_in == 0 && len > 0 && data[0] == TLS_HANDSHAKE_RECORD) {
        gw_exchange_finish(x, true, "client-tls-in-tunnel");
        return;
    }
    x->bytes_in += len;
    gw_exchange_touch(x);
    if (x->call != NULL)
        gw_call_write(x->call, data, len);
    else
        gw_link_write(&x->up->link, data, len);
}

/* Over HTTP/2 the exchange has left its call when both ends have gone. */
static bool upstream_has_all(const struct gw_exchange *x)
{
    return x->call == NULL && (x->up == NULL || x->up->link.finished);
}

/* Over HTTP/2 the stream has ended both ways when both ends have gone. */
static bool client_has_all(const struct gw_exchange *x)
{
    return x->stream != NULL ? gw_http2_stream_is_over(x->stream) : x->conn->link.finished;
}

void gw_tunnel_flushed(struct gw_exchange *x)
{
    if (x == NULL || x->state != GW_X_RELAY || !x->client_ended || !x->up_ended)
        return;
    if (upstream_has_all(x) && client_has_all(x))
        gw_exchange_finish(x, false, NULL);
}

void gw_tunnel_client_eof(struct gw_exchange *x)
{
    static const struct gw_http_fields none = {0};

    if (x->client_ended)
        return;
    x->client_ended = true;
    if (x->call != NULL)
        gw_call_end(x->call, &none);
    else
        gw_link_finish(&x->up->link, true);
}

void gw_tunnel_up_eof(struct gw_exchange *x, enum gw_link_eof how)
{
    static const struct gw_http_fields none = {0};

    if (how == GW_EOF_CUT) {
        gw_exchange_finish(x, true, "upstream-cut");
        return;
    }
    x->up_ended = true;
    if (x->stream != NULL)
        x->conn->protocol->send_end(x, &none);
    else
        gw_link_finish(&x->conn->link, true);
    gw_tunnel_flushed(x);
}
