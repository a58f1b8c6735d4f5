#include <string.h>

#include <secp256k1_recovery.h>

#include "certbind/digest.h"
#include "tests/simulator/kms.h"
#include "tests/unit/simulator/fixture.h"

static const char *text_of(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

    assert_true(cJSON_IsString(item));
    return item->valuestring;
}

static void keys_and_chains_are_those_of_dstack(void **state)
{
    cJSON *vectors = fixture_json("dstack/vectors.json");
    const cJSON *simulator;
    const cJSON *item;
    size_t count = 0;

    (void)state;
    cJSON_ArrayForEach(simulator, cJSON_GetObjectItemCaseSensitive(vectors, "getkey"))
    {
        struct sim_app_keys app = {0};
        uint8_t scalar[32];

        assert_int_equal(32, unhex(text_of(simulator, "app_k256_private"), scalar, 32));
        assert_true(sim_k256_init(scalar, &app.key));
        assert_hex(text_of(simulator, "app_pubkey_compressed"), app.key.compressed, 33);
        assert_hex(text_of(simulator, "app_address") + 2, app.key.address, 20);
        cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(simulator, "keys"))
        {
            bool ed25519 = strcmp(text_of(item, "algorithm"), "ed25519") == 0;
            struct sim_app_key key;

            assert_true(sim_app_keys_get(&app, certbind_text(text_of(item, "path")),
                                         certbind_text(text_of(item, "purpose")),
                                         ed25519 ? SIM_KEY_ED25519 : SIM_KEY_SECP256K1, &key));
            assert_hex(text_of(item, "private_key"), key.key, sizeof key.key);
            assert_hex(text_of(item, "signature_chain_0"), key.app_signature,
                       sizeof key.app_signature);
            count++;
        }
    }
    assert_int_equal(16, count);
    cJSON_Delete(vectors);
}

/* Out: the compressed key that made the signature over message. */
static void recover(const uint8_t signature[65], struct certbind_bytes message, uint8_t out[33])
{
    secp256k1_context *ctx = secp256k1_context_create(SECP256K1_CONTEXT_VERIFY);
    secp256k1_ecdsa_recoverable_signature parsed;
    secp256k1_pubkey key;
    uint8_t hash[32];
    size_t len = 33;

    certbind_keccak256(message, hash);
    assert_int_equal(1, secp256k1_ecdsa_recoverable_signature_parse_compact(ctx, &parsed, signature,
                                                                            signature[64]));
    assert_int_equal(1, secp256k1_ecdsa_recover(ctx, &key, &parsed, hash));
    (void)secp256k1_ec_pubkey_serialize(ctx, out, &len, &key, SECP256K1_EC_COMPRESSED);
    secp256k1_context_destroy(ctx);
}

static void the_kms_signs_the_app_key_it_derives(void **state)
{
    static const uint8_t app_id[SIM_APP_ID_LEN] = {1, 2, 3};
    struct sim_seed seed = seed_of(SIM_SEED_DEFAULT);
    struct sim_app_keys app;
    struct sim_buffer message = {0};
    struct sim_kms kms;
    uint8_t signer[33];

    (void)state;
    assert_true(sim_kms_init(&kms, &seed));
    assert_true(sim_kms_issue(&kms, app_id, &app));
    sim_buffer_put_text(&message, "dstack-kms-issued:");
    sim_buffer_put(&message, app_id, sizeof app_id);
    sim_buffer_put(&message, app.key.compressed, 33);
    recover(app.kms_signature, sim_buffer_view(&message), signer);
    assert_memory_equal(kms.root.compressed, signer, 33);
    assert_true(app.kms_signature[64] < 4);
    sim_buffer_cleanup(&message);
}

static void another_app_has_other_keys(void **state)
{
    static const uint8_t one[SIM_APP_ID_LEN] = {1};
    static const uint8_t two[SIM_APP_ID_LEN] = {2};
    struct sim_seed seed = seed_of(SIM_SEED_DEFAULT);
    struct sim_app_keys a;
    struct sim_app_keys b;
    struct sim_app_keys again;
    struct sim_kms kms;

    (void)state;
    assert_true(sim_kms_init(&kms, &seed));
    assert_true(sim_kms_issue(&kms, one, &a));
    assert_true(sim_kms_issue(&kms, two, &b));
    assert_true(sim_kms_issue(&kms, one, &again));
    assert_memory_not_equal(a.key.scalar, b.key.scalar, 32);
    assert_memory_not_equal(a.ca.scalar, b.ca.scalar, 32);
    assert_memory_equal(&a, &again, sizeof a);
}

static void p256_keys_derive_as_in_dstack(void **state)
{
    cJSON *vectors = fixture_json("dstack/vectors.json");
    const cJSON *v = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(vectors, "p256_kdf"), 0);
    const cJSON *context = cJSON_GetObjectItemCaseSensitive(v, "context");
    struct certbind_bytes parts[2];
    uint8_t parent[32];
    uint8_t derived[32];

    (void)state;
    assert_int_equal(2, cJSON_GetArraySize(context));
    for (int i = 0; i < 2; i++)
        parts[i] = certbind_text(cJSON_GetArrayItem(context, i)->valuestring);
    (void)unhex(text_of(v, "parent_scalar"), parent, 32);
    assert_true(sim_kms_derive(certbind_bytes(parent, 32), parts, 2, derived, 32));
    assert_hex(text_of(v, "derived_scalar"), derived, 32);
    cJSON_Delete(vectors);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_and_chains_are_those_of_dstack),
        cmocka_unit_test(the_kms_signs_the_app_key_it_derives),
        cmocka_unit_test(another_app_has_other_keys),
        cmocka_unit_test(p256_keys_derive_as_in_dstack),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
