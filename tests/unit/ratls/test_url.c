#include "ra-tls/cli/url.h"

#include <string.h>

#include "tests/support/cmocka_all.h"

static void urls_are_taken_apart(void **state)
{
    static const struct {
        const char *text;
        const char *host;
        unsigned port;
        const char *target;
    } rows[] = {
        {"https://Example.org", "example.org", 443, "/"},
        {"HTTPS://example.org:8443/a?b=c", "example.org", 8443, "/a?b=c"},
        {"https://[::1]:1/", "::1", 1, "/"},
        {"https://[::1]", "::1", 443, "/"},
        {"127.0.0.1:65535", "127.0.0.1", 65535, "/"},
        {"host", "host", 443, "/"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct url url;

        assert_true(url_parse(rows[i].text, &url));
        assert_string_equal(rows[i].host, url.host);
        assert_int_equal(rows[i].port, url.port);
        assert_string_equal(rows[i].target, url.target);
    }
}

static void what_is_no_https_url_is_refused(void **state)
{
    static const char *const rows[] = {
        "",
        "http://a",
        "ftp://a",
        "https://",
        "https://u@a",
        "https://a:",
        "https://a:0",
        "https://a:65536",
        "https://a:1x",
        "https://[::1",
        "https://[]",
        "https://[::1]x",
        "https://a b",
        "https://a/b c",
        "https://a?b",
        "https://a#b",
        "https://a/b#c",
        "https://a\\b",
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct url url;

        if (url_parse(rows[i], &url))
            fail_msg("accepted: %s", rows[i]);
    }
}

static void targets_need_a_port(void **state)
{
    struct url url;

    (void)state;
    assert_true(url_parse_authority("a:1", &url));
    assert_true(url_parse_authority("[::1]:8443", &url));
    assert_string_equal("::1", url.host);
    assert_false(url_parse_authority("a", &url));
    assert_false(url_parse_authority("a:", &url));
    assert_false(url_parse_authority("[::1]", &url));
    assert_false(url_parse_authority("https://a:1", &url));
}

static void addresses_may_have_a_port(void **state)
{
    static const struct {
        const char *text;
        const char *host;
        uint16_t port;
    } rows[] = {
        {"127.0.0.1", "127.0.0.1", 0}, {"127.0.0.1:8443", "127.0.0.1", 8443}, {"::1", "::1", 0},
        {"[::1]", "::1", 0},           {"[::1]:8443", "::1", 8443},           {"a:1", "a", 1},
    };
    static const char *const refused[] = {"", ":1", "[]", "127.0.0.1:", "127.0.0.1:99999", "[::1"};
    struct url url;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_true(url_parse_address(rows[i].text, &url));
        assert_string_equal(rows[i].host, url.host);
        assert_int_equal(rows[i].port, url.port);
    }
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        assert_false(url_parse_address(refused[i], &url));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_are_taken_apart),
        cmocka_unit_test(what_is_no_https_url_is_refused),
        cmocka_unit_test(targets_need_a_port),
        cmocka_unit_test(addresses_may_have_a_port),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
