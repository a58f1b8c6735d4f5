#include "gateway/core/upstream_conn.h"

static void connect_now(struct gw_upconn *up);

/* Returns: whether another address is worth an attempt for this exchange. */
static bool try_next(struct gw_upconn *up)
{
    struct gw_upstream *u = up->upstream;
    struct gw_exchange *x = up->x;
    struct gw_upconn *other;

    u->stale = u->kind == GW_SERVER_NAME;
    u->next_address++;
    if (up->attempts >= u->addresses_count)
        return false;
    other = gw_upconn_new(u);
    if (other == NULL)
        return false;
    other->attempts = up->attempts;
    other->x = x;
    if (x != NULL)
        x->up = other;
    up->x = NULL;
    gw_upconn_close(up);
    connect_now(other);
    return true;
}

static void connect_failed(struct gw_upconn *up, int e)
{
    if (try_next(up))
        return;
    if (e == UV_ECONNREFUSED)
        gw_upconn_fail(up, 502, "connection_refused", "upstream-refused", NULL);
    else
        gw_upconn_fail(up, 502, "destination_unavailable", "upstream-unreachable", NULL);
}

static void connected(struct gw_upconn *up)
{
    struct gw_upstream *u = up->upstream;
    struct gw_link *l = &up->link;

    if (u->kind != GW_SERVER_UNIX)
        (void)uv_tcp_nodelay(&l->io.tcp, 1);
    if (u->ctx == NULL) {
        gw_link_read_start(l);
        gw_upconn_ready(up);
        return;
    }
    if (!gw_link_use_tls(l, u->ctx, false) ||
        (u->config->tls->sni != NULL &&
         SSL_set_tlsext_host_name(l->tls.ssl, u->config->tls->sni) != 1) ||
        (u->alpn_len > 0 && SSL_set_alpn_protos(l->tls.ssl, u->alpn, u->alpn_len) != 0)) {
        gw_upconn_fail(up, 502, "proxy_internal_error", "upstream-tls", NULL);
        return;
    }
    gw_upconn_enter(up, GW_UP_HANDSHAKE);
    gw_link_read_start(l);
    gw_link_handshake(l);
}

static void on_connect(uv_connect_t *req, int status)
{
    struct gw_upconn *up = req->data;

    if (up->state != GW_UP_CONNECT)
        return;
    if (status == 0)
        connected(up);
    else
        connect_failed(up, status);
    gw_loop_leave(up->upstream->loop);
}

static void connect_now(struct gw_upconn *up)
{
    struct gw_upstream *u = up->upstream;
    int e = 0;

    up->connect.data = up;
    up->attempts++;
    gw_upconn_enter(up, GW_UP_CONNECT);
    if (u->kind == GW_SERVER_UNIX) {
        uv_pipe_connect(&up->connect, &up->link.io.pipe, u->unix_path, on_connect);
        return;
    }
    e = uv_tcp_connect(&up->connect, &up->link.io.tcp,
                       (struct sockaddr *)&u->addresses[u->next_address % u->addresses_count],
                       on_connect);
    if (e != 0)
        connect_failed(up, e);
}

void gw_upconn_resolved(struct gw_upconn *up, bool ok)
{
    if (ok)
        connect_now(up);
    else
        gw_upconn_fail(up, 502, "dns_error", "upstream-resolve", NULL);
}

void gw_upconn_open(struct gw_upstream *u, struct gw_exchange *x)
{
    struct gw_upconn *up = gw_upconn_new(u);
    bool known;

    if (up == NULL && x == NULL)
        return;
    if (up == NULL) {
        gw_exchange_up_failed(x, &(struct gw_failure){.status = 503,
                                                      .proxy_status = "proxy_internal_error",
                                                      .code = "memory",
                                                      .upstream = u->index});
        return;
    }
    up->x = x;
    if (x != NULL) {
        x->up = up;
        x->up_reused = false;
    }
    known = gw_upstream_has_address(u);
    if (known) {
        connect_now(up);
    } else if (u->resolving) {
        gw_upconn_enter(up, GW_UP_RESOLVE);
    } else {
        gw_upconn_fail(up, 502, "dns_error", "upstream-resolve", NULL);
    }
}
