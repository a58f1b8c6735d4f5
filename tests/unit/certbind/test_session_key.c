#include "certbind/session_key.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "certbind/hex.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/fixture.h"

static certbind_status check_hex(const char *hex)
{
    uint8_t pub[32];

    assert_true(certbind_hex_decode(certbind_text(hex), pub, sizeof pub));
    return certbind_session_key_check(pub, NULL);
}

static void points_of_small_order_are_refused_in_any_encoding(void **state)
{
    /* Orders 1, 2, 4, 4, 8 with either sign, and their spellings that are not canonical. */
    static const char *const bad[] = {
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(CERTBIND_E_SESSION_KEY_WEAK, check_hex(bad[i]));
}

static void keys_that_are_no_point_or_not_canonical_are_refused(void **state)
{
    (void)state;
    /* y = 2 has no x; p + 3 spells the y = 3 of a real point. */
    assert_int_equal(CERTBIND_E_SESSION_KEY_WEAK,
                     check_hex("0200000000000000000000000000000000000000000000000000000000000000"));
    assert_int_equal(CERTBIND_OK,
                     check_hex("0300000000000000000000000000000000000000000000000000000000000000"));
    assert_int_equal(CERTBIND_E_SESSION_KEY_WEAK,
                     check_hex("f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"));
}

static void generated_keys_are_good(void **state)
{
    (void)state;
    for (int i = 0; i < 16; i++) {
        EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
        uint8_t pub[32];
        size_t len = sizeof pub;

        assert_int_equal(1, EVP_PKEY_get_raw_public_key(key, pub, &len));
        assert_int_equal(CERTBIND_OK, certbind_session_key_check(pub, NULL));
        EVP_PKEY_free(key);
    }
}

static void a_weak_key_has_a_signature_for_every_message(void **state)
{
    static const uint8_t identity[32] = {1};
    static const uint8_t signature[64] = {1};

    (void)state;
    /* This is why such keys are refused: the same 64 bytes sign everything. */
    assert_int_equal(CERTBIND_OK,
                     certbind_session_key_verify(identity, signature, certbind_text("one"), NULL));
    assert_int_equal(CERTBIND_OK,
                     certbind_session_key_verify(identity, signature, certbind_text("two"), NULL));
    assert_int_equal(CERTBIND_E_SESSION_KEY_WEAK, certbind_session_key_check(identity, NULL));
}

#define PUB "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
/* RFC 8032 test 1: the empty message. */
#define SIGNATURE                                                                                  \
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9" \
    "b46bd25bf5f0595bbe24655141438e7a100b"

static void signature_with_s_above_the_order_is_refused(void **state)
{
    static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,
                                      0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
                                      0,    0,    0,    0,    0,    0,    0,    0,
                                      0,    0,    0,    0,    0,    0,    0,    0x10};
    size_t len;
    uint8_t *pub = fixture_unhex(PUB, &len);
    uint8_t *signature = fixture_unhex(SIGNATURE, &len);
    const struct certbind_bytes empty = certbind_bytes("", 0);
    unsigned carry = 0;

    (void)state;
    assert_int_equal(CERTBIND_OK, certbind_session_key_verify(pub, signature, empty, NULL));
    for (int i = 0; i < 32; i++) {
        carry += (unsigned)signature[32 + i] + order[i];
        signature[32 + i] = (uint8_t)carry;
        carry >>= 8;
    }
    assert_int_equal(CERTBIND_E_SESSION_SIGNATURE,
                     certbind_session_key_verify(pub, signature, empty, NULL));
    free(signature);
    free(pub);
}

static void every_changed_bit_of_a_signature_is_refused(void **state)
{
    size_t len;
    uint8_t *pub = fixture_unhex(PUB, &len);
    uint8_t *signature = fixture_unhex(SIGNATURE, &len);

    (void)state;
    for (size_t i = 0; i < 64; i++) {
        signature[i] ^= 0x10;
        assert_int_equal(CERTBIND_E_SESSION_SIGNATURE,
                         certbind_session_key_verify(pub, signature, certbind_bytes("", 0), NULL));
        signature[i] ^= 0x10;
    }
    assert_int_equal(CERTBIND_E_SESSION_SIGNATURE,
                     certbind_session_key_verify(pub, signature, certbind_text("x"), NULL));
    free(signature);
    free(pub);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_of_small_order_are_refused_in_any_encoding),
        cmocka_unit_test(keys_that_are_no_point_or_not_canonical_are_refused),
        cmocka_unit_test(generated_keys_are_good),
        cmocka_unit_test(a_weak_key_has_a_signature_for_every_message),
        cmocka_unit_test(signature_with_s_above_the_order_is_refused),
        cmocka_unit_test(every_changed_bit_of_a_signature_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
