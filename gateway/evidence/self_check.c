#include "gateway/evidence/self_check.h"

#include <stdio.h>
#include <string.h>

#include "certbind/dcap/pck_chain.h"
#include "certbind/dcap/verify.h"

enum { ALL_STATUSES = (1 << CERTBIND_TCB_STATUS_COUNT) - 1 };

/* The root in the quote, unless it is Intel's: then the pinned copy is used. */
static struct certbind_bytes root_of(const struct certbind_pck_chain *chain)
{
    struct certbind_bytes root = chain->pem.der[chain->pem.count - 1];

    return certbind_bytes_equal(root, certbind_intel_root()) ? certbind_bytes(NULL, 0) : root;
}

static certbind_status judge(struct certbind_bytes quote, struct certbind_bytes bundle,
                             struct certbind_bytes root, uint64_t now,
                             struct gateway_self_check *out, struct certbind_error *err)
{
    struct certbind_dcap_policy policy;
    struct certbind_dcap_report report;
    struct certbind_collateral *collateral = NULL;
    certbind_status status = certbind_collateral_new(bundle, root, now, &collateral, err);

    if (status != CERTBIND_OK)
        return status;
    out->valid_until = certbind_collateral_facts(collateral)->valid_until;
    out->simulated = certbind_collateral_facts(collateral)->simulated;
    certbind_dcap_policy_default(&policy);
    policy.accept = ALL_STATUSES;
    status = certbind_dcap_verify(quote, collateral, now, &policy, &report, err);
    out->tcb = report.status;
    certbind_collateral_free(collateral);
    return status;
}

void gateway_self_check(struct certbind_bytes quote, struct certbind_bytes bundle, uint64_t now,
                        struct gateway_self_check *out)
{
    struct certbind_error err = {CERTBIND_NOT_CHECKED, ""};
    struct certbind_quote parsed;
    struct certbind_pck_chain chain = {0};
    certbind_status status = certbind_quote_parse(quote, &parsed, &err);

    *out = (struct gateway_self_check){0};
    if (status == CERTBIND_OK)
        status = certbind_pck_chain_split(&parsed, &chain, &err);
    if (status == CERTBIND_OK)
        status = judge(quote, bundle, root_of(&chain), now, out, &err);
    certbind_pck_chain_cleanup(&chain);
    out->code = status;
    if (status != CERTBIND_OK)
        (void)snprintf(out->detail, sizeof out->detail, "%s", err.detail);
}
