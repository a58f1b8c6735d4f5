/* CBOR: one spelling for every value, definite lengths alone. */
#include "certbind/cbor.h"

#include <stdlib.h>

#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/fixture.h"

static void a_head_has_one_spelling(void **state)
{
    static const struct {
        const char *hex;
        enum certbind_cbor_type type;
        bool ok;
        uint64_t value;
    } cases[] = {{"00", CERTBIND_CBOR_UNSIGNED, true, 0},
                 {"17", CERTBIND_CBOR_UNSIGNED, true, 23},
                 {"1818", CERTBIND_CBOR_UNSIGNED, true, 24},
                 {"1817", CERTBIND_CBOR_UNSIGNED, false, 0},
                 {"190100", CERTBIND_CBOR_UNSIGNED, true, 256},
                 {"1900ff", CERTBIND_CBOR_UNSIGNED, false, 0},
                 {"1a00010000", CERTBIND_CBOR_UNSIGNED, true, 65536},
                 {"1a0000ffff", CERTBIND_CBOR_UNSIGNED, false, 0},
                 {"1b0000000100000000", CERTBIND_CBOR_UNSIGNED, true, UINT64_C(1) << 32},
                 {"1b00000000ffffffff", CERTBIND_CBOR_UNSIGNED, false, 0},
                 {"1b00000001000000", CERTBIND_CBOR_UNSIGNED, false, 0},
                 {"1c", CERTBIND_CBOR_UNSIGNED, false, 0},
                 {"1f", CERTBIND_CBOR_UNSIGNED, false, 0},
                 {"20", CERTBIND_CBOR_UNSIGNED, false, 0}, /* -1 */
                 {"82", CERTBIND_CBOR_ARRAY, true, 2},
                 {"9f", CERTBIND_CBOR_ARRAY, false, 0},
                 {"82", CERTBIND_CBOR_MAP, false, 0},
                 {"a1", CERTBIND_CBOR_MAP, true, 1},
                 {"d9ea60", CERTBIND_CBOR_TAG, true, 60000},
                 {"", CERTBIND_CBOR_TAG, false, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct certbind_reader r;
        size_t len;
        uint8_t *bytes = fixture_unhex(cases[i].hex, &len);

        certbind_reader_init(&r, certbind_bytes(bytes, len));
        assert_int_equal(cases[i].value, certbind_cbor_head(&r, cases[i].type));
        assert_int_equal(cases[i].ok, certbind_reader_done(&r));
        free(bytes);
    }
}

static void string_is(const char *hex, bool text, bool ok)
{
    struct certbind_reader r;
    struct certbind_bytes out;
    size_t len;
    uint8_t *bytes = fixture_unhex(hex, &len);

    certbind_reader_init(&r, certbind_bytes(bytes, len));
    out = text ? certbind_cbor_text(&r) : certbind_cbor_bytes(&r);
    assert_int_equal(ok, certbind_reader_done(&r));
    assert_int_equal(ok ? len - 1 : 0, out.len);
    free(bytes);
}

static void strings_end_where_their_length_says(void **state)
{
    (void)state;
    string_is("42ffff", false, true);
    string_is("42ff", false, false);
    string_is("5bffffffffffffffff", false, false);
    string_is("5f41ffff", false, false);
    string_is("6161", false, false);
    string_is("6161", true, true);
    string_is("61ff", true, false);
    string_is("6100", true, false);
    string_is("4161", true, false);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head_has_one_spelling),
        cmocka_unit_test(strings_end_where_their_length_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
