/* MessagePack: one spelling for every value, nothing that the formats here do not use. */
#include "certbind/msgpack.h"

#include <stdlib.h>

#include "certbind/utf8.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/fixture.h"

#define REFUSED CERTBIND_MSGPACK_NONE

static const struct {
    const char *hex;
    enum certbind_msgpack_type type;
    uint64_t number; /* or count, or length */
} spellings[] = {
    {"00", CERTBIND_MSGPACK_UNSIGNED, 0},
    {"7f", CERTBIND_MSGPACK_UNSIGNED, 127},
    {"cc80", CERTBIND_MSGPACK_UNSIGNED, 128},
    {"cc7f", REFUSED, 0},
    {"cd0100", CERTBIND_MSGPACK_UNSIGNED, 256},
    {"cd00ff", REFUSED, 0},
    {"ce00010000", CERTBIND_MSGPACK_UNSIGNED, 65536},
    {"ce0000ffff", REFUSED, 0},
    {"cf0000000100000000", CERTBIND_MSGPACK_UNSIGNED, UINT64_C(1) << 32},
    {"cf00000000ffffffff", REFUSED, 0},
    {"e0", CERTBIND_MSGPACK_NEGATIVE, 0},
    {"ff", CERTBIND_MSGPACK_NEGATIVE, 0},
    {"d0df", CERTBIND_MSGPACK_NEGATIVE, 0},
    {"d080", CERTBIND_MSGPACK_NEGATIVE, 0},
    {"d0e0", REFUSED, 0}, /* -32 */
    {"d001", REFUSED, 0},
    {"d1ff7f", CERTBIND_MSGPACK_NEGATIVE, 0},
    {"d1ff80", REFUSED, 0}, /* -128 */
    {"d2ffff7fff", CERTBIND_MSGPACK_NEGATIVE, 0},
    {"d2ffff8000", REFUSED, 0},
    {"d3ffffffff7fffffff", CERTBIND_MSGPACK_NEGATIVE, 0},
    {"d38000000000000000", CERTBIND_MSGPACK_NEGATIVE, 0},
    {"d3ffffffff80000000", REFUSED, 0},
    {"c0", CERTBIND_MSGPACK_NIL, 0},
    {"c1", REFUSED, 0},
    {"c2", CERTBIND_MSGPACK_BOOL, 0},
    {"c3", CERTBIND_MSGPACK_BOOL, 1},
    {"a0", CERTBIND_MSGPACK_TEXT, 0},
    {"a161", CERTBIND_MSGPACK_TEXT, 1},
    {"a2", REFUSED, 0},
    {"d90161", REFUSED, 0},
    {"da0001", REFUSED, 0},
    {"db00000001", REFUSED, 0},
    {"c400", CERTBIND_MSGPACK_BINARY, 0},
    {"c402ffff", CERTBIND_MSGPACK_BINARY, 2},
    {"c402ff", REFUSED, 0},
    {"c500ff", REFUSED, 0},
    {"c60000ffff", REFUSED, 0},
    {"c6ffffffff", REFUSED, 0},
    {"90", CERTBIND_MSGPACK_ARRAY, 0},
    {"9f", CERTBIND_MSGPACK_ARRAY, 15},
    {"dc0010", CERTBIND_MSGPACK_ARRAY, 16},
    {"dc000f", REFUSED, 0},
    {"dd00010000", CERTBIND_MSGPACK_ARRAY, 65536},
    {"dd0000ffff", REFUSED, 0},
    {"8f", CERTBIND_MSGPACK_MAP, 15},
    {"de0010", CERTBIND_MSGPACK_MAP, 16},
    {"de000f", REFUSED, 0},
    {"df00010000", CERTBIND_MSGPACK_MAP, 65536},
    {"df0000ffff", REFUSED, 0},
    {"ca00000000", REFUSED, 0}, /* floats and extension types */
    {"cb0000000000000000", REFUSED, 0},
    {"c70000", REFUSED, 0},
    {"d40000", REFUSED, 0},
    {"", REFUSED, 0},
};

