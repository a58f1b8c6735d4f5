#include "ra-tls/seen.h"

#include <string.h>

void ratls_seen_init(struct ratls_seen *seen)
{
    *seen = (struct ratls_seen){.count = 0};
    (void)pthread_mutex_init(&seen->lock, NULL);
}

void ratls_seen_cleanup(struct ratls_seen *seen)
{
    (void)pthread_mutex_destroy(&seen->lock);
}

/* Big-endian without a fixed width; none is below every number. */
static bool is_lower(const struct certbind_crl_number *a, const struct certbind_crl_number *b)
{
    const uint8_t *x = a->bytes;
    const uint8_t *y = b->bytes;
    size_t x_len = a->len;
    size_t y_len = b->len;

    for (; x_len > 0 && *x == 0; x++)
        x_len--;
    for (; y_len > 0 && *y == 0; y++)
        y_len--;
    if (x_len != y_len)
        return x_len < y_len;
    return memcmp(x, y, x_len) < 0;
}

static struct ratls_seen_numbers *find(struct ratls_seen *seen,
                                       const struct certbind_collateral_facts *facts)
{
    struct ratls_seen_numbers *at = seen->list;

    for (; at < seen->list + seen->count; at++)
        if (at->tee_type == facts->tee_type &&
            memcmp(at->fmspc, facts->fmspc, sizeof at->fmspc) == 0)
            return at;
    if (seen->count < RATLS_SEEN_MAX) {
        seen->count++;
    } else {
        at = &seen->list[seen->oldest];
        seen->oldest = (seen->oldest + 1) % RATLS_SEEN_MAX;
    }
    *at = (struct ratls_seen_numbers){.tee_type = facts->tee_type};
    memcpy(at->fmspc, facts->fmspc, sizeof at->fmspc);
    return at;
}

static struct ratls_seen_crl *find_crl(struct ratls_seen *seen,
                                       const struct certbind_collateral_facts *facts)
{
    struct ratls_seen_crl *at = seen->pck_crls;

    for (; at < seen->pck_crls + seen->pck_ca_count; at++)
        if (memcmp(at->key_sha256, facts->pck_ca_key_sha256, sizeof at->key_sha256) == 0)
            return at;
    if (seen->pck_ca_count < RATLS_SEEN_PCK_CAS) {
        seen->pck_ca_count++;
    } else {
        at = &seen->pck_crls[seen->oldest_pck_ca];
        seen->oldest_pck_ca = (seen->oldest_pck_ca + 1) % RATLS_SEEN_PCK_CAS;
    }
    *at = (struct ratls_seen_crl){.number = {.len = 0}};
    memcpy(at->key_sha256, facts->pck_ca_key_sha256, sizeof at->key_sha256);
    return at;
}

bool ratls_seen_take(struct ratls_seen *seen, const struct certbind_collateral_facts *facts)
{
    struct ratls_seen_numbers *n;
    struct ratls_seen_crl *crl;
    bool ok;

    (void)pthread_mutex_lock(&seen->lock);
    n = find(seen, facts);
    crl = find_crl(seen, facts);
    ok = facts->tcb_evaluation_number >= n->tcb && facts->qe_evaluation_number >= n->qe &&
         !is_lower(&facts->root_crl_number, &seen->root_crl) &&
         !is_lower(&facts->pck_crl_number, &crl->number);
    if (ok) {
        n->tcb = facts->tcb_evaluation_number;
        n->qe = facts->qe_evaluation_number;
        seen->root_crl = facts->root_crl_number;
        crl->number = facts->pck_crl_number;
    }
    (void)pthread_mutex_unlock(&seen->lock);
    return ok;
}
