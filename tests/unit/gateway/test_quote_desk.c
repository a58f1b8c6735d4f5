#include <string.h>

#include "tests/unit/gateway/desk_world.h"

static void one_quote_answers_all_that_wait(void **state)
{
    struct desk_world *t = desk_world_open();

    (void)state;
    for (int i = 0; i < 9; i++)
        desk_world_ask(t, i % 2 == 0);
    desk_world_wait(t, 9);
    assert_int_equal(3, t->w.service.quotes_made);
    for (int i = 0; i < 9; i++) {
        assert_int_equal(GATEWAY_TICKET_QUOTED, t->answers.outcome[i]);
        assert_int_equal(9, t->answers.size[i]);
        assert_int_equal(CERTBIND_OK, t->answers.check[i]);
        assert_memory_equal(t->statement, t->answers.statement[i], 32);
    }
    desk_world_close(t);
}

/* What gathers while a statement is renewed names the new one. */
static void a_renewal_goes_first_and_its_statement_is_named(void **state)
{
    uint8_t old[32];
    struct desk_world *t = desk_world_open();

    (void)state;
    memcpy(old, t->statement, sizeof old);
    t->w.service.quote_delay_ms = 1500; /* the clock is looked at once a second */
    desk_world_ask(t, true);
    desk_world_wait_making(t);
    t->clock_s += 1800;
    for (int i = 0; i < 5; i++)
        desk_world_ask(t, true);
    desk_world_wait(t, 6);
    assert_int_equal(2, t->times);
    assert_int_equal(5, t->w.service.quotes_made);
    assert_memory_equal(old, t->answers.statement[0], 32);
    for (int i = 1; i < 6; i++) {
        assert_int_equal(GATEWAY_TICKET_QUOTED, t->answers.outcome[i]);
        assert_memory_equal(t->statement, t->answers.statement[i], 32);
        assert_int_equal(CERTBIND_OK, t->answers.check[i]);
    }
    desk_world_close(t);
}

/* An event measured since makes the statement's quote one of another state: a client would refuse
 * the answer, so the evidence is made anew first. */
static void a_changed_td_renews_the_evidence(void **state)
{
    uint8_t old[32];
    struct desk_world *t = desk_world_open();

    (void)state;
    memcpy(old, t->statement, sizeof old);
    t->clock_s++; /* so that the next statement is another */
    assert_true(sim_event_log_add_runtime(&t->w.td.log, 1, "later", certbind_text("x")));
    desk_world_ask(t, true);
    desk_world_ask(t, false);
    desk_world_wait(t, 2);
    assert_int_equal(2, t->times);
    /* Certificate and statement twice, one quote in vain, one that counts. */
    assert_int_equal(6, t->w.service.quotes_made);
    assert_memory_not_equal(old, t->statement, sizeof old);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(GATEWAY_TICKET_QUOTED, t->answers.outcome[i]);
        assert_memory_equal(t->statement, t->answers.statement[i], 32);
        assert_int_equal(CERTBIND_OK, t->answers.check[i]);
    }
    desk_world_close(t);
}

static void an_agent_that_fails_is_said(void **state)
{
    static const char *const faults[] = {"GetQuote:error:1", "GetQuote:garbage:1",
                                         "GetQuote:close:1"};

    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct desk_world *t = desk_world_open();
        struct gateway_quote_desk_state desk;

        assert_true(sim_faults_add(&t->w.service.faults, faults[i]));
        desk_world_ask(t, true);
        desk_world_wait(t, 1);
        assert_int_equal(GATEWAY_TICKET_UNAVAILABLE, t->answers.outcome[0]);
        desk_world_ask(t, true);
        desk_world_wait(t, 2);
        assert_int_equal(GATEWAY_TICKET_QUOTED, t->answers.outcome[1]);
        gateway_quote_desk_get_state(gateway_control_desk(t->control), &desk);
        assert_int_equal(1, desk.quoted);
        assert_int_equal(1, desk.failed);
        desk_world_close(t);
    }
}

