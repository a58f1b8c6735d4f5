#include "gateway/config/route.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/cmocka_all.h"

static const char two_upstreams[] =
    "{\"upstreams\":{\"a\":{\"servers\":[\"a:80\"]},\"b\":{\"servers\":[\"b:80\"]}},\"routes\":["
    "{\"host\":\"x.org\",\"path\":\"/\",\"upstream\":\"a\"},"
    "{\"host\":\"x.org\",\"path\":\"/adm\",\"upstream\":\"b\"},"
    "{\"host\":\"y.org\",\"path\":\"/only\",\"upstream\":\"b\"},"
    "{\"host\":\"*\",\"path\":\"/star/\",\"upstream\":\"b\"}]}";

static const char one_upstream[] = "{\"upstreams\":{\"a\":{\"servers\":[\"a:80\"]}}}";

static struct gateway_config config;

static void load(const char *text)
{
    struct certbind_problems problems = {.count = 0};

    assert_int_equal(CERTBIND_OK, gateway_config_parse(certbind_text(text), &config, &problems));
}

static void find(const char *host, const char *path, struct gateway_route_result *out)
{
    struct gw_http1_request request = {.host = gw_str(host), .path = gw_str(path)};
    char scratch[400];

    gateway_route_find(&config, &request, scratch, out);
}

static void the_longest_path_of_the_own_host_wins(void **state)
{
    static const struct {
        const char *host;
        const char *path;
        const char *route; /* NULL: refused with status */
        unsigned status;
    } rows[] = {
        {"x.org", "/", "x.org/", 0},          {"X.ORG", "/admin", "x.org/", 0},
        {"x.org", "/adm", "x.org/adm", 0},    {"x.org", "/adm/a", "x.org/adm", 0},
        {"x.org", "/%61dm", "x.org/adm", 0},  {"x.org", "/star/x", "x.org/", 0},
        {"z.org", "/star/x", "*/star/", 0},   {"z.org", "/star", NULL, 404},
        {"y.org", "/other", NULL, 404},       {"y.org", "/star/x", "*/star/", 0},
        {"x.org", "*", "x.org/", 0},          {"x.org", "//adm", NULL, 400},
        {"x.org", "/x/../adm", NULL, 400},    {"x.org", "/x\\adm", NULL, 400},
        {"x.org", "/x%2fadm", NULL, 400},     {"x.org", "/%00", NULL, 400},
        {"x.org", "/x/..;/adm", NULL, 400},   {"x.org", "/x/..;y=z/adm/b", NULL, 400},
        {"x.org", "/adm;x", NULL, 400},       {"x.org", "/adm;x/b", NULL, 400},
        {"x.org", "/;/adm", NULL, 400},       {"x.org", "/x/%2e%2e;/adm", NULL, 400},
        {"x.org", "/x/..%3b/adm", NULL, 400}, {"x.org", "/adm/..;/x", NULL, 400},
        {"x.org", "/a;b=c/d;e", "x.org/", 0}, {"x.org", "/adm/a;b", "x.org/adm", 0},
    };
    struct gateway_route_result out;

    (void)state;
    load(two_upstreams);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        find(rows[i].host, rows[i].path, &out);
        if (rows[i].route == NULL) {
            assert_int_equal(GATEWAY_ROUTE_REFUSE, out.kind);
            assert_int_equal(rows[i].status, out.status);
        } else {
            assert_int_equal(GATEWAY_ROUTE_FORWARD, out.kind);
            assert_string_equal(rows[i].route, out.route->name);
        }
    }
    gateway_config_cleanup(&config);
}

static void unknown_hosts_are_misdirected(void **state)
{
    struct gateway_route_result out;

    (void)state;
    load("{\"upstreams\":{\"a\":{\"servers\":[\"a:80\"]}},"
         "\"routes\":[{\"host\":\"x.org\",\"upstream\":\"a\"}]}");
    find("y.org", "/", &out);
    assert_int_equal(GATEWAY_ROUTE_REFUSE, out.kind);
    assert_int_equal(421, out.status);
    gateway_config_cleanup(&config);
}

static void with_one_upstream_spellings_pass_through(void **state)
{
    struct gateway_route_result out;

    (void)state;
    load(one_upstream);
    find("any", "/a//b/../c%2fd", &out);
    assert_int_equal(GATEWAY_ROUTE_FORWARD, out.kind);
    gateway_config_cleanup(&config);
}

