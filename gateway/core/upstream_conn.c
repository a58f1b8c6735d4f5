#include "gateway/core/upstream_http2.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/core/upstream_check.h"

#define BIT(n) (1U << (n))

static const unsigned next_states[GW_UP_STATE_COUNT] = {
    [GW_UP_NEW] = BIT(GW_UP_CONNECT),
    [GW_UP_CONNECT] = BIT(GW_UP_HANDSHAKE) | BIT(GW_UP_IDLE),
    [GW_UP_HANDSHAKE] = BIT(GW_UP_PROOF) | BIT(GW_UP_IDLE),
    [GW_UP_PROOF] = BIT(GW_UP_IDLE),
    [GW_UP_IDLE] = BIT(GW_UP_BUSY) | BIT(GW_UP_PROOF),
    [GW_UP_BUSY] = BIT(GW_UP_IDLE),
    [GW_UP_CLOSING] = 0,
};

bool gw_upconn_may_enter(enum gw_upconn_state state, enum gw_upconn_state next)
{
    return next == GW_UP_CLOSING || (next_states[state] & BIT(next)) != 0;
}

static uint32_t state_ms(struct gw_upconn *up, enum gw_upconn_state state)
{
    const struct gw_timeouts *t = &up->upstream->loop->config->timeouts;

    switch (state) {
    case GW_UP_CONNECT:
        return up->upstream->config->connect_ms != 0 ? up->upstream->config->connect_ms
                                                     : t->connect;
    case GW_UP_HANDSHAKE:
        return t->handshake;
    case GW_UP_PROOF:
        return t->proof;
    case GW_UP_IDLE:
        return t->upstream_idle;
    case GW_UP_BUSY:
        return gw_upconn_watch(up);
    default:
        return 0;
    }
}

void gw_upconn_enter(struct gw_upconn *up, enum gw_upconn_state next)
{
    uint32_t ms = state_ms(up, next);

    assert(gw_upconn_may_enter(up->state, next));
    up->state = next;
    if (ms != 0)
        gw_loop_deadline(up->upstream->loop, &up->deadline, ms);
    else
        gw_deadline_clear(&up->deadline);
}

void gw_upconn_close(struct gw_upconn *up)
{
    struct gw_upstream *u = up->upstream;
    struct gw_loop *loop = u->loop;

    if (up->state == GW_UP_CLOSING)
        return;
    if (up->check != NULL)
        gw_check_ended(up->check, "upstream-closed");
    else if (up->state == GW_UP_IDLE)
        gw_upconn_pool_remove(up);
    gw_upconn_enter(up, GW_UP_CLOSING);
    gw_upconn_proof_end(up);
    gw_deadline_remove(&loop->wheel, &up->deadline);
    if (up->carrier != NULL)
        gw_carrier_leave(up->carrier);
    gw_head_block_put(&loop->heads, up->head);
    up->head = NULL;
    if (up->prev != NULL)
        up->prev->next = up->next;
    else
        u->all = up->next;
    if (up->next != NULL)
        up->next->prev = up->prev;
    gw_gauge_down(loop, GW_STAT(upstream_connections));
    gw_link_close(&up->link);
    gw_backend_drop(up->backend);
    up->backend = NULL;
    gw_upstream_serve_queue(u);
}

/* Does this end say something about the server? A kept connection may end at any time. */
static bool is_failure(const struct gw_upconn *up)
{
    if (up->state == GW_UP_BUSY && up->carrier != NULL)
        return gw_carrier_owes(up->carrier);
    if (up->state == GW_UP_IDLE || (up->x != NULL && up->x->up_reused))
        return false;
    return up->state != GW_UP_BUSY || (up->x != NULL && !up->x->is_tunnel && !up->first_byte);
}

void gw_upconn_fail(struct gw_upconn *up, unsigned status, const char *proxy_status,
                    const char *code, const char *message)
{
    struct gw_exchange *x = up->x;
    const struct gw_failure f = {
        .status = status,
        .proxy_status = proxy_status,
        .code = code,
        .message = message,
        .upstream = up->upstream->index,
        .unconnected = up->state == GW_UP_CONNECT,
    };

    if (up->check != NULL)
        gw_check_ended(up->check, code);
    else if (is_failure(up))
        gw_backend_failed(up->backend, code);
    up->x = NULL;
    if (up->carrier != NULL)
        gw_carrier_failed(up->carrier, &f);
    /* The texts may be the proof's own, so it ends after the exchange has heard them. */
    if (x != NULL)
        gw_exchange_up_failed(x, &f);
    gw_upconn_close(up);
}

