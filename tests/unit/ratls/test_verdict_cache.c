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

/* Returns: the end of what is known of the process of a verdict for "a". */
static uint64_t process_end(struct ratls_cache *cache, uint8_t session_key, uint64_t max_age_s)
{
    struct ratls_verdict *of = ratls_verdict_new("a", 1);
    struct ratls_verdict *v;
    uint64_t until;

    assert_non_null(of);
    memset(of->evidence.statement.session_key, session_key, 32);
    v = ratls_cache_find_process(cache, of, max_age_s, &until);
    assert_int_equal(v == NULL, until == 0);
    ratls_verdict_unref(v);
    ratls_verdict_unref(of);
    return until;
}

static void put_process(struct ratls_cache *cache, const char *host, uint8_t session_key,
                        uint64_t expires_at, uint64_t quoted_at)
{
    struct ratls_verdict *v = ratls_verdict_new(host, 1);

    assert_non_null(v);
    v->evidence.verified = true;
    v->evidence.has_statement = true;
    memset(v->evidence.statement.session_key, session_key, 32);
    v->evidence.expires_at = v->evidence.statement_expires_at = expires_at;
    ratls_verdict_quoted(v, quoted_at);
    ratls_verdict_quoted(v, quoted_at / 2); /* never back */
    ratls_cache_put(cache, v, 100);
    ratls_verdict_unref(v);
}

static void the_verdict_that_holds_longest_is_of_the_same_process(void **state)
{
    struct ratls_cache cache;

    (void)state;
    ratls_cache_init(&cache);
    put_process(&cache, "a", 7, 200, 0);
    put_process(&cache, "a", 7, 300, 120);
    put_process(&cache, "a", 8, 900, 400);
    put_process(&cache, "b", 7, 900, 400);
    assert_int_equal(300, process_end(&cache, 7, 0));
    assert_int_equal(150, process_end(&cache, 7, 30)); /* what no quote answered does not count */
    assert_int_equal(300, process_end(&cache, 7, 500));
    assert_int_equal(900, process_end(&cache, 8, 0));
    assert_int_equal(0, process_end(&cache, 9, 0));
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
        cmocka_unit_test(the_verdict_that_holds_longest_is_of_the_same_process),
        cmocka_unit_test(what_was_not_verified_is_not_kept),
        cmocka_unit_test(the_oldest_make_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
