#include "ra-tls/shim/hosts.h"

#include "ra-tls/shim/shim.h"
#include "tests/support/cmocka_all.h"

static void only_local_names_and_allowed_ones_are_answered(void **state)
{
    static const char *const names[] = {"dev.test"};
    struct shim_hosts hosts;

    (void)state;
    shim_hosts_init(&hosts, "127.0.0.1:8080", names, 1);
    assert_true(gw_str_equal(gw_str("http://127.0.0.1:8080"),
                             shim_hosts_find(&hosts, gw_str("127.0.0.1:8080"))));
    assert_true(shim_hosts_find(&hosts, gw_str("LOCALHOST:8080")).len > 0);
    assert_true(shim_hosts_find(&hosts, gw_str("dev.test")).len > 0);
    assert_true(shim_hosts_find(&hosts, gw_str("dev.test:8080")).len > 0);
    assert_int_equal(0, shim_hosts_find(&hosts, gw_str("127.0.0.1")).len);
    assert_int_equal(0, shim_hosts_find(&hosts, gw_str("localhost")).len);
    assert_int_equal(0, shim_hosts_find(&hosts, gw_str("evil.test:8080")).len);
    assert_int_equal(0, shim_hosts_find(&hosts, gw_str("localhost:8081")).len);
    assert_int_equal(0, shim_hosts_find(&hosts, gw_str("")).len);
    shim_hosts_init(&hosts, "[::1]:80", names, 0);
    assert_true(shim_hosts_find(&hosts, gw_str("[::1]")).len > 0);
    assert_true(shim_hosts_find(&hosts, gw_str("localhost")).len > 0);
}

static void loopback_is_told_from_the_rest(void **state)
{
    (void)state;
    assert_true(shim_is_loopback("127.0.0.1:1"));
    assert_true(shim_is_loopback("[::1]:1"));
    assert_false(shim_is_loopback("0.0.0.0:1"));
    assert_false(shim_is_loopback("[::]:1"));
    assert_false(shim_is_loopback("192.0.2.1:1"));
    assert_false(shim_is_loopback("localhost:1"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_local_names_and_allowed_ones_are_answered),
        cmocka_unit_test(loopback_is_told_from_the_rest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