static void evidence_belongs_to_the_gateway(void **state)
{
    struct gateway_route_result out;
    char path[200] = "/.well-known/devproof/";

    (void)state;
    load(one_upstream);
    find("", "/.well-known/devproof/binding", &out);
    assert_int_equal(GATEWAY_ROUTE_EVIDENCE, out.kind);
    assert_string_equal("binding", out.endpoint);
    find("any", "/.well-known/devproof", &out);
    assert_int_equal(GATEWAY_ROUTE_EVIDENCE, out.kind);
    assert_string_equal("", out.endpoint);
    memset(path + strlen(path), 'a', GATEWAY_ENDPOINT_ROOM);
    find("any", path, &out);
    assert_int_equal(GATEWAY_ROUTE_EVIDENCE, out.kind);
    assert_string_equal("", out.endpoint);
    find("any", "/.well-known//devproof/binding", &out);
    assert_int_equal(GATEWAY_ROUTE_REFUSE, out.kind);
    assert_string_equal("ambiguous-path", out.code);
    gateway_config_cleanup(&config);
}

static void challenges_belong_to_the_gateway(void **state)
{
    struct gateway_route_result out;

    (void)state;
    load(one_upstream);
    find("any", "/.well-known/acme-challenge/abc", &out);
    assert_int_equal(GATEWAY_ROUTE_CHALLENGE, out.kind);
    assert_string_equal("abc", out.endpoint);
    find("any", "/.well-known/acme-challenge", &out);
    assert_int_equal(GATEWAY_ROUTE_CHALLENGE, out.kind);
    assert_string_equal("", out.endpoint);
    find("any", "/.well-known/acme-challenge%2fabc", &out);
    assert_int_equal(GATEWAY_ROUTE_REFUSE, out.kind);
    assert_string_equal("ambiguous-path", out.code);
    find("any", "/.well-known/acme-challenges/abc", &out);
    assert_int_equal(GATEWAY_ROUTE_FORWARD, out.kind);
    gateway_config_cleanup(&config);
}

static void streams_go_by_mode_and_name(void **state)
{
    const struct gateway_route *r;

    (void)state;
    load("{\"upstreams\":{\"a\":{\"servers\":[\"a:80\"]},\"b\":{\"servers\":[\"b:80\"]}},"
         "\"routes\":[{\"upstream\":\"a\"},{\"mode\":\"tcp\",\"host\":\"x.org\",\"upstream\":"
         "\"b\"}]}");
    r = gateway_route_stream(&config, GATEWAY_MODE_TCP, "x.org");
    assert_non_null(r);
    assert_int_equal(1, r->upstream);
    assert_null(gateway_route_stream(&config, GATEWAY_MODE_TCP, "y.org"));
    assert_null(gateway_route_stream(&config, GATEWAY_MODE_TCP, NULL));
    gateway_config_cleanup(&config);
    load(one_upstream);
    assert_non_null(gateway_route_stream(&config, GATEWAY_MODE_TCP, NULL));
    gateway_config_cleanup(&config);
}

static void a_name_is_passed_through_unless_a_route_ends_it(void **state)
{
    (void)state;
    load("{\"upstreams\":{\"a\":{\"servers\":[\"a:80\"]},\"b\":{\"servers\":[\"b:80\"]}},"
         "\"routes\":[{\"host\":\"x.org\",\"upstream\":\"a\"},"
         "{\"host\":\"t.org\",\"mode\":\"tcp\",\"upstream\":\"a\"},"
         "{\"mode\":\"passthrough\",\"host\":\"y.org\",\"upstream\":\"a\"},"
         "{\"mode\":\"passthrough\",\"upstream\":\"b\"}]}");
    assert_false(gateway_route_passes(&config, gw_str("x.org")));
    assert_false(gateway_route_passes(&config, gw_str("X.org")));
    assert_false(gateway_route_passes(&config, gw_str("t.org")));
    assert_true(gateway_route_passes(&config, gw_str("y.org")));
    assert_true(gateway_route_passes(&config, gw_str("")));
    assert_int_equal(0, gateway_route_stream(&config, GATEWAY_MODE_PASSTHROUGH, "y.org")->upstream);
    assert_int_equal(1, gateway_route_stream(&config, GATEWAY_MODE_PASSTHROUGH, NULL)->upstream);
    gateway_config_cleanup(&config);
    load("{\"upstreams\":{\"a\":{\"servers\":[\"a:80\"]}},\"routes\":[{\"upstream\":\"a\"},"
         "{\"mode\":\"passthrough\",\"host\":\"y.org\",\"upstream\":\"a\"}]}");
    assert_true(gateway_route_passes(&config, gw_str("y.org")));
    assert_false(gateway_route_passes(&config, gw_str("z.org")));
    assert_false(gateway_route_passes(&config, gw_str("")));
    gateway_config_cleanup(&config);
    load(one_upstream);
    assert_false(gateway_route_passes(&config, gw_str("y.org")));
    gateway_config_cleanup(&config);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_path_of_the_own_host_wins),
        cmocka_unit_test(unknown_hosts_are_misdirected),
        cmocka_unit_test(with_one_upstream_spellings_pass_through),
        cmocka_unit_test(evidence_belongs_to_the_gateway),
        cmocka_unit_test(challenges_belong_to_the_gateway),
        cmocka_unit_test(streams_go_by_mode_and_name),
        cmocka_unit_test(a_name_is_passed_through_unless_a_route_ends_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
