/* Forms of signature chains and roots, without a chain that leads anywhere. */
#include <string.h>

#include "certbind/appkey.h"
#include "certbind/hex.h"
#include "tests/support/cmocka_all.h"

/* The generator of secp256k1 (SEC 2 section 2.4.1). */
#define GENERATOR_X "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
#define GENERATOR_Y "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"

/* r is the x of a point and s is low, so that some key is recovered for any message. */
static void fill(uint8_t signature[CERTBIND_CHAIN_SIGNATURE_LEN])
{
    memset(signature, 1, CERTBIND_CHAIN_SIGNATURE_LEN);
    assert_true(certbind_hex_decode(certbind_text(GENERATOR_X), signature, 32));
    signature[CERTBIND_CHAIN_SIGNATURE_LEN - 1] = 0;
}

static certbind_status check(const char *purpose, size_t pubkey_len, uint8_t root_v)
{
    static const uint8_t app_id[20];
    uint8_t chain[2][CERTBIND_CHAIN_SIGNATURE_LEN];
    uint8_t pubkey[CERTBIND_SECP256K1_KEY_LEN + 1] = {2};
    const struct certbind_kms_root root = {.is_address = true};
    const struct certbind_appkey_inputs inputs = {
        .app_id = app_id,
        .purpose = purpose,
        .pubkey = certbind_bytes(pubkey, pubkey_len),
        .chain = (const uint8_t(*)[CERTBIND_CHAIN_SIGNATURE_LEN])chain};

    fill(chain[0]);
    fill(chain[1]);
    chain[1][CERTBIND_CHAIN_SIGNATURE_LEN - 1] = root_v;
    return certbind_appkey_check(&inputs, &root, NULL, NULL);
}

static void chains_have_their_form(void **state)
{
    char purpose[CERTBIND_PURPOSE_MAX + 2];

    (void)state;
    memset(purpose, 'p', sizeof purpose);
    purpose[CERTBIND_PURPOSE_MAX] = '\0';
    assert_int_equal(CERTBIND_E_APP_KEY_ROOT, check(purpose, 33, 0));
    assert_int_equal(CERTBIND_E_APP_KEY_ROOT, check("p", 32, 0));
    assert_int_equal(CERTBIND_E_APP_KEY_CHAIN, check("p", 34, 0));
    assert_int_equal(CERTBIND_E_APP_KEY_CHAIN, check("p", 0, 0));
    assert_int_equal(CERTBIND_E_APP_KEY_CHAIN, check("p", 33, 9));
    purpose[CERTBIND_PURPOSE_MAX] = 'p';
    purpose[CERTBIND_PURPOSE_MAX + 1] = '\0';
    assert_int_equal(CERTBIND_E_APP_KEY_CHAIN, check(purpose, 33, 0));
}

static void r_is_below_the_group_order(void **state)
{
    static const uint8_t digest[CERTBIND_KECCAK256_LEN] = {1};
    uint8_t signature[CERTBIND_CHAIN_SIGNATURE_LEN];
    uint8_t key[CERTBIND_SECP256K1_KEY_LEN];

    (void)state;
    fill(signature);
    assert_true(certbind_secp256k1_recover(signature, digest, key));
    memset(signature, 0xff, 32);
    assert_false(certbind_secp256k1_recover(signature, digest, key));
}

static void a_root_is_a_compressed_point_or_an_address(void **state)
{
    uint8_t point[65];
    uint8_t zeros[CERTBIND_SECP256K1_KEY_LEN] = {0};
    uint8_t address[CERTBIND_ETHEREUM_ADDRESS_LEN];
    struct certbind_kms_root root;

    (void)state;
    assert_true(certbind_hex_decode(certbind_text("04" GENERATOR_X GENERATOR_Y), point, 65));
    assert_false(certbind_kms_root_set(&root, certbind_bytes(point, 65)));
    point[0] = 2;
    assert_true(certbind_kms_root_set(&root, certbind_bytes(point, 33)));
    assert_true(certbind_ethereum_address(point, address));
    assert_false(certbind_kms_root_set(&root, certbind_bytes(zeros, 33)));
    assert_false(certbind_ethereum_address(zeros, address));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(chains_have_their_form),
        cmocka_unit_test(r_is_below_the_group_order),
        cmocka_unit_test(a_root_is_a_compressed_point_or_an_address),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
