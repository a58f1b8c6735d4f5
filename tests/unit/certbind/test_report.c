#include "certbind/report.h"

#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "certbind/compose_hash.h"
#include "certbind/hex.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/log_text.h"
#include "tests/unit/certbind/world.h"

#define ZEROS_48                                                                                   \
    "000000000000000000000000000000000000000000000000"                                             \
    "000000000000000000000000000000000000000000000000"

static const char *text_of(const cJSON *json, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(json, name));

    assert_non_null(text);
    return text;
}

static void zeroed_report_is_a_refusal(void **state)
{
    struct certbind_report report = {.accepted = false};
    char *json = certbind_report_to_json(&report);
    char *text = certbind_report_to_text(&report);

    (void)state;
    assert_int_equal(CERTBIND_NOT_CHECKED, certbind_report_conclude(&report));
    assert_non_null(strstr(json, "\"verdict\":\"refused\""));
    assert_int_equal(0, strncmp(text, "refused not-checked: ", 21));
    free(json);
    free(text);
}

static void one_open_step_refuses(void **state)
{
    (void)state;
    for (int open = CERTBIND_STEP_NONE + 1; open < CERTBIND_STEP_COUNT; open++) {
        struct certbind_report report = {.scope = CERTBIND_SCOPE_CONNECTION};

        for (int i = CERTBIND_STEP_NONE + 1; i < CERTBIND_STEP_COUNT; i++)
            if (i != open)
                certbind_report_pass(&report, (enum certbind_step)i, "fine");
        assert_int_equal(CERTBIND_NOT_CHECKED, certbind_report_conclude(&report));
        assert_false(report.accepted);
        certbind_report_pass(&report, (enum certbind_step)open, "fine");
        assert_int_equal(CERTBIND_OK, certbind_report_conclude(&report));
        assert_true(report.accepted);
        assert_int_equal(CERTBIND_OK, certbind_report_conclude(&report));
        assert_true(report.accepted);
    }
}

static void failed_step_stays_failed(void **state)
{
    struct certbind_report report = {.scope = CERTBIND_SCOPE_CONNECTION};
    const struct certbind_error one = {CERTBIND_E_APP_ID, "one"};
    const struct certbind_error two = {CERTBIND_E_COMPOSE_HASH, "two"};

    (void)state;
    certbind_report_fail(&report, CERTBIND_STEP_NONE, &one);
    certbind_report_fail(&report, CERTBIND_STEP_NONE, &two);
    certbind_report_pass(&report, CERTBIND_STEP_IDENTITY, "no");
    certbind_report_skip(&report, CERTBIND_STEP_IDENTITY, CERTBIND_OK, "no");
    assert_int_equal(CERTBIND_STEP_FAIL, report.steps[CERTBIND_STEP_IDENTITY].result);
    assert_int_equal(CERTBIND_E_APP_ID, report.steps[CERTBIND_STEP_IDENTITY].code);
    assert_int_equal(CERTBIND_E_APP_ID, report.code);
    assert_non_null(strstr(report.notes[0], "compose-hash"));
    for (int i = CERTBIND_STEP_NONE + 1; i < CERTBIND_STEP_COUNT; i++)
        certbind_report_pass(&report, (enum certbind_step)i, "fine");
    assert_int_equal(CERTBIND_E_APP_ID, certbind_report_conclude(&report));
}

/* A refused and waived report, as people and programs see it. */
static void open_refused(struct world *w)
{
    world_open(w);
    w->go_on = true;
    w->policy_edit = (struct world_edit){"{\"os\":", "{\"tcb\":{\"max_collateral_age_days\":30},"
                                                     "\"accept_unchecked\":[\"os\",\"kms\"]}//"};
    assert_int_equal(CERTBIND_E_POLICY_INCOMPLETE, world_verify(w));
    assert_int_equal(CERTBIND_E_POLICY_INCOMPLETE, certbind_report_conclude(&w->report));
}