static void a_value_has_one_spelling(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        struct certbind_msgpack item;
        struct certbind_reader r;
        size_t len;
        uint8_t *bytes = fixture_unhex(spellings[i].hex, &len);

        certbind_reader_init(&r, certbind_bytes(bytes, len));
        assert_int_equal(spellings[i].type != REFUSED, certbind_msgpack_next(&r, &item));
        assert_int_equal(spellings[i].type, item.type);
        assert_int_equal(spellings[i].number, item.number + item.count + item.view.len);
        assert_int_equal(spellings[i].type != REFUSED, certbind_reader_done(&r));
        free(bytes);
    }
}

static void expect_octets(const char *hex, size_t room_len, bool ok)
{
    uint8_t memory[8] = {0};
    struct certbind_msgpack_room room = {memory, room_len};
    struct certbind_bytes out;
    struct certbind_reader r;
    size_t len;
    uint8_t *bytes = fixture_unhex(hex, &len);

    certbind_reader_init(&r, certbind_bytes(bytes, len));
    assert_int_equal(ok, certbind_msgpack_octets(&r, &room, &out));
    assert_int_equal(ok, certbind_reader_done(&r));
    if (ok)
        assert_hex_equal("01ff", out.data, out.len);
    free(bytes);
}

static void bytes_are_binary_or_an_array_of_integers(void **state)
{
    (void)state;
    expect_octets("c40201ff", 0, true);
    expect_octets("9201ccff", 2, true);
    expect_octets("9201ccff", 1, false); /* no room */
    expect_octets("9201cd0100", 8, false);
    expect_octets("9201ff", 8, false); /* -1 */
    expect_octets("920190", 8, false);
    expect_octets("dc7fff01", 8, false); /* more elements than bytes */
    expect_octets("a20102", 8, false);
    expect_octets("c0", 8, false);
}

/* What is taken as another type, or as text that is none, is not taken, nor anything after it. */
static void a_type_is_demanded(void **state)
{
    struct certbind_msgpack item;
    struct certbind_bytes text;
    struct certbind_reader r;

    (void)state;
    certbind_reader_init(&r, certbind_text("\x01\x01"));
    assert_true(certbind_msgpack_take(&r, CERTBIND_MSGPACK_UNSIGNED, &item));
    assert_int_equal(1, item.number);
    assert_false(certbind_msgpack_take(&r, CERTBIND_MSGPACK_TEXT, &item));
    assert_int_equal(CERTBIND_MSGPACK_NONE, item.type);
    assert_false(certbind_reader_ok(&r));
    certbind_reader_init(&r, certbind_text("\xa1x\xa1\xff"));
    assert_true(certbind_msgpack_text(&r, &text));
    assert_int_equal(1, text.len);
    assert_false(certbind_msgpack_text(&r, &text));
    assert_int_equal(0, text.len);
    assert_false(certbind_reader_ok(&r));
}

static void text_is_utf8_without_zero(void **state)
{
    static const struct {
        const char *hex;
        bool ok;
    } cases[] = {{"61", true},      {"c3a9", true},      {"e282ac", true},    {"f09f9880", true},
                 {"00", false},     {"c0af", false},     {"c3", false},       {"e08080", false},
                 {"eda080", false}, {"f4908080", false}, {"f0808080", false}, {"ff", false},
                 {"61c3", false},   {"e28261", false},   {"", true}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t len;
        uint8_t *bytes = fixture_unhex(cases[i].hex, &len);

        assert_int_equal(cases[i].ok, certbind_utf8_ok(certbind_bytes(bytes, len)));
        free(bytes);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_has_one_spelling),
        cmocka_unit_test(bytes_are_binary_or_an_array_of_integers),
        cmocka_unit_test(a_type_is_demanded),
        cmocka_unit_test(text_is_utf8_without_zero),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
