#include "gateway/core/retry_budget.h"

#include "tests/support/cmocka_all.h"

static unsigned take_all(struct gw_retry_budget *b, uint64_t now)
{
    unsigned n = 0;

    while (n < 1000 && gw_retry_budget_take(b, now))
        n++;
    return n;
}

static void a_few_are_always_there(void **state)
{
    struct gw_retry_budget b = {0};

    (void)state;
    assert_int_equal(GW_RETRY_ALWAYS, take_all(&b, 5));
    for (unsigned i = 0; i < GW_RETRY_ALWAYS * GW_RETRY_SHARE; i++)
        gw_retry_budget_request(&b, 6);
    assert_int_equal(0, take_all(&b, 7));
}

static void a_fifth_of_the_requests_may_be_sent_again(void **state)
{
    struct gw_retry_budget b = {0};

    (void)state;
    for (unsigned i = 0; i < 100; i++)
        gw_retry_budget_request(&b, 1000);
    assert_int_equal(20, take_all(&b, 1001));
    for (unsigned i = 0; i < 4; i++)
        gw_retry_budget_request(&b, 1002);
    assert_false(gw_retry_budget_take(&b, 1002));
    gw_retry_budget_request(&b, 1002);
    assert_true(gw_retry_budget_take(&b, 1002));
    assert_false(gw_retry_budget_take(&b, 1002));
}

static void a_window_ends_after_ten_seconds(void **state)
{
    struct gw_retry_budget b = {0};

    (void)state;
    for (unsigned i = 0; i < 100; i++)
        gw_retry_budget_request(&b, 1000);
    assert_int_equal(20, take_all(&b, 1000));
    assert_false(gw_retry_budget_take(&b, 1000 + GW_RETRY_WINDOW_MS - 1));
    assert_int_equal(GW_RETRY_ALWAYS, take_all(&b, 1000 + GW_RETRY_WINDOW_MS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_few_are_always_there),
        cmocka_unit_test(a_fifth_of_the_requests_may_be_sent_again),
        cmocka_unit_test(a_window_ends_after_ten_seconds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
