#include <string.h>

#include "certbind/binding_reply.h"
#include "certbind/hex.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/batch_world.h"
#include "tests/unit/certbind/log_text.h"

static void a_binding_that_answers_the_nonce_is_accepted(void **state)
{
    struct world *w = *state;
    const struct batch_knobs knobs = {.log = NULL};

    assert_int_equal(CERTBIND_OK, batch_fresh(w, &knobs));
    assert_int_equal(CERTBIND_STEP_PASS, w->report.steps[CERTBIND_STEP_FRESHNESS].result);
    assert_non_null(strstr(w->report.steps[CERTBIND_STEP_FRESHNESS].detail, "nonce"));
}

/* The same without a connection: it shows that the TD lives, no more. */
static void a_published_binding_can_be_fresh(void **state)
{
    struct world *w = *state;
    const struct batch_knobs knobs = {.log = NULL};

    w->published = true;
    assert_int_equal(CERTBIND_OK, batch_fresh(w, &knobs));
    assert_int_equal(CERTBIND_OK, certbind_report_conclude(&w->report));
    assert_false(w->report.complete);
}

static void each_fault_has_its_code(void **state)
{
    static const uint8_t zeros[64];
    static const char other[] = "999999999999999999999999999999999999999999999999"
                                "999999999999999999999999999999999999999999999999";
    struct world *w = *state;
    const struct {
        struct batch_knobs knobs;
        certbind_status expected;
    } cases[] = {
        {{.edit = {"\"fresh\":{\"nonce\":\"05", "\"fresh\":{\"nonce\":\"06"}},
         CERTBIND_E_BINDING_NONCE},
        {{.edit = {"\"fresh\":", "\"fresh2\":"}}, CERTBIND_E_BINDING_NONCE},
        {{.edit = {"\"fresh\":{\"nonce\":\"05", "\"fresh\":{\"nonce\":\""}},
         CERTBIND_E_EVIDENCE_JSON},
        {{.edit = {"\"fresh\":{", "\"fresh\":null,\"x\":{"}}, CERTBIND_E_EVIDENCE_JSON},
        {{.edit = {"\"size\":3", "\"size\":0"}}, CERTBIND_E_SESSION_PATH},
        {{.value = zeros}, CERTBIND_E_SESSION_PATH},
        {{.is_unsigned = true}, CERTBIND_E_QUOTE_SIGNATURE_INVALID},
        {{.rtmr3 = other}, CERTBIND_E_EVENT_LOG_RTMR3},
        {{.mrtd = other}, CERTBIND_E_SESSION_QUOTE_OTHER_MACHINE},
        {{.log = "[" GOOD_EVENTS "," LOG_EVENT("app", "01") "]"},
         CERTBIND_E_SESSION_QUOTE_OTHER_MACHINE},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const certbind_status status = batch_fresh(w, &cases[i].knobs);

        if (status != cases[i].expected)
            fail_msg("case %zu: %s (%s)", i, certbind_status_name(status), w->err.detail);
        assert_false(w->evidence.verified);
        assert_int_equal(cases[i].expected, certbind_report_conclude(&w->report));
    }
}

static void what_was_not_asked_is_refused(void **state)
{
    static const uint8_t nonce[32] = {5};
    struct world *w = *state;
    struct certbind_binding_check check = world_check(w);

    /* Asked, and not answered. */
    check.nonce = nonce;
    certbind_evidence_cleanup(&w->evidence);
    assert_int_equal(CERTBIND_E_BINDING_NONCE,
                     certbind_verify_binding(&check, &w->report, &w->evidence, &w->err));
    /* Not asked, and answered. */
    w->reply_edit = (struct world_edit){"{\"v\":1,", "{\"v\":1,\"fresh\":{},"};
    assert_int_equal(CERTBIND_E_BINDING_NONCE, world_verify(w));
}

static void platform_pinning_holds_for_the_fresh_quote(void **state)
{
    static uint8_t other[1][32] = {{1}};
    struct world *w = *state;
    const struct batch_knobs knobs = {.log = NULL};
    const struct certbind_hashes none = w->policy.platforms;

    w->policy.platforms = (struct certbind_hashes){other, 1};
    assert_int_equal(CERTBIND_E_PLATFORM_NOT_LISTED, batch_fresh(w, &knobs));
    w->policy.platforms = none;
}

static void a_quote_that_failed_leaves_nothing_to_compare_with(void **state)
{
    struct world *w = *state;
    const struct batch_knobs knobs = {.log = NULL};

    w->no_staple = true;
    w->go_on = true;
    world_build(w);
    assert_int_equal(CERTBIND_E_COLLATERAL_MISSING, batch_fresh(w, &knobs));
    assert_int_equal(CERTBIND_STEP_FAIL, w->report.steps[CERTBIND_STEP_FRESHNESS].result);
    assert_int_equal(CERTBIND_NOT_CHECKED, w->report.steps[CERTBIND_STEP_FRESHNESS].code);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_binding_that_answers_the_nonce_is_accepted),
        TEST(a_published_binding_can_be_fresh),
        TEST(each_fault_has_its_code),
        TEST(what_was_not_asked_is_refused),
        TEST(platform_pinning_holds_for_the_fresh_quote),
        TEST(a_quote_that_failed_leaves_nothing_to_compare_with),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
