/*
 * p256: NIST P-256 keys from scalars, and ECDSA with the deterministic nonces of RFC 6979.
 *
 * One seed must give one root certificate, byte for byte, because verifiers pin its DER.
 * OpenSSL 3.0 signs with random nonces only, hence this. Not constant-time: test keys.
 */
#ifndef SIM_P256_H
#define SIM_P256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "certbind/bytes.h"
#include "tests/simulator/buffer.h"
#include "tests/simulator/seed.h"

enum { SIM_P256_SCALAR_LEN = 32, SIM_P256_POINT_LEN = 65, SIM_P256_SPKI_LEN = 91 };

struct sim_p256 {
    uint8_t scalar[SIM_P256_SCALAR_LEN];
    uint8_t point[SIM_P256_POINT_LEN]; /* 04 || X || Y */
};

/** Returns: whether scalar is in 1..n-1; then out is its key. */
bool sim_p256_init(const uint8_t scalar[SIM_P256_SCALAR_LEN], struct sim_p256 *out);

/** The key of a label: HKDF of the seed, label extended by a counter until the scalar is valid. */
bool sim_p256_from_seed(const struct sim_seed *seed, const char *label, struct sim_p256 *out);

/** A fresh random key. */
bool sim_p256_random(struct sim_p256 *out);

/** RFC 6979 section 3.2 with SHA-256 over message. Out: r || s, 32 big-endian bytes each. */
bool sim_p256_sign(const struct sim_p256 *key, struct certbind_bytes message, uint8_t out[64]);

/** Append the DER of an ECDSA signature r || s (RFC 3279 section 2.2.3). */
void sim_p256_put_signature(struct sim_buffer *b, const uint8_t signature[64]);

/** Append the private key as PEM of PKCS#8 (RFC 5208, RFC 5915). */
void sim_p256_put_pkcs8_pem(const struct sim_p256 *key, struct sim_buffer *out);

/** The DER SubjectPublicKeyInfo. */
void sim_p256_spki(const struct sim_p256 *key, uint8_t out[SIM_P256_SPKI_LEN]);

#endif
