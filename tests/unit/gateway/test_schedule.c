#include "gateway/control/schedule.h"

#include "gateway/collateral/keeper.h"
#include "tests/support/cmocka_all.h"

enum { T = 1800000000, DAY = 86400 };

static void evidence_is_due_at_half_of_its_life(void **state)
{
    const struct gateway_lifetimes l = {T, T + 3600, T, T - 300 + DAY};
    const int64_t half = (DAY - 300) / 2;

    (void)state;
    assert_int_equal(GATEWAY_DUE_NOTHING, gateway_schedule_due(&l, T));
    assert_int_equal(GATEWAY_DUE_NOTHING, gateway_schedule_due(&l, T + 1799));
    assert_int_equal(GATEWAY_DUE_STATEMENT, gateway_schedule_due(&l, T + 1800));
    assert_int_equal(GATEWAY_DUE_STATEMENT, gateway_schedule_due(&l, T + half - 1));
    assert_int_equal(GATEWAY_DUE_CERTIFICATE, gateway_schedule_due(&l, T + half));
}

static void what_is_missing_is_due(void **state)
{
    const struct gateway_lifetimes none = {0, 0, 0, 0};
    const struct gateway_lifetimes certificate = {0, 0, T, T + DAY};

    (void)state;
    assert_int_equal(GATEWAY_DUE_CERTIFICATE, gateway_schedule_due(&none, T));
    assert_int_equal(GATEWAY_DUE_STATEMENT, gateway_schedule_due(&certificate, T));
}

static void evidence_from_the_future_is_due(void **state)
{
    const struct gateway_lifetimes l = {T, T + 3600, T - 1000, T + DAY};

    (void)state;
    assert_int_equal(GATEWAY_DUE_NOTHING, gateway_schedule_due(&l, T - 300));
    assert_int_equal(GATEWAY_DUE_STATEMENT, gateway_schedule_due(&l, T - 301));
    assert_int_equal(GATEWAY_DUE_CERTIFICATE, gateway_schedule_due(&l, T - 1301));
}

static void backoff_doubles_up_to_ten_seconds_with_jitter(void **state)
{
    static const uint32_t longest[] = {200, 400, 800, 1600, 3200, 6400, 10000, 10000};

    (void)state;
    for (unsigned i = 0; i < sizeof longest / sizeof longest[0]; i++) {
        assert_int_equal(longest[i] / 2, gateway_schedule_backoff_ms(i + 1, 0));
        assert_int_equal(longest[i], gateway_schedule_backoff_ms(i + 1, longest[i] / 2));
    }
    assert_in_range(gateway_schedule_backoff_ms(4000000000u, UINT32_MAX), 5000, 10000);
}

static void collateral_is_fetched_before_it_expires(void **state)
{
    (void)state;
    assert_int_equal(DAY, gateway_keeper_pause_s(T, T + 30 * DAY, 0));
    assert_int_equal(DAY / 2, gateway_keeper_pause_s(T, T + DAY, 0));
    assert_int_equal(60, gateway_keeper_pause_s(T, T + 10, 0));
    assert_int_equal(60, gateway_keeper_pause_s(T, T - 10, 0));
    assert_int_equal(2, gateway_keeper_pause_s(T, 0, 1));
    assert_int_equal(4, gateway_keeper_pause_s(T, T + DAY, 2));
    assert_int_equal(600, gateway_keeper_pause_s(T, 0, 100));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evidence_is_due_at_half_of_its_life),
        cmocka_unit_test(what_is_missing_is_due),
        cmocka_unit_test(evidence_from_the_future_is_due),
        cmocka_unit_test(backoff_doubles_up_to_ten_seconds_with_jitter),
        cmocka_unit_test(collateral_is_fetched_before_it_expires),
    };

    return cmocka_run_group_tests_name("schedule", tests, NULL, NULL);
}
