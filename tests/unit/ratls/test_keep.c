/* Collateral in memory: until when, when the next is due, how much. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ra-tls/keep.h"
#include "tests/support/cmocka_all.h"

static void put(struct ratls_keep *keep, const char *name, const char *bundle, uint64_t now,
                uint64_t until)
{
    ratls_keep_put(keep, name, certbind_text(bundle), certbind_text("quote"), now, until);
}

static void assert_kept(struct ratls_keep *keep, const char *name, uint64_t now, const char *text)
{
    size_t len = 0;
    char *out = ratls_keep_get(keep, name, now, &len);

    assert_int_equal(text == NULL, out == NULL);
    if (out != NULL && text != NULL) {
        assert_int_equal(strlen(text), len);
        assert_string_equal(text, out);
    }
    free(out);
}

static void it_is_given_out_until_it_expires(void **state)
{
    struct ratls_keep keep;

    (void)state;
    ratls_keep_init(&keep);
    assert_int_equal(UINT64_MAX, ratls_keep_refresh_at(&keep));
    put(&keep, "a", "one", 1000, 1100);
    assert_kept(&keep, "a", 1100, "one");
    assert_kept(&keep, "a", 1101, NULL);
    assert_kept(&keep, "b", 1000, NULL);
    put(&keep, "a", "two", 1000, 1200);
    assert_kept(&keep, "a", 1200, "two");
    ratls_keep_cleanup(&keep);
}

static void the_next_is_due_at_half_of_what_is_left(void **state)
{
    struct ratls_keep keep;
    size_t len = 0;
    uint8_t *quote;
    unsigned tries = 0;

    (void)state;
    ratls_keep_init(&keep);
    put(&keep, "a", "one", 1000, 1100);
    assert_int_equal(1050, ratls_keep_refresh_at(&keep));
    assert_null(ratls_keep_take_due(&keep, 1049, &len));
    quote = ratls_keep_take_due(&keep, 1050, &len);
    assert_non_null(quote);
    assert_int_equal(5, len);
    assert_memory_equal("quote", quote, 5);
    free(quote);
    /* It failed: again after half of the rest, never twice in one second, slowly once expired. */
    assert_int_equal(1075, ratls_keep_refresh_at(&keep));
    for (uint64_t now = 1075; now < 1100; now++) {
        quote = ratls_keep_take_due(&keep, now, &len);
        tries += quote != NULL;
        free(quote);
        assert_true(ratls_keep_refresh_at(&keep) > now);
    }
    assert_true(tries > 2 && tries < 10);
    free(ratls_keep_take_due(&keep, 1100, &len));
    assert_true(ratls_keep_refresh_at(&keep) >= 1160);
    ratls_keep_cleanup(&keep);
}

static void a_limited_number_of_families_is_kept(void **state)
{
    struct ratls_keep keep;
    char name[8];

    (void)state;
    ratls_keep_init(&keep);
    for (int i = 0; i <= RATLS_KEEP_MAX; i++) {
        (void)snprintf(name, sizeof name, "%d", i);
        put(&keep, name, name, 1000, 2000);
    }
    assert_kept(&keep, "0", 1000, NULL); /* the oldest made room */
    assert_kept(&keep, "1", 1000, "1");
    assert_kept(&keep, name, 1000, name);
    ratls_keep_cleanup(&keep);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_given_out_until_it_expires),
        cmocka_unit_test(the_next_is_due_at_half_of_what_is_left),
        cmocka_unit_test(a_limited_number_of_families_is_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
