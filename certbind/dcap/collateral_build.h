/*
 * collateral_build: the state while collateral is being authenticated.
 *
 * Private to certbind/dcap/collateral*.c.
 */
#ifndef CERTBIND_DCAP_COLLATERAL_BUILD_H
#define CERTBIND_DCAP_COLLATERAL_BUILD_H

#include "certbind/dcap/collateral_parts.h"
#include "certbind/dcap/pem.h"

struct certbind_collateral_build {
    struct certbind_collateral *c;
    const cJSON *bundle;
    uint64_t now;
    struct certbind_certificate signer; /* the last one that was checked; owned */
    struct certbind_error *err;
};

/** Rows 2 to 4: the root, both revocation lists, the PCK CA. */
CERTBIND_MUST_CHECK certbind_status
certbind_collateral_take_trust(struct certbind_collateral_build *b, struct certbind_bytes root_der);

/** Rows 5 to 8: signers, signatures and dates of TCB info and QE identity. */
CERTBIND_MUST_CHECK certbind_status
certbind_collateral_take_documents(struct certbind_collateral_build *b);

/** Note when a document is valid, and check that it is now. */
CERTBIND_MUST_CHECK certbind_status certbind_collateral_add_range(
    struct certbind_collateral_build *b, const struct certbind_valid_range *range);

/**
 * Split a member of the bundle: exactly two certificates, the second of which is the trusted root.
 *
 * Returns: CERTBIND_OK, CERTBIND_E_ROOT_CA_UNTRUSTED or code
 * Out:     out  to be given to certbind_pem_cleanup, also after a failure
 */
CERTBIND_MUST_CHECK certbind_status
certbind_collateral_split_chain(struct certbind_collateral_build *b, const char *member,
                                certbind_status code, struct certbind_pem *out);

#endif
