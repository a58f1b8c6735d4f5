/*
 * self_check: the gateway's verdict on its own quote, for its operator.
 *
 * It goes to log and readiness and never blocks serving: a verdict on oneself proves nothing to
 * clients. Every TCB status is let through, so that the result names it. Pure.
 */
#ifndef GATEWAY_EVIDENCE_SELF_CHECK_H
#define GATEWAY_EVIDENCE_SELF_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "certbind/bytes.h"
#include "certbind/dcap/tcb_status.h"
#include "certbind/status.h"

struct gateway_self_check {
    certbind_status code; /* CERTBIND_NOT_CHECKED, CERTBIND_OK, or the first failure */
    enum certbind_tcb_status tcb;
    bool simulated;       /* judged under the root in the quote, which is not Intel's */
    uint64_t valid_until; /* of the collateral; 0 when it could not be read */
    char detail[200];
};

/** Judge a quote with a collateral bundle. In: now  Unix seconds */
void gateway_self_check(struct certbind_bytes quote, struct certbind_bytes bundle, uint64_t now,
                        struct gateway_self_check *out);

#endif
