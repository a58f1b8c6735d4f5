#include "certbind/appkey.h"

#include <stdlib.h>
#include <string.h>

#include "certbind/hex.h"
#include "certbind/tls_key.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/fixture.h"

/* One key of vectors.json with everything a check needs. */
struct sample {
    uint8_t app_id[20];
    uint8_t root[33];
    uint8_t address[20];
    uint8_t app_key[33];
    uint8_t chain[2][65];
    uint8_t *pubkey;
    size_t pubkey_len;
    char purpose[64];
};

static void unhex(const cJSON *object, const char *name, uint8_t *out, size_t len)
{
    const char *text = cJSON_GetObjectItem(object, name)->valuestring;

    if (strncmp(text, "0x", 2) == 0)
        text += 2;
    assert_true(certbind_hex_decode(certbind_text(text), out, len));
}

static void fill(const cJSON *simulator, const cJSON *key, struct sample *s)
{
    unhex(simulator, "app_id", s->app_id, sizeof s->app_id);
    unhex(simulator, "kms_root_pubkey_compressed", s->root, sizeof s->root);
    unhex(simulator, "kms_root_address", s->address, sizeof s->address);
    unhex(simulator, "app_pubkey_compressed", s->app_key, sizeof s->app_key);
    unhex(key, "signature_chain_0", s->chain[0], 65);
    unhex(key, "signature_chain_1", s->chain[1], 65);
    s->pubkey = fixture_unhex(cJSON_GetObjectItem(key, "public_key")->valuestring, &s->pubkey_len);
    strncpy(s->purpose, cJSON_GetObjectItem(key, "purpose")->valuestring, sizeof s->purpose - 1);
    s->purpose[sizeof s->purpose - 1] = '\0';
}

static certbind_status check(const struct sample *s, struct certbind_bytes root_bytes)
{
    const struct certbind_appkey_inputs inputs = {.app_id = s->app_id,
                                                  .purpose = s->purpose,
                                                  .pubkey =
                                                      certbind_bytes(s->pubkey, s->pubkey_len),
                                                  .chain = (const uint8_t(*)[65])s->chain};
    struct certbind_kms_root root;
    uint8_t app_key[33];
    certbind_status status;

    assert_true(certbind_kms_root_set(&root, root_bytes));
    status = certbind_appkey_check(&inputs, &root, app_key, NULL);
    if (status == CERTBIND_OK)
        assert_memory_equal(s->app_key, app_key, sizeof app_key);
    else
        assert_true(certbind_is_zero(app_key, sizeof app_key));
    return status;
}

static void with_first_key(void (*test)(struct sample *))
{
    cJSON *vectors = fixture_json("dstack/vectors.json");
    const cJSON *simulator = cJSON_GetArrayItem(cJSON_GetObjectItem(vectors, "getkey"), 0);
    struct sample s;

    fill(simulator, cJSON_GetArrayItem(cJSON_GetObjectItem(simulator, "keys"), 1), &s);
    test(&s);
    free(s.pubkey);
    cJSON_Delete(vectors);
}

static void all_vectors_lead_to_their_root(void **state)
{
    cJSON *vectors = fixture_json("dstack/vectors.json");
    const cJSON *simulator;
    const cJSON *key;
    int seen = 0;

    (void)state;
    cJSON_ArrayForEach(simulator, cJSON_GetObjectItem(vectors, "getkey"))
    {
        cJSON_ArrayForEach(key, cJSON_GetObjectItem(simulator, "keys"))
        {
            struct sample s;

            fill(simulator, key, &s);
            assert_int_equal(CERTBIND_OK, check(&s, certbind_bytes(s.root, 33)));
            assert_int_equal(CERTBIND_OK, check(&s, certbind_bytes(s.address, 20)));
            free(s.pubkey);
            seen++;
        }
    }
    assert_int_equal(16, seen);
    cJSON_Delete(vectors);
}

/* GetKey: HKDF of the app key with the path; the same bytes whatever the algorithm. */
static void all_vectors_derive_from_their_app_key(void **state)
{
    cJSON *vectors = fixture_json("dstack/vectors.json");
    const cJSON *simulator;
    const cJSON *key;

    (void)state;
    cJSON_ArrayForEach(simulator, cJSON_GetObjectItem(vectors, "getkey"))
    {
        uint8_t app[32];

        unhex(simulator, "app_k256_private", app, sizeof app);
        cJSON_ArrayForEach(key, cJSON_GetObjectItem(simulator, "keys"))
        {
            uint8_t k[32];

            assert_true(certbind_hkdf_sha256(
                certbind_bytes(app, sizeof app), certbind_text("RATLS"),
                certbind_text(cJSON_GetObjectItem(key, "path")->valuestring), k, sizeof k));
            assert_hex_equal(cJSON_GetObjectItem(key, "private_key")->valuestring, k, sizeof k);
        }
    }
    cJSON_Delete(vectors);
}

