/* Dates: RFC 3339 in UTC, UTCTime, GeneralizedTime; nothing else. */
#include "certbind/dcap/civil_time.h"

#include <string.h>

#include "tests/support/cmocka_all.h"

static uint64_t rfc3339(const char *text)
{
    uint64_t seconds = 1;

    return certbind_rfc3339_parse(certbind_text(text), &seconds) ? seconds : UINT64_MAX;
}

static void dates_become_seconds(void **state)
{
    (void)state;
    assert_int_equal(0, rfc3339("1970-01-01T00:00:00Z"));
    assert_int_equal(951782399, rfc3339("2000-02-28T23:59:59Z"));
    assert_int_equal(951782400, rfc3339("2000-02-29T00:00:00Z"));
    assert_int_equal(1704067200, rfc3339("2024-01-01T00:00:00Z"));
    assert_int_equal(1750329147, rfc3339("2025-06-19T10:32:27Z"));
    assert_int_equal(4102444800, rfc3339("2100-01-01T00:00:00Z"));
    assert_int_equal(253402300799, rfc3339("9999-12-31T23:59:59Z"));
    assert_int_equal(1750329147, rfc3339("2025-06-19T10:32:27.5Z"));
    assert_int_equal(1750329147, rfc3339("2025-06-19T10:32:27.999999999999Z"));
}

static void other_texts_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "2025-06-19",
        "2025-06-19T10:32:27",
        "2025-06-19T10:32:27z",
        "2025-06-19t10:32:27Z",
        "2025-06-19 10:32:27Z",
        "2025-06-19T10:32:27+00:00",
        "2025-06-19T10:32:27-00:00",
        "2025-06-19T10:32:27ZZ",
        " 2025-06-19T10:32:27Z",
        "2025-06-19T10:32:27Z ",
        "2025-06-19T10:32:27.Z",
        "2025-06-19T10:32:27,5Z",
        "2025-06-19T10:32:60Z",
        "2025-06-19T10:60:27Z",
        "2025-06-19T24:00:00Z",
        "2025-06-31T10:32:27Z",
        "2025-02-29T10:32:27Z",
        "1900-02-29T10:32:27Z",
        "2100-02-29T00:00:00Z",
        "2025-00-19T10:32:27Z",
        "2025-13-19T10:32:27Z",
        "2025-06-00T10:32:27Z",
        "1969-12-31T23:59:59Z",
        "0000-01-01T00:00:00Z",
        "25-06-19T10:32:27Z",
        "2025-6-19T10:32:27Z",
        "+025-06-19T10:32:27Z",
        "2025-06-19T1a:32:27Z",
        "20250619T103227Z",
        "10000-01-01T00:00:00Z",
        "202x-06-19T10:32:27Z",
        "2025/06-19T10:32:27Z",
        "2025-1x-19T10:32:27Z",
        "2025-06/19T10:32:27Z",
        "2025-06-1xT10:32:27Z",
        "2025-06-1/T10:32:27Z",
        "2025-06-0:T10:32:27Z",
        "2025-06-19T10-32:27Z",
        "2025-06-19T10:3x:27Z",
        "2025-06-19T10:32-27Z",
        "2025-06-19T10:32:2xZ",
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(UINT64_MAX, rfc3339(bad[i]));
    for (size_t len = 0; len < 20; len++) {
        uint64_t seconds;

        assert_false(certbind_rfc3339_parse(certbind_bytes("2025-06-19T10:32:27Z", len), &seconds));
        assert_int_equal(0, seconds);
    }
}

static void the_forms_of_certificates_become_seconds(void **state)
{
    uint64_t seconds;

    (void)state;
    assert_true(certbind_utc_time_parse(certbind_text("250619103227Z"), &seconds));
    assert_int_equal(1750329147, seconds);
    assert_true(certbind_utc_time_parse(certbind_text("700101000000Z"), &seconds));
    assert_int_equal(0, seconds);
    assert_true(certbind_utc_time_parse(certbind_text("491231235959Z"), &seconds));
    assert_int_equal(2524607999, seconds);
    assert_true(certbind_generalized_time_parse(certbind_text("20500101000000Z"), &seconds));
    assert_int_equal(2524608000, seconds);
}

static void other_forms_of_certificates_are_refused(void **state)
{
    static const char *const bad[] = {"2506191032Z",       "250619103227",     "250619103227+0000",
                                      "20250619103227.5Z", "25061910322Z",     "250632103227Z",
                                      "20250619103227z",   "500101000000Z",    "",
                                      "2x0619103227Z",     "251x19103227Z",    "25061x103227Z",
                                      "2506191x3227Z",     "250619103x27Z",    "25061910322xZ",
                                      "250619103227Z0",    "20250619103227Z0", "20251319103227Z",
                                      "202x0619103227Z"};
    uint64_t seconds;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(certbind_utc_time_parse(certbind_text(bad[i]), &seconds));
        assert_false(certbind_generalized_time_parse(certbind_text(bad[i]), &seconds));
    }
}

static void formatted_dates_read_back(void **state)
{
    char text[CERTBIND_RFC3339_ROOM];

    (void)state;
    for (uint64_t t = 0; t < 253402300800u; t += 86399u * 37) {
        assert_true(certbind_rfc3339_format(t, text));
        assert_int_equal(t, rfc3339(text));
    }
    assert_true(certbind_rfc3339_format(253402300799u, text));
    assert_string_equal("9999-12-31T23:59:59Z", text);
    assert_false(certbind_rfc3339_format(253402300800u, text));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(formatted_dates_read_back),
        cmocka_unit_test(dates_become_seconds),
        cmocka_unit_test(other_texts_are_refused),
        cmocka_unit_test(the_forms_of_certificates_become_seconds),
        cmocka_unit_test(other_forms_of_certificates_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
