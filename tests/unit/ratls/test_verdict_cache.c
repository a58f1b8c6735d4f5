#include "ra-tls/cache.h"

#include <string.h>

#include "tests/support/cmocka_all.h"

static void put(struct ratls_cache *cache, const char *host, uint16_t port, uint8_t statement,
                uint64_t expires_at, bool verified)
{
    struct ratls_verdict *v = ratls_verdict_new(host, port);

    assert_non_null(v);
    v->evidence.verified = verified;
    v->evidence.has_statement = true;
    memset(v->evidence.statement_sha256, statement, 32);
    v->evidence.expires_at = expires_at;
    ratls_cache_put(cache, v, 100);
    ratls_verdict_unref(v);
}

static bool has(struct ratls_cache *cache, const char *host, uint16_t port, int statement,
                uint64_t now)
{
    uint8_t hash[32];
    struct ratls_verdict *v;

    memset(hash, statement, sizeof hash);
    v = ratls_cache_find(cache, host, port, statement < 0 ? NULL : hash, now);
    ratls_verdict_unref(v);
    return v != NULL;
}

static void verdicts_hold_for_their_server_statement_and_time(void **state)
{
    struct ratls_cache cache;

    (void)state;
    ratls_cache_init(&cache);
    put(&cache, "a", 1, 7, 200, true);
    assert_true(has(&cache, "a", 1, 7, 200));
    assert_true(has(&cache, "a", 1, -1, 150));
    assert_false(has(&cache, "a", 1, 7, 201));
    assert_false(has(&cache, "a", 1, 8, 150));
    assert_false(has(&cache, "a", 2, 7, 150));
    assert_false(has(&cache, "b", 1, 7, 150));
    ratls_cache_cleanup(&cache);
}

static void what_was_not_verified_is_not_kept(void **state)
{
    struct ratls_cache cache;

    (void)state;
    ratls_cache_init(&cache);
    put(&cache, "a", 1, 7, 200, false);
    assert_false(has(&cache, "a", 1, 7, 150));
    put(&cache, "a", 1, 7, 99, true);
    assert_int_equal(0, cache.count);
    ratls_cache_cleanup(&cache);
}

static void the_oldest_make_room(void **state)
{
    struct ratls_cache cache;

    (void)state;
    ratls_cache_init(&cache);
    for (uint8_t i = 0; i <= RATLS_CACHE_MAX; i++)
        put(&cache, "a", 1, i, 200, true);
    assert_int_equal(RATLS_CACHE_MAX, cache.count);
    assert_false(has(&cache, "a", 1, 0, 150));
    assert_true(has(&cache, "a", 1, 1, 150));
    assert_true(has(&cache, "a", 1, RATLS_CACHE_MAX, 150));
    ratls_cache_cleanup(&cache);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts_hold_for_their_server_statement_and_time),
        cmocka_unit_test(what_was_not_verified_is_not_kept),
        cmocka_unit_test(the_oldest_make_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
