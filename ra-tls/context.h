/*
 * context: what sessions of one policy share. Private to libratls.
 */
#ifndef RATLS_CONTEXT_H
#define RATLS_CONTEXT_H

#include "ra-tls/cache.h"
#include "ra-tls/client_certificate.h"
#include "ra-tls/keep.h"
#include "ra-tls/ratls.h"
#include "ra-tls/seen.h"

struct ratls_ctx {
    const struct certbind_policy *policy; /* borrowed; may be NULL */
    uint8_t *root;                        /* DER, owned; NULL: Intel's */
    size_t root_len;
    bool keep_going;
    struct ratls_client_certificate shown; /* to who asks */
    struct ratls_cache cache;              /* of this policy and root */
    struct ratls_seen seen;                /* of collateral under this root */
    struct ratls_keep keep;                /* collateral for new statements */
};

#endif
