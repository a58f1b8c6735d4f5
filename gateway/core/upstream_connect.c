#include "gateway/core/upstream_http2.h"

static void connect_failed(struct gw_upconn *up, int e)
{
    gw_source_refused(up->backend);
    if (e == UV_ECONNREFUSED)
        gw_upconn_fail(up, 502, "connection_refused", "upstream-refused", NULL);
    else
        gw_upconn_fail(up, 502, "destination_unavailable", "upstream-unreachable", NULL);
}

void gw_upconn_connect_late(struct gw_upconn *up)
{
    gw_source_refused(up->backend);
    gw_upconn_fail(up, 504, "connection_timeout", "upstream-connect-timeout", NULL);
}

/* Whose connection this is; before TLS. One that is nobody's, as for a check, says so. */
static void tell_client(struct gw_upconn *up)
{
    uint8_t header[GW_PROXY_WRITE_MAX];
    struct sockaddr_storage local = {0};
    const struct sockaddr *from = NULL;
    const struct sockaddr *to = NULL;
    int len = sizeof(local);

    if (up->x != NULL) {
        struct gw_conn *c = up->x->conn;

        gw_conn_fill_info(c);
        from = (struct sockaddr *)&c->peer;
        to = (struct sockaddr *)&local;
        if (c->relayed_to.ss_family != 0)
            to = (struct sockaddr *)&c->relayed_to;
        else
            (void)uv_tcp_getsockname(&c->link.io.tcp, (struct sockaddr *)&local, &len);
    }
    gw_link_write(&up->link, header, gw_proxy_write(up->upstream->config->proxy, from, to, header));
}

static void connected(struct gw_upconn *up)
{
    struct gw_upstream *u = up->upstream;
    struct gw_link *l = &up->link;

    if (up->backend->source->kind != GW_SOURCE_UNIX)
        (void)uv_tcp_nodelay(&l->io.tcp, 1);
    if (u->config->proxy != GW_PROXY_NONE)
        tell_client(up);
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

void gw_upconn_connect(struct gw_upconn *up)
{
    const struct gw_backend *b = up->backend;
    int e;

    up->connect.data = up;
    gw_upconn_enter(up, GW_UP_CONNECT);
    if (b->source->kind == GW_SOURCE_UNIX) {
        uv_pipe_connect(&up->connect, &up->link.io.pipe, b->source->unix_path, on_connect);
        return;
    }
    e = uv_tcp_connect(&up->connect, &up->link.io.tcp, (const struct sockaddr *)&b->address,
                       on_connect);
    if (e != 0)
        connect_failed(up, e);
}

void gw_upconn_open(struct gw_backend *b, struct gw_exchange *x)
{
    struct gw_upconn *up = gw_upconn_new(b);

    if (up == NULL && x == NULL)
        return;
    if (up == NULL) {
        gw_exchange_up_failed(x, &(struct gw_failure){.status = 503,
                                                      .proxy_status = "proxy_internal_error",
                                                      .code = "memory",
                                                      .upstream = b->upstream->index});
        return;
    }
    up->x = x;
    if (x != NULL) {
        x->up = up;
        x->up_reused = false;
    }
    gw_upconn_connect(up);
}
