/*
 * td_attributes: what the report says of how the TD or enclave was launched.
 *
 * Private to certbind.
 */
#ifndef CERTBIND_DCAP_TD_ATTRIBUTES_H
#define CERTBIND_DCAP_TD_ATTRIBUTES_H

#include "certbind/dcap/quote.h"
#include "certbind/dcap/tcb_info.h"
#include "certbind/dcap/verify.h"

/**
 * Check signer and attributes of the TDX module against the identity that Intel signed, and
 * MRSEAM against the policy's list.
 */
CERTBIND_MUST_CHECK certbind_status certbind_td_check_module(
    const struct certbind_td_report *td, const struct certbind_tdx_module *module,
    const struct certbind_td_policy *policy, struct certbind_error *err);

/** Check TDATTRIBUTES, XFAM and MRSERVICETD. */
CERTBIND_MUST_CHECK certbind_status
certbind_td_check_attributes(const struct certbind_td_report *td,
                             const struct certbind_td_policy *policy, struct certbind_error *err);

/** Check that an enclave is initialised and not in debug mode. */
CERTBIND_MUST_CHECK certbind_status certbind_enclave_check_attributes(
    const struct certbind_sgx_report *report, const struct certbind_td_policy *policy,
    struct certbind_error *err);

enum { CERTBIND_ALLOWANCES_ROOM = 120 };

/**
 * What a TD or enclave that passed lets its host do by the policy's leave alone, for people.
 *
 * Returns: whether there is anything
 * Out:     out  such as "debug mode (its host reads its memory), performance counters"
 */
bool certbind_td_allowances(const struct certbind_dcap_report *report,
                            char out[CERTBIND_ALLOWANCES_ROOM]);

#endif
