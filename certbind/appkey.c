#include "certbind/appkey.h"

#include <string.h>

#include <secp256k1.h>
#include <secp256k1_recovery.h>

#include "certbind/hex.h"

enum { UNCOMPRESSED_LEN = 65, ED25519_LEN = 32 };

/*
 * Recovery and parsing need no secret and no precomputed tables of a context of their own, so the
 * library's constant one serves.
 */
static const secp256k1_context *context(void)
{
    return secp256k1_context_static;
}

static bool serialize(const secp256k1_pubkey *point, unsigned flags, uint8_t *out, size_t len)
{
    size_t written = len;

    return secp256k1_ec_pubkey_serialize(context(), out, &written, point, flags) == 1 &&
           written == len;
}

bool certbind_secp256k1_recover(const uint8_t signature[CERTBIND_CHAIN_SIGNATURE_LEN],
                                const uint8_t digest[CERTBIND_KECCAK256_LEN],
                                uint8_t key[CERTBIND_SECP256K1_KEY_LEN])
{
    secp256k1_ecdsa_recoverable_signature parsed;
    secp256k1_ecdsa_signature plain;
    secp256k1_pubkey point;
    int v = signature[CERTBIND_CHAIN_SIGNATURE_LEN - 1];

    memset(key, 0, CERTBIND_SECP256K1_KEY_LEN);
    if (v >= 27)
        v -= 27;
    if (v > 3 ||
        secp256k1_ecdsa_recoverable_signature_parse_compact(context(), &parsed, signature, v) != 1)
        return false;
    /* Normalising changes a signature exactly when s is in the upper half. */
    if (secp256k1_ecdsa_recoverable_signature_convert(context(), &plain, &parsed) != 1 ||
        secp256k1_ecdsa_signature_normalize(context(), NULL, &plain) != 0)
        return false;
    return secp256k1_ecdsa_recover(context(), &point, &parsed, digest) == 1 &&
           serialize(&point, SECP256K1_EC_COMPRESSED, key, CERTBIND_SECP256K1_KEY_LEN);
}

bool certbind_ethereum_address(const uint8_t key[CERTBIND_SECP256K1_KEY_LEN],
                               uint8_t address[CERTBIND_ETHEREUM_ADDRESS_LEN])
{
    secp256k1_pubkey point;
    uint8_t xy[UNCOMPRESSED_LEN];
    uint8_t hash[CERTBIND_KECCAK256_LEN];

    memset(address, 0, CERTBIND_ETHEREUM_ADDRESS_LEN);
    if (secp256k1_ec_pubkey_parse(context(), &point, key, CERTBIND_SECP256K1_KEY_LEN) != 1 ||
        !serialize(&point, SECP256K1_EC_UNCOMPRESSED, xy, sizeof xy))
        return false;
    certbind_keccak256(certbind_bytes(xy + 1, sizeof xy - 1), hash);
    memcpy(address, hash + sizeof hash - CERTBIND_ETHEREUM_ADDRESS_LEN,
           CERTBIND_ETHEREUM_ADDRESS_LEN);
    return true;
}

bool certbind_kms_root_set(struct certbind_kms_root *root, struct certbind_bytes data)
{
    secp256k1_pubkey point;

    *root = (struct certbind_kms_root){0};
    if (data.len == CERTBIND_ETHEREUM_ADDRESS_LEN)
        root->is_address = true;
    else if (data.len != CERTBIND_SECP256K1_KEY_LEN ||
             secp256k1_ec_pubkey_parse(context(), &point, data.data, data.len) != 1)
        return false;
    memcpy(root->key, data.data, data.len);
    return true;
}

/* The app key vouches for: purpose, a colon, the derived public key in hex. */
static bool recover_app_key(const struct certbind_appkey_inputs *inputs,
                            uint8_t app_key[CERTBIND_SECP256K1_KEY_LEN])
{
    char message[CERTBIND_PURPOSE_MAX + 1 + 2 * CERTBIND_SECP256K1_KEY_LEN + 1];
    uint8_t digest[CERTBIND_KECCAK256_LEN];
    const size_t len = strlen(inputs->purpose);

    if (len > CERTBIND_PURPOSE_MAX ||
        (inputs->pubkey.len != CERTBIND_SECP256K1_KEY_LEN && inputs->pubkey.len != ED25519_LEN))
        return false;
    memcpy(message, inputs->purpose, len);
    message[len] = ':';
    certbind_hex_encode(inputs->pubkey.data, inputs->pubkey.len, message + len + 1);
    certbind_keccak256(certbind_bytes(message, len + 1 + 2 * inputs->pubkey.len), digest);
    return certbind_secp256k1_recover(inputs->chain[0], digest, app_key);
}

/* The root vouches for: a tag, the app id, the app's public key. */
static bool recover_root(const struct certbind_appkey_inputs *inputs,
                         const uint8_t app_key[CERTBIND_SECP256K1_KEY_LEN],
                         uint8_t root[CERTBIND_SECP256K1_KEY_LEN])
{
    static const char tag[] = "dstack-kms-issued:";
    uint8_t message[sizeof tag - 1 + CERTBIND_APP_ID_LEN + CERTBIND_SECP256K1_KEY_LEN];
    uint8_t digest[CERTBIND_KECCAK256_LEN];

    memcpy(message, tag, sizeof tag - 1);
    memcpy(message + sizeof tag - 1, inputs->app_id, CERTBIND_APP_ID_LEN);
    memcpy(message + sizeof tag - 1 + CERTBIND_APP_ID_LEN, app_key, CERTBIND_SECP256K1_KEY_LEN);
    certbind_keccak256(certbind_bytes(message, sizeof message), digest);
    return certbind_secp256k1_recover(inputs->chain[1], digest, root);
}

static bool is_root(const struct certbind_kms_root *root,
                    const uint8_t key[CERTBIND_SECP256K1_KEY_LEN])
{
    uint8_t address[CERTBIND_ETHEREUM_ADDRESS_LEN];

    if (!root->is_address)
        return memcmp(root->key, key, CERTBIND_SECP256K1_KEY_LEN) == 0;
    return certbind_ethereum_address(key, address) &&
           memcmp(root->key, address, sizeof address) == 0;
}

certbind_status certbind_appkey_check(const struct certbind_appkey_inputs *inputs,
                                      const struct certbind_kms_root *root,
                                      uint8_t app_key[CERTBIND_SECP256K1_KEY_LEN],
                                      struct certbind_error *err)
{
    uint8_t recovered[CERTBIND_SECP256K1_KEY_LEN];
    uint8_t top[CERTBIND_SECP256K1_KEY_LEN];

    if (app_key != NULL)
        memset(app_key, 0, CERTBIND_SECP256K1_KEY_LEN);
    if (!recover_app_key(inputs, recovered))
        return certbind_fail(err, CERTBIND_E_APP_KEY_CHAIN,
                             "the app key's signature has another form");
    if (!recover_root(inputs, recovered, top))
        return certbind_fail(err, CERTBIND_E_APP_KEY_CHAIN, "the KMS signature has another form");
    if (!is_root(root, top))
        return certbind_fail(err, CERTBIND_E_APP_KEY_ROOT, "the chain leads to another KMS root");
    if (app_key != NULL)
        memcpy(app_key, recovered, sizeof recovered);
    return CERTBIND_OK;
}
