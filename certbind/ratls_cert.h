/*
 * ratls_cert: the certificate that carries its own evidence (binding.md 3, dstack.md 3).
 *
 * Self-signed X.509 v3 with keyUsage digitalSignature, extKeyUsage serverAuth, the served names as
 * SAN and the two private extensions, whose values are OCTET STRINGs inside OCTET STRINGs.
 * Reading and judging: certbind/leaf.h.
 */
#ifndef CERTBIND_RATLS_CERT_H
#define CERTBIND_RATLS_CERT_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "certbind/bytes.h"
#include "certbind/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* All borrowed. */
struct certbind_ratls_inputs {
    EVP_PKEY *key;            /* signs; its SPKI is what the quote's report data commits to */
    const char *const *names; /* server names, addresses or `*`, which becomes localhost */
    size_t name_count;        /* at least 1 */
    struct certbind_bytes quote;
    struct certbind_bytes event_log; /* uncompressed JSON, the RTMR3 events */
    int64_t not_before;              /* seconds since 1970 */
    int64_t not_after;
};

/**
 * Make and sign the certificate. Its serial is a hash of what it holds.
 *
 * Returns: CERTBIND_OK, CERTBIND_E_USAGE when a name is none or the dates are reversed, or
 *          CERTBIND_E_INTERNAL
 * Out:     out  to be given to X509_free; NULL on failure
 */
CERTBIND_MUST_CHECK certbind_status certbind_ratls_cert_encode(
    const struct certbind_ratls_inputs *inputs, X509 **out, struct certbind_error *err);

#ifdef __cplusplus
}
#endif

#endif
