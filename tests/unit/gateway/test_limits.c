#include "gateway/limits/limits.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/limits/client_table.h"
#include "tests/support/cmocka_all.h"

enum { S = 1000000 };

static const char *names[] = {"a.test"};
static struct gateway_listener listeners[] = {
    {.names = names, .names_count = 1, .direct = true},
    {.names = names, .names_count = 1},
};
static struct sockaddr_storage storage;

static const struct sockaddr *address(const char *text)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)&storage;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&storage;

    memset(&storage, 0, sizeof storage);
    storage.ss_family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
    assert_int_equal(1, inet_pton(storage.ss_family, text,
                                  storage.ss_family == AF_INET ? (void *)&v4->sin_addr
                                                               : (void *)&v6->sin6_addr));
    return (struct sockaddr *)&storage;
}

static void a_bucket_gives_its_burst_and_then_its_rate(void **state)
{
    const struct gateway_rate rate = {.per_s = 2, .burst = 3};
    const struct gateway_rate none = {.per_s = 0};
    const struct gateway_rate slow = {.per_s = 1, .burst = 0};
    gateway_bucket b = 0;

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(0, gateway_bucket_take(&b, &rate, 10 * S));
    assert_int_equal(1, gateway_bucket_take(&b, &rate, 10 * S));
    assert_int_equal(1, gateway_bucket_take(&b, &rate, 10 * S + S / 2 - 1));
    assert_int_equal(0, gateway_bucket_take(&b, &rate, 10 * S + S / 2));
    assert_int_equal(1, gateway_bucket_take(&b, &rate, 10 * S + S / 2));
    assert_false(gateway_bucket_is_full(b, 10 * S + 2 * S - 1));
    assert_true(gateway_bucket_is_full(b, 10 * S + 2 * S));
    for (int i = 0; i < 3; i++)
        assert_int_equal(0, gateway_bucket_take(&b, &rate, 100 * S));
    assert_int_equal(1, gateway_bucket_take(&b, &rate, 100 * S));
    for (int i = 0; i < 1000; i++)
        assert_int_equal(0, gateway_bucket_take(&b, &none, 100 * S));
    b = 0;
    assert_int_equal(0, gateway_bucket_take(&b, &slow, S));
    assert_int_equal(1, gateway_bucket_take(&b, &slow, S));
}

static void prefixes_share_a_place(void **state)
{
    const uint64_t key[2] = {1, 2};
    struct gateway_client_table *t = gateway_client_table_new(1, key);
    struct gateway_client *a, *b;
    struct sockaddr unix_socket = {.sa_family = AF_UNIX};

    (void)state;
    a = gateway_client_table_get(t, address("2001:db8:0:1::1"), 1);
    b = gateway_client_table_get(t, address("2001:db8:0:1:ffff:ffff:ffff:ffff"), 1);
    assert_ptr_equal(a, b);
    assert_ptr_not_equal(a, gateway_client_table_get(t, address("2001:db8:0:2::1"), 1));
    a = gateway_client_table_get(t, address("192.0.2.1"), 1);
    assert_ptr_not_equal(a, gateway_client_table_get(t, address("192.0.2.2"), 1));
    assert_ptr_equal(a, gateway_client_table_get(t, address("192.0.2.1"), 1));
    assert_null(gateway_client_table_get(t, &unix_socket, 1));
    gateway_client_table_free(t);
}

/* More prefixes than there are places: those with connections stay. */
static void connections_keep_their_place(void **state)
{
    const uint64_t key[2] = {3, 4};
    struct gateway_client_table *t = gateway_client_table_new(100, key);
    struct gateway_client *c;
    unsigned refused = 0;
    char text[32];

    (void)state;
    c = gateway_client_table_get(t, address("192.0.2.1"), 1);
    c->connections = 7;
    for (unsigned i = 0; i < 10000; i++) {
        (void)snprintf(text, sizeof text, "10.0.%u.%u", i >> 8, i & 255);
        c = gateway_client_table_get(t, address(text), 1);
        refused += c == NULL;
    }
    assert_int_equal(0, refused);
    assert_int_equal(7, gateway_client_table_get(t, address("192.0.2.1"), 1)->connections);
    for (unsigned i = 0; i < 10000; i++) {
        (void)snprintf(text, sizeof text, "10.1.%u.%u", i >> 8, i & 255);
        c = gateway_client_table_get(t, address(text), 1);
        if (c != NULL)
            c->connections = 1;
        refused += c == NULL;
    }
    assert_in_range(refused, 10000 - GATEWAY_CLIENT_TABLE_MIN, 10000 - 1);
    gateway_client_table_free(t);
}

static void who_owes_most_is_forgotten_last(void **state)
{
    const uint64_t key[2] = {5, 6};
    struct gateway_client_table *t = gateway_client_table_new(1, key);
    char text[32];

    (void)state;
    gateway_client_table_get(t, address("192.0.2.1"), 1)->requests = 100 * S;
    for (unsigned i = 0; i < 20000; i++) {
        (void)snprintf(text, sizeof text, "10.0.%u.%u", i >> 8, i & 255);
        (void)gateway_client_table_get(t, address(text), 1);
    }
    assert_int_equal(100 * S, gateway_client_table_get(t, address("192.0.2.1"), 1)->requests);
    gateway_client_table_free(t);
}

