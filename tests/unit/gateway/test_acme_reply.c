#include "gateway/acme/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/cmocka_all.h"

#define URL "https://a/x"

static void a_directory_needs_its_three_urls(void **state)
{
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "{\"newNonce\":\"" URL "\",\"newAccount\":\"" URL "\"}",
        "{\"newNonce\":\"" URL "\",\"newAccount\":\"" URL "\",\"newOrder\":\"http://a/x\"}",
        "{\"newNonce\":\"" URL "\",\"newAccount\":\"" URL "\",\"newOrder\":1}",
        "{\"newNonce\":\"" URL "\",\"newNonce\":\"" URL "\",\"newAccount\":\"" URL
        "\",\"newOrder\":\"" URL "\"}",
    };
    struct acme_directory d;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(acme_directory_parse(certbind_text(bad[i]), &d));
        assert_int_equal(0, d.new_nonce[0]);
    }
    assert_true(acme_directory_parse(
        certbind_text("{\"newNonce\":\"" URL "\",\"newAccount\":\"" URL "\",\"newOrder\":\"" URL
                      "\",\"meta\":{\"caaIdentities\":[\"ca.test\",\"b\"]},\"other\":1}"),
        &d));
    assert_string_equal(URL, d.new_order);
    assert_string_equal("ca.test", d.caa);
    assert_true(acme_directory_parse(
        certbind_text("{\"newNonce\":\"" URL "\",\"newAccount\":\"" URL "\",\"newOrder\":\"" URL
                      "\",\"meta\":{\"caaIdentities\":[\"ca.test\\\"; x\"]}}"),
        &d));
    assert_string_equal("", d.caa);
}

static void an_order_has_bounded_parts(void **state)
{
    static const char *const bad[] = {
        "{\"status\":\"pending\",\"finalize\":\"" URL "\"}",
        "{\"status\":\"pending\",\"finalize\":\"" URL "\",\"authorizations\":[]}",
        "{\"status\":\"pending\",\"finalize\":\"" URL "\",\"authorizations\":[\"x\"]}",
        "{\"status\":\"what\",\"finalize\":\"" URL "\",\"authorizations\":[\"" URL "\"]}",
        "{\"status\":\"pending\",\"authorizations\":[\"" URL "\"]}",
        "{\"status\":\"valid\",\"finalize\":\"" URL "\",\"authorizations\":[\"" URL
        "\"],\"certificate\":\"x\"}",
        "{\"status\":\"pending\",\"finalize\":\"" URL "\",\"authorizations\":[\"" URL "\",\"" URL
        "\",\"" URL "\",\"" URL "\",\"" URL "\"]}",
    };
    struct acme_order o;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(acme_order_parse(certbind_text(bad[i]), &o));
        assert_int_equal(0, o.authorizations_count);
    }
    assert_true(acme_order_parse(
        certbind_text("{\"status\":\"valid\",\"finalize\":\"" URL "\",\"authorizations\":[\"" URL
                      "1\",\"" URL "2\",\"" URL "3\",\"" URL "4\"],\"certificate\":\"" URL "c\"}"),
        &o));
    assert_int_equal(ACME_STATUS_VALID, o.status);
    assert_int_equal(4, o.authorizations_count);
    assert_string_equal(URL "4", o.authorizations[3]);
    assert_string_equal(URL "c", o.certificate);
}

/* An authorization with one challenge of http-01. */
static bool parse_with(const char *status, const char *name, const char *url, const char *token,
                       struct acme_authorization *a)
{
    char text[4096];

    (void)snprintf(text, sizeof text,
                   "{\"status\":\"%s\",\"identifier\":{\"type\":\"dns\",\"value\":\"%s\"},"
                   "\"challenges\":[{\"type\":\"dns-01\"},{\"type\":\"http-01\",\"url\":\"%s\","
                   "\"token\":\"%s\",\"error\":{\"detail\":\"why\"}}]}",
                   status, name, url, token);
    return acme_authorization_parse(certbind_text(text), "http-01", a);
}

static void an_authorization_gives_the_wanted_challenge(void **state)
{
    struct acme_authorization a;
    char token[ACME_TOKEN_ROOM + 1];

    (void)state;
    assert_true(parse_with("pending", "a.test", URL, "t-_0", &a));
    assert_int_equal(ACME_STATUS_PENDING, a.status);
    assert_string_equal("a.test", a.name);
    assert_string_equal(URL, a.url);
    assert_string_equal("t-_0", a.token);
    assert_string_equal("why", a.error);
    assert_false(parse_with("gone", "a.test", URL, "t", &a));
    assert_false(parse_with("pending", "A", URL, "t", &a));
    assert_false(parse_with("pending", "a.test", "ftp://a", "t", &a));
    assert_false(parse_with("pending", "a.test", URL, "", &a));
    assert_false(parse_with("pending", "a.test", URL, "../t", &a));
    assert_int_equal(0, a.name[0]);
    memset(token, 'a', sizeof token);
    token[ACME_TOKEN_ROOM - 1] = '\0';
    assert_true(parse_with("pending", "a.test", URL, token, &a));
    token[ACME_TOKEN_ROOM - 1] = 'a';
    token[ACME_TOKEN_ROOM] = '\0';
    assert_false(parse_with("pending", "a.test", URL, token, &a));
    assert_true(acme_authorization_parse(
        certbind_text("{\"status\":\"valid\",\"identifier\":{\"value\":\"a.test\"}}"), "http-01",
        &a));
    assert_string_equal("", a.url);
}

static void a_problem_is_told_short(void **state)
{
    struct acme_problem p;

    (void)state;
    assert_true(acme_problem_parse(
        certbind_text("{\"type\":\"urn:ietf:params:acme:error:badNonce\",\"detail\":\"x\"}"), &p));
    assert_string_equal("badNonce", p.type);
    assert_string_equal("x", p.detail);
    assert_true(acme_problem_parse(certbind_text("{\"type\":\"about:blank\"}"), &p));
    assert_string_equal("about:blank", p.type);
    assert_false(acme_problem_parse(certbind_text("{\"detail\":\"x\"}"), &p));
    assert_false(acme_problem_parse(certbind_text("<html>"), &p));
}

static void replies_and_urls_have_a_limit(void **state)
{
    char *text = malloc(ACME_REPLY_MAX + 2);
    char url[ACME_URL_ROOM + 1] = "https://a/";
    struct acme_problem p;

    (void)state;
    assert_non_null(text);
    memset(text, ' ', ACME_REPLY_MAX + 1);
    memcpy(text, "{\"type\":\"t\"}", 12);
    assert_true(acme_problem_parse(certbind_bytes(text, ACME_REPLY_MAX), &p));
    assert_false(acme_problem_parse(certbind_bytes(text, ACME_REPLY_MAX + 1), &p));
    free(text);
    memset(url + strlen(url), 'x', sizeof url - strlen(url));
    url[ACME_URL_ROOM - 1] = '\0';
    assert_true(acme_url_ok(url));
    url[ACME_URL_ROOM - 1] = 'x';
    url[ACME_URL_ROOM] = '\0';
    assert_false(acme_url_ok(url));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_directory_needs_its_three_urls),
        cmocka_unit_test(an_order_has_bounded_parts),
        cmocka_unit_test(an_authorization_gives_the_wanted_challenge),
        cmocka_unit_test(a_problem_is_told_short),
        cmocka_unit_test(replies_and_urls_have_a_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
