/* The DER reader of certbind/dcap and the keys and signatures it leads to. */
#include "certbind/dcap/der.h"

#include <stdlib.h>
#include <string.h>

#include "certbind/dcap/ecdsa.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/der_text.h"

/* Whether the text is one element, read to its end. */
static bool is_element(const char *text)
{
    struct certbind_bytes content;
    struct certbind_reader r;
    size_t len;
    uint8_t *der = der_text(text, &len);
    bool ok;

    certbind_reader_init(&r, certbind_bytes(der, len));
    ok = certbind_der_read(&r, &content) != 0;
    assert_true(ok || !certbind_reader_ok(&r));
    ok = ok && certbind_reader_done(&r);
    free(der);
    return ok;
}

static void an_element_has_one_form(void **state)
{
    char text[300] = "30";

    (void)state;
    assert_true(is_element("30{}"));
    assert_true(is_element("04{ 00 }"));
    assert_false(is_element("1f{ 00 }"));
    assert_false(is_element("3f{ 00 }"));
    assert_false(is_element("00{ 00 }"));
    assert_false(is_element("3080"));
    assert_false(is_element("3080 0000"));
    assert_false(is_element("308105 0000000000"));
    assert_false(is_element("3084 00000001 00"));
    memset(text, '0', sizeof text - 1);
    memcpy(text, "308181", 6);
    text[6 + 2 * 0x81] = '\0';
    assert_true(is_element(text));
    memcpy(text, "30820081", 8);
    text[6 + 2 * 0x81] = '0';
    text[8 + 2 * 0x81] = '\0';
    assert_false(is_element(text));
}

static void a_failed_read_says_so_at_once(void **state)
{
    static const uint8_t octets[] = {0x30, 0x01, 0x05, 0x30, 0x00};
    struct certbind_bytes view;
    struct certbind_reader inside;
    struct certbind_reader r;

    (void)state;
    certbind_reader_init(&r, certbind_bytes(octets, sizeof octets));
    assert_false(certbind_der_expect(&r, CERTBIND_DER_INTEGER, &view));
    assert_false(certbind_reader_ok(&r));
    assert_int_equal(0, certbind_reader_left(&r));
    certbind_reader_init(&r, certbind_bytes(octets, sizeof octets));
    assert_false(certbind_der_expect_whole(&r, CERTBIND_DER_INTEGER, &view));
    assert_int_equal(0, view.len);
    certbind_reader_init(&r, certbind_bytes(octets, sizeof octets));
    assert_false(certbind_der_open(&r, CERTBIND_DER_INTEGER, &inside));
    assert_false(certbind_reader_ok(&inside));
    certbind_reader_init(&r, certbind_bytes(octets, 1));
    assert_false(certbind_der_open(&r, CERTBIND_DER_SEQUENCE, &inside));
    assert_int_equal(0, certbind_read(&r, 1).len);
    certbind_reader_init(&r, certbind_bytes(octets, sizeof octets));
    assert_int_equal(0, certbind_read(&r, sizeof octets + 1).len);
    assert_int_equal(0, certbind_read(&r, 1).len);
    assert_false(certbind_reader_done(&r));
    r.at = r.end;
    assert_false(certbind_reader_done(&r));
}

static void an_integer_has_its_shortest_form(void **state)
{
    static const struct {
        uint8_t octets[2];
        size_t len;
        bool ok;
    } rows[] = {{{0x05, 0}, 0, false},    {{0x00, 0}, 1, true},    {{0xff, 0}, 1, true},
                {{0x00, 0x7f}, 2, false}, {{0x00, 0x80}, 2, true}, {{0xff, 0x80}, 2, false},
                {{0xff, 0x7f}, 2, true},  {{0x01, 0x00}, 2, true}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(rows[i].ok,
                         certbind_der_is_integer(certbind_bytes(rows[i].octets, rows[i].len)));
}

/* RFC 6979 appendix A.2.5: P-256, SHA-256, "sample". */
#define POINT                                                                                      \
    "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"                             \
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
#define SIGNATURE                                                                                  \
    "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"                             \
    "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"

static EVP_PKEY *key_of(const char *text)
{
    size_t len;
    uint8_t *point = der_text(text, &len);
    EVP_PKEY *key = certbind_ecdsa_key(certbind_bytes(point, len));

    free(point);
    return key;
}

static bool verifies(EVP_PKEY *key, const char *text, const char *message)
{
    size_t len;
    uint8_t *signature = der_text(text, &len);
    bool ok = certbind_ecdsa_verify(key, certbind_bytes(signature, len), certbind_text(message));

    free(signature);
    return ok;
}

static void keys_and_signatures_have_64_bytes(void **state)
{
    EVP_PKEY *key = key_of(POINT);

    (void)state;
    assert_non_null(key);
    assert_true(verifies(key, SIGNATURE, "sample"));
    assert_false(verifies(key, SIGNATURE, "Sample"));
    assert_false(verifies(key, SIGNATURE "00", "sample"));
    assert_false(verifies(key, "00", "sample"));
    assert_null(key_of(POINT "00"));
    assert_null(key_of("04" POINT));
    assert_null(key_of("60"));
    EVP_PKEY_free(key);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_element_has_one_form),
        cmocka_unit_test(a_failed_read_says_so_at_once),
        cmocka_unit_test(an_integer_has_its_shortest_form),
        cmocka_unit_test(keys_and_signatures_have_64_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
