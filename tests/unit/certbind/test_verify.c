#include <stdlib.h>
#include <string.h>

#include "certbind/hex.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/log_text.h"
#include "tests/unit/certbind/world.h"

static int open_world(void **state)
{
    struct world *w = malloc(sizeof *w);

    assert_non_null(w);
    world_open(w);
    *state = w;
    return 0;
}

/* The first failure, which the report and its step must name too. */
static void expect(struct world *w, certbind_status expected)
{
    const certbind_status status = world_verify(w);

    if (status != expected)
        fail_msg("%s (%s), expected %s", certbind_status_name(status), w->err.detail,
                 certbind_status_name(expected));
    assert_int_equal(expected, w->report.code);
    assert_int_equal(CERTBIND_STEP_FAIL, w->report.steps[certbind_status_step(expected)].result);
    assert_int_equal(expected, certbind_report_conclude(&w->report));
    assert_false(w->report.accepted);
}

static void good_evidence_and_session_are_accepted(void **state)
{
    struct world *w = *state;

    assert_int_equal(CERTBIND_OK, world_verify(w));
    /* Without the session proof nothing is accepted yet. */
    assert_int_equal(CERTBIND_NOT_CHECKED, certbind_report_conclude(&w->report));
    assert_false(w->report.accepted);
    assert_int_equal(CERTBIND_OK, world_session(w));
    assert_int_equal(CERTBIND_OK, certbind_report_conclude(&w->report));
    assert_true(w->report.accepted);
    assert_true(w->report.complete);
    assert_true(w->report.simulated);
    assert_string_equal("forged", w->report.os_name);
    assert_int_equal(FORGE_NOW + 3600, w->report.expires_at);
    for (int i = CERTBIND_STEP_NONE + 1; i < CERTBIND_STEP_COUNT; i++)
        assert_int_equal(CERTBIND_STEP_PASS, w->report.steps[i].result);
}

static void transport_must_be_fresh_tls_13(void **state)
{
    struct world *w = *state;

    w->transport.full_handshake = false;
    expect(w, CERTBIND_E_TRANSPORT_RESUMED);
    w->transport.alpn_ok = false;
    expect(w, CERTBIND_E_TRANSPORT_ALPN);
    w->transport.tls13 = false;
    expect(w, CERTBIND_E_TRANSPORT_VERSION);
}

static void names_follow_the_policy(void **state)
{
    struct world *w = *state;

    w->name = "other.example.test";
    expect(w, CERTBIND_E_NAME_MISMATCH);
    w->policy_edit = (struct world_edit){"{\"os\"", "{\"name\":\"attestation-only\",\"os\""};
    assert_int_equal(CERTBIND_OK, world_verify(w));
    assert_int_equal(CERTBIND_STEP_SKIPPED, w->report.steps[CERTBIND_STEP_NAME].result);
    w->name = WORLD_HOST;
    w->policy_edit.to = "{\"name\":\"webpki\",\"os\"";
    expect(w, CERTBIND_E_NAME_CHAIN);
    w->transport.webpki = CERTBIND_WEBPKI_INVALID;
    expect(w, CERTBIND_E_NAME_CHAIN);
    w->transport.webpki = CERTBIND_WEBPKI_VALID;
    assert_int_equal(CERTBIND_OK, world_verify(w));
}

static void certificates_are_valid_now(void **state)
{
    struct world *w = *state;

    w->leaf_until = (int64_t)FORGE_NOW - 1;
    expect(w, CERTBIND_E_CERT_VALIDITY);
    w->leaf_until = (int64_t)FORGE_NOW + 10;
    assert_int_equal(CERTBIND_OK, world_verify(w));
    assert_int_equal(FORGE_NOW + 10, w->report.expires_at);
}

static void certificate_evidence_is_judged_even_when_not_needed(void **state)
{
    struct world *w = *state;

    w->leaf_without_evidence = true;
    assert_int_equal(CERTBIND_OK, world_verify(w));
    w->leaf_without_evidence = false;
    w->leaf_quote_unsigned = true;
    expect(w, CERTBIND_E_CERT_EVIDENCE_QUOTE);
    w->leaf_quote_unsigned = false;
    w->leaf_log = "[" GOOD_EVENTS "," LOG_EVENT("later", "00") "]";
    expect(w, CERTBIND_E_CERT_EVIDENCE_OTHER_MACHINE);
    w->leaf_log = GOOD_LOG;
    w->leaf_mrtd = "0101010101010101010101010101010101010101010101010101010101010101"
                   "01010101010101010101010101010101";
    expect(w, CERTBIND_E_CERT_EVIDENCE_OTHER_MACHINE);
}

