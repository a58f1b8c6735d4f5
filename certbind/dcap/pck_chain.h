/*
 * pck_chain: the platform's certificate as it stands in a quote.
 *
 * Private to certbind/dcap.
 */
#ifndef CERTBIND_DCAP_PCK_CHAIN_H
#define CERTBIND_DCAP_PCK_CHAIN_H

#include "certbind/dcap/certificate.h"
#include "certbind/dcap/collateral_parts.h"
#include "certbind/dcap/pem.h"
#include "certbind/dcap/quote.h"
#include "certbind/dcap/sgx_extension.h"

struct certbind_pck_chain {
    struct certbind_pem pem;          /* owned; leaf, PCK CA, root */
    struct certbind_certificate leaf; /* owned */
    struct certbind_pck_extension extension;
    uint64_t valid_from; /* of leaf and PCK CA */
    uint64_t valid_until;
};

/**
 * Split the certification data of a quote into exactly three certificates. Nothing is verified.
 *
 * Returns: CERTBIND_OK, CERTBIND_E_PCK_CHAIN_INVALID or _INCOMPLETE
 * Out:     out  to be given to certbind_pck_chain_cleanup, also after a failure
 */
CERTBIND_MUST_CHECK certbind_status certbind_pck_chain_split(const struct certbind_quote *quote,
                                                             struct certbind_pck_chain *out,
                                                             struct certbind_error *err);

/** Parse the leaf. Nothing is verified. */
CERTBIND_MUST_CHECK certbind_status certbind_pck_chain_read_leaf(struct certbind_pck_chain *chain,
                                                                 struct certbind_error *err);

/** Parse the SGX extension of the leaf. */
CERTBIND_MUST_CHECK certbind_status
certbind_pck_chain_read_extension(struct certbind_pck_chain *chain, struct certbind_error *err);

/**
 * Check the whole chain of a quote: exactly leaf, PCK CA and the trusted root; roles, names,
 * issuers, signatures, dates; neither revoked; the revocation list of the collateral is the one of
 * the CA that issued the leaf; the SGX extension readable.
 *
 * Out:     chain   to be given to certbind_pck_chain_cleanup, also after a failure
 *          checks  signature checks are added
 */
CERTBIND_MUST_CHECK certbind_status certbind_pck_chain_check(
    const struct certbind_quote *quote, const struct certbind_collateral *collateral, uint64_t now,
    struct certbind_pck_chain *chain, unsigned *checks, struct certbind_error *err);

/** Accepts a zeroed struct. */
void certbind_pck_chain_cleanup(struct certbind_pck_chain *chain);

#endif
