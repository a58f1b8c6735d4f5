/*
 * certificate: one X.509 certificate of Intel's kind, parsed once and strictly.
 *
 * A chain here is always "this certificate was issued by that one", checked link by link with
 * exactly known roles; there is no path building. Every check takes the code it refuses with,
 * because the same rule belongs to different documents.
 */
#ifndef CERTBIND_DCAP_CERTIFICATE_H
#define CERTBIND_DCAP_CERTIFICATE_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/evp.h>

#include "certbind/bytes.h"
#include "certbind/status.h"

/* CA: may issue certificates and CRLs. SIGNER: an end entity that may only sign. */
enum certbind_certificate_role { CERTBIND_ROLE_CA = 1, CERTBIND_ROLE_SIGNER = 2 };

struct certbind_certificate {
    EVP_PKEY *key;             /* owned; P-256; NULL: no certificate */
    uint8_t *memory;           /* owned; what the views below point into */
    struct certbind_bytes der; /* the whole certificate */
    struct certbind_bytes tbs; /* what the issuer signed */
    struct certbind_bytes signature;
    struct certbind_bytes serial; /* content of the INTEGER */
    struct certbind_bytes issuer; /* DER Name */
    struct certbind_bytes subject;
    struct certbind_bytes point; /* of the key: X, Y */
    struct certbind_bytes extensions;
    uint64_t not_before; /* first and last second of validity, since 1970 */
    uint64_t not_after;
    bool ca;           /* basicConstraints */
    int path_len;      /* -1: no limit */
    uint8_t key_usage; /* the first eight bits, digitalSignature highest; 0: no keyUsage */
};

/**
 * Parse DER: X.509 v3 (RFC 5280 section 4.1), nothing after it, key an uncompressed point of the
 * named curve P-256, signed with ecdsa-with-SHA256, no unique identifiers, no critical extension
 * but basicConstraints and keyUsage, none twice.
 *
 * Returns: CERTBIND_OK or code
 * Out:     out  to be given to certbind_certificate_cleanup; zeroed on failure
 */
CERTBIND_MUST_CHECK certbind_status certbind_certificate_parse(struct certbind_bytes der,
                                                               certbind_status code,
                                                               struct certbind_certificate *out,
                                                               struct certbind_error *err);

/** Accepts a zeroed struct. */
void certbind_certificate_cleanup(struct certbind_certificate *cert);

/**
 * Check that the certificate is what its place in the chain needs (RFC 5280 sections 4.2.1.3 and
 * 4.2.1.9): a CA has CA:TRUE, keyCertSign and cRLSign, and room for `below` CAs under it; a signer
 * is no CA and has digitalSignature without keyCertSign and cRLSign.
 */
CERTBIND_MUST_CHECK certbind_status certbind_certificate_check_role(
    const struct certbind_certificate *cert, enum certbind_certificate_role role, int below,
    certbind_status code, struct certbind_error *err);

/** Check names, compared as bytes, and signature: issuer issued cert. Adds one to checks. */
CERTBIND_MUST_CHECK certbind_status certbind_certificate_check_issued(
    const struct certbind_certificate *cert, const struct certbind_certificate *issuer,
    certbind_status code, unsigned *checks, struct certbind_error *err);

/** Check that the subject has exactly one common name and that it is this one. */
CERTBIND_MUST_CHECK certbind_status
certbind_certificate_check_name(const struct certbind_certificate *cert, const char *common_name,
                                certbind_status code, struct certbind_error *err);

/**
 * Find an extension; certbind_certificate_parse made sure that none is there twice.
 *
 * Returns: whether the certificate has it
 * In:      oid    content octets of the OBJECT IDENTIFIER
 * Out:     value  content of extnValue (borrowed from cert)
 */
bool certbind_certificate_extension(const struct certbind_certificate *cert,
                                    struct certbind_bytes oid, struct certbind_bytes *value);

/** Returns: whether both have the same subject and the same public key. */
bool certbind_certificate_same_holder(const struct certbind_certificate *a,
                                      const struct certbind_certificate *b);

/**
 * Copy the one common name of a Name.
 *
 * Returns: whether there is exactly one, of at most size - 1 printable ASCII characters
 */
bool certbind_common_name(struct certbind_bytes name, char *out, size_t size);

#endif