static void replies_are_strict(void **state)
{
    static const struct {
        struct world_edit edit;
        certbind_status expected;
    } cases[] = {{{"{\"v\":1", "{\"v\":2"}, CERTBIND_E_EVIDENCE_VERSION},
                 {{"{\"v\":1", "{\"v\":1e0"}, CERTBIND_E_EVIDENCE_JSON},
                 {{"{\"v\":1", "\xef\xbb\xbf{\"v\":1"}, CERTBIND_E_EVIDENCE_JSON},
                 {{"{\"v\":1", "{\"v\":1,\"v\":1"}, CERTBIND_E_EVIDENCE_JSON},
                 {{"\"statement\":\"", "\"statement\":\"\\n"}, CERTBIND_E_STATEMENT_ENCODING},
                 {{"\"statement\":\"", "\"statement\":\"AAA"}, CERTBIND_E_STATEMENT_ENCODING},
                 {{"\"statement\"", "\"stmt\""}, CERTBIND_E_EVIDENCE_JSON},
                 {{"\"quote\":\"", "\"quote\":\"0"}, CERTBIND_E_QUOTE_MALFORMED},
                 {{"\"vm_config\":\"\"", "\"vm_config\":null"}, CERTBIND_E_EVIDENCE_JSON},
                 {{"\"app_compose\":null", "\"app_compose\":1"}, CERTBIND_E_EVIDENCE_JSON},
                 {{"\"collateral\":{", "\"collateral\":[],\"x\":{"}, CERTBIND_E_EVIDENCE_JSON},
                 {{"\"event_log\":[", "\"event_log\":[1,"}, CERTBIND_E_EVENT_LOG_SYNTAX},
                 {{"\"event_log\":[", "\"event_log\":{},\"x\":["}, CERTBIND_E_EVENT_LOG_SYNTAX},
                 {{"{\"v\":1", "{\"fresh\":{},\"v\":1"}, CERTBIND_E_BINDING_NONCE},
                 {{"{\"v\":1", "{\"fresh\":null,\"v\":1"}, CERTBIND_E_EVIDENCE_JSON}};
    struct world *w = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        w->reply_edit = cases[i].edit;
        expect(w, cases[i].expected);
    }
    w->reply_edit = (struct world_edit){"{\"v\":1", "{\"more\":[null,1e9],\"v\":1"};
    assert_int_equal(CERTBIND_OK, world_verify(w));
}

static void statements_are_strict(void **state)
{
    static const struct {
        struct world_edit edit;
        certbind_status expected;
    } cases[] = {{{"{\"v\":1", "{\"v\":2"}, CERTBIND_E_STATEMENT_VERSION},
                 {{"\"epoch\":1", "\"epoch\":1e0"}, CERTBIND_E_STATEMENT_SYNTAX},
                 {{"{\"v\":1", "\xef\xbb\xbf{\"v\":1"}, CERTBIND_E_STATEMENT_ENCODING},
                 {{"{\"v\":1", "{\"session_\\u006bey\":1,\"v\":1"}, CERTBIND_E_STATEMENT_SYNTAX}};
    struct world *w = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        w->statement_edit = cases[i].edit;
        expect(w, cases[i].expected);
    }
}

static void quotes_must_verify(void **state)
{
    struct world *w = *state;

    w->no_staple = true;
    expect(w, CERTBIND_E_COLLATERAL_MISSING);
    w->no_staple = false;
    w->forge.bind_other_key = true;
    expect(w, CERTBIND_E_AK_BINDING_INVALID);
    w->forge.bind_other_key = false;
    w->policy_edit =
        (struct world_edit){"\"max_collateral_age_days\":30", "\"accept\":[\"OutOfDate\"]"};
    assert_int_not_equal(CERTBIND_OK, world_verify(w));
}

static void quote_commits_to_this_statement(void **state)
{
    struct world *w = *state;

    w->report_data = "00000000000000000000000000000000000000000000000000000000000000000000000000000"
                     "000000000000000000000000000000000000000000000000000";
    expect(w, CERTBIND_E_REPORT_DATA_MISMATCH);
}

static void log_replays_to_this_quote(void **state)
{
    struct world *w = *state;

    w->rtmr3 =
        "010101010101010101010101010101010101010101010101010101010101010101010101010101010101"
        "010101010101";
    expect(w, CERTBIND_E_EVENT_LOG_RTMR3);
    w->rtmr3 = NULL;
    w->log = "[" GOOD_EVENTS "," EVENT_COMPOSE "]";
    expect(w, CERTBIND_E_EVENT_LOG_IDENTITY);
}

static void dates_are_judged_by_this_clock(void **state)
{
    struct world *w = *state;

    w->statement.not_after = (int64_t)FORGE_NOW - 1;
    w->statement.issued_at = (int64_t)FORGE_NOW - 100;
    expect(w, CERTBIND_E_STATEMENT_EXPIRED);
    w->statement.issued_at = (int64_t)FORGE_NOW + 301;
    w->statement.not_after = (int64_t)FORGE_NOW + 400;
    expect(w, CERTBIND_E_STATEMENT_NOT_YET_VALID);
    w->statement.not_after = w->statement.issued_at;
    expect(w, CERTBIND_E_STATEMENT_LIFETIME);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, world_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(good_evidence_and_session_are_accepted),
        TEST(transport_must_be_fresh_tls_13),
        TEST(names_follow_the_policy),
        TEST(certificates_are_valid_now),
        TEST(certificate_evidence_is_judged_even_when_not_needed),
        TEST(replies_are_strict),
        TEST(statements_are_strict),
        TEST(quotes_must_verify),
        TEST(quote_commits_to_this_statement),
        TEST(log_replays_to_this_quote),
        TEST(dates_are_judged_by_this_clock),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
