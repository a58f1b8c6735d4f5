/* Sign and Verify of the guest agent. */
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "certbind/digest.h"
#include "tests/simulator/agent.h"
#include "tests/simulator/params.h"
#include "tests/simulator/reply_json.h"

enum { HASH_LEN = 32, SIGNATURE_LEN = 64, ED25519_PUBLIC_LEN = 32 };

/* What both methods begin with. */
struct sign_params {
    enum sim_key_algorithm algorithm;
    struct sim_buffer data;
    uint8_t hash[HASH_LEN]; /* for secp256k1 */
};

static bool read_algorithm(const cJSON *params, struct sign_params *p, bool *prehashed,
                           struct sim_reply *reply)
{
    const char *name = sim_params_string(params, "algorithm", reply);

    if (name == NULL)
        return false;
    *prehashed = strcmp(name, "secp256k1_prehashed") == 0;
    p->algorithm = strcmp(name, "ed25519") == 0 ? SIM_KEY_ED25519 : SIM_KEY_SECP256K1;
    if (*prehashed || p->algorithm == SIM_KEY_ED25519 || strcmp(name, "secp256k1") == 0 ||
        strcmp(name, "k256") == 0)
        return true;
    sim_reply_error(reply, 400, "Unsupported algorithm");
    return false;
}

static bool read_params(const cJSON *params, struct sign_params *p, struct sim_reply *reply)
{
    bool prehashed = false;

    *p = (struct sign_params){.algorithm = SIM_KEY_SECP256K1};
    if (!read_algorithm(params, p, &prehashed, reply) ||
        !sim_params_bytes(params, "data", &p->data, reply))
        return false;
    if (prehashed && p->data.len != HASH_LEN) {
        sim_reply_error(reply, 400, "Pre-hashed data must be 32 bytes");
        return false;
    }
    if (prehashed)
        memcpy(p->hash, p->data.data, HASH_LEN);
    return prehashed || certbind_sha256(sim_buffer_view(&p->data), p->hash);
}

static bool sign_ed25519(const uint8_t seed[SIM_APP_KEY_LEN], struct certbind_bytes data,
                         uint8_t out[SIGNATURE_LEN])
{
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, SIM_APP_KEY_LEN);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    size_t len = SIGNATURE_LEN;
    bool ok = key != NULL && ctx != NULL && EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1 &&
              EVP_DigestSign(ctx, out, &len, data.data, data.len) == 1;

    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    return ok;
}

static bool sign(const struct sim_app_key *key, const struct sign_params *p,
                 uint8_t out[SIGNATURE_LEN])
{
    uint8_t recoverable[SIM_K256_SIGNATURE_LEN];
    struct sim_k256 k256;
    bool ok;

    if (p->algorithm == SIM_KEY_ED25519)
        return sign_ed25519(key->key, sim_buffer_view(&p->data), out);
    ok = sim_k256_init(key->key, &k256) && sim_k256_sign_hash(&k256, p->hash, recoverable);
    if (ok)
        memcpy(out, recoverable, SIGNATURE_LEN);
    OPENSSL_cleanse(&k256, sizeof k256);
    return ok;
}

void sim_agent_sign(struct sim_agent *a, const cJSON *params, struct sim_reply *reply)
{
    uint8_t signature[SIGNATURE_LEN];
    struct sign_params p;
    struct sim_app_key key = {.public_len = 0};
    cJSON *object;
    cJSON *chain;

    if (!read_params(params, &p, reply)) {
        sim_buffer_cleanup(&p.data);
        return;
    }
    if (!sim_app_keys_get(&a->td->keys, certbind_text("vms"), certbind_text("signing"), p.algorithm,
                          &key) ||
        !sign(&key, &p, signature)) {
        sim_reply_error(reply, 500, "Failed to sign");
    } else {
        object = cJSON_CreateObject();
        sim_json_add_hex(object, "signature", signature, sizeof signature);
        chain = cJSON_AddArrayToObject(object, "signature_chain");
        sim_json_add_hex_item(chain, signature, sizeof signature);
        sim_json_add_hex_item(chain, key.app_signature, sizeof key.app_signature);
        sim_json_add_hex_item(chain, a->td->keys.kms_signature, sizeof a->td->keys.kms_signature);
        sim_json_add_hex(object, "public_key", key.public_key, key.public_len);
        sim_reply_object(reply, object);
    }
    OPENSSL_cleanse(&key, sizeof key);
    sim_buffer_cleanup(&p.data);
}

/* Returns: whether the key is one; then valid. */
static bool verify_ed25519(struct certbind_bytes public, struct certbind_bytes data,
                           const uint8_t signature[SIGNATURE_LEN], bool *valid)
{
    EVP_PKEY *key =
        public.len != ED25519_PUBLIC_LEN
            ? NULL
            : EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public.data, public.len);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = key != NULL && ctx != NULL && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1;

    *valid = ok && EVP_DigestVerify(ctx, signature, SIGNATURE_LEN, data.data, data.len) == 1;
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    return ok;
}

static void verify(const struct sign_params *p, const struct sim_buffer *public,
                   const struct sim_buffer *signature, struct sim_reply *reply)
{
    bool valid = false;
    bool read;

    if (signature->len != SIGNATURE_LEN) {
        sim_reply_error(reply, 400, "The signature has another length");
        return;
    }
    read = p->algorithm == SIM_KEY_ED25519
               ? verify_ed25519(sim_buffer_view(public), sim_buffer_view(&p->data), signature->data,
                                &valid)
               : sim_k256_verify(sim_buffer_view(public), p->hash, signature->data, &valid);
    if (!read) {
        sim_reply_error(reply, 400, "The public key or the signature is malformed");
        return;
    }
    reply->status = 200;
    sim_buffer_put_text(&reply->body, valid ? "{\"valid\":true}" : "{\"valid\":false}");
}

void sim_agent_verify(struct sim_agent *a, const cJSON *params, struct sim_reply *reply)
{
    struct sim_buffer public = {0};
    struct sim_buffer signature = {0};
    struct sign_params p;

    (void)a;
    if (read_params(params, &p, reply) && sim_params_bytes(params, "public_key", &public, reply) &&
        sim_params_bytes(params, "signature", &signature, reply))
        verify(&p, &public, &signature, reply);
    sim_buffer_cleanup(&signature);
    sim_buffer_cleanup(&public);
    sim_buffer_cleanup(&p.data);
}
