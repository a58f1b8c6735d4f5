/*
 * collateral: the Intel-signed documents that a quote is judged by, authenticated once.
 *
 * Pure: bytes and `now` in, an immutable object out, which many quotes and several threads may use
 * at the same time. Nothing is filled in later.
 */
#ifndef CERTBIND_DCAP_COLLATERAL_H
#define CERTBIND_DCAP_COLLATERAL_H

#include <stdbool.h>
#include <stdint.h>

#include "certbind/bytes.h"
#include "certbind/dcap/quote.h"
#include "certbind/digest.h"
#include "certbind/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    CERTBIND_COLLATERAL_MAX_BYTES = 1024 * 1024,
    CERTBIND_FMSPC_LEN = 6,
    CERTBIND_PCEID_LEN = 2,
    CERTBIND_CRL_NUMBER_LEN = 20
};

/* Seconds since 1970; a clock that shows less is wrong: 2024-01-01T00:00:00Z. */
#define CERTBIND_EARLIEST_NOW UINT64_C(1704067200)

struct certbind_collateral; /* opaque */

struct certbind_crl_number {
    uint8_t bytes[CERTBIND_CRL_NUMBER_LEN]; /* big-endian */
    size_t len;                             /* 0: the CRL has none */
};

/* What the authenticated documents say of themselves. */
struct certbind_collateral_facts {
    uint8_t root_sha256[CERTBIND_SHA256_LEN]; /* of the root's DER */
    bool simulated;                           /* the root is not Intel's */
    uint32_t tee_type;                        /* enum certbind_tee: what the TCB info is for */
    uint8_t fmspc[CERTBIND_FMSPC_LEN];
    uint8_t pceid[CERTBIND_PCEID_LEN];
    uint32_t tcb_evaluation_number; /* of the TCB info */
    uint32_t qe_evaluation_number;  /* of the QE identity */
    uint64_t tcb_issued;            /* seconds since 1970 */
    uint64_t qe_issued;
    uint64_t root_crl_issued;
    uint64_t pck_crl_issued;
    struct certbind_crl_number root_crl_number;
    struct certbind_crl_number pck_crl_number;
    uint8_t pck_ca_key_sha256[CERTBIND_SHA256_LEN]; /* of the key that signs the PCK CRL: X, Y */
    uint64_t valid_from; /* first and last second in which every document is valid */
    uint64_t valid_until;
    unsigned signature_checks; /* ECDSA verifications that were made for it */
};

/**
 * Authenticate collateral: root, both CRLs, signers and signatures of TCB info and QE identity over
 * their exact bytes, all dates.
 *
 * Returns: CERTBIND_OK, CERTBIND_E_CLOCK_INVALID, CERTBIND_E_COLLATERAL_MALFORMED or the code of
 *          the document that failed
 * In:      bundle    JSON text: pck_crl_issuer_chain, root_ca_crl, pck_crl, tcb_info_issuer_chain,
 *                    tcb_info, tcb_info_signature, qe_identity_issuer_chain, qe_identity,
 *                    qe_identity_signature (borrowed); other members are ignored
 *          root_der  the one trusted root (borrowed); empty: Intel's SGX root. Any other root makes
 *                    the result simulated and leaves the names of certificates unchecked, nothing
 *                    else
 *          now       seconds since 1970
 * Out:     out       owned by the caller, to be given to certbind_collateral_free; NULL on failure
 */
CERTBIND_MUST_CHECK certbind_status certbind_collateral_new(struct certbind_bytes bundle,
                                                            struct certbind_bytes root_der,
                                                            uint64_t now,
                                                            struct certbind_collateral **out,
                                                            struct certbind_error *err);

/** Accepts NULL. */
void certbind_collateral_free(struct certbind_collateral *collateral);

/** Returns: what the documents say (borrowed; lives as long as the collateral). */
const struct certbind_collateral_facts *
certbind_collateral_facts(const struct certbind_collateral *collateral);

/** Returns: the DER of Intel's SGX root certificate, as pinned in this library. Static. */
struct certbind_bytes certbind_intel_root(void);

#ifdef __cplusplus
}
#endif

#endif
