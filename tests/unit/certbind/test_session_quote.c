#include <stdlib.h>
#include <string.h>

#include "certbind/hex.h"
#include "certbind/session_quote.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/batch_world.h"
#include "tests/unit/certbind/fixture.h"
#include "tests/unit/certbind/log_text.h"

#define OTHER48                                                                                    \
    "999999999999999999999999999999999999999999999999"                                             \
    "999999999999999999999999999999999999999999999999"

enum { ATTRIBUTES_AT = 168, XFAM_AT = 176, CONFIG_ID_AT = 232, RTMR_AT = 376 };

static void a_quote_over_the_session_is_accepted(void **state)
{
    struct world *w = *state;
    const struct batch_knobs knobs = {.log = NULL};
    const struct batch_knobs alone = {.alone = true};

    assert_int_equal(CERTBIND_OK, batch_session(w, &knobs));
    assert_int_equal(CERTBIND_OK, certbind_report_conclude(&w->report));
    assert_true(w->report.accepted);
    assert_true(w->report.complete);
    assert_int_equal(CERTBIND_OK, batch_session(w, &alone));
}

/* One broken fact, everything else right and signed. */
static void each_fault_has_its_code(void **state)
{
    static const uint8_t zeros[64];
    static const struct certbind_tree_proof past = {.index = 3, .size = 3, .path_len = 2};
    struct world *w = *state;
    const struct {
        struct batch_knobs knobs;
        certbind_status expected;
    } cases[] = {
        {{.is_unsigned = true}, CERTBIND_E_QUOTE_SIGNATURE_INVALID},
        {{.value = zeros}, CERTBIND_E_SESSION_PATH},
        {{.report_data = zeros}, CERTBIND_E_SESSION_PATH},
        {{.place = (struct certbind_tree_proof *)&past}, CERTBIND_E_SESSION_PATH},
        {{.edit = {"\"size\":3", "\"size\":4"}}, CERTBIND_E_SESSION_PATH},
        {{.edit = {"\"index\":1", "\"index\":0"}}, CERTBIND_E_SESSION_PATH},
        {{.rtmr3 = OTHER48}, CERTBIND_E_EVENT_LOG_RTMR3},
        {{.log = "[" EVENT_PREPARING "]"}, CERTBIND_E_EVENT_LOG_IDENTITY},
        {{.edit = {"\"event_log\":[", "\"event_log\":[1,"}}, CERTBIND_E_EVENT_LOG_SYNTAX},
        {{.mrtd = OTHER48}, CERTBIND_E_SESSION_QUOTE_OTHER_MACHINE},
        {{.patch = {FORGE_SIGNED, RTMR_AT, OTHER48}}, CERTBIND_E_SESSION_QUOTE_OTHER_MACHINE},
        {{.patch = {FORGE_SIGNED, RTMR_AT + 48, OTHER48}}, CERTBIND_E_SESSION_QUOTE_OTHER_MACHINE},
        {{.patch = {FORGE_SIGNED, RTMR_AT + 96, OTHER48}}, CERTBIND_E_SESSION_QUOTE_OTHER_MACHINE},
        {{.patch = {FORGE_SIGNED, CONFIG_ID_AT, OTHER48}}, CERTBIND_E_SESSION_QUOTE_OTHER_MACHINE},
        {{.log = "[" GOOD_EVENTS "," LOG_EVENT("app", "01") "]"},
         CERTBIND_E_SESSION_QUOTE_OTHER_MACHINE},
        {{.patch = {FORGE_SIGNED, ATTRIBUTES_AT, "01"}}, CERTBIND_E_TD_ATTRIBUTES_DEBUG_SET},
        {{.edit = {"\"kind\":\"quote\"", "\"kind\":\"signature\""}}, CERTBIND_E_SESSION_KIND},
        {{.edit = {"\"quote\":\"", "\"quotes\":\""}}, CERTBIND_E_EVIDENCE_JSON},
        {{.edit = {"\"nonce\":\"07", "\"nonce\":\"08"}}, CERTBIND_E_SESSION_NONCE},
        {{.edit = {"\"v\":1", "\"v\":2"}}, CERTBIND_E_EVIDENCE_VERSION},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const certbind_status status = batch_session(w, &cases[i].knobs);

        if (status != cases[i].expected)
            fail_msg("case %zu: %s (%s)", i, certbind_status_name(status), w->err.detail);
        assert_int_equal(cases[i].expected, certbind_report_conclude(&w->report));
        assert_int_equal(CERTBIND_OK, world_verify_built(w));
    }
}

/* A quote that holds does not make up for the signature: it is always checked. */
static void the_signature_is_always_checked(void **state)
{
    struct world *w = *state;
    const struct batch_knobs good = {.log = NULL};
    struct certbind_session_quote parsed;
    char signature[129];
    char other[129];
    char *text = batch_session_reply(w, &good);

    assert_int_equal(CERTBIND_OK, certbind_session_quote_parse(certbind_text(text), &parsed, NULL));
    certbind_hex_encode(parsed.reply.signature, 64, signature);
    parsed.reply.signature[0] ^= 1;
    certbind_hex_encode(parsed.reply.signature, 64, other);
    certbind_session_quote_cleanup(&parsed);
    free(text);
    const struct batch_knobs knobs = {.edit = {signature, other}};

    assert_int_equal(CERTBIND_E_SESSION_SIGNATURE, batch_session(w, &knobs));
}

