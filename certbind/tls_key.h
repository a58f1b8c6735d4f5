/*
 * tls_key: the TLS key that every replica derives from the guest agent's GetKey (binding.md 1).
 *
 * k -> okm = HKDF-SHA256(k, salt "devproof/tls-key/v1", info "p256", 48 bytes)
 *   -> scalar = (okm mod (n - 1)) + 1 -> P-256 key. Pure; what held keys is cleansed.
 */
#ifndef CERTBIND_TLS_KEY_H
#define CERTBIND_TLS_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>

#include "certbind/bytes.h"
#include "certbind/digest.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    CERTBIND_AGENT_KEY_LEN = 32,
    CERTBIND_P256_SCALAR_LEN = 32,
    CERTBIND_TLS_KEY_OKM_LEN = 48,
    CERTBIND_KEY_LABEL_MAX = 64,
    CERTBIND_KEY_EPOCH_MAX = 64,
    CERTBIND_KEY_PATH_ROOM = 128
};

/** Returns: whether label is [a-z0-9.-]{1,64}. */
bool certbind_key_label_ok(const char *label);

/**
 * The GetKey path `devproof/<use>/v1/<label>/<epoch>`, use being `tls` or `receipt`.
 *
 * Returns: whether label and epoch (1..64) are of the documented form; then out holds the path
 */
bool certbind_key_path(const char *use, const char *label, unsigned epoch,
                       char out[CERTBIND_KEY_PATH_ROOM]);

/** Returns: whether scalar (big-endian, 1..n-1) was derived; zeroed otherwise. */
bool certbind_tls_key_scalar(const uint8_t k[CERTBIND_AGENT_KEY_LEN],
                             uint8_t scalar[CERTBIND_P256_SCALAR_LEN]);

/** Returns: the P-256 key of a big-endian scalar in 1..n-1, to be freed; NULL otherwise. */
EVP_PKEY *certbind_p256_key(const uint8_t scalar[CERTBIND_P256_SCALAR_LEN]);

/** Returns: the TLS key derived from the 32 bytes of GetKey, to be freed; NULL on failure. */
EVP_PKEY *certbind_tls_key_derive(const uint8_t k[CERTBIND_AGENT_KEY_LEN]);

/**
 * Returns: whether key has a SubjectPublicKeyInfo
 * Out:     spki      complete DER; free with OPENSSL_free; NULL on failure
 *          spki_len  its length
 */
bool certbind_spki_encode(const EVP_PKEY *key, uint8_t **spki, size_t *spki_len);

/** Returns: whether out holds SHA-256 of the DER SubjectPublicKeyInfo of key. */
bool certbind_spki_sha256(const EVP_PKEY *key, uint8_t out[CERTBIND_SHA256_LEN]);

#ifdef __cplusplus
}
#endif

#endif
