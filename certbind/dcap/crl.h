/*
 * crl: a complete certificate revocation list, parsed once and strictly.
 */
#ifndef CERTBIND_DCAP_CRL_H
#define CERTBIND_DCAP_CRL_H

#include <stdbool.h>
#include <stdint.h>

#include "certbind/bytes.h"
#include "certbind/dcap/certificate.h"
#include "certbind/dcap/collateral.h"
#include "certbind/status.h"

struct certbind_crl {
    uint8_t *memory;           /* owned; what the views below point into */
    struct certbind_bytes tbs; /* what the issuer signed */
    struct certbind_bytes signature;
    struct certbind_bytes issuer;  /* DER Name */
    struct certbind_bytes entries; /* content of revokedCertificates; empty: none */
    uint64_t last_update;          /* valid from this second */
    uint64_t next_update;          /* to the one before this */
    struct certbind_crl_number number;
};

/**
 * Parse DER: version 2 (RFC 5280 section 5.1), nothing after it, ecdsa-with-SHA256, nextUpdate
 * present, no critical extension on list or entries, not a delta, indirect or partial list.
 *
 * Returns: CERTBIND_OK or code
 * Out:     out  to be given to certbind_crl_cleanup; zeroed on failure
 */
CERTBIND_MUST_CHECK certbind_status certbind_crl_parse(struct certbind_bytes der,
                                                       certbind_status code,
                                                       struct certbind_crl *out,
                                                       struct certbind_error *err);

/** Accepts a zeroed struct. */
void certbind_crl_cleanup(struct certbind_crl *crl);

/** Check issuer name and signature. Adds one to checks. */
CERTBIND_MUST_CHECK certbind_status
certbind_crl_check_issued(const struct certbind_crl *crl, const struct certbind_certificate *issuer,
                          certbind_status code, unsigned *checks, struct certbind_error *err);

/**
 * Returns: whether the list names the certificate's serial number. The caller knows that the list
 *          and the certificate have the same issuer.
 */
bool certbind_crl_lists(const struct certbind_crl *crl, const struct certbind_certificate *cert);

#endif
