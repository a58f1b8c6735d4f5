#include <string.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "tests/simulator/p256.h"
#include "tests/unit/simulator/fixture.h"

/* RFC 6979 appendix A.2.5. */
#define RFC_KEY "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"

static struct sim_p256 rfc_key(void)
{
    struct sim_p256 key;
    uint8_t scalar[32];

    (void)unhex(RFC_KEY, scalar, sizeof scalar);
    assert_true(sim_p256_init(scalar, &key));
    return key;
}

static void signatures_are_those_of_rfc_6979(void **state)
{
    struct sim_p256 key = rfc_key();
    uint8_t signature[64];

    (void)state;
    assert_hex("0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
               "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
               key.point, sizeof key.point);
    assert_true(sim_p256_sign(&key, certbind_text("sample"), signature));
    assert_hex("efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
               "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
               signature, sizeof signature);
    assert_true(sim_p256_sign(&key, certbind_text("test"), signature));
    assert_hex("f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367"
               "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083",
               signature, sizeof signature);
}

static void openssl_verifies_many_signatures(void **state)
{
    struct sim_p256 key = rfc_key();
    uint8_t spki[SIM_P256_SPKI_LEN];
    const uint8_t *at = spki;
    EVP_PKEY *public;

    (void)state;
    sim_p256_spki(&key, spki);
    public = d2i_PUBKEY(NULL, &at, sizeof spki);
    assert_non_null(public);
    /* Enough for values with leading zeros, whose DER is shorter. */
    for (uint32_t i = 0; i < 600; i++) {
        struct certbind_bytes message = certbind_bytes(&i, sizeof i);
        struct sim_buffer der = {0};
        uint8_t signature[64];
        EVP_MD_CTX *ctx = EVP_MD_CTX_new();

        assert_true(sim_p256_sign(&key, message, signature));
        sim_p256_put_signature(&der, signature);
        assert_int_equal(1, EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, public));
        assert_int_equal(1, EVP_DigestVerify(ctx, der.data, der.len, message.data, message.len));
        EVP_MD_CTX_free(ctx);
        sim_buffer_cleanup(&der);
    }
    EVP_PKEY_free(public);
}

static void a_scalar_outside_the_order_is_no_key(void **state)
{
    static const uint8_t zero[32];
    uint8_t order[32];
    struct sim_p256 key;

    (void)state;
    (void)unhex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", order, 32);
    assert_false(sim_p256_init(zero, &key));
    assert_false(sim_p256_init(order, &key));
    order[31]--;
    assert_true(sim_p256_init(order, &key));
}

static void small_integers_keep_their_minimal_der(void **state)
{
    uint8_t signature[64] = {0};
    struct sim_buffer der = {0};

    (void)state;
    signature[31] = 0x7f;
    signature[63] = 0x80;
    sim_p256_put_signature(&der, signature);
    assert_hex("300702017f02020080", der.data, der.len);
    sim_buffer_cleanup(&der);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(signatures_are_those_of_rfc_6979),
        cmocka_unit_test(openssl_verifies_many_signatures),
        cmocka_unit_test(a_scalar_outside_the_order_is_no_key),
        cmocka_unit_test(small_integers_keep_their_minimal_der),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
