#include "gateway/config/config.h"

#include <stdio.h>

#include "tests/support/cmocka_all.h"

/* A unix socket's path of so many bytes. */
static const char *socket_path(size_t len)
{
    static char text[200];

    (void)snprintf(text, sizeof text, "unix:/%0*d", (int)len - 1, 0);
    return text;
}

/* What the resolver or libuv would read as something else is no server. */
static void servers_have_one_reading(void **state)
{
    static const char *const good[] = {
        "app:80",   "App.example.org:65535", "app.:1", "my_app-2:80", "10.0.0.1:80",
        "[::1]:80", "[2001:db8::1]:443",     "7f:80",  "unix:/a"};
    static const char *const bad[] = {"",
                                      "app",
                                      "app:",
                                      "app:0",
                                      "app:65536",
                                      "app:99999",
                                      "app:000080",
                                      "app:http",
                                      "app:+80",
                                      "app:8 0",
                                      "app:80/x",
                                      " app:80",
                                      ":80",
                                      "a..b:80",
                                      ".a:80",
                                      "a@b:80",
                                      "a b:80",
                                      "http://app:80",
                                      "*:80",
                                      "::1:80",
                                      "[::1]",
                                      "[app]:80",
                                      "[fe80::1%eth0]:80",
                                      "127.1:80",
                                      "1:80",
                                      "010.0.0.1:80",
                                      "0x08080808:80",
                                      "2130706433:80",
                                      "1.2.3.4.:0",
                                      "unix:a",
                                      "unix:"};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (!gateway_server_is_valid(good[i]))
            fail_msg("'%s' is refused", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (gateway_server_is_valid(bad[i]))
            fail_msg("'%s' is taken", bad[i]);
    assert_true(gateway_server_is_valid(socket_path(107)));
    assert_false(gateway_server_is_valid(socket_path(108)));
}

/* One upstream, "a", and further members. */
static size_t problems_of(const char *upstream, const char *members)
{
    struct gateway_config config;
    struct certbind_problems problems = {.count = 0};
    char text[600];

    (void)snprintf(text, sizeof text, "{\"upstreams\":{\"a\":{\"servers\":[\"a:80\"]%s}}%s}",
                   upstream, members);
    (void)!gateway_config_parse(certbind_text(text), &config, &problems);
    gateway_config_cleanup(&config);
    return problems.count;
}

static void a_host_that_is_sent_is_one(void **state)
{
    static const char *const good[] = {"a", "A.b:8080", "[::1]:80", "a_b"};
    static const char *const bad[] = {"a b", "a:99999", "[::1", "a%b<c>", "a/b", "u@a", "a:b"};
    char member[100];

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        (void)snprintf(member, sizeof member, ",\"host\":\"%s\",\"check\":{\"host\":\"%s\"}",
                       good[i], good[i]);
        assert_int_equal(0, problems_of(member, ""));
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        (void)snprintf(member, sizeof member, ",\"host\":\"%s\",\"check\":{\"host\":\"%s\"}",
                       bad[i], bad[i]);
        assert_int_equal(2, problems_of(member, ""));
    }
}

#define NAMED "\"names\":[\"a.test\"]"
#define TO "\"upstream\":\"a\""

static void a_route_can_be_taken(void **state)
{
    static const struct {
        const char *members;
        size_t problems;
    } rows[] = {
        {",\"listeners\":[{" NAMED "}],\"routes\":[{\"host\":\"a.test\"," TO "},{" TO "}]", 0},
        {",\"listeners\":[{" NAMED "}],\"routes\":[{\"host\":\"b.test\"," TO "},{" TO "}]", 1},
        {",\"routes\":[{\"host\":\"b.test\",\"mode\":\"passthrough\"," TO "},{" TO "}]", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (problems_of("", rows[i].members) != rows[i].problems)
            fail_msg("%s", rows[i].members);
}

static void a_port_is_listened_at_once(void **state)
{
    (void)state;
    assert_int_equal(0,
                     problems_of("", ",\"listeners\":[{\"address\":\"127.0.0.1:0\"},{\"address\":"
                                     "\"127.0.0.1:0\"}],\"admin\":{\"address\":\"127.0.0.1:0\"}"));
    assert_int_equal(1, problems_of("", ",\"listeners\":[{},{}]"));
    assert_int_equal(1, problems_of("", ",\"admin\":{\"address\":\"0.0.0.0:8443\"}"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(servers_have_one_reading),
        cmocka_unit_test(a_host_that_is_sent_is_one),
        cmocka_unit_test(a_route_can_be_taken),
        cmocka_unit_test(a_port_is_listened_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