static void nobody_is_quoted_for_who_went_away(void **state)
{
    struct desk_world *t = desk_world_open();

    (void)state;
    atomic_store(&desk_world_ask(t, true)->waiting.gone, true);
    desk_world_ask(t, true);
    desk_world_wait(t, 1);
    assert_int_equal(1, t->answers.size[0]);
    desk_world_close(t);
}

static void a_full_queue_refuses_the_last(void **state)
{
    struct desk_world *t = desk_world_open();

    (void)state;
    t->w.service.quote_delay_ms = 300;
    desk_world_ask(t, true);
    desk_world_wait_making(t);
    for (int i = 0; i < GATEWAY_QUOTE_QUEUE + 2; i++)
        desk_world_ask(t, false);
    desk_world_wait(t, GATEWAY_QUOTE_QUEUE + 3);
    assert_int_equal(GATEWAY_TICKET_BUSY, t->answers.outcome[0]);
    assert_int_equal(GATEWAY_TICKET_BUSY, t->answers.outcome[1]);
    for (int i = 2; i < GATEWAY_QUOTE_QUEUE + 3; i++) {
        assert_int_equal(GATEWAY_TICKET_QUOTED, t->answers.outcome[i]);
        assert_int_equal(CERTBIND_OK, t->answers.check[i]);
    }
    assert_int_equal(GATEWAY_QUOTE_QUEUE, t->answers.size[3]);
    assert_int_equal(4, t->w.service.quotes_made);
    desk_world_close(t);
}

static void an_expired_statement_answers_nothing(void **state)
{
    struct desk_world *t = desk_world_open();

    (void)state;
    assert_true(sim_faults_add(&t->w.service.faults, "Info:error"));
    t->clock_s += 3600;
    desk_world_ask(t, true);
    desk_world_wait(t, 1);
    assert_int_equal(GATEWAY_TICKET_EXPIRED, t->answers.outcome[0]);
    desk_world_close(t);
}

static void draining_answers_what_waits(void **state)
{
    struct desk_world *t = desk_world_open();

    (void)state;
    t->w.service.quote_delay_ms = 300;
    desk_world_ask(t, true);
    desk_world_wait_making(t);
    desk_world_ask(t, true);
    desk_world_ask(t, true);
    for (int i = 0; i < 20; i++) /* both are in the queue then */
        (void)uv_run(&t->w.loop, UV_RUN_NOWAIT);
    gateway_control_drain(t->control);
    desk_world_ask(t, true);
    desk_world_wait(t, 4);
    for (int i = 0; i < 3; i++)
        assert_int_equal(GATEWAY_TICKET_UNAVAILABLE, t->answers.outcome[i]);
    assert_int_equal(GATEWAY_TICKET_QUOTED, t->answers.outcome[3]);
    desk_world_close(t);
}

static void closing_with_tickets_is_clean(void **state)
{
    struct desk_world *t = desk_world_open();

    (void)state;
    t->w.service.quote_delay_ms = 5000;
    desk_world_ask(t, true);
    desk_world_wait_making(t);
    desk_world_ask(t, true);
    assert_int_equal(0, atomic_load(&t->answers.count));
    desk_world_close(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_quote_answers_all_that_wait),
        cmocka_unit_test(a_renewal_goes_first_and_its_statement_is_named),
        cmocka_unit_test(a_changed_td_renews_the_evidence),
        cmocka_unit_test(an_agent_that_fails_is_said),
        cmocka_unit_test(nobody_is_quoted_for_who_went_away),
        cmocka_unit_test(a_full_queue_refuses_the_last),
        cmocka_unit_test(an_expired_statement_answers_nothing),
        cmocka_unit_test(draining_answers_what_waits),
        cmocka_unit_test(closing_with_tickets_is_clean),
    };

    return cmocka_run_group_tests_name("quote_desk", tests, NULL, NULL);
}
