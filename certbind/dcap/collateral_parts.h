/*
 * collateral_parts: what is inside authenticated collateral, for the code that judges quotes.
 *
 * Private to certbind/dcap. Everything here was checked by certbind_collateral_new.
 */
#ifndef CERTBIND_DCAP_COLLATERAL_PARTS_H
#define CERTBIND_DCAP_COLLATERAL_PARTS_H

#include "certbind/dcap/certificate.h"
#include "certbind/dcap/collateral.h"
#include "certbind/dcap/crl.h"
#include "certbind/dcap/qe_identity.h"
#include "certbind/dcap/tcb_info.h"

enum { CERTBIND_COLLATERAL_DATES = 8 };

/* One document's first and last second, and the code that says it is outside of them. */
struct certbind_valid_range {
    uint64_t from;
    uint64_t until;
    certbind_status code;
    const char *what; /* static */
};

struct certbind_collateral {
    struct certbind_collateral_facts facts;
    struct certbind_valid_range range[CERTBIND_COLLATERAL_DATES];
    size_t range_count;
    struct certbind_certificate root;
    struct certbind_certificate pck_ca;
    struct certbind_crl root_crl;
    struct certbind_crl pck_crl;
    struct certbind_tcb_info tcb_info;
    struct certbind_qe_identity qe_identity;
};

/** Check that now lies in every range, in the order of the checks. */
CERTBIND_MUST_CHECK certbind_status certbind_collateral_check_dates(
    const struct certbind_collateral *collateral, uint64_t now, struct certbind_error *err);

/** Check a time against a range. */
CERTBIND_MUST_CHECK certbind_status certbind_valid_range_check(
    const struct certbind_valid_range *range, uint64_t now, struct certbind_error *err);

/** Check a common name of Intel's; under another root names say nothing and this is always OK. */
CERTBIND_MUST_CHECK certbind_status certbind_collateral_check_name(
    const struct certbind_collateral *c, const struct certbind_certificate *cert, const char *name,
    certbind_status code, struct certbind_error *err);

/**
 * Check that a PCK CA stands directly under the root: role, name, issuer, signature, revocation.
 * Dates are the caller's business.
 *
 * Returns: CERTBIND_OK, CERTBIND_E_INTERMEDIATE_REVOKED or code
 */
CERTBIND_MUST_CHECK certbind_status certbind_collateral_check_pck_ca(
    const struct certbind_collateral *collateral, const struct certbind_certificate *pck_ca,
    certbind_status code, unsigned *checks, struct certbind_error *err);

#endif