static void refuse_other_roots(struct sample *s)
{
    uint8_t other[33];

    memcpy(other, s->root, sizeof other);
    other[0] ^= 1; /* the mirrored point */
    assert_int_equal(CERTBIND_E_APP_KEY_ROOT, check(s, certbind_bytes(other, 33)));
    other[0] = 0;
    assert_int_equal(CERTBIND_E_APP_KEY_ROOT, check(s, certbind_bytes(other, 20)));
    /* The app key is no root, though the first signature recovers to it. */
    assert_int_equal(CERTBIND_E_APP_KEY_ROOT, check(s, certbind_bytes(s->app_key, 33)));
}

static void other_roots_are_refused(void **state)
{
    (void)state;
    with_first_key(refuse_other_roots);
}

/* A recovered key always exists: what changes must show in the comparison or in the form. */
static void refuse_changes(struct sample *s)
{
    uint8_t *const parts[] = {s->app_id, (uint8_t *)s->purpose, s->pubkey, s->chain[0],
                              s->chain[1]};
    const size_t lens[] = {20, strlen(s->purpose), s->pubkey_len, 65, 65};

    for (size_t i = 0; i < 5; i++) {
        for (size_t j = 0; j < lens[i]; j++) {
            certbind_status status;

            parts[i][j] ^= 1;
            status = check(s, certbind_bytes(s->root, 33));
            assert_true(status == CERTBIND_E_APP_KEY_ROOT || status == CERTBIND_E_APP_KEY_CHAIN);
            parts[i][j] ^= 1;
        }
    }
    assert_int_equal(CERTBIND_OK, check(s, certbind_bytes(s->root, 33)));
}

static void every_changed_byte_is_refused(void **state)
{
    (void)state;
    with_first_key(refuse_changes);
}

static void check_recovery_ids(struct sample *s)
{
    s->chain[0][64] = (uint8_t)(s->chain[0][64] + 27);
    s->chain[1][64] = (uint8_t)(s->chain[1][64] + 27);
    assert_int_equal(CERTBIND_OK, check(s, certbind_bytes(s->root, 33)));
    s->chain[0][64] = 4;
    assert_int_equal(CERTBIND_E_APP_KEY_CHAIN, check(s, certbind_bytes(s->root, 33)));
    s->chain[0][64] = 31;
    assert_int_equal(CERTBIND_E_APP_KEY_CHAIN, check(s, certbind_bytes(s->root, 33)));
    s->chain[0][64] = 255;
    assert_int_equal(CERTBIND_E_APP_KEY_CHAIN, check(s, certbind_bytes(s->root, 33)));
}

static void recovery_ids_27_and_28_are_taken(void **state)
{
    (void)state;
    with_first_key(check_recovery_ids);
}

/* s becomes n - s and the recovery id flips: the same key, in the form that is not canonical. */
static void check_high_s(struct sample *s)
{
    static const uint8_t n[32] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                  0xff, 0xff, 0xff, 0xff, 0xfe, 0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48,
                                  0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41};
    int borrow = 0;

    for (int i = 31; i >= 0; i--) {
        const int d = n[i] - s->chain[0][32 + i] - borrow;

        borrow = d < 0;
        s->chain[0][32 + i] = (uint8_t)(d + (borrow ? 256 : 0));
    }
    s->chain[0][64] ^= 1;
    assert_int_equal(CERTBIND_E_APP_KEY_CHAIN, check(s, certbind_bytes(s->root, 33)));
}

static void signatures_with_high_s_are_refused(void **state)
{
    (void)state;
    with_first_key(check_high_s);
}

static void roots_have_one_of_two_forms(void **state)
{
    static const uint8_t zeros[65];
    struct certbind_kms_root root;

    (void)state;
    assert_false(certbind_kms_root_set(&root, certbind_bytes(zeros, 33)));
    assert_false(certbind_kms_root_set(&root, certbind_bytes(zeros, 32)));
    assert_false(certbind_kms_root_set(&root, certbind_bytes(zeros, 65)));
    assert_false(certbind_kms_root_set(&root, certbind_bytes(zeros, 0)));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_vectors_lead_to_their_root),
        cmocka_unit_test(all_vectors_derive_from_their_app_key),
        cmocka_unit_test(other_roots_are_refused),
        cmocka_unit_test(every_changed_byte_is_refused),
        cmocka_unit_test(recovery_ids_27_and_28_are_taken),
        cmocka_unit_test(signatures_with_high_s_are_refused),
        cmocka_unit_test(roots_have_one_of_two_forms),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
