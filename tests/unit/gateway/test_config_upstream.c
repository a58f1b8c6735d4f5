#include "gateway/config/config.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/cmocka_all.h"

#define PIN "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define POLICY "{\"app\":{\"app_id\":\"0011223344556677889900112233445566778899\"}}"

static struct gateway_config config;
static struct certbind_problems problems;

/* Members of the one upstream, and of the one route. */
static certbind_status parse(const char *members, const char *route)
{
    char text[4096];
    certbind_status status;

    (void)snprintf(text, sizeof text,
                   "{\"upstreams\":{\"a\":{\"servers\":[\"a:80\",\"unix:/b\"]%s%s}},"
                   "\"routes\":[{\"upstream\":\"a\"%s%s}]}",
                   members[0] != '\0' ? "," : "", members, route[0] != '\0' ? "," : "", route);
    problems.count = 0;
    status = gateway_config_parse(certbind_text(text), &config, &problems);
    assert_int_equal(status == CERTBIND_OK, problems.count == 0);
    return status;
}

static void an_upstream_has_working_defaults(void **state)
{
    const struct gateway_upstream *u;

    (void)state;
    assert_int_equal(CERTBIND_OK, parse("", ""));
    u = &config.upstreams[0];
    assert_int_equal(2, u->servers_count);
    assert_false(u->least_connections);
    assert_int_equal(4096, u->max_connections);
    assert_int_equal(256, u->max_idle);
    assert_int_equal(1024, u->max_waiting);
    assert_int_equal(5000, u->queue_ms);
    assert_int_equal(3, u->eject_failures);
    assert_int_equal(10000, u->eject_ms);
    assert_int_equal(0, u->connect_ms);
    assert_int_equal(60000, config.routes[0].first_byte_ms);
    assert_int_equal(60000, config.routes[0].between_bytes_ms);
    assert_false(u->has_check);
    assert_false(u->has_tls);
    assert_null(u->policy);
    gateway_config_cleanup(&config);
}

static void waits_are_the_routes_or_the_upstreams_or_the_general_ones(void **state)
{
    static const struct {
        const char *upstream, *route;
        uint32_t first_byte, between_bytes;
    } rows[] = {
        {"\"first_byte_ms\":7,\"between_bytes_ms\":8", "", 7, 8},
        {"\"first_byte_ms\":7,\"between_bytes_ms\":0", "", 7, UINT32_MAX},
        {"\"first_byte_ms\":7", "\"first_byte_ms\":9", 9, 60000},
        {"\"first_byte_ms\":7", "\"first_byte_ms\":0,\"between_bytes_ms\":0", UINT32_MAX,
         UINT32_MAX},
        {"\"first_byte_ms\":\"auto\"", "\"between_bytes_ms\":\"auto\"", 60000, 60000},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(CERTBIND_OK, parse(rows[i].upstream, rows[i].route));
        assert_int_equal(rows[i].first_byte, config.routes[0].first_byte_ms);
        assert_int_equal(rows[i].between_bytes, config.routes[0].between_bytes_ms);
        gateway_config_cleanup(&config);
    }
}

static void checks_and_trust_are_read(void **state)
{
    const struct gateway_upstream *u = NULL;

    (void)state;
    assert_int_equal(CERTBIND_OK, parse("\"check\":{\"path\":\"/h?a\",\"fall\":5},\"tls\":{"
                                        "\"pin_spki_sha256\":[\"" PIN "\"]}",
                                        ""));
    u = &config.upstreams[0];
    assert_true(u->has_check);
    assert_string_equal("/h?a", u->check.path);
    assert_string_equal("localhost", u->check.host);
    assert_int_equal(200, u->check.status_min);
    assert_int_equal(399, u->check.status_max);
    assert_int_equal(5000, u->check.interval_ms);
    assert_int_equal(2000, u->check.timeout_ms);
    assert_int_equal(2, u->check.rise);
    assert_int_equal(5, u->check.fall);
    assert_true(u->has_tls);
    assert_int_equal(1, u->tls.pins_count);
    assert_int_equal(0xff, u->tls.pins[0][31]);
    assert_int_equal(0x11, u->tls.pins[0][1]);
    gateway_config_cleanup(&config);
    assert_int_equal(CERTBIND_OK, parse("\"protocol\":\"h2\",\"check\":{\"path\":\"/h\"}", ""));
    assert_string_equal("/h", config.upstreams[0].check.path);
    gateway_config_cleanup(&config);
    assert_int_equal(
        CERTBIND_OK,
        parse("\"tls\":{\"name\":\"b.test\"},\"attested\":{\"policy\":" POLICY "}", ""));
    assert_string_equal(POLICY, config.upstreams[0].policy);
    assert_non_null(strstr(config.canonical, "\"attested\":{\"policy\":" POLICY));
    gateway_config_cleanup(&config);
}

