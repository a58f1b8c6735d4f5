/* The scan before cJSON, alone: cJSON would refuse much of this too. */
#include "certbind/json_scan.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/cmocka_all.h"

/* The result for exactly these bytes, with nothing readable behind them. */
static enum json_scan_result scan(const char *text, size_t len)
{
    struct json_places places = {0};
    const char *what = NULL;
    size_t offset = 0;
    char *copy = malloc(len + (len == 0));
    enum json_scan_result result;

    assert_non_null(copy);
    memcpy(copy, text, len);
    result = json_scan(copy, len, &places, &offset, &what);
    free(places.at);
    free(copy);
    return result;
}

static void syntax_is_refused(void **state)
{
    static const char *const bad[] = {
        "",   "nulx", "\"a", "\"\\x\"", "\"\\",    "\"\\ud800\\udc0g\"", "-",
        "1.", "1e",   "[1",  "[1}",     "{a\":1}", "{\"a\" 11}",         "{\"a\":1,2}"};

    (void)state;
    assert_int_equal(JSON_SCAN_OK, scan("{\"a\":[1,\"\\ud83d\\ude00\"]}", 24));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (scan(bad[i], strlen(bad[i])) != JSON_SCAN_SYNTAX)
            fail_msg("%s is not refused as such", bad[i]);
    assert_int_equal(JSON_SCAN_SYNTAX, scan("\"\\\0\"", 4));
}

static void encodings_are_refused(void **state)
{
    static const char *const bad[] = {"\"\xc3",
                                      "\"\xe2\x82",
                                      "\"\xe0\x80\x80\"",
                                      "\"\xf0\x80\x80\x80\"",
                                      "\"\xf4\x90\x80\x80\"",
                                      "\"\\ud800",
                                      "\"\\ud800x",
                                      "\"\\ud800xudc00\"",
                                      "\"\\ud800\\xdc00\"",
                                      "\"\\ud800\\ue000\"",
                                      "\"\\ud800\\u0041\""};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (scan(bad[i], strlen(bad[i])) != JSON_SCAN_ENCODING)
            fail_msg("%s is not refused as such", bad[i]);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(syntax_is_refused),
        cmocka_unit_test(encodings_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
