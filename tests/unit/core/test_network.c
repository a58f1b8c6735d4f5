#include "gateway/core/network.h"

#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "tests/support/cmocka_all.h"

static bool has(const char *network, const char *address)
{
    struct sockaddr_storage a = {0};
    struct gw_network n;

    assert_true(gw_network_parse(network, &n));
    a.ss_family = strchr(address, ':') != NULL ? AF_INET6 : AF_INET;
    assert_int_equal(1, inet_pton(a.ss_family, address,
                                  a.ss_family == AF_INET
                                      ? (void *)&((struct sockaddr_in *)&a)->sin_addr
                                      : (void *)&((struct sockaddr_in6 *)&a)->sin6_addr));
    return gw_network_has(&n, (struct sockaddr *)&a);
}

static void blocks_end_where_their_bits_do(void **state)
{
    (void)state;
    assert_true(has("10.0.0.0/8", "10.255.0.1"));
    assert_false(has("10.0.0.0/8", "11.0.0.0"));
    assert_true(has("10.128.0.0/9", "10.128.0.1"));
    assert_false(has("10.128.0.0/9", "10.127.255.255"));
    assert_true(has("0.0.0.0/0", "255.1.2.3"));
    assert_true(has("10.0.0.1", "10.0.0.1"));
    assert_false(has("10.0.0.1", "10.0.0.2"));
    assert_true(has("10.0.0.2/31", "10.0.0.3"));
    assert_true(has("fd00::/8", "fdff::1"));
    assert_false(has("fd00::/8", "fe00::1"));
    assert_true(has("::1", "::1"));
    assert_false(has("0.0.0.0/0", "::1"));
    assert_false(has("::/0", "10.0.0.1"));
}

static void other_forms_are_refused(void **state)
{
    static const char *const bad[] = {"",
                                      "10.0.0.0/33",
                                      "::/129",
                                      "10.0.0.0/",
                                      "10.0.0.0/8 ",
                                      "10.0.0.0/08",
                                      "10.0.0/8",
                                      "a/8",
                                      "10.0.0.1/31",
                                      "fd00::1/8",
                                      "/8",
                                      "10.0.0.0/-1",
                                      "10.0.0.0/1e1",
                                      "10.0.0.0/0000008"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct gw_network n;

        if (gw_network_parse(bad[i], &n))
            fail_msg("%s", bad[i]);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_end_where_their_bits_do),
        cmocka_unit_test(other_forms_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
