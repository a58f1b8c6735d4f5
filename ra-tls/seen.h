/*
 * seen: the highest numbers of collateral that was verified, in memory only, so that nobody can
 * hand out older collateral afterwards (binding.md 6: never back to a lower tcbEvaluationDataNumber
 * or CRL number than seen). Private to libratls.
 */
#ifndef RATLS_SEEN_H
#define RATLS_SEEN_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "certbind/dcap/collateral.h"

enum { RATLS_SEEN_MAX = 64, RATLS_SEEN_PCK_CAS = 8 };

/* Of one family of platforms. */
struct ratls_seen_numbers {
    uint32_t tee_type;
    uint8_t fmspc[CERTBIND_FMSPC_LEN];
    uint32_t tcb;
    uint32_t qe;
};

/* Of one authority's revocation list, whichever platforms it came with. */
struct ratls_seen_crl {
    uint8_t key_sha256[CERTBIND_SHA256_LEN]; /* of the authority's public key */
    struct certbind_crl_number number;
};

struct ratls_seen {
    pthread_mutex_t lock;
    size_t count;
    size_t oldest; /* the next to make room */
    struct ratls_seen_numbers list[RATLS_SEEN_MAX];
    struct certbind_crl_number root_crl; /* one context has one root */
    size_t pck_ca_count;
    size_t oldest_pck_ca;
    struct ratls_seen_crl pck_crls[RATLS_SEEN_PCK_CAS];
};

void ratls_seen_init(struct ratls_seen *seen);
void ratls_seen_cleanup(struct ratls_seen *seen);

/** Remember numbers of verified collateral. Returns: false when one is lower than seen before;
 * then nothing is remembered. */
bool ratls_seen_take(struct ratls_seen *seen, const struct certbind_collateral_facts *facts);

#endif
