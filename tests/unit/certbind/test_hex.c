#include "certbind/hex.h"

#include <string.h>

#include "tests/support/cmocka_all.h"

static void hex_is_lowercase_and_exact(void **state)
{
    uint8_t out[2] = {0};
    char text[5];

    (void)state;
    certbind_hex_encode((const uint8_t *)"\x0f\xa0", 2, text);
    assert_string_equal("0fa0", text);
    assert_true(certbind_hex_decode(certbind_text("0fa0"), out, 2));
    assert_memory_equal("\x0f\xa0", out, 2);
    assert_false(certbind_hex_decode(certbind_text("0FA0"), out, 2));
    assert_true(certbind_hex_decode_any_case(certbind_text("0FA0"), out, 2));
    assert_false(certbind_hex_decode(certbind_text("0fa"), out, 2));
    assert_false(certbind_hex_decode(certbind_text("0fa000"), out, 2));
    assert_false(certbind_hex_decode(certbind_text("0xa0"), out, 2));
}

static void base64_round_trips_every_length(void **state)
{
    uint8_t data[64];
    char text[128];
    uint8_t back[64];

    (void)state;
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 37 + 200);
    for (size_t len = 0; len <= sizeof data; len++) {
        size_t n = 0;

        certbind_base64_encode(certbind_bytes(data, len), text);
        assert_int_equal(certbind_base64_encoded_len(len), strlen(text));
        assert_true(certbind_base64_decode(certbind_text(text), back, sizeof back, &n));
        assert_int_equal(len, n);
        assert_memory_equal(data, back, len);
    }
}

static void base64_refuses_what_is_not_canonical(void **state)
{
    static const char *const bad[] = {"A",    "AA",   "AAA",      "AA=A",  "AB==", "AAB=",
                                      "====", "A===", "AA==AAAA", "AA\n=", "AA-_", "AAAA "};
    uint8_t out[16];
    size_t n;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(certbind_base64_decode(certbind_text(bad[i]), out, sizeof out, &n));
    assert_false(certbind_base64_decode(certbind_text("AAAA"), out, 2, &n));
}

static void the_last_character_counts(void **state)
{
    uint8_t out[3];
    size_t len;

    (void)state;
    assert_true(certbind_base64_decode(certbind_text("AAA/"), out, sizeof out, &len));
    assert_false(certbind_base64_decode(certbind_text("AAA!"), out, sizeof out, &len));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(hex_is_lowercase_and_exact),
        cmocka_unit_test(base64_round_trips_every_length),
        cmocka_unit_test(base64_refuses_what_is_not_canonical),
        cmocka_unit_test(the_last_character_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
