/*
 * tcb_verdict: how current the platform is, and whether the policy takes it.
 *
 * Private to certbind/dcap.
 */
#ifndef CERTBIND_DCAP_TCB_VERDICT_H
#define CERTBIND_DCAP_TCB_VERDICT_H

#include "certbind/dcap/collateral_parts.h"
#include "certbind/dcap/verify.h"

/** Fill report->qe from the QE's security version. */
CERTBIND_MUST_CHECK certbind_status certbind_tcb_judge_qe(const struct certbind_collateral *c,
                                                          const struct certbind_sgx_report *qe,
                                                          struct certbind_dcap_report *report,
                                                          struct certbind_error *err);

/**
 * Fill report->module and report->platform, merge the three and refuse Revoked.
 *
 * In:      module  the TDX module's identity; NULL for SGX
 */
CERTBIND_MUST_CHECK certbind_status certbind_tcb_judge_platform(
    const struct certbind_collateral *c, const struct certbind_tdx_module *module,
    struct certbind_dcap_report *report, struct certbind_error *err);

/** Apply the policy to the merged status, the advisories and the TDX security versions. */
CERTBIND_MUST_CHECK certbind_status
certbind_tcb_check_policy(const struct certbind_dcap_report *report,
                          const struct certbind_dcap_policy *policy, struct certbind_error *err);

#endif
