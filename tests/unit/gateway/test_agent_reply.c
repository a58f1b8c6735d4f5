#include "gateway/agent/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/agent/http.h"
#include "tests/support/cmocka_all.h"

#define APP_ID "5bb4ff9a3837357f19dc176407a5709c62eb6c56"
#define K "b9fbb7171185c421c58610a2acba8ceae93623ae47815618cbad1e98fc042cb7"

static certbind_status info(const char *text, struct gateway_info *out)
{
    return gateway_info_parse(certbind_text(text), out, NULL);
}

static void info_of_any_release_is_read(void **state)
{
    struct gateway_info i;

    (void)state;
    assert_int_equal(CERTBIND_OK, info("{}", &i));
    assert_false(i.has_app_id || i.has_instance_id || i.has_compose_hash);
    assert_false(i.says_instance_id);
    assert_null(i.app_compose);
    gateway_info_cleanup(&i);
    assert_int_equal(
        CERTBIND_OK,
        info("{\"app_id\":\"0x" APP_ID "\",\"instance_id\":\"\",\"later\":[1],"
             "\"tcb_info\":\"{\\\"app_compose\\\":\\\"{\\\\\\\"a\\\\\\\":\\u00e9}\\\"}\"}",
             &i));
    assert_true(i.has_app_id && !i.has_instance_id);
    assert_true(i.says_instance_id);
    assert_int_equal(0x5b, i.app_id[0]);
    assert_string_equal("{\"a\":\xc3\xa9}", i.app_compose);
    gateway_info_cleanup(&i);
    assert_int_equal(CERTBIND_OK, info("{\"tcb_info\":\"\"}", &i));
    gateway_info_cleanup(&i);
}

static void what_is_no_info_is_refused(void **state)
{
    static const char *const rows[] = {
        "",
        "garbage",
        "{\"app_id\":\"5bb4\"}",
        "{\"app_id\":\"" APP_ID "00\"}",
        "{\"instance_id\":\"zz\"}",
        "{\"compose_hash\":\"" APP_ID "\"}",
        "{\"tcb_info\":\"{\"}",
        "{\"tcb_info\":\"{\\\"app_compose\\\":\\\"\xff\\\"}\"}", /* not UTF-8 */
        "{\"app_id\":\"\",\"app_id\":\"\"}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct gateway_info out;

        assert_int_equal(CERTBIND_E_MALFORMED, info(rows[i], &out));
        assert_null(out.app_compose);
    }
}

static void a_compose_file_says_whether_it_is_public(void **state)
{
    static const struct {
        const char *compose;
        bool is_public;
    } rows[] = {
        {"{}", true},
        {"{\\\\\\\"public_tcbinfo\\\\\\\":true}", true},
        {"{\\\\\\\"public_tcbinfo\\\\\\\":false}", false},
        {"no json", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct gateway_info out;
        char text[256];

        (void)snprintf(text, sizeof text, "{\"tcb_info\":\"{\\\"app_compose\\\":\\\"%s\\\"}\"}",
                       rows[i].compose);
        assert_int_equal(CERTBIND_OK, info(text, &out));
        assert_int_equal(rows[i].is_public, out.public_tcbinfo);
        gateway_info_cleanup(&out);
    }
}

static void a_key_is_32_bytes(void **state)
{
    static const char *const wrong[] = {
        "{}",
        "{\"key\":1}",
        "{\"key\":\"\"}",
        "{\"key\":\"" K "00\"}",
        "{\"key\":\"xx\"}",
        "[]",
        "{\"k256_key\":\"" K "00\"}",
        "{\"key\":\"xx\",\"k256_key\":\"" K "\"}",
    };
    static const uint8_t zero[CERTBIND_AGENT_KEY_LEN];
    uint8_t key[CERTBIND_AGENT_KEY_LEN];

    (void)state;
    assert_int_equal(CERTBIND_OK,
                     gateway_key_parse(certbind_text("{\"key\":\"" K "\"}"), key, NULL));
    assert_int_equal(0xb7, key[31]);
    assert_int_equal(CERTBIND_OK,
                     gateway_key_parse(certbind_text("{\"key\":\"0x" K "\"}"), key, NULL));
    assert_int_equal(CERTBIND_OK,
                     gateway_key_parse(certbind_text("{\"k256_key\":\"" K "\"}"), key, NULL));
    assert_int_equal(0xb7, key[31]);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(CERTBIND_E_MALFORMED,
                         gateway_key_parse(certbind_text(wrong[i]), key, NULL));
        assert_memory_equal(zero, key, sizeof key);
    }
}

