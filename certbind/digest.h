/*
 * digest: the hash functions of our formats.
 *
 * Pure over bytes. A failure of libcrypto (out of memory, no provider) gives false and zeroed
 * output; callers refuse.
 */
#ifndef CERTBIND_DIGEST_H
#define CERTBIND_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>

#include "certbind/bytes.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    CERTBIND_SHA256_LEN = 32,
    CERTBIND_SHA384_LEN = 48,
    CERTBIND_SHA512_LEN = 64,
    CERTBIND_KECCAK256_LEN = 32
};

bool certbind_sha256(struct certbind_bytes data, uint8_t out[CERTBIND_SHA256_LEN]);

/** SHA-256, SHA-384, SHA-512 over the concatenation of count parts. */
bool certbind_sha256_parts(const struct certbind_bytes *parts, size_t count,
                           uint8_t out[CERTBIND_SHA256_LEN]);
bool certbind_sha384_parts(const struct certbind_bytes *parts, size_t count,
                           uint8_t out[CERTBIND_SHA384_LEN]);
bool certbind_sha512_parts(const struct certbind_bytes *parts, size_t count,
                           uint8_t out[CERTBIND_SHA512_LEN]);

/**
 * The digest md over the concatenation of count parts. A fetched one (EVP_MD_fetch) is not looked
 * up again, as those of EVP_sha256() and the like are each time.
 */
bool certbind_digest_parts(const EVP_MD *md, const struct certbind_bytes *parts, size_t count,
                           uint8_t *out, size_t out_len);

/** Keccak-256 with the padding from before FIPS 202 (0x01), as Ethereum uses it. */
void certbind_keccak256(struct certbind_bytes data, uint8_t out[CERTBIND_KECCAK256_LEN]);

/** Keccak of 32, 48 or 64 bytes with the same padding. */
void certbind_keccak(struct certbind_bytes data, uint8_t *out, size_t out_len);

/** HKDF (RFC 5869) with SHA-256. Returns: whether out_len bytes were made. */
bool certbind_hkdf_sha256(struct certbind_bytes ikm, struct certbind_bytes salt,
                          struct certbind_bytes context, uint8_t *out, size_t out_len);

#ifdef __cplusplus
}
#endif

#endif
