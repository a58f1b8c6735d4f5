/* DICE tagged evidence: the vector, and each rule of its form broken alone. */
#include "certbind/dice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/fixture.h"

/* The hash entry of the shared SPKI, and the claims that hold it alone. */
#define HASH "5cd252fb0ce8932436faf8ccd1040981b89ee4ad6b9fe9e2a2b7e71aacb27cd3"
#define KEY "6b7075626b65792d68617368" /* "pubkey-hash" */
#define ENTRY "582482015820" HASH

static certbind_status parse(const char *hex, struct certbind_dice *dice)
{
    static uint8_t kept[4096];
    size_t len;
    uint8_t *bytes = fixture_unhex(hex, &len);

    assert_true(len <= sizeof kept);
    memcpy(kept, bytes, len);
    free(bytes);
    return certbind_dice_parse(certbind_bytes(kept, len), dice, NULL);
}

static void the_vector_holds(void **state)
{
    struct certbind_dice dice;
    uint8_t report_data[CERTBIND_REPORT_DATA_LEN];

    (void)state;
    assert_int_equal(CERTBIND_OK, parse("d9ea60824171" /* one byte of quote */
                                        "5833a1" KEY ENTRY,
                                        &dice));
    assert_hex_equal("71", dice.quote.data, dice.quote.len);
    assert_hex_equal(HASH, dice.key_hash.data, dice.key_hash.len);
    assert_true(certbind_dice_report_data(&dice, report_data));
    assert_hex_equal("b9e7c325526d90b425cc13fbef4074bbf53db0aa0761f7454a793c4dec5120fc",
                     report_data, 32);
    assert_true(certbind_is_zero(report_data + 32, 32));
}

static const struct {
    const char *hex;
    certbind_status status;
} forms[] = {
    {"d9ea60824171583aa2656e6f6e6365"
     "40" KEY ENTRY,
     CERTBIND_OK}, /* a nonce */
    {"d9ea6082417158"
     "38a2616b"
     "4178" KEY ENTRY,
     CERTBIND_E_CERT_EVIDENCE}, /* too short */
    {"d9ea6082417158"
     "37a2616b"
     "4178" KEY ENTRY,
     CERTBIND_OK}, /* an unknown claim */
    {"d9ea6082417158"
     "37a2616b"
     "6178" KEY ENTRY,
     CERTBIND_E_CERT_EVIDENCE}, /* of text */
    {"d9ea6082417158"
     "37a241"
     "6b"
     "4178" KEY ENTRY,
     CERTBIND_E_CERT_EVIDENCE}, /* key */
    {"d9ea6182417158"
     "33a1" KEY ENTRY,
     CERTBIND_E_CERT_EVIDENCE_PLATFORM},
    {"d9ea6282417158"
     "33a1" KEY ENTRY,
     CERTBIND_E_CERT_EVIDENCE_PLATFORM},
    {"d9ea5f82417158"
     "33a1" KEY ENTRY,
     CERTBIND_E_CERT_EVIDENCE},
    {"da0000ea6082417158"
     "33a1" KEY ENTRY,
     CERTBIND_E_CERT_EVIDENCE}, /* long tag */
    {"82417158"
     "33a1" KEY ENTRY,
     CERTBIND_E_CERT_EVIDENCE}, /* no tag */
    {"d9ea6083417158"
     "33a1" KEY ENTRY "40",
     CERTBIND_E_CERT_EVIDENCE},
    {"d9ea609f417158"
     "33a1" KEY ENTRY "ff",
     CERTBIND_E_CERT_EVIDENCE}, /* indefinite */
    {"d9ea6082"
     "5f4171ff"
     "5833a1" KEY ENTRY,
     CERTBIND_E_CERT_EVIDENCE},
    {"d9ea6082"
     "580171"
     "5833a1" KEY ENTRY,
     CERTBIND_E_CERT_EVIDENCE}, /* long length */
    {"d9ea6082"
     "6171"
     "5833a1" KEY ENTRY,
     CERTBIND_E_CERT_EVIDENCE}, /* text */
    {"d9ea60824171"
     "590033a1" KEY ENTRY,
     CERTBIND_E_CERT_EVIDENCE},
    {"d9ea60824171"
     "5833a1" KEY ENTRY "00",
     CERTBIND_E_CERT_EVIDENCE}, /* trailing */
    {"d9ea60824171"
     "5834a1" KEY ENTRY "00",
     CERTBIND_E_CERT_EVIDENCE}, /* in the claims */
    {"d9ea60824171"
     "5834b801" KEY ENTRY,
     CERTBIND_E_CERT_EVIDENCE}, /* long count */
    {"d9ea60824171"
     "41a0",
     CERTBIND_E_CERT_EVIDENCE}, /* no hash */
    {"d9ea60824171"
     "5865a2" KEY ENTRY KEY ENTRY,
     CERTBIND_E_CERT_EVIDENCE},
    {"d9ea60824171"
     "583da3"
     "616b4178616b4178"
     "6162" KEY ENTRY,
     CERTBIND_E_CERT_EVIDENCE},
    {"d9ea60824171"
     "583ba3"
     "616b4178616b4178" KEY ENTRY,
     CERTBIND_E_CERT_EVIDENCE},
};