static void a_quote_reply_needs_a_quote(void **state)
{
    struct gateway_quote_reply out;

    (void)state;
    assert_int_equal(CERTBIND_OK, gateway_quote_reply_parse(certbind_text("{\"quote\":\"0x0A0b\"}"),
                                                            &out, NULL));
    assert_int_equal(2, out.quote_len);
    assert_int_equal(0x0b, out.quote[1]);
    assert_string_equal("", out.event_log);
    assert_string_equal("", out.vm_config);
    gateway_quote_reply_cleanup(&out);
    assert_int_equal(CERTBIND_E_MALFORMED,
                     gateway_quote_reply_parse(certbind_text("{}"), &out, NULL));
    assert_int_equal(CERTBIND_E_MALFORMED,
                     gateway_quote_reply_parse(certbind_text("{\"quote\":\"abc\"}"), &out, NULL));
    assert_null(out.quote);
}

/* Feed a chunked body of len bytes. */
static enum gateway_agent_http_state feed_body(size_t len)
{
    struct gateway_agent_http http;
    enum gateway_agent_http_state got;
    uint8_t *body = calloc(1, len);
    char chunk[32];

    assert_non_null(body);
    gateway_agent_http_init(&http);
    (void)gateway_agent_http_feed(
        &http, (const uint8_t *)"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 47);
    (void)snprintf(chunk, sizeof chunk, "%zx\r\n", len);
    (void)gateway_agent_http_feed(&http, (const uint8_t *)chunk, strlen(chunk));
    (void)gateway_agent_http_feed(&http, body, len);
    got = gateway_agent_http_feed(&http, (const uint8_t *)"\r\n0\r\n\r\n", 7);
    assert_true(got != GATEWAY_AGENT_HTTP_COMPLETE || http.len == len);
    gateway_agent_http_cleanup(&http);
    free(body);
    return got;
}

static void a_body_has_at_most_4_mib(void **state)
{
    (void)state;
    assert_int_equal(GATEWAY_AGENT_HTTP_COMPLETE, feed_body(GATEWAY_AGENT_MAX_BODY));
    assert_int_equal(GATEWAY_AGENT_HTTP_REFUSED, feed_body(GATEWAY_AGENT_MAX_BODY + 1));
}

static void a_head_has_at_most_16_kib(void **state)
{
    static const size_t sizes[] = {GATEWAY_AGENT_MAX_HEAD - 4, GATEWAY_AGENT_MAX_HEAD};
    static const enum gateway_agent_http_state states[] = {GATEWAY_AGENT_HTTP_COMPLETE,
                                                           GATEWAY_AGENT_HTTP_REFUSED};
    static char value[GATEWAY_AGENT_MAX_HEAD];

    (void)state;
    memset(value, 'v', sizeof value);
    for (size_t i = 0; i < 2; i++) {
        struct gateway_agent_http http;

        gateway_agent_http_init(&http);
        (void)gateway_agent_http_feed(&http, (const uint8_t *)"HTTP/1.1 204 O\r\nxyz: ", 21);
        (void)gateway_agent_http_feed(&http, (const uint8_t *)value, sizes[i]);
        assert_int_equal(states[i], gateway_agent_http_feed(&http, (const uint8_t *)"\r\n\r\n", 4));
        gateway_agent_http_cleanup(&http);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(info_of_any_release_is_read),
        cmocka_unit_test(what_is_no_info_is_refused),
        cmocka_unit_test(a_compose_file_says_whether_it_is_public),
        cmocka_unit_test(a_key_is_32_bytes),
        cmocka_unit_test(a_quote_reply_needs_a_quote),
        cmocka_unit_test(a_body_has_at_most_4_mib),
        cmocka_unit_test(a_head_has_at_most_16_kib),
    };

    return cmocka_run_group_tests_name("agent_reply", tests, NULL, NULL);
}