void gw_upconn_detach(struct gw_upconn *up)
{
    const bool useless = up->state == GW_UP_BUSY || (up->x != NULL && up->x->is_tunnel) ||
                         up->upstream->config->proxy != GW_PROXY_NONE;

    up->x = NULL;
    if (useless)
        gw_upconn_close(up);
}

static void on_deadline(struct gw_deadline *d)
{
    struct gw_upconn *up = (struct gw_upconn *)((char *)d - offsetof(struct gw_upconn, deadline));

    if (up->state == GW_UP_BUSY && gw_upconn_go_on(up))
        return;
    gw_count(up->upstream->loop, GW_STAT(timeouts), up->state != GW_UP_IDLE);
    if (up->state == GW_UP_IDLE)
        gw_upconn_close(up);
    else if (up->state == GW_UP_CONNECT)
        gw_upconn_connect_late(up);
    else if (up->state == GW_UP_HANDSHAKE)
        gw_upconn_fail(up, 504, "connection_timeout", "upstream-handshake-timeout", NULL);
    else if (up->state == GW_UP_PROOF)
        gw_upconn_fail(up, 504, "connection_timeout", "upstream-proof-timeout", NULL);
    else
        gw_upconn_fail(up, 502, "connection_terminated", "proof-expired", NULL);
}

void gw_upconn_ready(struct gw_upconn *up)
{
    struct gw_upstream *u = up->upstream;
    struct gw_exchange *x = up->x;

    gw_upconn_enter(up, GW_UP_IDLE);
    if (up->check != NULL) {
        gw_upconn_enter(up, GW_UP_BUSY);
        gw_check_connected(up->check);
        return;
    }
    if (up->carrier != NULL) {
        gw_upconn_enter(up, GW_UP_BUSY);
        gw_carrier_ready(up->carrier);
        return;
    }
    gw_upconn_pool_add(up);
    up->x = NULL;
    if (x != NULL)
        gw_upconn_assign(up, x);
    else if (up->backend->gone || (up->backend->idle_count > u->max_idle && u->queue == NULL))
        gw_upconn_close(up);
    else
        gw_upstream_serve_queue(u);
}

static void on_open(struct gw_link *l)
{
    struct gw_upconn *up = (struct gw_upconn *)l;
    const struct gw_upstream_tls *tls = up->upstream->config->tls;
    const unsigned char *alpn = NULL;
    unsigned alpn_len = 0;

    SSL_get0_alpn_selected(l->tls.ssl, &alpn, &alpn_len);
    if ((tls->alpn_required && alpn_len == 0) ||
        (up->upstream->config->http2 && !gw_tls_chose_h2(&l->tls)))
        gw_upconn_fail(up, 502, "tls_protocol_error", "transport-alpn",
                       "the server chose none of the application protocols");
    else if (tls->proof != NULL)
        gw_upconn_proof_begin(up);
    else
        gw_upconn_ready(up);
}

static void on_data(struct gw_link *l, const uint8_t *data, size_t len)
{
    struct gw_upconn *up = (struct gw_upconn *)l;

    if (up->state == GW_UP_BUSY && up->check != NULL)
        gw_check_data(up, (const char *)data, len);
    else if (up->state == GW_UP_BUSY && up->carrier != NULL)
        gw_carrier_data(up->carrier, data, len);
    else if (up->state == GW_UP_BUSY && up->x->is_tunnel)
        gw_exchange_data(up->x, (const char *)data, len);
    else if (up->state == GW_UP_BUSY && l->bytes_in == up->quiet)
        gw_upconn_fail(up, 502, "http_protocol_error", "http-unsolicited",
                       "bytes came before the request was sent");
    else if (up->state == GW_UP_BUSY)
        gw_upconn_response_data(up, (const char *)data, len);
    else if (up->state == GW_UP_PROOF)
        gw_upconn_proof_data(up, data, len);
    else
        gw_upconn_close(up); /* nobody asked: it is not to be trusted with a request */
}