static void an_entry_is_an_array_of_two(void **state)
{
    struct certbind_dice dice;

    (void)state;
    assert_int_equal(CERTBIND_OK, parse("d9ea608241715833a1" KEY "582482015820" HASH, &dice));
    assert_int_equal(CERTBIND_E_CERT_EVIDENCE,
                     parse("d9ea608241715833a1" KEY "582483015820" HASH, &dice));
    assert_int_equal(CERTBIND_E_CERT_EVIDENCE,
                     parse("d9ea608241715833a1" KEY "582481015820" HASH, &dice));
    assert_int_equal(CERTBIND_E_CERT_EVIDENCE,
                     parse("d9ea608241715834a1" KEY "582582015820" HASH "00", &dice));
}

static void each_form_has_one_spelling(void **state)
{
    struct certbind_dice dice;

    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (parse(forms[i].hex, &dice) != forms[i].status)
            fail_msg("form %zu", i);
}

/* A hash entry of so many bytes under an algorithm. */
static certbind_status parse_hash(unsigned algorithm, size_t len)
{
    struct certbind_dice dice;
    char hex[512];
    char zeros[256] = "";

    memset(zeros, '0', 2 * len);
    (void)snprintf(hex, sizeof hex, "d9ea6082417158%02zxa1" KEY "58%02zx82%02x58%02zx%s", len + 19,
                   len + 4, algorithm, len, zeros);
    return parse(hex, &dice);
}

static void a_hash_has_the_length_of_its_algorithm(void **state)
{
    static const size_t lengths[] = {32, 48, 64};
    static const unsigned algorithms[] = {1, 7, 8};

    (void)state;
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            assert_int_equal(i == j ? CERTBIND_OK : CERTBIND_E_CERT_EVIDENCE,
                             parse_hash(algorithms[i], lengths[j]));
    assert_int_equal(CERTBIND_E_CERT_EVIDENCE, parse_hash(2, 32));
    assert_int_equal(CERTBIND_E_CERT_EVIDENCE, parse_hash(0, 32));
}

/* The claims with so many others before the hash; each is {text of one letter: empty bytes}. */
static certbind_status parse_others(size_t others)
{
    char hex[1024];
    struct certbind_dice dice;
    size_t at = (size_t)snprintf(hex, sizeof hex, "d9ea6082417158%02zx%02zx", 51 + 3 * others,
                                 0xa0 + others + 1);

    for (size_t i = 0; i < others; i++)
        at += (size_t)snprintf(hex + at, sizeof hex - at, "61%02zx40", 0x61 + i);
    (void)snprintf(hex + at, sizeof hex - at, "%s", KEY ENTRY);
    return parse(hex, &dice);
}

static void claims_are_counted(void **state)
{
    (void)state;
    assert_int_equal(CERTBIND_OK, parse_others(CERTBIND_DICE_MAX_CLAIMS - 1));
    assert_int_equal(CERTBIND_E_CERT_EVIDENCE, parse_others(CERTBIND_DICE_MAX_CLAIMS));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vector_holds),
        cmocka_unit_test(an_entry_is_an_array_of_two),
        cmocka_unit_test(each_form_has_one_spelling),
        cmocka_unit_test(a_hash_has_the_length_of_its_algorithm),
        cmocka_unit_test(claims_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