static void json_has_the_documented_members(void **state)
{
    struct world w;
    char *text;
    cJSON *json;
    const cJSON *step;
    int steps = 0;

    (void)state;
    open_refused(&w);
    text = certbind_report_to_json(&w.report);
    json = cJSON_Parse(text);
    assert_non_null(json);
    assert_string_equal("refused", text_of(json, "verdict"));
    assert_string_equal("policy-incomplete", text_of(json, "code"));
    assert_string_equal("connection", text_of(json, "scope"));
    assert_true(cJSON_IsFalse(cJSON_GetObjectItem(json, "complete")));
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(json, "simulated")));
    assert_string_equal("UpToDate", text_of(cJSON_GetObjectItem(json, "tcb"), "status"));
    assert_true(cJSON_IsArray(cJSON_GetObjectItem(cJSON_GetObjectItem(json, "tcb"), "advisories")));
    assert_string_equal(HEX20, text_of(cJSON_GetObjectItem(json, "identity"), "app_id"));
    assert_int_equal(96, strlen(text_of(cJSON_GetObjectItem(json, "measurements"), "rtmr3")));
    assert_true(cJSON_IsNumber(cJSON_GetObjectItem(json, "expires_at")));
    cJSON_ArrayForEach(step, cJSON_GetObjectItem(json, "steps"))
    {
        const char *result = text_of(step, "result");

        assert_string_equal(certbind_step_name((enum certbind_step)(++steps)),
                            text_of(step, "step"));
        assert_true(strcmp(result, "pass") == 0 || strcmp(result, "fail") == 0 ||
                    strcmp(result, "skipped") == 0);
        (void)text_of(step, "code");
        (void)text_of(step, "detail");
    }
    assert_int_equal(CERTBIND_STEP_COUNT - 1, steps);
    cJSON_Delete(json);
    free(text);
    world_close(&w);
}

static void first_lines_tell_people_the_verdict(void **state)
{
    struct world w;
    char *text;
    static const char first[] =
        "refused policy-incomplete: gw.example.test (simulated: under a test root";
    char *second;

    (void)state;
    open_refused(&w);
    text = certbind_report_to_text(&w.report);
    assert_int_equal(0, strncmp(text, first, strlen(first)));
    second = strchr(text, '\n') + 1;
    assert_int_equal(0, strncmp(second, "  why ", 6));
    assert_non_null(strstr(text, "\n  not checked  os, app, kms, compose, config "));
    free(text);
    world_close(&w);
}

static void control_characters_of_peers_are_not_printed(void **state)
{
    struct certbind_report report = {.has_statement = true};
    char *text;

    (void)state;
    memcpy(report.software, "a\x1b[2Jb", 7);
    report.has_identity = true;
    memcpy(report.identity.key_provider,
           "\xc2\x9b"
           "2J\xe2\x80\xae",
           8); /* CSI and a turn of direction */
    text = certbind_report_to_text(&report);
    assert_null(strchr(text, '\x1b'));
    assert_null(strchr(text, '\x9b'));
    assert_null(strstr(text, "\xe2\x80\xae"));
    assert_non_null(strstr(text, "a?[2Jb"));
    free(text);
}

static certbind_status judge_quote(struct world *w, const char *policy_text,
                                   struct certbind_report *report)
{
    struct certbind_policy policy;
    struct certbind_problems problems = {.count = 0};
    certbind_status status;

    assert_int_equal(CERTBIND_OK,
                     certbind_policy_parse(certbind_text(policy_text), &policy, &problems));
    policy.dcap.max_collateral_age_s = 0;
    const struct certbind_quote_check check = {
        .quote = certbind_bytes(w->forge.quote, w->forge.quote_len),
        .collateral = certbind_text(w->forge.bundle),
        .root_der = certbind_bytes(w->forge.root, w->forge.root_len),
        .policy = &policy,
        .now = w->now};

    status = certbind_verify_quote(&check, report, NULL);
    certbind_policy_cleanup(&policy);
    return status;
}

