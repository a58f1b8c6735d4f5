/*
 * quote_signature: the two signatures inside a quote and what ties them together.
 *
 * Private to certbind/dcap.
 */
#ifndef CERTBIND_DCAP_QUOTE_SIGNATURE_H
#define CERTBIND_DCAP_QUOTE_SIGNATURE_H

#include <openssl/evp.h>

#include "certbind/dcap/quote.h"

/**
 * Check that the platform's key signed the QE report, and that the QE report commits to the
 * attestation key and the whole authentication data.
 *
 * Returns: CERTBIND_OK, CERTBIND_E_QE_REPORT_SIGNATURE_INVALID, _AK_BINDING_INVALID
 * Out:     checks  signature checks are added
 */
CERTBIND_MUST_CHECK certbind_status
certbind_quote_check_qe_report(const struct certbind_quote *quote, EVP_PKEY *pck, unsigned *checks,
                               struct certbind_error *err);

/**
 * Check that the attestation key signed header and body.
 *
 * Returns: CERTBIND_OK, CERTBIND_E_ATTESTATION_KEY_INVALID, _QUOTE_SIGNATURE_INVALID
 */
CERTBIND_MUST_CHECK certbind_status certbind_quote_check_signature(
    const struct certbind_quote *quote, unsigned *checks, struct certbind_error *err);

#endif
