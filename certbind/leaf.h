/*
 * leaf: the certificate that a connection presents, and the evidence inside it (binding.md 3).
 *
 * Only the SubjectPublicKeyInfo is bound by the quote: subject, names and dates of a self-signed
 * certificate are its holder's word. Evidence that is there must be complete and right, even when
 * the statement would be enough.
 */
#ifndef CERTBIND_LEAF_H
#define CERTBIND_LEAF_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/x509.h>

#include "certbind/attestation.h"
#include "certbind/bytes.h"
#include "certbind/dcap/quote.h"
#include "certbind/dice.h"
#include "certbind/event_log.h"
#include "certbind/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { CERTBIND_LEAF_MAX_BYTES = 128 * 1024, CERTBIND_LEAF_MAX_EXTENSIONS = 64 };

/* An extension that is no evidence; what does not hold exactly one OCTET STRING is malformed. */
struct certbind_leaf_extension {
    bool present;
    bool malformed;
    struct certbind_bytes content; /* unwrapped; lives in x509 */
};

struct certbind_leaf {
    X509 *x509; /* owned */
    uint8_t leaf_sha256[CERTBIND_SHA256_LEN];
    uint8_t spki_sha256[CERTBIND_SHA256_LEN];
    struct certbind_bytes spki; /* complete DER, borrowed from the certificate's bytes */
    int64_t not_before;
    int64_t not_after;
    struct certbind_bytes quote;       /* extension .1, unwrapped; lives in x509 */
    struct certbind_bytes event_log;   /* extension .2, the same */
    struct certbind_bytes attestation; /* extension .8, the same */
    struct certbind_bytes dice;        /* extension 2.23.133.5.4.9, whose value is not wrapped */
    bool has_quote;
    bool has_event_log;
    bool has_attestation;
    bool has_dice;
    struct certbind_leaf_extension app_id;   /* .3; a KMS wrote it, if its chain holds */
    struct certbind_leaf_extension usage;    /* .4, the same */
    struct certbind_leaf_extension app_info; /* .9: nothing authenticates it */
};

/* Borrows from the leaf. */
struct certbind_leaf_evidence {
    struct certbind_bytes quote_bytes; /* as in the certificate */
    struct certbind_quote quote;
    struct certbind_event_log log; /* owned; what was replayed */
    struct certbind_identity identity;
    struct certbind_attestation attestation; /* owned; zeroed without an extension .8 */
    struct certbind_dice dice;               /* zeroed without DICE evidence beside it */
    struct certbind_quote dice_quote;
};

/**
 * Parse one certificate: strict DER to the last byte, X.509 v3, no extension twice, no unknown
 * critical extension, private extensions wrapped as documented.
 *
 * Returns: CERTBIND_OK, CERTBIND_E_CERT_DER, CERTBIND_E_CERT_EXTENSION_DUPLICATE,
 *          CERTBIND_E_CERT_CRITICAL_EXTENSION, CERTBIND_E_CERT_EVIDENCE, CERTBIND_E_INTERNAL
 * In:      der  borrowed as long as out lives
 * Out:     out  to be given to certbind_leaf_cleanup; zeroed on failure
 */
CERTBIND_MUST_CHECK certbind_status certbind_leaf_parse(struct certbind_bytes der,
                                                        struct certbind_leaf *out,
                                                        struct certbind_error *err);

/** Accepts a zeroed struct. */
void certbind_leaf_cleanup(struct certbind_leaf *leaf);

/** Returns: CERTBIND_OK when now lies within the dates, both included; CERTBIND_E_CERT_VALIDITY. */
CERTBIND_MUST_CHECK certbind_status certbind_leaf_check_validity(const struct certbind_leaf *leaf,
                                                                 uint64_t now,
                                                                 struct certbind_error *err);

/**
 * Check that the certificate's SAN covers a name; the subject is never looked at.
 *
 * Returns: CERTBIND_OK, CERTBIND_E_NAME_MISMATCH or CERTBIND_E_NAME_SYNTAX
 * In:      name  a lowercase server name or an IP address
 */
CERTBIND_MUST_CHECK certbind_status certbind_leaf_check_name(const struct certbind_leaf *leaf,
                                                             const char *name,
                                                             struct certbind_error *err);

/**
 * Check form, report data and replay of the evidence in the certificate. Complete is .1 with .2, or
 * .8 alone; if all are present each must hold, and DICE evidence beside them too. The quotes'
 * signatures are not judged here: certbind_dcap_verify over out->quote_bytes and out->dice.quote.
 *
 * Returns: CERTBIND_OK                                complete and right so far
 *          CERTBIND_E_CERT_EVIDENCE_MISSING           there is none at all
 *          CERTBIND_E_CERT_EVIDENCE                   incomplete or unreadable, or the quotes of
 *                                                     .1 and .8 are not equal byte for byte
 *          CERTBIND_E_CERT_EVIDENCE_DICE              DICE evidence alone, or not of a TD
 *          CERTBIND_E_CERT_EVIDENCE_GZIP, _PLATFORM, _REPORT_DATA, _EVENT_LOG, CERTBIND_E_MEMORY
 * Out:     out  to be given to certbind_leaf_evidence_cleanup; zeroed on failure
 */
CERTBIND_MUST_CHECK certbind_status certbind_leaf_check_evidence(const struct certbind_leaf *leaf,
                                                                 struct certbind_leaf_evidence *out,
                                                                 struct certbind_error *err);

/**
 * Check DICE evidence on its own: form, key, and report data. Its quote may be an enclave's.
 *
 * Returns: CERTBIND_OK, CERTBIND_E_CERT_EVIDENCE_MISSING, or a code of certbind_dice_parse and
 *          certbind_dice_check
 * Out:     out  dice and dice_quote; nothing in it is owned; zeroed on failure
 */
CERTBIND_MUST_CHECK certbind_status certbind_leaf_check_dice(const struct certbind_leaf *leaf,
                                                             struct certbind_leaf_evidence *out,
                                                             struct certbind_error *err);

/** Accepts a zeroed struct. */
void certbind_leaf_evidence_cleanup(struct certbind_leaf_evidence *evidence);

/**
 * Compare the machine of the certificate's evidence with that of the statement: MRTD and RTMR0-3 of
 * every quote in it, and instance id.
 *
 * Returns: CERTBIND_OK or CERTBIND_E_CERT_EVIDENCE_OTHER_MACHINE
 */
CERTBIND_MUST_CHECK certbind_status certbind_leaf_same_machine(
    const struct certbind_leaf_evidence *evidence, const struct certbind_td_report *td,
    const struct certbind_identity *identity, struct certbind_error *err);

#ifdef __cplusplus
}
#endif

#endif
