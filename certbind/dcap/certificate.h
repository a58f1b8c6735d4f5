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

#include <openssl/x509.h>

#include "certbind/bytes.h"
#include "certbind/status.h"

/* CA: may issue certificates and CRLs. SIGNER: an end entity that may only sign. */
enum certbind_certificate_role { CERTBIND_ROLE_CA = 1, CERTBIND_ROLE_SIGNER = 2 };

struct certbind_certificate {
    X509 *x509;          /* owned; NULL: no certificate */
    EVP_PKEY *key;       /* of x509 (borrowed from it); P-256 */
    uint64_t not_before; /* first and last second of validity, since 1970 */
    uint64_t not_after;
};

/**
 * Parse DER: X.509 v3, nothing after it, canonical, key on the named curve P-256, signed with
 * ecdsa-with-SHA256, no critical extension but basicConstraints and keyUsage, none twice.
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
    const struct certbind_certificate *cert, enum certbind_certificate_role role, long below,
    certbind_status code, struct certbind_error *err);

/** Check names and signature: cert was issued by issuer. Adds one to checks. */
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
 * Copy the one common name of a name.
 *
 * Returns: whether there is exactly one, of at most size - 1 printable ASCII characters
 */
bool certbind_common_name(const X509_NAME *name, char *out, size_t size);

#endif
