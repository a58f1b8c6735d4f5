#include "tests/simulator/kms.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "certbind/digest.h"
#include "certbind/hex.h"

#define KMS_SALT "RATLS"

bool sim_kms_derive(struct certbind_bytes ikm, const struct certbind_bytes *parts, size_t count,
                    uint8_t *out, size_t len)
{
    struct sim_buffer context = {0};
    bool ok;

    for (size_t i = 0; i < count; i++)
        sim_buffer_put_bytes(&context, parts[i]);
    ok = sim_buffer_ok(&context) &&
         certbind_hkdf_sha256(ikm, certbind_text(KMS_SALT), sim_buffer_view(&context), out, len);
    sim_buffer_cleanup(&context);
    return ok;
}

bool sim_kms_init(struct sim_kms *kms, const struct sim_seed *seed)
{
    uint8_t scalar[32];

    if (!sim_seed_derive(seed, "kms-k256", scalar, sizeof scalar) ||
        !sim_k256_init(scalar, &kms->root) || !sim_p256_from_seed(seed, "kms-ca", &kms->ca))
        return false;
    sim_p256_spki(&kms->ca, kms->ca_spki);
    return certbind_sha256(certbind_bytes(kms->ca_spki, sizeof kms->ca_spki), kms->ca_spki_sha256);
}

bool sim_kms_issue(const struct sim_kms *kms, const uint8_t app_id[SIM_APP_ID_LEN],
                   struct sim_app_keys *out)
{
    struct certbind_bytes id = certbind_bytes(out->app_id, SIM_APP_ID_LEN);
    struct certbind_bytes key_context[] = {id, certbind_text("app-key")};
    struct certbind_bytes ca_context[] = {id, certbind_text("app-ca")};
    struct sim_buffer message = {0};
    uint8_t scalar[32];
    bool ok;

    memcpy(out->app_id, app_id, SIM_APP_ID_LEN);
    if (!sim_kms_derive(certbind_bytes(kms->root.scalar, 32), key_context, 2, scalar, 32) ||
        !sim_k256_init(scalar, &out->key) ||
        !sim_kms_derive(certbind_bytes(kms->ca.scalar, 32), ca_context, 2, scalar, 32) ||
        !sim_p256_init(scalar, &out->ca))
        return false;
    sim_buffer_put_text(&message, "dstack-kms-issued:");
    sim_buffer_put_bytes(&message, id);
    sim_buffer_put(&message, out->key.compressed, sizeof out->key.compressed);
    ok = sim_buffer_ok(&message) &&
         sim_k256_sign(&kms->root, sim_buffer_view(&message), out->kms_signature);
    sim_buffer_cleanup(&message);
    return ok;
}

/* Returns: the number of bytes of the public key of a derived key; 0 when it is no key. */
static size_t public_key(const uint8_t key[SIM_APP_KEY_LEN], enum sim_key_algorithm algorithm,
                         uint8_t out[SIM_K256_PUBLIC_LEN])
{
    struct sim_k256 k256;
    size_t len = 32;
    EVP_PKEY *ed25519;

    if (algorithm == SIM_KEY_SECP256K1) {
        if (!sim_k256_init(key, &k256))
            return 0;
        memcpy(out, k256.compressed, sizeof k256.compressed);
        OPENSSL_cleanse(&k256, sizeof k256);
        return SIM_K256_PUBLIC_LEN;
    }
    ed25519 = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, key, SIM_APP_KEY_LEN);
    if (ed25519 == NULL || EVP_PKEY_get_raw_public_key(ed25519, out, &len) != 1)
        len = 0;
    EVP_PKEY_free(ed25519);
    return len;
}

bool sim_app_keys_get(const struct sim_app_keys *app, struct certbind_bytes path,
                      struct certbind_bytes purpose, enum sim_key_algorithm algorithm,
                      struct sim_app_key *out)
{
    struct sim_buffer message = {0};
    bool ok;

    if (!sim_kms_derive(certbind_bytes(app->key.scalar, 32), &path, 1, out->key, SIM_APP_KEY_LEN))
        return false;
    out->public_len = public_key(out->key, algorithm, out->public_key);
    sim_buffer_put_bytes(&message, purpose);
    sim_buffer_put_text(&message, ":");
    sim_buffer_put_hex(&message, certbind_bytes(out->public_key, out->public_len));
    ok = out->public_len != 0 && sim_buffer_ok(&message) &&
         sim_k256_sign(&app->key, sim_buffer_view(&message), out->app_signature);
    sim_buffer_cleanup(&message);
    return ok;
}

void sim_kms_put_root_json(const struct sim_kms *kms, struct sim_buffer *out)
{
    sim_buffer_put_text(out, "{\"k256\":\"");
    sim_buffer_put_hex(out, certbind_bytes(kms->root.compressed, sizeof kms->root.compressed));
    sim_buffer_put_text(out, "\",\"address\":\"");
    sim_buffer_put_hex(out, certbind_bytes(kms->root.address, sizeof kms->root.address));
    sim_buffer_put_text(out, "\",\"ca_spki_sha256\":\"");
    sim_buffer_put_hex(out, certbind_bytes(kms->ca_spki_sha256, sizeof kms->ca_spki_sha256));
    sim_buffer_put_text(out, "\"}\n");
}
