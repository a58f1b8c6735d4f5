#include "gateway/core/http2_budget.h"

#include "tests/support/cmocka_all.h"

static const struct gw_http2_rate rate = {.burst = 3, .per_second = 2};

static void a_burst_passes_and_no_more(void **state)
{
    struct gw_http2_budget b = {0};

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_true(gw_http2_budget_spend(&b, &rate, 1000));
    assert_false(gw_http2_budget_spend(&b, &rate, 1000));
    assert_false(gw_http2_budget_spend(&b, &rate, 1499));
}

static void tokens_come_back_with_time_up_to_the_burst(void **state)
{
    struct gw_http2_budget b = {0};

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_true(gw_http2_budget_spend(&b, &rate, 1000));
    assert_true(gw_http2_budget_spend(&b, &rate, 1500));
    assert_false(gw_http2_budget_spend(&b, &rate, 1500));
    for (int i = 0; i < 3; i++)
        assert_true(gw_http2_budget_spend(&b, &rate, UINT64_MAX / 4));
    assert_false(gw_http2_budget_spend(&b, &rate, UINT64_MAX / 4));
}

static void work_earns_tokens_but_none_beyond_the_burst(void **state)
{
    struct gw_http2_budget b = {0};

    (void)state;
    gw_http2_budget_earn(&b, 100);
    for (int i = 0; i < 3; i++)
        assert_true(gw_http2_budget_spend(&b, &rate, 5));
    assert_false(gw_http2_budget_spend(&b, &rate, 5));
    gw_http2_budget_earn(&b, 1);
    assert_true(gw_http2_budget_spend(&b, &rate, 5));
    assert_false(gw_http2_budget_spend(&b, &rate, 5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_passes_and_no_more),
        cmocka_unit_test(tokens_come_back_with_time_up_to_the_burst),
        cmocka_unit_test(work_earns_tokens_but_none_beyond_the_burst),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