static void only_known_addresses_are_limited(void **state)
{
    struct gateway_config config = {.listeners = listeners, .listeners_count = 2};
    struct gw_conn_info conn = {.peer = address("192.0.2.1")};
    struct gateway_limits *l;

    (void)state;
    config.limits.max_connections = 10;
    config.limits.per_client.connections = 1;
    l = gateway_limits_new(&config, NULL, 1);
    assert_null(gateway_limits_admit(l, &conn, GW_ADMIT_CLIENT, S));
    conn.admitted = GW_ADMIT_CLIENT;
    assert_string_equal("client-connections", gateway_limits_admit(l, &conn, GW_ADMIT_CLIENT, S));
    gateway_limits_release(l, &conn, S);
    assert_null(gateway_limits_admit(l, &conn, GW_ADMIT_CLIENT, S));
    conn.relayed = true;
    for (int i = 0; i < 5; i++)
        assert_null(gateway_limits_admit(l, &conn, GW_ADMIT_CLIENT, S));
    conn.relayed = false;
    conn.listener = 1;
    for (int i = 0; i < 5; i++)
        assert_null(gateway_limits_admit(l, &conn, GW_ADMIT_CLIENT, S));
    gateway_limits_release(l, &conn, S);
    conn.told = true;
    assert_string_equal("client-connections", gateway_limits_admit(l, &conn, GW_ADMIT_CLIENT, S));
    conn.trusted = true;
    assert_null(gateway_limits_admit(l, &conn, GW_ADMIT_CLIENT, S));
    gateway_limits_free(l);
}

/* More prefixes than there are places, each with a connection. */
static void without_a_limit_nobody_is_refused(void **state)
{
    struct gateway_config config = {.listeners = listeners, .listeners_count = 2};
    struct gateway_limits *l;
    unsigned refused[2] = {0, 0};
    char text[32];

    (void)state;
    config.limits.max_connections = 10;
    for (unsigned most = 0; most < 2; most++) {
        config.limits.per_client.connections = most;
        l = gateway_limits_new(&config, NULL, 1);
        for (unsigned i = 0; i < 2 * GATEWAY_CLIENT_TABLE_MIN; i++) {
            struct gw_conn_info conn = {0};

            (void)snprintf(text, sizeof text, "10.0.%u.%u", i >> 8, i & 255);
            conn.peer = address(text);
            refused[most] += gateway_limits_admit(l, &conn, GW_ADMIT_CLIENT, S) != NULL;
        }
        gateway_limits_free(l);
    }
    assert_int_equal(0, refused[0]);
    assert_in_range(refused[1], GATEWAY_CLIENT_TABLE_MIN, 2 * GATEWAY_CLIENT_TABLE_MIN - 1);
}

static void names_that_nobody_lists_count_as_one(void **state)
{
    struct gateway_config config = {.listeners = listeners, .listeners_count = 2};
    struct gw_conn_info conn = {.peer = address("192.0.2.1"), .sni = "a.test", .listener = 1};
    struct gateway_limits *l;
    struct gateway_limit why;

    (void)state;
    config.limits.max_connections = 10;
    config.limits.per_name = (struct gateway_bound){1, 1, 1};
    l = gateway_limits_new(&config, NULL, 1);
    assert_null(gateway_limits_admit(l, &conn, GW_ADMIT_NAME, S));
    assert_string_equal("name-connections", gateway_limits_admit(l, &conn, GW_ADMIT_NAME, S));
    gateway_limits_request(l, &conn, S, &why);
    assert_null(why.code);
    gateway_limits_request(l, &conn, S, &why);
    assert_string_equal("name-rate", why.code);
    assert_int_equal(429, why.status);
    assert_int_equal(1, why.retry_s);
    conn.sni = "x.test";
    gateway_limits_request(l, &conn, S, &why);
    assert_null(why.code);
    conn.sni = NULL;
    gateway_limits_request(l, &conn, S, &why);
    assert_string_equal("name-rate", why.code);
    gateway_limits_free(l);
}

static void short_of_memory_everybody_is_refused(void **state)
{
    struct gateway_config config = {.listeners = listeners, .listeners_count = 2};
    const struct gw_conn_info conn = {.peer = address("192.0.2.1"), .listener = 1};
    struct gateway_memory memory = {.limit = 1};
    struct gateway_limits *l;
    struct gateway_limit why;

    (void)state;
    config.limits.max_connections = 10;
    l = gateway_limits_new(&config, &memory, 1);
    gateway_limits_request(l, &conn, S, &why);
    assert_null(why.code);
    atomic_store(&memory.level, GATEWAY_MEMORY_SHORT);
    gateway_limits_request(l, &conn, S, &why);
    assert_string_equal("overload", why.code);
    assert_int_equal(503, why.status);
    assert_null(gateway_limits_admit(l, &conn, GW_ADMIT_CLIENT, S));
    atomic_store(&memory.level, GATEWAY_MEMORY_FULL);
    assert_string_equal("overload", gateway_limits_admit(l, &conn, GW_ADMIT_CLIENT, S));
    gateway_limits_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bucket_gives_its_burst_and_then_its_rate),
        cmocka_unit_test(prefixes_share_a_place),
        cmocka_unit_test(connections_keep_their_place),
        cmocka_unit_test(who_owes_most_is_forgotten_last),
        cmocka_unit_test(only_known_addresses_are_limited),
        cmocka_unit_test(without_a_limit_nobody_is_refused),
        cmocka_unit_test(names_that_nobody_lists_count_as_one),
        cmocka_unit_test(short_of_memory_everybody_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
