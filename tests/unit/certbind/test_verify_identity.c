#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certbind/compose_hash.h"
#include "certbind/hex.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/log_text.h"
#include "tests/unit/certbind/world.h"

#define OTHER20 "0000000000000000000000000000000000000001"
#define OTHER32 "0000000000000000000000000000000000000000000000000000000000000001"

/* SHA-256 of the id in the log's key-provider event. */
#define KMS "123d4c7ef2d1600a1b3a0f6addc60a10f05a3495c9409f2ecbf4cc095d000a6b"

static int open_world(void **state)
{
    struct world *w = malloc(sizeof *w);

    assert_non_null(w);
    world_open(w);
    *state = w;
    return 0;
}

static void expect(struct world *w, certbind_status expected)
{
    const certbind_status status = world_verify(w);

    if (status != expected)
        fail_msg("%s (%s), expected %s", certbind_status_name(status), w->err.detail,
                 certbind_status_name(expected));
    assert_int_equal(expected == CERTBIND_OK ? CERTBIND_STEP_PASS : CERTBIND_STEP_FAIL,
                     w->report.steps[CERTBIND_STEP_IDENTITY].result);
}

static void each_link_compares(void **state)
{
    static const struct {
        struct world_edit edit;
        certbind_status expected;
    } cases[] = {
        {{"\"mrtd\":\"", "\"rtmr3\":\"" OTHER32 "00000000000000000000000000000000\",\"mrtd\":\""},
         CERTBIND_E_OS_NOT_LISTED},
        {{"\"rtmr0\":", "\"mr_owner\":"}, CERTBIND_E_POLICY_INCOMPLETE},
        {{HEX20, OTHER20}, CERTBIND_E_APP_ID},
        {{HEX32, OTHER32}, CERTBIND_E_COMPOSE_HASH},
        {{WORLD_CONFIG, OTHER32}, CERTBIND_E_CONFIG_NOT_PINNED},
        {{"\"app_id\"", "\"instance_ids\":[\"" OTHER20 "\"],\"app_id\""},
         CERTBIND_E_INSTANCE_NOT_LISTED},
        {{"\"app_id\"", "\"instance_ids\":[\"00112233445566778899aabbccddeeff00112233\"],"
                        "\"app_id\""},
         CERTBIND_OK},
        {{"\"config\":", "\"platforms\":[\"" OTHER32 "\"],\"config\":"},
         CERTBIND_E_PLATFORM_NOT_LISTED}};
    struct world *w = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        w->policy_edit = cases[i].edit;
        expect(w, cases[i].expected);
    }
}

/* Change the first register or hash digit behind a key of the policy. */
static void with_other_value(struct world *w, const char *key, certbind_status expected)
{
    char from[160];
    char to[160];
    const char *at;

    w->policy_edit.from = NULL;
    world_build(w);
    at = strstr(w->policy_text, key);
    assert_non_null(at);
    snprintf(from, sizeof from, "%.*s", (int)strlen(key) + 1, at);
    snprintf(to, sizeof to, "%s%c", key, from[strlen(from) - 1] == '0' ? '1' : '0');
    w->policy_edit = (struct world_edit){from, to};
    expect(w, expected);
    w->policy_edit.from = NULL;
}

static void each_register_of_the_system_counts(void **state)
{
    struct world *w = *state;

    with_other_value(w, "\"mrtd\":\"", CERTBIND_E_OS_NOT_LISTED);
    with_other_value(w, "\"rtmr0\":\"", CERTBIND_E_OS_NOT_LISTED);
    with_other_value(w, "\"rtmr1\":\"", CERTBIND_E_OS_NOT_LISTED);
    with_other_value(w, "\"rtmr2\":\"", CERTBIND_E_OS_NOT_LISTED);
    with_other_value(w, "\"ca_spki_sha256\":\"", CERTBIND_E_KMS_ROOT);
}

/* A policy without one demand, and the same with the waiver for it. */
static void links_without_a_demand_refuse_unless_waived(void **state)
{
    static const struct {
        const char *from;
        const char *without;
        const char *waived;
        enum certbind_link link;
    } cases[] = {{"{\"os\":", "{\"tcb\":{\"max_collateral_age_days\":30}}//",
                  "{\"os\":[],\"accept_unchecked\":[\"os\",\"app\",\"kms\",\"compose\",\"config\"],"
                  "\"tcb\":{\"max_collateral_age_days\":30}}//",
                  CERTBIND_LINK_OS},
                 {"\"app\":{\"app_id\":\"" HEX20 "\",", "\"app\":{",
                  "\"accept_unchecked\":[\"app\"],\"app\":{", CERTBIND_LINK_APP},
                 {"\"kms\":{\"ca_spki_sha256\":\"" KMS "\"},", "",
                  "\"accept_unchecked\":[\"kms\"],", CERTBIND_LINK_KMS},
                 {"\"compose_hashes\":[\"" HEX32 "\"]}", "\"compose_hashes\":[]}",
                  "\"compose_hashes\":[]},\"accept_unchecked\":[\"compose\"]",
                  CERTBIND_LINK_COMPOSE},
                 {"\"config\":[\"" WORLD_CONFIG "\"],", "", "\"accept_unchecked\":[\"config\"],",
                  CERTBIND_LINK_CONFIG}};
    struct world *w = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        w->policy_edit = (struct world_edit){cases[i].from, cases[i].without};
        expect(w, CERTBIND_E_POLICY_INCOMPLETE);
        w->policy_edit.to = cases[i].waived;
        expect(w, CERTBIND_OK);
        assert_int_equal(CERTBIND_OK, world_session(w));
        assert_int_equal(CERTBIND_OK, certbind_report_conclude(&w->report));
        assert_true(w->report.accepted);
        assert_false(w->report.complete);
        assert_true(w->report.unchecked[cases[i].link]);
    }
}

