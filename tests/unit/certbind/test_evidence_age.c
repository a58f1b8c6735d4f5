#include <stdlib.h>
#include <string.h>

#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/batch_world.h"

enum { AGE = 100 };

static int open_world(void **state)
{
    struct world *w = malloc(sizeof *w);

    assert_non_null(w);
    world_open(w);
    w->policy_edit = (struct world_edit){"{\"os\"", "{\"max_evidence_age_s\":100,\"os\""};
    assert_int_equal(CERTBIND_OK, world_verify(w));
    assert_int_equal(AGE, w->policy.max_evidence_age_s);
    *state = w;
    return 0;
}

static void a_signature_counts_from_the_nonce_that_a_quote_answered(void **state)
{
    struct world *w = *state;
    const uint64_t quoted_at = w->now;

    assert_int_equal(CERTBIND_E_EVIDENCE_TOO_OLD, world_session_with(w, 0));
    assert_int_equal(CERTBIND_STEP_FAIL, w->report.steps[CERTBIND_STEP_FRESHNESS].result);
    assert_int_equal(CERTBIND_OK, world_verify_built(w));
    w->now = quoted_at + AGE;
    assert_int_equal(CERTBIND_OK, world_session_with(w, quoted_at));
    assert_int_equal(quoted_at + AGE, w->report.expires_at);
    w->now++;
    assert_int_equal(CERTBIND_E_EVIDENCE_TOO_OLD, world_session_with(w, quoted_at));
}

static void a_quote_counts_from_its_own_nonce(void **state)
{
    struct world *w = *state;
    const uint64_t sent_at = w->now;
    const struct batch_knobs knobs = {.sent_at = sent_at};

    w->now = sent_at + AGE;
    assert_int_equal(CERTBIND_OK, batch_session(w, &knobs));
    assert_int_equal(sent_at + AGE, w->report.expires_at);
    w->now++;
    assert_int_equal(CERTBIND_E_EVIDENCE_TOO_OLD, batch_session(w, &knobs));
}

/* A clock that was set back says nothing about ages. */
static void a_nonce_from_the_future_is_too_old(void **state)
{
    struct world *w = *state;
    const struct batch_knobs knobs = {.sent_at = w->now + 1};

    assert_int_equal(CERTBIND_E_EVIDENCE_TOO_OLD, world_session_with(w, w->now + 1));
    assert_int_equal(CERTBIND_OK, world_verify_built(w));
    assert_int_equal(CERTBIND_E_EVIDENCE_TOO_OLD, batch_session(w, &knobs));
}

static void without_a_limit_nothing_is_too_old(void **state)
{
    struct world *w = *state;

    w->policy_edit = (struct world_edit){NULL, NULL};
    assert_int_equal(CERTBIND_OK, world_verify(w));
    assert_int_equal(CERTBIND_OK, world_session_with(w, 0));
    assert_int_equal(w->evidence.expires_at, w->report.expires_at);
}

static void a_published_binding_must_answer_a_nonce(void **state)
{
    struct world *w = *state;
    const struct batch_knobs now = {.log = NULL};
    const struct batch_knobs old = {.sent_at = w->now - AGE - 1};

    w->published = true;
    assert_int_equal(CERTBIND_E_EVIDENCE_TOO_OLD, world_verify_built(w));
    assert_int_equal(CERTBIND_OK, batch_fresh(w, &now));
    assert_int_equal(CERTBIND_E_EVIDENCE_TOO_OLD, batch_fresh(w, &old));
}

static void an_age_needs_a_session_proof(void **state)
{
    static const char text[] = "{\"session\":\"none\",\"max_evidence_age_s\":60}";
    struct certbind_problems problems = {.count = 0};
    struct certbind_policy policy;

    (void)state;
    assert_int_equal(CERTBIND_E_POLICY_SYNTAX,
                     certbind_policy_parse(certbind_text(text), &policy, &problems));
    assert_int_equal(1, problems.count);
    assert_string_equal("max_evidence_age_s", problems.list[0].path);
    certbind_policy_cleanup(&policy);
}

static void the_modes_are_read(void **state)
{
    struct certbind_problems problems = {.count = 0};
    struct certbind_policy policy;

    (void)state;
    assert_int_equal(CERTBIND_OK, certbind_policy_parse(certbind_text("{\"session\":\"quote\"}"),
                                                        &policy, &problems));
    assert_int_equal(CERTBIND_SESSION_QUOTE, policy.session);
    assert_int_equal(0, policy.max_evidence_age_s);
    certbind_policy_cleanup(&policy);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, world_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_signature_counts_from_the_nonce_that_a_quote_answered),
        TEST(a_quote_counts_from_its_own_nonce),
        TEST(a_nonce_from_the_future_is_too_old),
        TEST(without_a_limit_nothing_is_too_old),
        TEST(a_published_binding_must_answer_a_nonce),
        cmocka_unit_test(an_age_needs_a_session_proof),
        cmocka_unit_test(the_modes_are_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
