/*
 * kms: the simulated key management service and the keys it gives to one app.
 *
 * Derivation and signatures are dstack's: derive(ikm, context, L) = HKDF-SHA256(salt "RATLS",
 * ikm, info = context parts without separators, L); Keccak-256 and recoverable secp256k1
 * signatures for the chain.
 */
#ifndef SIM_KMS_H
#define SIM_KMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "certbind/bytes.h"
#include "tests/simulator/buffer.h"
#include "tests/simulator/k256.h"
#include "tests/simulator/p256.h"
#include "tests/simulator/seed.h"

enum { SIM_APP_ID_LEN = 20, SIM_APP_KEY_LEN = 32 };

/* The KMS: both keys random in real life, from the seed here. */
struct sim_kms {
    struct sim_k256 root;
    struct sim_p256 ca;
    uint8_t ca_spki[SIM_P256_SPKI_LEN];
    uint8_t ca_spki_sha256[32];
};

/* What the KMS hands to a CVM of one app. */
struct sim_app_keys {
    uint8_t app_id[SIM_APP_ID_LEN];
    struct sim_k256 key;
    uint8_t kms_signature[SIM_K256_SIGNATURE_LEN]; /* chain[1] of every key */
    struct sim_p256 ca;
};

enum sim_key_algorithm { SIM_KEY_SECP256K1, SIM_KEY_ED25519 };

struct sim_app_key {
    uint8_t key[SIM_APP_KEY_LEN];
    uint8_t public_key[SIM_K256_PUBLIC_LEN];
    size_t public_len;                             /* 33, or 32 for Ed25519 */
    uint8_t app_signature[SIM_K256_SIGNATURE_LEN]; /* chain[0] */
};

/** dstack's derive() over count context parts (at most 4). Returns: whether out was made. */
bool sim_kms_derive(struct certbind_bytes ikm, const struct certbind_bytes *parts, size_t count,
                    uint8_t *out, size_t len);

/** Returns: whether both keys were made from the seed. */
bool sim_kms_init(struct sim_kms *kms, const struct sim_seed *seed);

/** The keys of the app: derived from the KMS's, signed by its root. */
bool sim_kms_issue(const struct sim_kms *kms, const uint8_t app_id[SIM_APP_ID_LEN],
                   struct sim_app_keys *out);

/**
 * GetKey: derive(app key, path); the app key signs `purpose:hex(public key)`.
 *
 * Returns: whether it was made; false for a derived scalar that is no key (odds 2^-128)
 */
bool sim_app_keys_get(const struct sim_app_keys *app, struct certbind_bytes path,
                      struct certbind_bytes purpose, enum sim_key_algorithm algorithm,
                      struct sim_app_key *out);

/** Append the JSON of --write-kms-root: {"k256","address","ca_spki_sha256"}. */
void sim_kms_put_root_json(const struct sim_kms *kms, struct sim_buffer *out);

#endif
