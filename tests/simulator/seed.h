/*
 * seed: everything the simulator keeps secret or identifies itself by comes from one seed.
 *
 * Two runs with one seed are the same platform, KMS and app; only the attestation key is fresh.
 */
#ifndef SIM_SEED_H
#define SIM_SEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SIM_SEED_MAX = 64 };

/* The seed without --seed, and the OS image without --os-seed; public, like every test key. */
#define SIM_SEED_DEFAULT "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define SIM_OS_SEED_DEFAULT "01"

struct sim_seed {
    uint8_t bytes[SIM_SEED_MAX];
    size_t len;
};

/** Returns: whether text is 1..64 bytes in hex; then out. */
bool sim_seed_parse(const char *text, struct sim_seed *out);

/** HKDF-SHA256(seed, salt "dstack-simulator/v1", info label). Returns: whether out was made. */
bool sim_seed_derive(const struct sim_seed *seed, const char *label, uint8_t *out, size_t len);

/** SHA-384("dstack-simulator/v1:" || label || ":" || seed): a measurement of that name. */
bool sim_seed_measurement(const struct sim_seed *seed, const char *label, uint8_t out[48]);

#endif
