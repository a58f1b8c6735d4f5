#include "gateway/config/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/cmocka_all.h"

static struct gateway_config config;
static struct certbind_problems problems;

static certbind_status parse(const char *text)
{
    certbind_status status;

    problems.count = 0;
    status = gateway_config_parse(certbind_text(text), &config, &problems);
    assert_int_equal(status == CERTBIND_OK, problems.count == 0);
    return status;
}

static void one_upstream_is_enough(void **state)
{
    (void)state;
    assert_int_equal(CERTBIND_OK, parse("{\"upstreams\":{\"a\":{\"servers\":[\"app:80\"]}}}"));
    assert_string_equal("0.0.0.0:8443", config.listeners[0].address);
    assert_string_equal("*", config.listeners[0].names[0]);
    assert_string_equal("127.0.0.1:8480", config.admin_address);
    assert_int_equal(2, config.routes_count); /* one for each mode */
    assert_string_equal("*/", config.routes[0].name);
    assert_int_equal(0, config.threads);
    assert_int_equal(3600, config.evidence_lifetime_s);
    assert_int_equal(GATEWAY_LOG_TEXT, config.log_format);
    assert_int_equal(8192, config.limits.max_connections);
    assert_int_equal(75000, config.timeouts_ms.idle);
    gateway_config_cleanup(&config);
}

static void the_canonical_text_parses_to_itself(void **state)
{
    char *text;
    size_t len;
    uint8_t hash[32];

    (void)state;
    assert_int_equal(CERTBIND_OK,
                     parse("{\"via\":\"x\",/* c */\"upstreams\":{\"b\":{\"servers\":["
                           "\"unix:/a\\u00e9\\\"\\n\"]},\"a\":{\"servers\":[\"app:80\"]}},"
                           "\"routes\":[{\"upstream\":\"a\"}]}"));
    assert_non_null(strstr(config.canonical, "\"upstreams\":{\"a\":{\"balance\":\"round-robin\","));
    assert_non_null(strstr(config.canonical, "\"servers\":[\"app:80\"]},\"b\":{"));
    assert_non_null(strstr(config.canonical, "\"servers\":[\"unix:/a\xc3\xa9\\\"\\n\"]}"));
    len = config.canonical_len;
    text = strdup(config.canonical);
    assert_int_equal(len, strlen(text));
    memcpy(hash, config.sha256, 32);
    gateway_config_cleanup(&config);
    assert_int_equal(CERTBIND_OK, parse(text));
    assert_string_equal(text, config.canonical);
    assert_memory_equal(hash, config.sha256, 32);
    gateway_config_cleanup(&config);
    free(text);
}

#define HEX32 "0000000000000000000000000000000000000000000000000000000000000000"

