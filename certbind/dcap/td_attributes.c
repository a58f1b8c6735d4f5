#include "certbind/dcap/td_attributes.h"

#include <stdio.h>
#include <string.h>

/* TDATTRIBUTES, as the little-endian number they are (TDX module specification). */
#define TD_DEBUG (UINT64_C(1) << 0)
#define TD_SEPT_VE_DISABLE (UINT64_C(1) << 28)
#define TD_MIGRATABLE (UINT64_C(1) << 29)
#define TD_PKS (UINT64_C(1) << 30)
#define TD_KL (UINT64_C(1) << 31)
#define TD_PERFMON (UINT64_C(1) << 63)
#define TD_KNOWN (TD_DEBUG | TD_SEPT_VE_DISABLE | TD_MIGRATABLE | TD_PKS | TD_KL | TD_PERFMON)

/* x87 and SSE state: XFAM is never without them. */
#define XFAM_REQUIRED UINT64_C(3)

enum { ENCLAVE_INIT = 0x01, ENCLAVE_DEBUG = 0x02 };

static certbind_status check_seam_attributes(const struct certbind_td_report *td,
                                             const struct certbind_tdx_module *module,
                                             struct certbind_error *err)
{
    for (size_t i = 0; i < sizeof td->seam_attributes; i++) {
        uint8_t mask = module->attributes_mask[i];
        uint8_t difference = (uint8_t)((td->seam_attributes[i] ^ module->attributes[i]) & mask);

        if (difference != 0 || (td->seam_attributes[i] & ~mask) != 0)
            return certbind_fail(err, CERTBIND_E_SEAM_ATTRIBUTES_MISMATCH,
                                 "SEAMATTRIBUTES differ in byte %zu", i);
    }
    return CERTBIND_OK;
}

certbind_status certbind_td_check_module(const struct certbind_td_report *td,
                                         const struct certbind_tdx_module *module,
                                         const struct certbind_td_policy *policy,
                                         struct certbind_error *err)
{
    certbind_status status;

    if (memcmp(td->mr_signer_seam, module->mr_signer, sizeof module->mr_signer) != 0)
        return certbind_fail(err, CERTBIND_E_MR_SIGNER_SEAM_MISMATCH, "MRSIGNERSEAM differs");
    status = check_seam_attributes(td, module, err);
    if (status != CERTBIND_OK || policy->mr_seam_count == 0)
        return status;
    for (size_t i = 0; i < policy->mr_seam_count; i++)
        if (memcmp(td->mr_seam, policy->mr_seam[i], CERTBIND_MR_LEN) == 0)
            return CERTBIND_OK;
    return certbind_fail(err, CERTBIND_E_MR_SEAM_NOT_ALLOWED, "MRSEAM is not in the policy's list");
}

static certbind_status check_bits(uint64_t attributes, const struct certbind_td_policy *policy,
                                  struct certbind_error *err)
{
    if ((attributes & TD_DEBUG) != 0 && !policy->allow_debug)
        return certbind_fail(err, CERTBIND_E_TD_ATTRIBUTES_DEBUG_SET, "DEBUG is set");
    if ((attributes & ~TD_KNOWN) != 0)
        return certbind_fail(err, CERTBIND_E_TD_ATTRIBUTES_RESERVED_BIT_SET,
                             "reserved bits 0x%llx are set",
                             (unsigned long long)(attributes & ~TD_KNOWN));
    if ((attributes & TD_SEPT_VE_DISABLE) == 0)
        return certbind_fail(err, CERTBIND_E_TD_ATTRIBUTES_SEPT_VE_CLEAR,
                             "SEPT_VE_DISABLE is not set");
    if ((attributes & TD_MIGRATABLE) != 0 && !policy->allow_migratable)
        return certbind_fail(err, CERTBIND_E_TD_ATTRIBUTES_MIGRATABLE, "MIGRATABLE is set");
    if ((attributes & TD_PERFMON) != 0 && !policy->allow_perfmon)
        return certbind_fail(err, CERTBIND_E_TD_ATTRIBUTES_PERFMON, "PERFMON is set");
    return CERTBIND_OK;
}

certbind_status certbind_td_check_attributes(const struct certbind_td_report *td,
                                             const struct certbind_td_policy *policy,
                                             struct certbind_error *err)
{
    certbind_status status = check_bits(td->td_attributes, policy, err);

    if (status != CERTBIND_OK)
        return status;
    if (policy->check_attributes && td->td_attributes != policy->attributes)
        return certbind_fail(
            err, CERTBIND_E_TD_ATTRIBUTES_MISMATCH, "TDATTRIBUTES are 0x%llx, not 0x%llx",
            (unsigned long long)td->td_attributes, (unsigned long long)policy->attributes);
    if (!certbind_is_zero(td->mr_service_td, CERTBIND_MR_LEN) && !policy->allow_migratable)
        return certbind_fail(err, CERTBIND_E_MR_SERVICE_TD_SET, "MRSERVICETD is not zero");
    if ((td->xfam & XFAM_REQUIRED) != XFAM_REQUIRED)
        return certbind_fail(err, CERTBIND_E_XFAM_REQUIRED_BIT_CLEAR, "XFAM is 0x%llx",
                             (unsigned long long)td->xfam);
    if (policy->check_xfam && td->xfam != policy->xfam)
        return certbind_fail(err, CERTBIND_E_XFAM_MISMATCH, "XFAM is 0x%llx, not 0x%llx",
                             (unsigned long long)td->xfam, (unsigned long long)policy->xfam);
    return CERTBIND_OK;
}

certbind_status certbind_enclave_check_attributes(const struct certbind_sgx_report *report,
                                                  const struct certbind_td_policy *policy,
                                                  struct certbind_error *err)
{
    if ((report->attributes[0] & ENCLAVE_INIT) == 0)
        return certbind_fail(err, CERTBIND_E_ENCLAVE_NOT_INITIALISED, "INIT is not set");
    if ((report->attributes[0] & ENCLAVE_DEBUG) != 0 && !policy->allow_debug)
        return certbind_fail(err, CERTBIND_E_ENCLAVE_DEBUG, "DEBUG is set");
    return CERTBIND_OK;
}

bool certbind_td_allowances(const struct certbind_dcap_report *report,
                            char out[CERTBIND_ALLOWANCES_ROOM])
{
    const struct certbind_td_report *td = &report->td;
    const bool is_td = report->body_type != CERTBIND_BODY_SGX;
    const bool debug = is_td ? (td->td_attributes & TD_DEBUG) != 0
                             : (report->sgx.attributes[0] & ENCLAVE_DEBUG) != 0;
    const bool moves = is_td && ((td->td_attributes & TD_MIGRATABLE) != 0 ||
                                 !certbind_is_zero(td->mr_service_td, CERTBIND_MR_LEN));
    const bool counters = is_td && (td->td_attributes & TD_PERFMON) != 0;

    (void)snprintf(out, CERTBIND_ALLOWANCES_ROOM, "%s%s%s%s%s",
                   debug ? "debug mode (its host reads its memory)" : "",
                   debug && (moves || counters) ? ", " : "",
                   moves ? "migration to other machines" : "", moves && counters ? ", " : "",
                   counters ? "performance counters" : "");
    return out[0] != '\0';
}
