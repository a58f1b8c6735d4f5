#include "gateway/core/deadline.h"

#include <stdlib.h>

#include "tests/support/cmocka_all.h"

struct entry {
    struct gw_deadline d;
    struct gw_wheel *wheel;
    struct entry *other;
    int fired;
};

static void on_expire(struct gw_deadline *d)
{
    struct entry *e = (struct entry *)d;

    e->fired++;
    if (e->other != NULL)
        gw_deadline_remove(e->wheel, &e->other->d);
}

static struct gw_wheel *wheel_at(uint64_t now)
{
    struct gw_wheel *w = malloc(sizeof(*w));

    assert_non_null(w);
    gw_wheel_init(w, now);
    return w;
}

static void nothing_fires_early_and_everything_within_two_ticks(void **state)
{
    struct gw_wheel *w = wheel_at(1000);

    (void)state;
    for (uint64_t ms = 0; ms < 70000; ms += 131) {
        struct entry e = {.wheel = w};
        uint64_t begun = w->tick * GW_WHEEL_TICK_MS;
        uint64_t now = begun;

        gw_deadline_init(&e.d, on_expire);
        (void)gw_deadline_set(w, &e.d, begun + ms);
        while (e.fired == 0) {
            now = gw_wheel_next(w);
            assert_int_not_equal(GW_NEVER, now);
            gw_wheel_expire(w, now);
        }
        assert_true(now >= begun + ms);
        assert_true(now <= begun + ms + 2 * GW_WHEEL_TICK_MS);
        assert_int_equal(0, w->count);
    }
    free(w);
}

static void moving_it_later_does_not_fire_at_the_old_time(void **state)
{
    struct gw_wheel *w = wheel_at(0);
    struct entry e = {.wheel = w};

    (void)state;
    gw_deadline_init(&e.d, on_expire);
    (void)gw_deadline_set(w, &e.d, 100);
    (void)gw_deadline_set(w, &e.d, 500);
    gw_wheel_expire(w, 400);
    assert_int_equal(0, e.fired);
    gw_wheel_expire(w, 540);
    assert_int_equal(1, e.fired);
    free(w);
}

static void moving_it_earlier_fires_at_the_new_time(void **state)
{
    struct gw_wheel *w = wheel_at(0);
    struct entry e = {.wheel = w};

    (void)state;
    gw_deadline_init(&e.d, on_expire);
    (void)gw_deadline_set(w, &e.d, 60000);
    (void)gw_deadline_set(w, &e.d, 100);
    gw_wheel_expire(w, 140);
    assert_int_equal(1, e.fired);
    free(w);
}

static void a_cleared_one_never_fires(void **state)
{
    struct gw_wheel *w = wheel_at(0);
    struct entry e = {.wheel = w};

    (void)state;
    gw_deadline_init(&e.d, on_expire);
    (void)gw_deadline_set(w, &e.d, 100);
    gw_deadline_clear(&e.d);
    gw_wheel_expire(w, 100000);
    assert_int_equal(0, e.fired);
    assert_int_equal(0, w->count);
    free(w);
}

static void a_callback_may_remove_another_due_in_the_same_tick(void **state)
{
    struct gw_wheel *w = wheel_at(0);
    struct entry a = {.wheel = w};
    struct entry b = {.wheel = w};

    (void)state;
    a.other = &b;
    b.other = &a;
    gw_deadline_init(&a.d, on_expire);
    gw_deadline_init(&b.d, on_expire);
    (void)gw_deadline_set(w, &a.d, 100);
    (void)gw_deadline_set(w, &b.d, 100);
    gw_wheel_expire(w, 200);
    assert_int_equal(1, a.fired + b.fired);
    assert_int_equal(0, w->count);
    free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_fires_early_and_everything_within_two_ticks),
        cmocka_unit_test(moving_it_later_does_not_fire_at_the_old_time),
        cmocka_unit_test(moving_it_earlier_fires_at_the_new_time),
        cmocka_unit_test(a_cleared_one_never_fires),
        cmocka_unit_test(a_callback_may_remove_another_due_in_the_same_tick),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
