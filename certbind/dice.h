/*
 * dice: TCG DICE tagged evidence, as Gramine, rats-tls and Intel's SDK put it into certificates
 * (extension 2.23.133.5.4.9, attested-tls.md section 3).
 *
 * The extension's value is CBOR: tag 60000 before an array of a quote and a claims buffer. The
 * claims hold a hash of the certificate's key, and the quote's report data a hash of the claims. It
 * says which TEE holds the key and nothing about an app: there is no event log. So it never stands
 * for the platform's own evidence (.1 with .2, or .8): a connection whose certificate carries DICE
 * evidence alone is refused with cert-evidence-dice. Beside the platform's it must hold too, with a
 * quote of the same TD. `devproof cert verify` judges it alone.
 */
#ifndef CERTBIND_DICE_H
#define CERTBIND_DICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "certbind/bytes.h"
#include "certbind/dcap/quote.h"
#include "certbind/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { CERTBIND_DICE_MAX_CLAIMS = 16 };

/* The hash algorithms of the registry "Named Information" that are taken. */
enum certbind_dice_hash {
    CERTBIND_DICE_SHA256 = 1,
    CERTBIND_DICE_SHA384 = 7,
    CERTBIND_DICE_SHA512 = 8
};

/* Borrows from the extension. */
struct certbind_dice {
    struct certbind_bytes quote;
    struct certbind_bytes claims; /* the buffer that the quote commits to */
    enum certbind_dice_hash hash;
    struct certbind_bytes key_hash;
    struct certbind_bytes nonce; /* empty: none; nobody here has asked for one */
    size_t other_claims;         /* not known here, ignored */
};

/**
 * Read the value of the extension, to its last byte.
 *
 * Returns: CERTBIND_OK
 *          CERTBIND_E_CERT_EVIDENCE           another form
 *          CERTBIND_E_CERT_EVIDENCE_PLATFORM  tag 60001 or 60002: a report that nobody signed, or a
 *                                             form from before
 * In:      bytes  borrowed as long as out lives
 * Out:     out    zeroed on failure
 */
CERTBIND_MUST_CHECK certbind_status certbind_dice_parse(struct certbind_bytes bytes,
                                                        struct certbind_dice *out,
                                                        struct certbind_error *err);

/** Report data of the quote: SHA-256(claims), then 32 zero bytes. */
bool certbind_dice_report_data(const struct certbind_dice *dice,
                               uint8_t out[CERTBIND_REPORT_DATA_LEN]);

/**
 * Check that evidence belongs to a key: claims to key, quote to claims. The quote's signatures are
 * not judged here.
 *
 * Returns: CERTBIND_OK
 *          CERTBIND_E_CERT_EVIDENCE              the quote cannot be read
 *          CERTBIND_E_CERT_EVIDENCE_REPORT_DATA  of another key, or of other claims
 *          CERTBIND_E_INTERNAL
 * In:      spki   DER SubjectPublicKeyInfo of the certificate (borrowed)
 * Out:     quote  borrows from the evidence; zeroed on failure
 */
CERTBIND_MUST_CHECK certbind_status certbind_dice_check(const struct certbind_dice *dice,
                                                        struct certbind_bytes spki,
                                                        struct certbind_quote *quote,
                                                        struct certbind_error *err);

#ifdef __cplusplus
}
#endif

#endif
