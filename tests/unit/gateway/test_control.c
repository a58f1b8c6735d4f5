#include "gateway/control/control.h"

#include <string.h>

#include "tests/unit/gateway/agent_world.h"

/* Time belongs to the test: the control loop asks this clock. */
static int64_t clock_s;

static int64_t now(void)
{
    return clock_s;
}

/* What was published last. */
struct watcher {
    struct agent_world w;
    struct gateway_control *control;
    bool published;
    unsigned times;
    struct gateway_identity *identity;
    struct gateway_evidence *evidence;
};

static void on_publish(void *user, struct gateway_identity *identity,
                       struct gateway_evidence *evidence)
{
    struct watcher *t = user;

    t->published = true;
    t->times++;
    if (identity != NULL) {
        (void)gw_identity_ref(&identity->base);
        if (t->identity != NULL)
            gw_identity_unref(&t->identity->base);
        t->identity = identity;
    }
    gateway_evidence_unref(t->evidence);
    t->evidence = gateway_evidence_ref(evidence);
}

static void begin(struct watcher *t, const char *fault)
{
    const struct gateway_control_options options = {
        .loop = &t->w.loop,
        .config = &t->w.config,
        .log = &t->w.log,
        .now = now,
        .publish = on_publish,
        .user = t,
    };

    memset(t, 0, sizeof *t);
    clock_s = 1800000000;
    agent_world_open(&t->w, "\"evidence\":{\"collateral_url\":\"\",\"lifetime_s\":3600},"
                            "\"agent\":{\"timeout_ms\":200},");
    if (fault != NULL)
        assert_true(sim_faults_add(&t->w.service.faults, fault));
    t->control = gateway_control_start(&options);
    assert_non_null(t->control);
}

static void wait_published(struct watcher *t)
{
    t->published = false;
    agent_world_run(&t->w, &t->published);
}

static void finish(struct watcher *t)
{
    gateway_control_stop(t->control);
    if (t->identity != NULL)
        gw_identity_unref(&t->identity->base);
    gateway_evidence_unref(t->evidence);
    agent_world_close(&t->w);
}

static void the_first_round_makes_everything(void **state)
{
    struct gateway_control_status status;
    struct watcher t;

    (void)state;
    begin(&t, NULL);
    gateway_control_get_status(t.control, &status);
    assert_false(status.published);
    assert_int_equal(GATEWAY_AGENT_NOT_CALLED, status.agent);
    wait_published(&t);
    assert_non_null(t.identity);
    assert_int_equal(clock_s, t.evidence->issued_at);
    assert_int_equal(clock_s + 3600, t.evidence->not_after);
    assert_int_equal(2, t.w.service.quotes_made);
    gateway_control_get_status(t.control, &status);
    assert_true(status.published);
    assert_int_equal(GATEWAY_AGENT_OK, status.agent);
    assert_int_equal(clock_s - 300 + 86400, status.certificate_until);
    finish(&t);
}

static void a_statement_is_renewed_at_half_of_its_life(void **state)
{
    uint8_t leaf[32], statement[32];
    struct watcher t;

    (void)state;
    begin(&t, NULL);
    wait_published(&t);
    memcpy(leaf, t.identity->leaf_sha256, sizeof leaf);
    memcpy(statement, t.evidence->statement_sha256, sizeof statement);
    clock_s += 1800;
    wait_published(&t);
    assert_int_equal(3, t.w.service.quotes_made);
    assert_int_equal(clock_s, t.evidence->issued_at);
    assert_memory_equal(leaf, t.identity->leaf_sha256, sizeof leaf);
    assert_memory_not_equal(statement, t.evidence->statement_sha256, sizeof statement);
    finish(&t);
}

static void a_certificate_is_renewed_with_the_statement(void **state)
{
    uint8_t leaf[32], spki[32];
    struct watcher t;

    (void)state;
    begin(&t, NULL);
    wait_published(&t);
    memcpy(leaf, t.identity->leaf_sha256, sizeof leaf);
    memcpy(spki, t.identity->spki_sha256, sizeof spki);
    clock_s += 43200;
    wait_published(&t);
    assert_int_equal(4, t.w.service.quotes_made);
    assert_int_equal(clock_s, t.evidence->issued_at);
    assert_memory_not_equal(leaf, t.identity->leaf_sha256, sizeof leaf);
    assert_memory_equal(spki, t.identity->spki_sha256, sizeof spki);
    finish(&t);
}

static void an_event_measured_meanwhile_renews_the_certificate(void **state)
{
    uint8_t leaf[32];
    struct watcher t;

    (void)state;
    begin(&t, NULL);
    wait_published(&t);
    memcpy(leaf, t.identity->leaf_sha256, sizeof leaf);
    assert_true(sim_event_log_add_runtime(&t.w.td.log, 1, "later", certbind_text("x")));
    clock_s += 1800;
    wait_published(&t);
    assert_int_equal(4, t.w.service.quotes_made);
    assert_memory_not_equal(leaf, t.identity->leaf_sha256, sizeof leaf);
    finish(&t);
}

static void every_fault_is_tried_again(void **state)
{
    static const char *const faults[] = {
        "Info:close:2",     "GetKey:garbage:1",   "GetQuote:hang:1",
        "GetQuote:error:3", "GetKey:truncated:1", "Info:500:1",
    };

    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct gateway_control_status status;
        struct watcher t;

        begin(&t, faults[i]);
        wait_published(&t);
        gateway_control_get_status(t.control, &status);
        assert_int_equal(0, status.failures);
        assert_null(status.code);
        finish(&t);
    }
}

static void an_old_statement_stays_while_renewal_fails(void **state)
{
    struct gateway_control_status status;
    struct watcher t;

    (void)state;
    begin(&t, NULL);
    wait_published(&t);
    assert_true(sim_faults_add(&t.w.service.faults, "GetQuote:error:2"));
    clock_s += 1800;
    wait_published(&t);
    assert_int_equal(2, t.times);
    gateway_control_get_status(t.control, &status);
    assert_int_equal(clock_s, status.issued_at);
    finish(&t);
}

static void stopping_in_the_middle_of_a_round_is_clean(void **state)
{
    struct watcher t;

    (void)state;
    begin(&t, "GetQuote:hang");
    for (int i = 0; i < 20; i++)
        (void)uv_run(&t.w.loop, UV_RUN_ONCE);
    finish(&t);
    assert_int_equal(0, t.times);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_round_makes_everything),
        cmocka_unit_test(a_statement_is_renewed_at_half_of_its_life),
        cmocka_unit_test(a_certificate_is_renewed_with_the_statement),
        cmocka_unit_test(an_event_measured_meanwhile_renews_the_certificate),
        cmocka_unit_test(every_fault_is_tried_again),
        cmocka_unit_test(an_old_statement_stays_while_renewal_fails),
        cmocka_unit_test(stopping_in_the_middle_of_a_round_is_clean),
    };

    return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}
