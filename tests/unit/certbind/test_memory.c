/* Memory that runs out at any point refuses, and leaks nothing. */
#include <stdlib.h>
#include <string.h>

#include "certbind/binding_reply.h"
#include "certbind/leaf.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/short_memory.h"
#include "tests/unit/certbind/chain_sample.h"
#include "tests/unit/certbind/fixture.h"
#include "tests/unit/certbind/world.h"

enum { MANY = 20000 };

/* Run attempt with the first, second, ... allocation failing until it succeeds. */
static size_t sweep(certbind_status (*attempt)(void *), void *argument)
{
    certbind_status status = CERTBIND_NOT_CHECKED;
    size_t n = 0;

    while (status != CERTBIND_OK) {
        bool failed;

        short_memory.fails_at = ++n;
        status = attempt(argument);
        failed = short_memory.fails_at == 0;
        short_memory.fails_at = 0;
        if (failed)
            assert_int_not_equal(CERTBIND_OK, status);
        assert_true(n < MANY);
    }
    return n;
}

static certbind_status judge(void *argument)
{
    struct world *w = argument;

    return world_verify_built(w);
}

static void a_verdict_without_memory_is_a_refusal(void **state)
{
    struct world w;

    (void)state;
    world_open(&w);
    world_build(&w);
    assert_true(sweep(judge, &w) > 100);
    assert_int_equal(CERTBIND_OK, world_session(&w));
    assert_int_equal(CERTBIND_OK, certbind_report_conclude(&w.report));
    world_close(&w);
}

static certbind_status encode_statement(void *argument)
{
    char *text = NULL;
    const certbind_status status = certbind_statement_encode(argument, &text, NULL);

    assert_int_equal(status == CERTBIND_OK, text != NULL);
    free(text);
    return status;
}

static void a_statement_without_memory_is_none(void **state)
{
    struct certbind_statement s;

    (void)state;
    assert_int_equal(CERTBIND_OK,
                     certbind_statement_parse(certbind_text(VECTOR_STATEMENT), &s, NULL));
    assert_true(sweep(encode_statement, &s) > 50);
    certbind_statement_cleanup(&s);
}

static certbind_status parse_policy(void *argument)
{
    struct certbind_policy policy;
    struct certbind_problems problems = {.count = 0};
    const certbind_status status =
        certbind_policy_parse(certbind_text(argument), &policy, &problems);

    certbind_policy_cleanup(&policy);
    return status;
}

static void a_policy_without_memory_is_none(void **state)
{
    char text[] = "{\"app\":{\"compose_files\":[\"a\"]},\"tcb\":{\"accept\":[\"UpToDate\"]},"
                  "\"accept_unchecked\":[\"os\"]}";

    (void)state;
    assert_true(sweep(parse_policy, text) > 20);
}

static certbind_status write_report(void *argument)
{
    char *text = certbind_report_to_json(argument);
    const certbind_status status = text != NULL ? CERTBIND_OK : CERTBIND_E_MEMORY;

    free(text);
    return status;
}

static void a_report_without_memory_is_none(void **state)
{
    static struct certbind_report report;

    (void)state;
    assert_true(sweep(write_report, &report) > 50);
}

static certbind_status check_leaf(void *argument)
{
    struct certbind_leaf_evidence evidence;
    const certbind_status status = certbind_leaf_check_evidence(argument, &evidence, NULL);

    certbind_leaf_evidence_cleanup(&evidence);
    return status;
}

static void certificate_evidence_without_memory_is_none(void **state)
{
    static const char *const paths[] = {"dstack/ratls-certs/ratls-both-forms.crt.pem",
                                        "dstack/ratls-certs/ratls-attestation-v1-msgpack.crt.pem"};

    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct certbind_leaf leaf;
        size_t len;
        uint8_t *der = fixture_certificate_der(paths[i], &len);

        assert_int_equal(CERTBIND_OK, certbind_leaf_parse(certbind_bytes(der, len), &leaf, NULL));
        assert_true(sweep(check_leaf, &leaf) > 5);
        certbind_leaf_cleanup(&leaf);
        free(der);
    }
}

static certbind_status judge_chain(void *argument)
{
    struct chain_sample *s = argument;

    return certbind_kms_chain_check(&s->chain, NULL);
}

static void a_chain_without_memory_is_none(void **state)
{
    static const uint8_t app_id[20] = {1};
    struct chain_sample s;

    (void)state;
    chain_sample_open(&s, EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256"), app_id,
                      UINT64_C(1790000000));
    chain_sample_build(&s, certbind_bytes(NULL, 0));
    assert_true(sweep(judge_chain, &s) > 1);
    chain_sample_close(&s);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_verdict_without_memory_is_a_refusal),
        cmocka_unit_test(a_statement_without_memory_is_none),
        cmocka_unit_test(a_policy_without_memory_is_none),
        cmocka_unit_test(a_report_without_memory_is_none),
        cmocka_unit_test(certificate_evidence_without_memory_is_none),
        cmocka_unit_test(a_chain_without_memory_is_none),
    };

    short_memory_init();
    short_memory.armed = true;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