static void nobody_is_accepted_without_a_policy(void **state)
{
    struct world *w = *state;

    w->no_policy = true;
    w->go_on = true;
    w->now = FORGE_NOW;
    (void)world_verify(w);
    assert_int_equal(CERTBIND_STEP_FAIL, w->report.steps[CERTBIND_STEP_IDENTITY].result);
    assert_int_equal(CERTBIND_E_IDENTITY_NOT_PINNED, w->report.steps[CERTBIND_STEP_IDENTITY].code);
    assert_true(w->report.has_identity);
    assert_true(w->report.has_statement);
    /* The session is judged for the report, but nothing follows from it. */
    assert_int_equal(CERTBIND_NOT_CHECKED, world_session(w));
    assert_int_equal(CERTBIND_STEP_PASS, w->report.steps[CERTBIND_STEP_SESSION].result);
    assert_int_not_equal(CERTBIND_OK, certbind_report_conclude(&w->report));
    assert_false(w->report.accepted);
}

static void statement_is_the_logs(void **state)
{
    struct world *w = *state;

    w->statement.app_id[0] ^= 1;
    expect(w, CERTBIND_E_STATEMENT_IDENTITY);
    w->statement.app_id[0] ^= 1;
    w->statement.has_instance_id = false;
    expect(w, CERTBIND_E_STATEMENT_IDENTITY);
}

static void presented_key_is_the_statements(void **state)
{
    struct world *w = *state;
    EVP_PKEY *other = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");

    w->entry.name = "two.example.test";
    expect(w, CERTBIND_E_TLS_KEY_OTHER_NAME);
    w->entry.name = "*";
    expect(w, CERTBIND_OK);
    w->entry.state = CERTBIND_KEY_RETIRED;
    expect(w, CERTBIND_E_TLS_KEY_NOT_CURRENT);
    w->entry.state = CERTBIND_KEY_CURRENT;
    w->presented_key = other; /* with its own good evidence from the same machine */
    expect(w, CERTBIND_E_TLS_KEY_NOT_IN_STATEMENT);
    EVP_PKEY_free(other);
}

static void compose_text_has_the_measured_hash(void **state)
{
    struct world *w = *state;

    w->app_compose = "{}";
    expect(w, CERTBIND_E_COMPOSE_HASH);
}

static void key_provider_must_be_a_kms(void **state)
{
    struct world *w = *state;

    /* {"name":"local-sgx","id":"abcd"}: the same id from somewhere else. */
    w->log = w->leaf_log =
        "[" EVENT_APP_ID "," EVENT_COMPOSE "," EVENT_INSTANCE
        "," LOG_EVENT("key-provider", "7b226e616d65223a226c6f63616c2d736778222c226964223a22"
                                      "61626364227d") "," EVENT_READY "]";
    expect(w, CERTBIND_E_KMS_ROOT);
}

static void the_report_lists_every_failure_when_it_goes_on(void **state)
{
    struct world *w = *state;

    w->go_on = true;
    w->transport.tls13 = false;
    w->policy_edit = (struct world_edit){HEX20, OTHER20};
    w->statement.issued_at = (int64_t)FORGE_NOW - 100;
    w->statement.not_after = (int64_t)FORGE_NOW - 1;
    assert_int_equal(CERTBIND_E_TRANSPORT_VERSION, world_verify(w));
    assert_int_equal(CERTBIND_E_TRANSPORT_VERSION, w->report.code);
    assert_int_equal(CERTBIND_E_APP_ID, w->report.steps[CERTBIND_STEP_IDENTITY].code);
    assert_int_equal(CERTBIND_E_STATEMENT_EXPIRED, w->report.steps[CERTBIND_STEP_FRESHNESS].code);
    assert_int_equal(CERTBIND_STEP_PASS, w->report.steps[CERTBIND_STEP_QUOTE].result);
    w->go_on = false;
    assert_int_equal(CERTBIND_E_TRANSPORT_VERSION, world_verify(w));
    assert_int_equal(CERTBIND_STEP_NOT_EVALUATED, w->report.steps[CERTBIND_STEP_IDENTITY].result);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, world_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(each_link_compares),
        TEST(each_register_of_the_system_counts),
        TEST(links_without_a_demand_refuse_unless_waived),
        TEST(nobody_is_accepted_without_a_policy),
        TEST(statement_is_the_logs),
        TEST(presented_key_is_the_statements),
        TEST(compose_text_has_the_measured_hash),
        TEST(key_provider_must_be_a_kms),
        TEST(the_report_lists_every_failure_when_it_goes_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