/* One wrong value each, and the path that is told. */
static const struct {
    const char *text;
    const char *path;
} rows[] = {
    {"{}", ""},
    {"{\"upstreams\":{}}", "upstreams"},
    {"{\"upstreams\":{\"a\":{}}}", "upstreams.a"},
    {"{\"upstreams\":{\"a\":{\"servers\":[]}}}", "upstreams.a.servers"},
    {"{\"upstreams\":{\"a\":{\"servers\":[\"app\"]}}}", "upstreams.a.servers"},
    {"{\"upstreams\":{\"a\":{\"servers\":[\"unix:x\"]}}}", "upstreams.a.servers"},
    {"{\"upstreams\":{\"a\":{\"servers\":[\"10.0.0.1:80\"]}}}", "upstreams.a.servers"},
    {"{\"upstreams\":{\"a\":{\"servers\":[\"example.org:80\"]}}}", "upstreams.a.servers"},
    {"{\"upstreams\":{\"a\":{\"servers\":[\"a:80\"]},\"b\":{\"servers\":[\"a:80\"]}}}", "routes"},
    {"{\"upstreams\":{\"a\":{\"servers\":[\"a:80\"]}},\"routes\":[{\"upstream\":\"x\"}]}",
     "routes[0]"},
    {"{\"upstreams\":{\"a\":{\"servers\":[\"a:80\"]}},\"routes\":[{\"upstream\":\"a\"},"
     "{\"upstream\":\"a\"}]}",
     "routes[1]"},
    {"{\"upstreams\":{\"a\":{\"servers\":[\"a:80\"]}},\"routes\":[{\"upstream\":\"a\","
     "\"path\":\"/a/../b\"}]}",
     "routes[0]"},
    {"{\"upstreams\":{\"a\":{\"servers\":[\"a:80\"]}},\"routes\":[{\"upstream\":\"a\","
     "\"host\":\"A.b\"}]}",
     "routes[0]"},
    {"{\"upstreams\":{\"a\":{\"servers\":[\"a:80\"]}},\"listeners\":[{\"address\":\"x:1\"}]}",
     "listeners[0].address"},
    {"{\"upstreams\":{\"a\":{\"servers\":[\"a:80\"]}},\"listeners\":[{\"names\":[\"*.a\"]}]}",
     "listeners[0].names"},
    {"{\"upstreams\":{\"a\":{\"servers\":[\"a:80\"]}},\"listeners\":[{\"protocols\":[\"h2\"]}]"
     "}",
     "listeners[0].protocols"},
    {"{\"upstreams\":{\"a\":{\"servers\":[\"a:80\"]}},\"listeners\":[{\"protocols\":[\"http/"
     "1.1\","
     "\"http/1.1\"]}]}",
     "listeners[0].protocols"},
    {"{\"upstreams\":{\"a\":{\"servers\":[\"a:80\"]}},\"routes\":[{\"upstream\":\"a\","
     "\"mode\":\"tcp\",\"path\":\"/x\"}]}",
     "routes[0]"},
    {"{\"upstreams\":{\"a\":{\"servers\":[\"a:80\"]}},\"listeners\":[{\"mode\":\"tcp\","
     "\"names\":[\"a.b\",\"c.d\"]}],\"routes\":[{\"mode\":\"tcp\",\"host\":\"c.d\","
     "\"upstream\":\"a\"},{\"upstream\":\"a\"}]}",
     "listeners[0].names"},
    {"{\"upstreams\":{\"a\":{\"servers\":[\"a:80\"],\"protocol\":\"h2\"}},\"listeners\":[{"
     "\"mode\":\"tcp\"}]}",
     "upstreams.a"},
    {"{\"upstreams\":{\"a\":{\"servers\":[\"a:80\"],\"protocol\":\"h2\"},\"b\":{\"servers\":["
     "\"b:80\"]}},\"routes\":[{\"upstream\":\"b\"},{\"upstream\":\"a\",\"mode\":\"passthrough\","
     "\"host\":\"x.y\"}]}",
     "upstreams.a"},
    {"{\"upstreams\":{\"a\":{\"servers\":[\"a:80\"]}},\"listeners\":[{\"proxy_protocol\":{"
     "\"from\":[\"10.0.0.0/8\",\"10.0.0.1/8\"]}}]}",
     "listeners[0].proxy_protocol.from"},
    {"{\"upstreams\":{\"a\":{\"servers\":[\"a:80\"]}},\"routes\":[{\"upstream\":\"a\",\"host\":"
     "\"x.y\"},{\"mode\":\"passthrough\",\"host\":\"x.y\",\"upstream\":\"a\"}]}",
     "routes[1]"},
    {"{\"upstreams\":{\"a\":{\"servers\":[\"a:80\"]}},\"routes\":[{\"upstream\":\"a\",\"mode\":"
     "\"passthrough\",\"path\":\"/x\"}]}",
     "routes[0]"},
    {"{\"upstreams\":{\"a\":{\"servers\":[\"a:80\"],\"tls\":{\"pin_spki_sha256\":[\"" HEX32
     "\"]}}},\"routes\":[{\"upstream\":\"a\",\"mode\":\"passthrough\"}]}",
     "routes[0]"},
    {"{\"upstreams\":{\"a\":{\"servers\":[\"a:80\"]}},\"listeners\":[{\"names\":[\"x.y\"]}],"
     "\"routes\":[{\"upstream\":\"a\",\"mode\":\"passthrough\"}]}",
     "listeners"},
    {"{\"upstreams\":{\"a\":{\"servers\":[\"a:80\"]}},\"listeners\":[{"
     "\"trusted_proxies\":[\"10.0.0.1\",\"proxy.test\"]}]}",
     "listeners[0].trusted_proxies"},
    {"{\"upstreams\":{\"a\":{\"servers\":[\"a:80\"]}},\"tls\":{\"label\":\"A\"}}", "tls.label"},
    {"{\"upstreams\":{\"a\":{\"servers\":[\"a:80\"]}},\"tls\":{\"epoch\":65}}", "tls.epoch"},
    {"{\"upstreams\":{\"a\":{\"servers\":[\"a:80\"]}},\"via\":\"a b\"}", "via"},
    {"{\"upstreams\":{\"a\":{\"servers\":[\"a:80\"]}},\"threads\":0}", "threads"},
    {"{\"upstreams\":{\"a\":{\"servers\":[\"a:80\"]}},\"insecure_agent_endpoint\":\"x\"}",
     "insecure_agent_endpoint"},
    {"{\"upstreams\":{\"a\":{\"servers\":[\"a:80\"]}},\"admin\":{\"address\":\"localhost:1\"}}",
     "admin.address"},
    {"{\"upstreams\":{\"a\":{\"servers\":[\"a:80\"]}},\"evidence\":{\"collateral_url\":\"x\"}}",
     "evidence.collateral_url"},
};

