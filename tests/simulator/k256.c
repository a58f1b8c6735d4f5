#include "tests/simulator/k256.h"

#include <string.h>

#include <secp256k1_recovery.h>

#include "certbind/digest.h"

bool sim_k256_init(const uint8_t scalar[32], struct sim_k256 *out)
{
    secp256k1_context *ctx = secp256k1_context_create(SECP256K1_CONTEXT_SIGN);
    secp256k1_pubkey public;
    uint8_t point[65];
    uint8_t hash[CERTBIND_KECCAK256_LEN];
    size_t len = sizeof point;
    size_t compressed_len = sizeof out->compressed;
    bool ok = ctx != NULL && secp256k1_ec_pubkey_create(ctx, &public, scalar) == 1;

    if (ok) {
        (void)secp256k1_ec_pubkey_serialize(ctx, out->compressed, &compressed_len, &public,
                                            SECP256K1_EC_COMPRESSED);
        (void)secp256k1_ec_pubkey_serialize(ctx, point, &len, &public, SECP256K1_EC_UNCOMPRESSED);
        certbind_keccak256(certbind_bytes(point + 1, 64), hash);
        memcpy(out->address, hash + 12, sizeof out->address);
        memcpy(out->scalar, scalar, sizeof out->scalar);
    }
    if (ctx != NULL)
        secp256k1_context_destroy(ctx);
    return ok;
}

bool sim_k256_sign(const struct sim_k256 *key, struct certbind_bytes message,
                   uint8_t out[SIM_K256_SIGNATURE_LEN])
{
    uint8_t hash[CERTBIND_KECCAK256_LEN];

    certbind_keccak256(message, hash);
    return sim_k256_sign_hash(key, hash, out);
}

bool sim_k256_sign_hash(const struct sim_k256 *key, const uint8_t hash[32],
                        uint8_t out[SIM_K256_SIGNATURE_LEN])
{
    secp256k1_context *ctx = secp256k1_context_create(SECP256K1_CONTEXT_SIGN);
    secp256k1_ecdsa_recoverable_signature signature;
    int recovery_id = 0;
    bool ok = ctx != NULL &&
              secp256k1_ecdsa_sign_recoverable(ctx, &signature, hash, key->scalar, NULL, NULL) == 1;

    if (ok) {
        (void)secp256k1_ecdsa_recoverable_signature_serialize_compact(ctx, out, &recovery_id,
                                                                      &signature);
        out[64] = (uint8_t)recovery_id;
    }
    if (ctx != NULL)
        secp256k1_context_destroy(ctx);
    return ok;
}

bool sim_k256_verify(struct certbind_bytes key, const uint8_t hash[32], const uint8_t signature[64],
                     bool *valid)
{
    secp256k1_context *ctx = secp256k1_context_create(SECP256K1_CONTEXT_VERIFY);
    secp256k1_ecdsa_signature parsed;
    secp256k1_pubkey public;
    bool ok = ctx != NULL && secp256k1_ec_pubkey_parse(ctx, &public, key.data, key.len) == 1 &&
              secp256k1_ecdsa_signature_parse_compact(ctx, &parsed, signature) == 1;

    *valid = ok && secp256k1_ecdsa_verify(ctx, &parsed, hash, &public) == 1;
    if (ctx != NULL)
        secp256k1_context_destroy(ctx);
    return ok;
}
