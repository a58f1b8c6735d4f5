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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(servers_have_one_reading),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
