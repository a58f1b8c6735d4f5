/* SCALE: one spelling for every length. */
#include "certbind/scale.h"

#include <stdlib.h>

#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/fixture.h"

static void a_compact_number_has_one_spelling(void **state)
{
    static const struct {
        const char *hex;
        bool ok;
        uint32_t value;
    } cases[] = {{"00", true, 0},
                 {"04", true, 1},
                 {"fc", true, 63},
                 {"0101", true, 64},
                 {"fdff", true, 16383},
                 {"02000100", true, 16384},
                 {"feffffff", true, (1u << 30) - 1},
                 {"fd00", false, 0},     /* 63 in two bytes */
                 {"fefe0000", false, 0}, /* 16319 in four */
                 {"0300000040", false, 0},
                 {"01", false, 0},
                 {"020001", false, 0},
                 {"", false, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct certbind_reader r;
        size_t len;
        uint8_t *bytes = fixture_unhex(cases[i].hex, &len);
        uint32_t value;

        certbind_reader_init(&r, certbind_bytes(bytes, len));
        value = certbind_scale_compact(&r);
        assert_int_equal(cases[i].ok, certbind_reader_done(&r));
        if (cases[i].ok)
            assert_int_equal(cases[i].value, value);
        free(bytes);
    }
}

static void octets_end_where_their_length_says(void **state)
{
    static const uint8_t bytes[] = {0x08, 1, 2, 0x0c, 3, 4};
    struct certbind_reader r;

    (void)state;
    certbind_reader_init(&r, certbind_bytes(bytes, sizeof bytes));
    assert_true(certbind_bytes_equal(certbind_bytes(bytes + 1, 2), certbind_scale_octets(&r)));
    assert_int_equal(0, certbind_scale_octets(&r).len);
    assert_false(certbind_reader_ok(&r));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_compact_number_has_one_spelling),
        cmocka_unit_test(octets_end_where_their_length_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
