/*
 * appkey: the chain of signatures from a GetKey key to the KMS root (dstack.md 2.2).
 *
 * Both signatures are recovered, and every well-formed signature recovers some key: the comparison
 * with the pinned root is the decision. What it proves: at some time the KMS gave an app key to a
 * guest of this app id, and that key vouched for the derived key under this purpose. Not which
 * compose hash, instance or machine, and not when. Pure.
 */
#ifndef CERTBIND_APPKEY_H
#define CERTBIND_APPKEY_H

#include <stdbool.h>
#include <stdint.h>

#include "certbind/bytes.h"
#include "certbind/digest.h"
#include "certbind/event_log.h"
#include "certbind/statement.h"
#include "certbind/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    CERTBIND_SECP256K1_KEY_LEN = 33, /* compressed SEC1 */
    CERTBIND_ETHEREUM_ADDRESS_LEN = 20,
    CERTBIND_PURPOSE_MAX = 256
};

/* What the chain must lead to: the root's compressed key, or its address when only that is known.
 */
struct certbind_kms_root {
    bool is_address;
    uint8_t key[CERTBIND_SECP256K1_KEY_LEN]; /* the address stands in the first 20 bytes */
};

/* All borrowed. */
struct certbind_appkey_inputs {
    const uint8_t *app_id;        /* 20 bytes */
    const char *purpose;          /* as given to GetKey */
    struct certbind_bytes pubkey; /* of the derived key: 33 bytes compressed, or 32 of Ed25519 */
    const uint8_t (*chain)[CERTBIND_CHAIN_SIGNATURE_LEN]; /* two: the app key's, then the root's */
};

/**
 * Recover the public key of an Ethereum-style signature over a digest.
 *
 * Returns: whether r, s, v have the documented form: v 0..3 or 27..30, s in the lower half
 * In:      signature  r || s || v
 * Out:     key        compressed; zeroed on failure
 */
bool certbind_secp256k1_recover(const uint8_t signature[CERTBIND_CHAIN_SIGNATURE_LEN],
                                const uint8_t digest[CERTBIND_KECCAK256_LEN],
                                uint8_t key[CERTBIND_SECP256K1_KEY_LEN]);

/** Returns: whether key is a point; then address holds the last 20 bytes of Keccak-256(x || y). */
bool certbind_ethereum_address(const uint8_t key[CERTBIND_SECP256K1_KEY_LEN],
                               uint8_t address[CERTBIND_ETHEREUM_ADDRESS_LEN]);

/** Returns: whether data is 33 bytes of a point or a 20-byte address; then root is filled. */
bool certbind_kms_root_set(struct certbind_kms_root *root, struct certbind_bytes data);

/**
 * Walk the chain.
 *
 * Returns: CERTBIND_OK, CERTBIND_E_APP_KEY_CHAIN when something has another form,
 *          CERTBIND_E_APP_KEY_ROOT when it leads elsewhere
 * Out:     app_key  the app's public key (compressed); may be NULL; zeroed on failure
 */
CERTBIND_MUST_CHECK certbind_status certbind_appkey_check(
    const struct certbind_appkey_inputs *inputs, const struct certbind_kms_root *root,
    uint8_t app_key[CERTBIND_SECP256K1_KEY_LEN], struct certbind_error *err);

#ifdef __cplusplus
}
#endif

#endif
