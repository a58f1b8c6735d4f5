/*
 * pcs: from a quote to the questions for a collateral service, and from its replies to a bundle.
 *
 * Pure: the caller does the transfers (Intel PCS v4 or a PCCS). Nothing here is trusted: the
 * signatures in the bundle decide, in certbind_collateral_new.
 */
#ifndef CERTBIND_DCAP_PCS_H
#define CERTBIND_DCAP_PCS_H

#include <stddef.h>
#include <stdint.h>

#include "certbind/bytes.h"
#include "certbind/dcap/collateral.h"
#include "certbind/dcap/quote.h"
#include "certbind/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum certbind_pck_ca { CERTBIND_PCK_CA_PROCESSOR = 1, CERTBIND_PCK_CA_PLATFORM = 2 };

/* What to ask a collateral service for. */
struct certbind_pck_info {
    uint8_t fmspc[CERTBIND_FMSPC_LEN];
    uint8_t pceid[CERTBIND_PCEID_LEN];
    enum certbind_pck_ca ca;
    uint32_t tee_type;                        /* enum certbind_tee: asks under /sgx/ or /tdx/ */
    uint8_t root_sha256[CERTBIND_SHA256_LEN]; /* of the root that stands in the quote */
};

/**
 * Read from the PCK certificate of a quote what collateral it needs. Nothing is verified.
 *
 * Returns: CERTBIND_OK
 *          CERTBIND_E_PCK_CHAIN_INVALID, _INCOMPLETE  the chain cannot be read, or its leaf's
 *                                                     issuer is neither Platform nor Processor CA
 *          CERTBIND_E_PCK_EXTENSION_INVALID
 */
CERTBIND_MUST_CHECK certbind_status certbind_pck_info(const struct certbind_quote *quote,
                                                      struct certbind_pck_info *out,
                                                      struct certbind_error *err);

/** Returns: "processor" or "platform", the value of `ca=` in a PCK CRL request. Static. */
const char *certbind_pck_ca_name(enum certbind_pck_ca ca);

/* A reply: body and the value of its issuer chain header, both as received. Borrowed. */
struct certbind_pcs_reply {
    struct certbind_bytes body;
    struct certbind_bytes issuer_chain; /* percent-encoded PEM */
};

struct certbind_pcs_replies {
    struct certbind_pcs_reply tcb_info;    /* /{sgx|tdx}/certification/v4/tcb */
    struct certbind_pcs_reply qe_identity; /* /{sgx|tdx}/certification/v4/qe/identity */
    struct certbind_pcs_reply pck_crl;     /* /sgx/certification/v4/pckcrl; DER, hex or PEM */
    struct certbind_bytes root_ca_crl;     /* DER, hex or PEM */
};

/**
 * Make the bundle that certbind_collateral_new takes. The signed objects are cut out of the replies
 * byte for byte and never printed again.
 *
 * Returns: CERTBIND_OK, CERTBIND_E_PCS_REPLY_MALFORMED, CERTBIND_E_MEMORY
 * Out:     out, out_len  JSON text, to be given to free(); NULL on failure
 */
CERTBIND_MUST_CHECK certbind_status certbind_pcs_bundle(const struct certbind_pcs_replies *replies,
                                                        char **out, size_t *out_len,
                                                        struct certbind_error *err);

#ifdef __cplusplus
}
#endif

#endif