static void each_bad_value_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(CERTBIND_E_MALFORMED, parse(rows[i].text));
        if (problems.count != 1 || strcmp(problems.list[0].path, rows[i].path) != 0)
            fail_msg("%zu problems, first '%s' (%s): %s", problems.count, problems.list[0].path,
                     problems.list[0].text, rows[i].text);
        gateway_config_cleanup(&config);
    }
}

/* Names of 100 characters at epoch 63: 64 entries of at most 250 bytes for each. */
static certbind_status parse_names(size_t count)
{
    static char text[2000];
    size_t n = (size_t)snprintf(text, sizeof text,
                                "{\"upstreams\":{\"a\":{\"servers\":[\"a:80\"]}},"
                                "\"tls\":{\"epoch\":63},\"listeners\":[{\"names\":[");

    for (size_t i = 0; i < count; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s\"%060zu.%035d.ab\"", i > 0 ? "," : "",
                              i, 0);
    (void)snprintf(text + n, sizeof text - n, "]}]}");
    return parse(text);
}

static void names_and_epochs_must_fit_into_a_statement(void **state)
{
    (void)state;
    assert_int_equal(CERTBIND_OK, parse_names(3));
    gateway_config_cleanup(&config);
    assert_int_equal(CERTBIND_E_MALFORMED, parse_names(4));
    assert_string_equal("listeners", problems.list[0].path);
    gateway_config_cleanup(&config);
}

static void clear_text_stays_inside(void **state)
{
    static const char *const local[] = {"127.0.0.1:80", "127.9.9.9:80", "[::1]:80",   "app:80",
                                        "my_app-2:80",  "localhost:80", "unix:/run/a"};
    static const char *const other[] = {
        "10.0.0.1:80", "[::]:80",    "[fe80::1]:80", "a.b:80",        "1:80",  "App:80",
        "app",         "0.0.0.0:80", "app.:80",      "0x08080808:80", "app:0", "app:99999"};

    (void)state;
    for (size_t i = 0; i < sizeof local / sizeof local[0]; i++)
        assert_true(gateway_server_is_local(local[i]));
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++)
        assert_false(gateway_server_is_local(other[i]));
}

static void the_example_files_load(void **state)
{
    static const char *const names[] = {"minimal", "example"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        static char text[10000];
        char path[500];
        FILE *f;
        size_t n;

        (void)snprintf(path, sizeof path, "%s/conf/gateway.%s.json", getenv("DEVPROOF_SOURCE_DIR"),
                       names[i]);
        f = fopen(path, "rb");
        assert_non_null(f);
        n = fread(text, 1, sizeof text - 1, f);
        text[n] = '\0';
        fclose(f);
        assert_int_equal(CERTBIND_OK, parse(text));
        gateway_config_cleanup(&config);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_upstream_is_enough),
        cmocka_unit_test(the_canonical_text_parses_to_itself),
        cmocka_unit_test(each_bad_value_is_named),
        cmocka_unit_test(names_and_epochs_must_fit_into_a_statement),
        cmocka_unit_test(clear_text_stays_inside),
        cmocka_unit_test(the_example_files_load),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
