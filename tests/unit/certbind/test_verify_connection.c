#include <string.h>

#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/log_text.h"
#include "tests/unit/certbind/world.h"

/* Judge another connection by the verdict that the world's evidence holds. */
static certbind_status next(struct world *w)
{
    struct certbind_connection connection = world_connection(w);

    return certbind_verify_connection(&w->evidence, &connection, &w->policy, w->now, &w->err);
}

static void a_kept_verdict_serves_further_connections(void **state)
{
    struct world *w = *state;

    assert_int_equal(CERTBIND_OK, next(w));
    assert_int_equal(CERTBIND_OK, world_session(w));
}

static void nothing_is_kept_after_a_refusal(void **state)
{
    struct world *w = *state;

    w->transport.tls13 = false;
    assert_int_equal(CERTBIND_E_TRANSPORT_VERSION, world_verify_built(w));
    w->transport.tls13 = true;
    assert_int_equal(CERTBIND_NOT_CHECKED, next(w));
}

static void each_connection_is_judged_anew(void **state)
{
    struct world *w = *state;

    w->transport.full_handshake = false;
    assert_int_equal(CERTBIND_E_TRANSPORT_RESUMED, next(w));
    w->transport.full_handshake = true;
    w->host = "other.example.test";
    assert_int_equal(CERTBIND_E_NAME_MISMATCH, next(w));
    w->host = WORLD_HOST;
    w->now = (uint64_t)w->statement.not_after;
    assert_int_equal(CERTBIND_OK, next(w));
    w->now++;
    assert_int_equal(CERTBIND_E_STATEMENT_EXPIRED, next(w));
    assert_int_equal(CERTBIND_E_STATEMENT_EXPIRED, world_session(w));
    w->published = true;
    w->now = FORGE_NOW;
    assert_int_equal(CERTBIND_E_USAGE, next(w));
}

/* Another certificate of the same platform and statement. */
static certbind_status next_leaf(struct world *w, struct world *other)
{
    struct certbind_connection connection = world_connection(other);

    return certbind_verify_connection(&w->evidence, &connection, &w->policy, w->now, &w->err);
}

static void evidence_of_another_platform_is_refused(void **state)
{
    struct world *w = *state;
    struct world other;

    world_open(&other);
    world_build(&other);
    /* Signed under another root: the kept collateral cannot vouch for it. */
    assert_int_equal(CERTBIND_E_CERT_EVIDENCE_QUOTE, next_leaf(w, &other));
    other.leaf_without_evidence = true;
    world_build(&other);
    assert_int_equal(CERTBIND_E_TLS_KEY_NOT_IN_STATEMENT, next_leaf(w, &other));
    other.leaf_until = (int64_t)FORGE_NOW - 1;
    world_build(&other);
    assert_int_equal(CERTBIND_E_CERT_VALIDITY, next_leaf(w, &other));
    world_close(&other);
}

static certbind_status session_with(struct world *w, const char *reply, const uint8_t *exporter)
{
    static const uint8_t nonce[32];
    struct certbind_connection connection = world_connection(w);
    const struct certbind_session_evidence session = {
        .reply = certbind_text(reply), .nonce = nonce, .exporter = exporter};

    return certbind_verify_session(&w->evidence, &connection, &session, w->now, &w->report,
                                   &w->err);
}

static void session_failures_fill_the_step(void **state)
{
    static const uint8_t exporter[32];
    struct world *w = *state;

    assert_int_equal(CERTBIND_E_SESSION_EXPORTER, session_with(w, "{}", NULL));
    assert_int_equal(CERTBIND_STEP_FAIL, w->report.steps[CERTBIND_STEP_SESSION].result);
    assert_int_equal(CERTBIND_E_SESSION_EXPORTER, certbind_report_conclude(&w->report));
    assert_int_equal(CERTBIND_E_EVIDENCE_JSON, session_with(w, "{}", exporter));
}

static void addresses_send_no_server_name(void **state)
{
    struct world *w = *state;

    assert_string_equal("", certbind_sni_of("127.0.0.1"));
    assert_string_equal("", certbind_sni_of("::1"));
    assert_string_equal("a.test", certbind_sni_of("a.test"));
    w->host = "127.0.0.1";
    w->name = "127.0.0.1";
    assert_int_equal(CERTBIND_E_TLS_KEY_OTHER_NAME, world_verify(w));
    w->entry.name = "*";
    assert_int_equal(CERTBIND_OK, world_verify(w));
    assert_int_equal(CERTBIND_OK, world_session(w));
}

static void certificate_alone_is_never_complete(void **state)
{
    struct world *w = *state;

    w->no_reply = true;
    w->policy_edit =
        (struct world_edit){"\"config\":[\"" WORLD_CONFIG "\"],",
                            "\"session\":\"none\",\"accept_unchecked\":[\"config\",\"session\"],"};
    assert_int_equal(CERTBIND_OK, world_verify(w));
    assert_int_equal(CERTBIND_OK, certbind_report_conclude(&w->report));
    assert_true(w->report.accepted);
    assert_false(w->report.complete);
    assert_int_equal(CERTBIND_STEP_SKIPPED, w->report.steps[CERTBIND_STEP_SESSION].result);
    assert_int_equal(CERTBIND_STEP_SKIPPED, w->report.steps[CERTBIND_STEP_FRESHNESS].result);
    w->leaf_without_evidence = true;
    assert_int_equal(CERTBIND_E_CERT_EVIDENCE_MISSING, world_verify(w));
    w->leaf_without_evidence = false;
    w->policy_edit.to = "\"session\":\"none\",\"accept_unchecked\":[\"config\"],";
    assert_int_equal(CERTBIND_E_POLICY_INCOMPLETE, world_verify(w));
    w->policy_edit.to =
        "\"session\":\"none\",\"accept_unchecked\":[\"session\"],\"config\":[\"" WORLD_CONFIG
        "\"],";
    assert_int_equal(CERTBIND_E_CONFIG_NOT_PINNED, world_verify(w));
}

static void a_published_binding_has_its_own_scope(void **state)
{
    struct world *w = *state;

    w->published = true;
    assert_int_equal(CERTBIND_OK, world_verify(w));
    assert_int_equal(CERTBIND_OK, certbind_report_conclude(&w->report));
    assert_int_equal(CERTBIND_SCOPE_BINDING, w->report.scope);
    assert_true(w->report.accepted);
    assert_false(w->report.complete);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_kept_verdict_serves_further_connections),
        TEST(nothing_is_kept_after_a_refusal),
        TEST(each_connection_is_judged_anew),
        TEST(evidence_of_another_platform_is_refused),
        TEST(session_failures_fill_the_step),
        TEST(addresses_send_no_server_name),
        TEST(certificate_alone_is_never_complete),
        TEST(a_published_binding_has_its_own_scope),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
