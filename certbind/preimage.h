/*
 * preimage: the 64-byte values that quotes and session signatures commit to.
 *
 * Native values follow one rule, T(tag, f1..fn) = SHA-512(tag || 00 || for each field:
 * u32be(length) || field): a tag, a zero byte and framed fields, so that no value of one format
 * can be read as a value of another. The platform's own rule is SHA-512(tag || ":" || content).
 *
 * Pure. A failure of libcrypto gives false and zeroed output; callers refuse.
 */
#ifndef CERTBIND_PREIMAGE_H
#define CERTBIND_PREIMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "certbind/bytes.h"
#include "certbind/digest.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    CERTBIND_REPORT_DATA_LEN = 64,
    CERTBIND_PREIMAGE_MAX_FIELDS = 8,
    CERTBIND_NONCE_LEN = 32,
    CERTBIND_MAX_BATCH = 65536
};

#define CERTBIND_TAG_BINDING "devproof/binding/v1"
#define CERTBIND_TAG_SESSION "devproof/session/v1"
#define CERTBIND_TAG_BATCH "devproof/batch/v1"
#define CERTBIND_TAG_RATLS_CERT "ratls-cert"

/**
 * T(tag, fields).
 *
 * Returns: whether out was made; false too when count or a length is beyond the format
 * In:      tag     NUL-terminated ASCII; the NUL is hashed as the separator
 *          fields  count views (borrowed), at most CERTBIND_PREIMAGE_MAX_FIELDS
 */
bool certbind_preimage(const char *tag, const struct certbind_bytes *fields, size_t count,
                       uint8_t out[CERTBIND_REPORT_DATA_LEN]);

/** The same with a SHA-512 that the caller has looked up (EVP_MD_fetch). */
bool certbind_preimage_with(const EVP_MD *sha512, const char *tag,
                            const struct certbind_bytes *fields, size_t count,
                            uint8_t out[CERTBIND_REPORT_DATA_LEN]);

/**
 * T(devproof/binding/v1, statement_sha256, nonce): with an empty nonce the report data of a
 * statement's own quote, with a nonce of 32 bytes the value of a fresh binding (binding.md 2, 4).
 */
bool certbind_binding_value(const uint8_t statement_sha256[CERTBIND_SHA256_LEN],
                            struct certbind_bytes nonce, uint8_t out[CERTBIND_REPORT_DATA_LEN]);

/** Report data of a batch quote: T(devproof/batch/v1, root, u32be(size)), 1 <= size <= 65536. */
bool certbind_batch_report_data(const uint8_t root[CERTBIND_SHA256_LEN], size_t size,
                                uint8_t out[CERTBIND_REPORT_DATA_LEN]);

/** The platform's rule SHA-512(tag || ":" || content). */
bool certbind_tagged_report_data(const char *tag, struct certbind_bytes content,
                                 uint8_t out[CERTBIND_REPORT_DATA_LEN]);

/** Report data of an RA-TLS certificate: the platform's rule with `ratls-cert` over the SPKI. */
bool certbind_ratls_report_data(struct certbind_bytes spki, uint8_t out[CERTBIND_REPORT_DATA_LEN]);

#ifdef __cplusplus
}
#endif

#endif
