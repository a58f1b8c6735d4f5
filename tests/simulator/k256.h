/*
 * k256: secp256k1 keys and dstack's recoverable signatures over Keccak-256.
 */
#ifndef SIM_K256_H
#define SIM_K256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "certbind/bytes.h"

enum { SIM_K256_PUBLIC_LEN = 33, SIM_K256_SIGNATURE_LEN = 65, SIM_K256_ADDRESS_LEN = 20 };

struct sim_k256 {
    uint8_t scalar[32];
    uint8_t compressed[SIM_K256_PUBLIC_LEN];
    uint8_t address[SIM_K256_ADDRESS_LEN]; /* last 20 bytes of Keccak-256(X || Y) */
};

/** Returns: whether scalar is in 1..n-1; then out is its key. */
bool sim_k256_init(const uint8_t scalar[32], struct sim_k256 *out);

/**
 * Sign Keccak-256(message), RFC 6979 nonce, low S.
 *
 * Out:     out  r || s || recovery id 0..3
 */
bool sim_k256_sign(const struct sim_k256 *key, struct certbind_bytes message,
                   uint8_t out[SIM_K256_SIGNATURE_LEN]);

/** The same over a hash of 32 bytes. */
bool sim_k256_sign_hash(const struct sim_k256 *key, const uint8_t hash[32],
                        uint8_t out[SIM_K256_SIGNATURE_LEN]);

/**
 * Verify r || s, with low S, over a hash.
 *
 * Returns: whether key and signature are well-formed
 * In:      key    33 or 65 bytes
 * Out:     valid  whether the signature is the key's
 */
bool sim_k256_verify(struct certbind_bytes key, const uint8_t hash[32], const uint8_t signature[64],
                     bool *valid);

#endif
