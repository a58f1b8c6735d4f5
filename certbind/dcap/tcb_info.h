/*
 * tcb_info: which versions of hardware, firmware and TDX module Intel knows, and how current they
 * are (PCS v4, TCB info version 3).
 *
 * Private to certbind/dcap. Immutable after certbind_tcb_info_parse.
 */
#ifndef CERTBIND_DCAP_TCB_INFO_H
#define CERTBIND_DCAP_TCB_INFO_H

#include <stdint.h>

#include "certbind/dcap/signed_json.h"

struct certbind_tcb_level {
    uint8_t sgx[CERTBIND_SVN_COUNT];
    uint16_t pce_svn;
    uint8_t tdx[CERTBIND_SVN_COUNT]; /* zero in a TCB info for SGX */
    enum certbind_tcb_status status;
    uint64_t tcb_date;
    const cJSON *advisories; /* NULL: none */
};

struct certbind_tdx_module {
    uint8_t version; /* TEE_TCB_SVN[1] that it stands for; 0: the member tdxModule */
    uint8_t mr_signer[CERTBIND_MR_LEN];
    uint8_t attributes[8];
    uint8_t attributes_mask[8];
    struct certbind_isv_levels levels; /* empty for version 0 */
};

struct certbind_tcb_info {
    struct certbind_json document; /* owned; levels point into it */
    uint32_t tee_type;
    struct certbind_document_dates dates;
    uint8_t fmspc[CERTBIND_FMSPC_LEN];
    uint8_t pceid[CERTBIND_PCEID_LEN];
    struct certbind_tdx_module *module; /* owned; the first one has version 0; none for SGX */
    size_t module_count;
    struct certbind_tcb_level *level; /* owned; highest first */
    size_t level_count;
};

/**
 * Returns: CERTBIND_OK, CERTBIND_E_TCB_INFO_MALFORMED, _VERSION_INVALID or _ID_INVALID
 * In:      text  the signed bytes (borrowed for the call)
 * Out:     out   to be given to certbind_tcb_info_cleanup, also after a failure
 */
CERTBIND_MUST_CHECK certbind_status certbind_tcb_info_parse(struct certbind_bytes text,
                                                            struct certbind_tcb_info *out,
                                                            struct certbind_error *err);

/** Accepts a zeroed struct. */
void certbind_tcb_info_cleanup(struct certbind_tcb_info *info);

/** Returns: the module of that version, or NULL. */
const struct certbind_tdx_module *certbind_tcb_info_module(const struct certbind_tcb_info *info,
                                                           uint8_t version);

/**
 * Find the platform's level: the first, from the highest, of which no component is above the
 * platform's. With a module of version 1 or later the first two TDX components are the module
 * identity's business.
 *
 * Returns: the level, or NULL when the platform is below all
 * In:      pck          what the PCK certificate says of the platform
 *          tee_tcb_svn  of the TD report; NULL for SGX
 */
const struct certbind_tcb_level *
certbind_tcb_info_find_level(const struct certbind_tcb_info *info,
                             const struct certbind_pck_extension *pck, const uint8_t *tee_tcb_svn);

#endif
