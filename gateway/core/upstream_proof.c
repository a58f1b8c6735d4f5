#include "gateway/core/upstream_conn.h"

static const struct gw_proof_ops *ops_of(const struct gw_upconn *up)
{
    return up->upstream->config->tls->proof;
}

/* Wait at most ms for what comes next, and never longer than the whole proof may take. */
static void limit(struct gw_upconn *up, uint32_t ms)
{
    struct gw_loop *loop = up->upstream->loop;
    uint64_t until = up->created + loop->config->timeouts.proof;
    uint64_t now = gw_loop_now(loop);
    uint64_t left = until > now ? until - now : 1;

    gw_loop_deadline(loop, &up->deadline, ms < left ? ms : left);
}

static void send_next(struct gw_upconn *up, const struct gw_proof_result *r)
{
    if (r->send_len == 0)
        return;
    up->quiet = up->link.bytes_in;
    limit(up, up->upstream->loop->config->timeouts.proof_request);
    gw_link_write(&up->link, r->send, r->send_len);
}

static bool is_for_tunnel(const struct gw_upconn *up)
{
    return up->x != NULL && up->x->is_tunnel;
}

/* Proven. What came behind the proof is the tunnel's. */
static void ready(struct gw_upconn *up, const struct gw_proof_result *r)
{
    gw_count(up->upstream->loop, GW_STAT(proofs_ready), 1);
    gw_link_read_start(&up->link);
    gw_upconn_ready(up);
    if (r->rest_len > 0 && up->state == GW_UP_BUSY)
        gw_exchange_data(up->x, (const char *)r->rest, r->rest_len);
    gw_bufq_clear(&up->proof.held);
}

static void step(struct gw_upconn *up, const uint8_t *data, size_t len)
{
    struct gw_loop *loop = up->upstream->loop;
    struct gw_proof_result r = {0};

    up->proof.waiting = false;
    ops_of(up)->step(up->proof.state, data, len, &r);
    if (((r.state == GW_PROOF_READY || r.send_len > 0) &&
         up->proof.held.len > up->proof.stepping) ||
        (r.rest_len > 0 && !is_for_tunnel(up))) {
        /* More has come than the proof took, so nobody had asked for it. */
        r.state = GW_PROOF_REFUSED;
        r.code = "http-unsolicited";
    }
    if (r.state != GW_PROOF_REFUSED)
        send_next(up, &r);
    switch (r.state) {
    case GW_PROOF_NEED_MORE:
        gw_link_read_start(&up->link);
        break;
    case GW_PROOF_WAITING:
        up->proof.waiting = true;
        limit(up, UINT32_MAX);
        gw_link_read_start(&up->link);
        break;
    case GW_PROOF_READY:
        ready(up, &r);
        break;
    default:
        gw_count(loop, GW_STAT(proofs_refused), 1);
        gw_upconn_fail(up, 502, "tls_certificate_error", r.code != NULL ? r.code : "proof-refused",
                       r.message);
        break;
    }
}

void gw_upconn_proof_begin(struct gw_upconn *up)
{
    const struct gw_upstream_tls *tls = up->upstream->config->tls;
    const struct gw_proof_begin begin = {
        .loop = up->upstream->loop,
        .handle = &up->proof,
        .ssl = up->link.tls.ssl,
        .upstream = up->upstream->index,
        .tunnel = is_for_tunnel(up),
    };

    gw_upconn_enter(up, GW_UP_PROOF);
    up->proof.state = tls->proof->begin(tls->proof_user, &begin);
    if (up->proof.state == NULL) {
        gw_count(begin.loop, GW_STAT(proofs_refused), 1);
        gw_upconn_fail(up, 502, "tls_certificate_error", "proof-refused", NULL);
        return;
    }
    step(up, NULL, 0);
}

void gw_upconn_proof_step(struct gw_upconn *up)
{
    step(up, NULL, 0);
}

void gw_upconn_proof_data(struct gw_upconn *up, const uint8_t *data, size_t len)
{
    if (!up->proof.waiting && up->link.bytes_in == up->quiet)
        gw_upconn_fail(up, 502, "tls_certificate_error", "http-unsolicited",
                       "bytes came before the request was sent");
    else if (!up->proof.waiting)
        step(up, data, len);
    else if (!gw_bufq_append(&up->proof.held, data, len))
        gw_upconn_fail(up, 502, "proxy_internal_error", "memory", NULL);
    else
        gw_link_read_stop(&up->link); /* one read is enough to judge */
}

void gw_upconn_proof_end(struct gw_upconn *up)
{
    gw_bufq_clear(&up->proof.held);
    if (up->proof.state == NULL)
        return;
    ops_of(up)->end(up->proof.state);
    up->proof.state = NULL;
}

void gw_proof_resume(struct gw_proof *handle)
{
    struct gw_upconn *up = handle->up;
    struct gw_loop *loop = up->upstream->loop;
    const uint8_t *data;
    size_t len;

    if (up->state == GW_UP_PROOF && handle->waiting)
        step(up, NULL, 0);
    while (up->state == GW_UP_PROOF && !handle->waiting &&
           (data = gw_bufq_peek(&handle->held, &len)) != NULL) {
        handle->stepping = len;
        step(up, data, len);
        handle->stepping = 0;
        if (up->state == GW_UP_PROOF)
            gw_bufq_consume(&handle->held, len);
    }
    gw_loop_leave(loop);
}