/* A policy that takes both attributes, or both values of XFAM, does not make them the same. */
static void another_attribute_or_xfam_is_another_td(void **state)
{
    struct world *w = *state;
    const struct batch_knobs xfam = {.patch = {FORGE_SIGNED, XFAM_AT, "e3"}};
    const struct batch_knobs debug = {.patch = {FORGE_SIGNED, ATTRIBUTES_AT, "01"}};

    assert_int_equal(0xe7, w->report.dcap.td.xfam & 0xff);
    assert_int_equal(CERTBIND_E_SESSION_QUOTE_OTHER_MACHINE, batch_session(w, &xfam));
    w->policy.dcap.td.allow_debug = true;
    assert_int_equal(CERTBIND_OK, world_verify_built(w));
    assert_int_equal(CERTBIND_E_SESSION_QUOTE_OTHER_MACHINE, batch_session(w, &debug));
}

/* Collateral that has become too old since the verdict does not judge a new quote. */
static void collateral_is_judged_at_the_time_of_the_quote(void **state)
{
    struct world *w = *state;
    const struct batch_knobs knobs = {.log = NULL};

    w->policy.dcap.max_collateral_age_s = 1;
    assert_int_equal(CERTBIND_E_COLLATERAL_TOO_OLD, batch_session(w, &knobs));
}

/* A quote of another machine is refused by pinning, even if it shows the same TD. */
static void platform_pinning_holds_for_the_quote_too(void **state)
{
    struct world *w = *state;
    const struct batch_knobs knobs = {.log = NULL};
    static uint8_t other[1][32] = {{1}};
    const struct certbind_hashes none = w->policy.platforms;

    w->policy.platforms = (struct certbind_hashes){other, 1};
    assert_int_equal(CERTBIND_E_PLATFORM_NOT_LISTED, batch_session(w, &knobs));
    w->policy.platforms = none;
}

static void a_policy_of_quotes_takes_no_signature_alone(void **state)
{
    struct world *w = *state;
    const struct batch_knobs knobs = {.log = NULL};

    w->policy.session = CERTBIND_SESSION_QUOTE;
    assert_int_equal(CERTBIND_E_SESSION_KIND, world_session(w));
    assert_int_equal(CERTBIND_OK, world_verify_built(w));
    assert_int_equal(CERTBIND_OK, batch_session(w, &knobs));
}

static void without_a_policy_no_quote_is_judged(void **state)
{
    struct world *w = *state;
    const struct batch_knobs knobs = {.log = NULL};
    struct certbind_connection connection = world_connection(w);
    struct certbind_session_inputs inputs;
    char *text = batch_session_reply(w, &knobs);

    world_session_inputs(w, &inputs);
    const struct certbind_session_evidence session = {.reply = certbind_text(text),
                                                      .nonce = inputs.nonce,
                                                      .exporter = inputs.exporter,
                                                      .quote_form = true};

    assert_int_equal(
        CERTBIND_NOT_CHECKED,
        certbind_verify_session(&w->evidence, &connection, &session, w->now, &w->report, &w->err));
    free(text);
}

static void a_refused_binding_gets_no_verdict_on_its_quote(void **state)
{
    struct world *w = *state;
    const struct batch_knobs knobs = {.log = NULL};

    w->transport.tls13 = false;
    w->go_on = true;
    assert_int_equal(CERTBIND_E_TRANSPORT_VERSION, world_verify_built(w));
    assert_int_equal(CERTBIND_NOT_CHECKED, batch_session(w, &knobs));
    assert_int_not_equal(CERTBIND_STEP_PASS, w->report.steps[CERTBIND_STEP_SESSION].result);
}

static void replies_have_a_size_limit(void **state)
{
    struct world *w = *state;
    const struct batch_knobs knobs = {.log = NULL};
    char *text = batch_session_reply(w, &knobs);
    const size_t len = strlen(text);
    char *padded = malloc(CERTBIND_SESSION_REPLY_MAX_BYTES + 1);
    struct certbind_session_quote parsed;

    assert_non_null(padded);
    memset(padded, ' ', CERTBIND_SESSION_REPLY_MAX_BYTES + 1);
    memcpy(padded, text, len);
    assert_int_equal(CERTBIND_OK,
                     certbind_session_quote_parse(
                         certbind_bytes(padded, CERTBIND_SESSION_REPLY_MAX_BYTES), &parsed, NULL));
    certbind_session_quote_cleanup(&parsed);
    assert_int_equal(
        CERTBIND_E_HTTP_SIZE,
        certbind_session_quote_parse(certbind_bytes(padded, CERTBIND_SESSION_REPLY_MAX_BYTES + 1),
                                     &parsed, NULL));
    free(padded);
    free(text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_quote_over_the_session_is_accepted),
        TEST(each_fault_has_its_code),
        TEST(the_signature_is_always_checked),
        TEST(another_attribute_or_xfam_is_another_td),
        TEST(collateral_is_judged_at_the_time_of_the_quote),
        TEST(platform_pinning_holds_for_the_quote_too),
        TEST(a_policy_of_quotes_takes_no_signature_alone),
        TEST(without_a_policy_no_quote_is_judged),
        TEST(a_refused_binding_gets_no_verdict_on_its_quote),
        TEST(replies_have_a_size_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