static void a_quote_alone_has_the_scope_platform(void **state)
{
    struct world w;
    struct certbind_report report;
    struct certbind_quote_check nothing = {.now = FORGE_NOW};

    (void)state;
    world_open(&w);
    world_build(&w);
    assert_int_equal(CERTBIND_OK, judge_quote(&w, "{}", &report));
    assert_true(report.accepted);
    assert_false(report.complete);
    assert_int_equal(CERTBIND_SCOPE_PLATFORM, report.scope);
    assert_int_equal(CERTBIND_STEP_SKIPPED, report.steps[CERTBIND_STEP_IDENTITY].result);
    assert_int_equal(CERTBIND_E_OS_NOT_LISTED,
                     judge_quote(&w, "{\"os\":[{\"report_data\":\"" HEX32 HEX32 "\"}]}", &report));
    assert_false(report.accepted);
    assert_int_equal(CERTBIND_OK,
                     judge_quote(&w, "{\"os\":[{\"mr_owner\":\"" ZEROS_48 "\"}]}", &report));
    assert_int_equal(CERTBIND_E_OS_NOT_LISTED,
                     judge_quote(&w, "{\"os\":[{\"name\":\"any\"}]}", &report));
    assert_string_equal("signed by a platform under a test root",
                        report.steps[CERTBIND_STEP_QUOTE].detail);
    assert_int_equal(CERTBIND_E_COLLATERAL_MISSING, certbind_verify_quote(&nothing, &report, NULL));
    assert_false(report.accepted);
    w.forge.quote[700] ^= 1; /* in the attestation key */
    assert_int_equal(CERTBIND_E_AK_BINDING_INVALID, judge_quote(&w, "{}", &report));
    assert_false(report.accepted);
    world_close(&w);
}

static void a_quote_alone_shows_its_machine(void **state)
{
    struct world w;
    struct certbind_report report;
    uint8_t device_id[CERTBIND_SHA256_LEN];
    char policy[100] = "{\"platforms\":[\"" HEX32 "\"]}";

    (void)state;
    world_open(&w);
    world_build(&w);
    assert_int_equal(CERTBIND_E_PLATFORM_NOT_LISTED, judge_quote(&w, policy, &report));
    assert_false(report.accepted);
    assert_int_equal(CERTBIND_STEP_FAIL, report.steps[CERTBIND_STEP_IDENTITY].result);
    assert_true(certbind_device_id(report.dcap.pck.ppid, device_id));
    certbind_hex_encode(device_id, sizeof device_id, policy + strlen("{\"platforms\":[\""));
    memcpy(policy + strlen(policy), "\"]}", sizeof "\"]}");
    assert_int_equal(CERTBIND_OK, judge_quote(&w, policy, &report));
    assert_int_equal(CERTBIND_STEP_PASS, report.steps[CERTBIND_STEP_IDENTITY].result);
    assert_non_null(strstr(report.notes[0], "app, kms, compose"));
    world_close(&w);
}

static void a_policy_that_allows_debug_mode_is_not_told_that_there_is_none(void **state)
{
    struct world w;
    struct certbind_report report;

    (void)state;
    world_open(&w);
    /* TDATTRIBUTES with DEBUG, MIGRATABLE and PERFMON. */
    w.extra = (struct forge_patch){FORGE_SIGNED, 168, "0100003000000080"};
    world_build(&w);
    assert_int_equal(CERTBIND_OK,
                     judge_quote(&w,
                                 "{\"td\":{\"allow_debug\":true,\"allow_migratable\":true,"
                                 "\"allow_perfmon\":true}}",
                                 &report));
    assert_string_equal(
        "by the policy's leave: debug mode (its host reads its memory), migration to "
        "other machines, performance counters",
        report.steps[CERTBIND_STEP_TD_ATTRIBUTES].detail);
    assert_non_null(strstr(report.notes[0], "no protection: debug mode"));
    assert_int_equal(CERTBIND_E_TD_ATTRIBUTES_DEBUG_SET, judge_quote(&w, "{}", &report));
    assert_int_equal(0, report.note_count);
    world_close(&w);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_policy_that_allows_debug_mode_is_not_told_that_there_is_none),
        cmocka_unit_test(a_quote_alone_shows_its_machine),
        cmocka_unit_test(zeroed_report_is_a_refusal),
        cmocka_unit_test(one_open_step_refuses),
        cmocka_unit_test(failed_step_stays_failed),
        cmocka_unit_test(json_has_the_documented_members),
        cmocka_unit_test(first_lines_tell_people_the_verdict),
        cmocka_unit_test(control_characters_of_peers_are_not_printed),
        cmocka_unit_test(a_quote_alone_has_the_scope_platform),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
