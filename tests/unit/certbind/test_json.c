#include "certbind/json.h"

#include <string.h>

#include "tests/support/cmocka_all.h"

static const struct certbind_json_rules rules = {
    .max_bytes = 1000,
    .size = CERTBIND_E_USAGE,
    .encoding = CERTBIND_E_INTERNAL,
    .syntax = CERTBIND_E_MALFORMED,
};

static certbind_status parse(const void *text, size_t len)
{
    struct certbind_json json;
    struct certbind_error err = {0};
    certbind_status status = certbind_json_parse(certbind_bytes(text, len), &rules, &json, &err);

    certbind_json_cleanup(&json);
    return status;
}

static void accepts_rfc_8259(void **state)
{
    static const char *const good[] = {
        "{}",
        " [ ] \n",
        "null",
        "true",
        "-0",
        "1e5",
        "0.5E-3",
        "\"\\u00e9\\ud83d\\ude00\\n\"",
        "{\"a\":{\"b\":[1,2,{\"c\":false}]},\"d\":\"\xc3\xa9\xf0\x9f\x98\x80\"}",
        "{\"a\":1,\"A\":2}",
        "[1111111111111111111111111111111111111111111111111111111111111111111111111111111111]"};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_int_equal(CERTBIND_OK, parse(good[i], strlen(good[i])));
}

static void refuses_what_is_not_json(void **state)
{
    static const char *const bad[] = {"",
                                      " ",
                                      "{",
                                      "[1,]",
                                      "{\"a\":1,}",
                                      "{\"a\"}",
                                      "{a:1}",
                                      "{'a':1}",
                                      "01",
                                      "1.",
                                      ".5",
                                      "+1",
                                      "1e",
                                      "-",
                                      "nul",
                                      "tru e",
                                      "NaN",
                                      "Infinity",
                                      "[1 2]",
                                      "[1]]",
                                      "{} x",
                                      "{}{}",
                                      "\"a",
                                      "\"\\x41\"",
                                      "\"\\u12g4\"",
                                      "\"\t\"",
                                      "[1],",
                                      "// c\n1",
                                      "/* c */1",
                                      "{\"a\":1 \"b\":2}",
                                      "{\"a\":1,\"a\":2}",
                                      "{\"a\":1,\"\\u0061\":2}",
                                      "[[{\"x\":[{\"k\":1,\"k\":1}]}]]"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(CERTBIND_E_MALFORMED, parse(bad[i], strlen(bad[i])));
}

static void refuses_bad_encodings(void **state)
{
    static const char *const bad[] = {
        "\xef\xbb\xbf{}",     "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "\"\xf5\x80\x80\x80\"",
        "\"\xc3\"",           "\"\x80\"",     "\"\\ud800\"",      "\"\\udc00\"",
        "\"\\ud800\\u0041\"", "\"\\u0000\"",  "{\"\\u0000\":1}"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(CERTBIND_E_INTERNAL, parse(bad[i], strlen(bad[i])));
    assert_int_equal(CERTBIND_E_INTERNAL, parse("\"\0\"", 3));
    assert_int_equal(CERTBIND_E_INTERNAL, parse("{}\0", 3));
}

static void depth_32_is_the_limit(void **state)
{
    char text[70];

    (void)state;
    for (size_t depth = 32; depth <= 33; depth++) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        assert_int_equal(depth == 32 ? CERTBIND_OK : CERTBIND_E_MALFORMED, parse(text, 2 * depth));
    }
}

static void size_is_checked_at_the_limit(void **state)
{
    char text[1001];

    (void)state;
    memset(text, ' ', sizeof text);
    text[0] = '1';
    assert_int_equal(CERTBIND_OK, parse(text, 1000));
    assert_int_equal(CERTBIND_E_USAGE, parse(text, 1001));
}

static void integers_are_read_from_their_text(void **state)
{
    static const char text[] = "[1,1.0,1e0,-0,9007199254740991,9007199254740992,\"1\",-5]";
    static const int expected[] = {1, 0, 0, 1, 1, 0, 0, 1};
    struct certbind_json json;
    int64_t value;

    (void)state;
    assert_int_equal(CERTBIND_OK, certbind_json_parse(certbind_text(text), &rules, &json, NULL));
    for (int i = 0; i < 8; i++)
        assert_int_equal(expected[i],
                         certbind_json_integer(cJSON_GetArrayItem(json.root, i), -9007199254740991,
                                               9007199254740991, &value));
    assert_false(certbind_json_integer(cJSON_GetArrayItem(json.root, 7), 0, 9, &value));
    assert_int_equal(1, certbind_json_place(cJSON_GetArrayItem(json.root, 0)));
    assert_int_equal(3, certbind_json_place(cJSON_GetArrayItem(json.root, 1)));
    certbind_json_cleanup(&json);
}

static void integers_are_those_that_doubles_hold(void **state)
{
    struct certbind_json json;
    int64_t value;

    (void)state;
    assert_int_equal(CERTBIND_OK,
                     certbind_json_parse(certbind_text("9007199254740992"), &rules, &json, NULL));
    assert_false(certbind_json_integer(json.root, INT64_MIN, INT64_MAX, &value));
    certbind_json_cleanup(&json);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_rfc_8259),
        cmocka_unit_test(refuses_what_is_not_json),
        cmocka_unit_test(refuses_bad_encodings),
        cmocka_unit_test(depth_32_is_the_limit),
        cmocka_unit_test(size_is_checked_at_the_limit),
        cmocka_unit_test(integers_are_read_from_their_text),
        cmocka_unit_test(integers_are_those_that_doubles_hold),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
