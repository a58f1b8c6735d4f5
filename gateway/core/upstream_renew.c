/*
 * upstream_renew: proofs that run out. An idle connection is proven once more before it carries a
 * request; for one that is busy, another connection is proven in time, and what that one finds may
 * let the busy one go on.
 */
#include "gateway/core/upstream_conn.h"

enum {
    LAST_MS = 100,    /* so close to the end no further connection is made */
    GROWN_MS = 250,   /* an end that moved by less has not moved */
    HELPERS_MAX = 16, /* connections made for one that its end has not moved for */
    NO_LIMIT = 0
};

static const struct gw_proof_ops *ops_of(const struct gw_upconn *up)
{
    return up->upstream->config->tls->proof;
}

/* Returns: milliseconds that are left, UINT64_MAX without a limit. */
static uint64_t left_ms(const struct gw_upconn *up)
{
    if (up->proof.state == NULL || ops_of(up)->left_ms == NULL)
        return UINT64_MAX;
    return ops_of(up)->left_ms(up->proof.state);
}

static uint32_t bounded(uint64_t ms)
{
    return ms < UINT32_MAX ? (uint32_t)ms : UINT32_MAX;
}

/* When to look at an end that is left milliseconds away. */
static uint32_t first_look(const struct gw_upconn *up, uint64_t left)
{
    if (left == 0)
        return 1;
    return bounded(ops_of(up)->renew == NULL || left <= LAST_MS ? left : left - left / 4);
}

uint32_t gw_upconn_watch(struct gw_upconn *up)
{
    const uint64_t left = left_ms(up);

    if (left == UINT64_MAX)
        return NO_LIMIT;
    up->proven_until = gw_loop_now(up->upstream->loop) + left;
    up->helpers = 0;
    return first_look(up, left);
}

/* One at a time is enough for all that wait. */
static bool is_renewing(const struct gw_backend *b)
{
    for (const struct gw_upconn *up = b->upstream->all; up != NULL; up = up->next)
        if (up->backend == b && up->x == NULL && up->check == NULL && up->state < GW_UP_IDLE)
            return true;
    return false;
}

static void prove_another(struct gw_upconn *up)
{
    struct gw_backend *b = up->backend;

    if (b->upstream->loop->stopping || gw_backend_places_taken(b) >= b->upstream->max_connections ||
        is_renewing(b))
        return;
    up->helpers++;
    gw_upconn_open(b, NULL);
}

bool gw_upconn_go_on(struct gw_upconn *up)
{
    struct gw_loop *loop = up->upstream->loop;
    const uint64_t left = left_ms(up);
    const uint64_t until = gw_loop_now(loop) + left;

    if (left == 0)
        return false;
    if (left == UINT64_MAX) {
        gw_deadline_clear(&up->deadline);
    } else if (until > up->proven_until + GROWN_MS) {
        gw_loop_deadline(loop, &up->deadline, gw_upconn_watch(up));
    } else if (ops_of(up)->renew != NULL && left > LAST_MS && up->helpers < HELPERS_MAX) {
        gw_loop_deadline(loop, &up->deadline, bounded(left / 2));
        prove_another(up);
    } else {
        gw_loop_deadline(loop, &up->deadline, bounded(left));
    }
    return true;
}

bool gw_upconn_can_renew(struct gw_upconn *up)
{
    return up->proof.state != NULL && ops_of(up)->renew != NULL &&
           ops_of(up)->renew(up->proof.state);
}
