/*
 * rfc6979: the nonce of a deterministic ECDSA signature, for a 256-bit order and SHA-256.
 */
#ifndef SIM_RFC6979_H
#define SIM_RFC6979_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/bn.h>

/* The HMAC-DRBG of RFC 6979 section 3.2, steps b to h. */
struct sim_rfc6979 {
    uint8_t k[32];
    uint8_t v[32];
};

/**
 * Steps b to g.
 *
 * In:      scalar  int2octets(x)
 *          hash    bits2octets(h1): the message hash reduced modulo the order
 */
bool sim_rfc6979_init(struct sim_rfc6979 *state, const uint8_t scalar[32], const uint8_t hash[32]);

/** Step h, once: the next candidate; the caller asks again when it is not in 1..n-1. */
bool sim_rfc6979_next(struct sim_rfc6979 *state, uint8_t candidate[32]);

#endif