static void on_eof(struct gw_link *l, enum gw_link_eof how)
{
    struct gw_upconn *up = (struct gw_upconn *)l;

    if (up->state == GW_UP_BUSY && up->x != NULL && up->x->is_tunnel)
        gw_tunnel_up_eof(up->x, how);
    else if (up->state == GW_UP_BUSY && up->x != NULL)
        gw_upconn_response_eof(up, how);
    else if (up->state == GW_UP_IDLE)
        gw_upconn_close(up);
    else
        gw_upconn_fail(up, 502, "connection_terminated", "upstream-closed", NULL);
}

static void flow(struct gw_link *l)
{
    struct gw_upconn *up = (struct gw_upconn *)l;

    if (up->carrier != NULL)
        gw_carrier_mark(up->carrier);
    if (up->x != NULL)
        up->x->conn->protocol->flow(up->x->conn, up->x);
}

static void on_flushed(struct gw_link *l)
{
    struct gw_upconn *up = (struct gw_upconn *)l;

    if (up->x != NULL)
        gw_tunnel_flushed(up->x);
}

/* Did the handshake end because the context does not trust what it was shown? */
static bool certificate_refused(const struct gw_link *l)
{
    return l->tls.ssl != NULL && !l->tls.open && l->tls_detail[0] != '\0' &&
           (SSL_get_verify_mode(l->tls.ssl) & SSL_VERIFY_PEER) != 0 &&
           SSL_get_verify_result(l->tls.ssl) != X509_V_OK;
}

static void on_error(struct gw_link *l, const char *reason, bool write)
{
    struct gw_upconn *up = (struct gw_upconn *)l;

    /* A peer that takes no more may have answered already: the reading side will tell. */
    if (write && up->state == GW_UP_BUSY && up->carrier != NULL && !l->read_ended &&
        strcmp(reason, "reset") == 0) {
        gw_link_read_start(l);
        return;
    }
    if (write && up->state == GW_UP_BUSY && up->x != NULL && !up->x->is_tunnel && !l->read_ended &&
        strcmp(reason, "reset") == 0) {
        gw_upconn_read_for(up, up->x);
        return;
    }
    if (up->state == GW_UP_IDLE)
        gw_upconn_close(up);
    else if (strcmp(reason, "write-timeout") == 0)
        gw_upconn_fail(up, 504, "connection_write_timeout", "upstream-write-timeout", NULL);
    else if (strcmp(reason, "transport-client-certificate") == 0)
        gw_upconn_fail(up, 502, "tls_alert_received", "transport-client-certificate",
                       l->tls_detail);
    else if (certificate_refused(l))
        gw_upconn_fail(up, 502, "tls_certificate_error", "upstream-certificate",
                       X509_verify_cert_error_string(SSL_get_verify_result(l->tls.ssl)));
    else if (l->tls_detail[0] != '\0')
        gw_upconn_fail(up, 502, "tls_protocol_error", "upstream-tls", l->tls_detail);
    else
        gw_upconn_fail(up, 502, "connection_terminated", "upstream-reset", NULL);
}

static void on_closed(struct gw_link *l)
{
    struct gw_upconn *up = (struct gw_upconn *)l;
    struct gw_loop *loop = up->upstream->loop;

    gw_http1_body_cleanup(&up->body);
    gw_carrier_free(up->carrier);
    free(up);
    gw_loop_leave(loop);
}

static const struct gw_link_ops link_ops = {
    on_open, on_data, on_eof, flow, flow, on_flushed, on_error, on_closed,
};

struct gw_upconn *gw_upconn_new(struct gw_backend *b)
{
    struct gw_upstream *u = b->upstream;
    struct gw_loop *loop = u->loop;
    struct gw_upconn *up = calloc(1, sizeof(*up));
    int e;

    if (up == NULL)
        return NULL;
    e = b->source->kind == GW_SOURCE_UNIX ? uv_pipe_init(&loop->uv, &up->link.io.pipe, 0)
                                          : uv_tcp_init(&loop->uv, &up->link.io.tcp);
    if (e != 0) {
        free(up);
        return NULL;
    }
    gw_link_init(&up->link, loop, &link_ops);
    gw_deadline_init(&up->deadline, on_deadline);
    gw_bufq_init(&up->proof.held, &loop->blocks);
    up->proof.up = up;
    up->upstream = u;
    up->backend = b;
    up->created = gw_loop_now(loop);
    up->next = u->all;
    if (u->all != NULL)
        u->all->prev = up;
    u->all = up;
    b->count++;
    gw_count(loop, GW_STAT(upstream_connections), 1);
    return up;
}