static void each_bad_value_is_named(void **state)
{
    static const struct {
        const char *members;
        const char *path;
    } rows[] = {
        {"\"balance\":\"random\"", "upstreams.a.balance"},
        {"\"host\":\"a/b\"", "upstreams.a.host"},
        {"\"host\":\"a b\"", "upstreams.a.host"},
        {"\"max_connections\":0", "upstreams.a.max_connections"},
        {"\"check\":{\"path\":\"h\"}", "upstreams.a.check.path"},
        {"\"check\":{\"path\":\"/a b\"}", "upstreams.a.check.path"},
        {"\"check\":{\"path\":\"/a\\r\\nX: y\"}", "upstreams.a.check.path"},
        {"\"check\":{\"path\":\"/a#b\"}", "upstreams.a.check.path"},
        {"\"check\":{\"host\":\"a\\r\\nX: y\"}", "upstreams.a.check.host"},
        {"\"check\":{\"status_min\":300,\"status_max\":299}", "upstreams.a.check.status_max"},
        {"\"protocol\":\"h3\"", "upstreams.a.protocol"},
        {"\"protocol\":\"h2\",\"proxy_protocol\":\"v2\"", "upstreams.a.proxy_protocol"},
        {"\"protocol\":\"h2\",\"tls\":{\"name\":\"a.test\"},\"attested\":{\"policy\":" POLICY "}",
         "upstreams.a.protocol"},
        {"\"check\":{\"interval_ms\":99}", "upstreams.a.check.interval_ms"},
        {"\"tls\":{}", "upstreams.a.tls"},
        {"\"tls\":{\"name\":\"a.test\"}", "upstreams.a.tls"},
        {"\"tls\":{\"name\":\"A.test\",\"pin_spki_sha256\":[\"" PIN "\"]}", "upstreams.a.tls.name"},
        {"\"tls\":{\"pin_spki_sha256\":[\"00\"]}", "upstreams.a.tls.pin_spki_sha256[0]"},
        {"\"tls\":{\"ca_file\":\"/ca\",\"ca_sha256\":\"" PIN "\"}", "upstreams.a.tls.name"},
        {"\"tls\":{\"name\":\"a.test\",\"ca_file\":\"/ca\"}", "upstreams.a.tls.ca_sha256"},
        {"\"tls\":{\"name\":\"a.test\",\"ca_file\":\"/ca\",\"ca_sha256\":\"0011\"}",
         "upstreams.a.tls.ca_sha256"},
        {"\"tls\":{\"ca_sha256\":\"" PIN "\",\"pin_spki_sha256\":[\"" PIN "\"]}",
         "upstreams.a.tls.ca_sha256"},
        {"\"attested\":{\"policy\":" POLICY "}", "upstreams.a.attested"},
        {"\"tls\":{\"name\":\"a.test\",\"pin_spki_sha256\":[\"" PIN
         "\"]},\"attested\":{\"policy\":" POLICY "}",
         "upstreams.a.attested"},
        {"\"tls\":{\"name\":\"a.test\"},\"attested\":{}", "upstreams.a.attested"},
        {"\"tls\":{\"name\":\"a.test\"},\"attested\":{\"policy\":[]}",
         "upstreams.a.attested.policy"},
        {"\"tls\":{\"name\":\"a.test\"},\"attested\":{\"policy\":{\"apps\":{}}}",
         "upstreams.a.attested.policy"},
        {"\"tls\":{\"name\":\"a.test\"},\"attested\":{\"policy\":{\"app\":{},\"app\":{}}}",
         "upstreams.a.attested.policy"},
        {"\"tls\":{\"name\":\"a.test\"},\"attested\":{\"policy\":{\"app\":{\"compose_files\":"
         "[\"x\"]}}}",
         "upstreams.a.attested.policy"},
        {"\"tls\":{\"name\":\"a.test\"},\"attested\":{\"policy\":{\"root_file\":\"/r\"}}",
         "upstreams.a.attested.root_sha256"},
        {"\"tls\":{\"name\":\"a.test\"},\"attested\":{\"policy\":" POLICY ",\"root_sha256\":\"" PIN
         "\"}",
         "upstreams.a.attested.root_sha256"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(CERTBIND_E_MALFORMED, parse(rows[i].members, ""));
        if (problems.count != 1 || strcmp(problems.list[0].path, rows[i].path) != 0)
            fail_msg("%zu problems, first '%s' (%s): %s", problems.count, problems.list[0].path,
                     problems.list[0].text, rows[i].members);
        gateway_config_cleanup(&config);
    }
}

static void tls_lifts_the_bound_on_servers(void **state)
{
    static const char text[] = "{\"upstreams\":{\"a\":{\"servers\":[\"10.0.0.1:443\"],\"tls\":{"
                               "\"pin_spki_sha256\":[\"" PIN "\"]}}}}";

    (void)state;
    problems.count = 0;
    assert_int_equal(CERTBIND_OK, gateway_config_parse(certbind_text(text), &config, &problems));
    gateway_config_cleanup(&config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_upstream_has_working_defaults),
        cmocka_unit_test(waits_are_the_routes_or_the_upstreams_or_the_general_ones),
        cmocka_unit_test(checks_and_trust_are_read),
        cmocka_unit_test(each_bad_value_is_named),
        cmocka_unit_test(tls_lifts_the_bound_on_servers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
