#include "certbind/tls_key.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>

#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/fixture.h"

#define K "b9fbb7171185c421c58610a2acba8ceae93623ae47815618cbad1e98fc042cb7"

static void derivation_is_the_vector(void **state)
{
    size_t len;
    uint8_t *k = fixture_unhex(K, &len);
    uint8_t okm[48];
    uint8_t scalar[32];
    uint8_t sha256[32];
    uint8_t point[65];
    EVP_PKEY *key;

    (void)state;
    assert_true(certbind_hkdf_sha256(certbind_bytes(k, len), certbind_text("devproof/tls-key/v1"),
                                     certbind_text("p256"), okm, sizeof okm));
    assert_hex_equal("a5f88850157e9e273e0571044255432a0374864e1a8d84b13dd0198541a5b340"
                     "58f87dc39e7e1747cd44a59969413cd5",
                     okm, sizeof okm);
    assert_true(certbind_tls_key_scalar(k, scalar));
    assert_hex_equal("b5d2e765ef072b57d5dd922072e6d670303208ae0b7d3498228d000677c596c6", scalar,
                     sizeof scalar);
    key = certbind_tls_key_derive(k);
    assert_non_null(key);
    assert_int_equal(1, EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point,
                                                        sizeof point, &len));
    assert_hex_equal("0422709e4f4439c8ce85d46ea8912d4c2817c134781538c4926bca4be9681330eb"
                     "65b9c5b27e0c648fddf7cf13762accf0f37c6e0b4808d96985433401f8a2d935",
                     point, len);
    assert_true(certbind_spki_sha256(key, sha256));
    assert_hex_equal("88416aea5dce29e57521973dabc138e3b19dab064e41d051b67d9f2409750baf", sha256,
                     sizeof sha256);
    EVP_PKEY_free(key);
    free(k);
}

static void derived_key_signs(void **state)
{
    size_t len;
    uint8_t *k = fixture_unhex(K, &len);
    EVP_PKEY *key = certbind_tls_key_derive(k);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    uint8_t sig[128];
    size_t sig_len = sizeof sig;

    (void)state;
    assert_int_equal(1, EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key));
    assert_int_equal(1, EVP_DigestSign(ctx, sig, &sig_len, k, len));
    EVP_MD_CTX_reset(ctx);
    assert_int_equal(1, EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key));
    assert_int_equal(1, EVP_DigestVerify(ctx, sig, sig_len, k, len));
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    free(k);
}

static void scalars_out_of_range_make_no_key(void **state)
{
    static const char *const bad[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        size_t len;
        uint8_t *scalar = fixture_unhex(bad[i], &len);

        assert_null(certbind_p256_key(scalar));
        free(scalar);
    }
}

static void scalar_one_is_the_generator(void **state)
{
    uint8_t scalar[32] = {0};
    uint8_t *spki;
    size_t len;
    EVP_PKEY *key;

    (void)state;
    scalar[31] = 1;
    key = certbind_p256_key(scalar);
    assert_non_null(key);
    assert_true(certbind_spki_encode(key, &spki, &len));
    assert_hex_equal(VECTOR_SPKI, spki, len);
    OPENSSL_free(spki);
    EVP_PKEY_free(key);
}

static void paths_have_the_documented_form(void **state)
{
    char path[CERTBIND_KEY_PATH_ROOM];
    char label[66];

    (void)state;
    assert_true(certbind_key_path("tls", "default", 1, path));
    assert_string_equal("devproof/tls/v1/default/1", path);
    assert_true(certbind_key_path("receipt", "a-b.9", 64, path));
    assert_string_equal("devproof/receipt/v1/a-b.9/64", path);
    assert_false(certbind_key_path("tls", "default", 0, path));
    assert_false(certbind_key_path("tls", "default", 65, path));
    assert_false(certbind_key_path("tls", "", 1, path));
    assert_false(certbind_key_path("tls", "Default", 1, path));
    assert_false(certbind_key_path("tls", "a/b", 1, path));
    memset(label, 'a', 65);
    label[65] = '\0';
    assert_false(certbind_key_path("tls", label, 1, path));
    label[64] = '\0';
    assert_true(certbind_key_path("tls", label, 1, path));
}

static void a_path_fits_its_room(void **state)
{
    char path[CERTBIND_KEY_PATH_ROOM];
    char use[CERTBIND_KEY_PATH_ROOM + 1];

    (void)state;
    memset(use, 'u', sizeof use);
    use[CERTBIND_KEY_PATH_ROOM - 1 - strlen("devproof//v1/a/1")] = '\0';
    assert_true(certbind_key_path(use, "a", 1, path));
    use[strlen(use)] = 'u';
    use[CERTBIND_KEY_PATH_ROOM - strlen("devproof//v1/a/1")] = '\0';
    assert_false(certbind_key_path(use, "a", 1, path));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(derivation_is_the_vector),
        cmocka_unit_test(derived_key_signs),
        cmocka_unit_test(scalars_out_of_range_make_no_key),
        cmocka_unit_test(scalar_one_is_the_generator),
        cmocka_unit_test(paths_have_the_documented_form),
        cmocka_unit_test(a_path_fits_its_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
