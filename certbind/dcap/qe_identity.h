/*
 * qe_identity: which quoting enclave is Intel's, and how current its versions are (PCS v4).
 *
 * Private to certbind/dcap. Immutable after certbind_qe_identity_parse.
 */
#ifndef CERTBIND_DCAP_QE_IDENTITY_H
#define CERTBIND_DCAP_QE_IDENTITY_H

#include <stdint.h>

#include "certbind/dcap/signed_json.h"

struct certbind_qe_identity {
    struct certbind_json document; /* owned; levels point into it */
    uint32_t tee_type;
    struct certbind_document_dates dates;
    uint8_t misc_select[4]; /* as in memory, little-endian */
    uint8_t misc_select_mask[4];
    uint8_t attributes[16];
    uint8_t attributes_mask[16];
    uint8_t mr_signer[32];
    uint16_t isv_prod_id;
    struct certbind_isv_levels levels;
};

/**
 * Returns: CERTBIND_OK, CERTBIND_E_QE_IDENTITY_MALFORMED, _VERSION_INVALID or _ID_INVALID
 * In:      text  the signed bytes (borrowed for the call)
 * Out:     out   to be given to certbind_qe_identity_cleanup, also after a failure
 */
CERTBIND_MUST_CHECK certbind_status certbind_qe_identity_parse(struct certbind_bytes text,
                                                               struct certbind_qe_identity *out,
                                                               struct certbind_error *err);

/** Accepts a zeroed struct. */
void certbind_qe_identity_cleanup(struct certbind_qe_identity *identity);

/** Check that a QE report is of this enclave, and not in debug mode whatever the masks say. */
CERTBIND_MUST_CHECK certbind_status
certbind_qe_identity_check(const struct certbind_qe_identity *identity,
                           const struct certbind_sgx_report *report, struct certbind_error *err);

#endif
