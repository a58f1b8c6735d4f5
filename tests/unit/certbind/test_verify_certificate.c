/* A certificate judged by its own evidence: what it can show, and what it cannot. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certbind/hex.h"
#include "certbind/leaf.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/chain_sample.h"
#include "tests/unit/certbind/fixture.h"
#include "tests/unit/certbind/log_text.h"
#include "tests/unit/certbind/world.h"

/* What a test judges; the world's leaf, unless it sets a chain. */
struct judged {
    struct world w;
    struct certbind_bytes leaf;
    struct certbind_certificate_check check;
};

static void open_judged(struct judged *j)
{
    memset(j, 0, sizeof *j);
    world_open(&j->w);
}

static void build(struct judged *j)
{
    world_build(&j->w);
    j->leaf = certbind_bytes(j->w.leaf, j->w.leaf_len);
    j->check = (struct certbind_certificate_check){
        .chain = &j->leaf,
        .chain_count = 1,
        .collateral = certbind_text(j->w.forge.bundle),
        .root_der = certbind_bytes(j->w.forge.root, j->w.forge.root_len),
        .policy = &j->w.policy,
        .now = j->w.now};
}

static certbind_status judge(struct judged *j)
{
    const certbind_status status = certbind_verify_certificate(&j->check, &j->w.report, &j->w.err);

    assert_int_equal(status == CERTBIND_OK, j->w.report.accepted);
    assert_int_equal(CERTBIND_SCOPE_CERTIFICATE, j->w.report.scope);
    assert_false(j->w.report.complete);
    return status;
}

static bool notes(const struct certbind_report *report, const char *text)
{
    for (size_t i = 0; i < report->note_count; i++)
        if (strstr(report->notes[i], text) != NULL)
            return true;
    return false;
}

static void its_own_evidence_is_enough(void **state)
{
    struct judged j;

    (void)state;
    open_judged(&j);
    build(&j);
    assert_int_equal(CERTBIND_OK, judge(&j));
    assert_int_equal(CERTBIND_STEP_PASS, j.w.report.steps[CERTBIND_STEP_IDENTITY].result);
    assert_int_equal(CERTBIND_STEP_SKIPPED, j.w.report.steps[CERTBIND_STEP_SESSION].result);
    assert_int_equal(CERTBIND_STEP_SKIPPED, j.w.report.steps[CERTBIND_STEP_FRESHNESS].result);
    assert_true(notes(&j.w.report, "chain: there is none"));
    assert_true(notes(&j.w.report, "scope certificate"));
    j.check.policy = NULL;
    assert_int_equal(CERTBIND_OK, judge(&j));
    assert_int_equal(CERTBIND_STEP_SKIPPED, j.w.report.steps[CERTBIND_STEP_IDENTITY].result);
    assert_true(notes(&j.w.report, "no policy says who is expected"));
    j.check.collateral = certbind_bytes(NULL, 0);
    assert_int_equal(CERTBIND_E_COLLATERAL_MISSING, judge(&j));
    assert_int_equal(CERTBIND_STEP_PASS, j.w.report.steps[CERTBIND_STEP_CERTIFICATE].result);
    assert_int_equal(CERTBIND_STEP_PASS, j.w.report.steps[CERTBIND_STEP_REPORT_DATA].result);
    assert_int_equal(CERTBIND_STEP_PASS, j.w.report.steps[CERTBIND_STEP_EVENT_LOG].result);
    world_close(&j.w);
}

static void each_part_can_refuse(void **state)
{
    struct judged j;

    (void)state;
    open_judged(&j);
    build(&j);
    j.check.chain_count = 0;
    assert_int_equal(CERTBIND_E_CERT_DER, judge(&j));
    j.check.chain_count = 1;
    j.check.now = (uint64_t)j.w.leaf_until + 1;
    assert_int_equal(CERTBIND_E_CERT_VALIDITY, judge(&j));
    j.w.leaf_without_evidence = true;
    build(&j);
    assert_int_equal(CERTBIND_E_CERT_EVIDENCE_MISSING, judge(&j));
    j.w.leaf_without_evidence = false;
    j.w.leaf_quote_unsigned = true;
    build(&j);
    assert_int_equal(CERTBIND_E_QUOTE_SIGNATURE_INVALID, judge(&j));
    j.w.leaf_quote_unsigned = false;
    j.w.policy_edit = (struct world_edit){HEX32, VECTOR_STATEMENT_SHA256};
    build(&j);
    assert_int_equal(CERTBIND_E_COMPOSE_HASH, judge(&j));
    world_close(&j.w);
}

/* A log whose key provider is the chain's root, and a policy that pins it. */
struct kms {
    char log[4096];
    char pin[65];
    char old_pin[65];
    uint8_t app_id[20];
};

static void name_root(struct judged *j, const struct chain_sample *s, struct kms *kms)
{
    char json[512];
    char payload[1025];
    char spki_hex[256];
    unsigned char *spki = NULL;
    const int len = i2d_PUBKEY(s->key[CHAIN_ROOT], &spki);
    uint8_t old[32];
    char *text;

    assert_true(len > 0);
    certbind_hex_encode(spki, (size_t)len, spki_hex);
    OPENSSL_free(spki);
    (void)snprintf(json, sizeof json, "{\"name\":\"kms\",\"id\":\"%s\"}", spki_hex);
    certbind_hex_encode((const uint8_t *)json, strlen(json), payload);
    text = text_replace(GOOD_LOG, KMS_PROVIDER, payload);
    (void)snprintf(kms->log, sizeof kms->log, "%s", text);
    free(text);
    assert_true(certbind_sha256(certbind_bytes("\xab\xcd", 2), old));
    certbind_hex_encode(old, sizeof old, kms->old_pin);
    certbind_hex_encode(s->root_spki_sha256, 32, kms->pin);
    j->w.leaf_log = kms->log;
    j->w.policy_edit = (struct world_edit){kms->old_pin, kms->pin};
}

static void open_chain(struct judged *j, struct chain_sample *s, struct kms *kms)
{
    open_judged(j);
    assert_true(certbind_hex_decode(certbind_text(HEX20), kms->app_id, 20));
    chain_sample_open(s, EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256"), kms->app_id, j->w.now);
    name_root(j, s, kms);
    build(j);
    chain_sample_build(s, j->leaf);
    j->check.chain = s->der;
    j->check.chain_count = CERTBIND_KMS_CHAIN_LEN;
}

static void a_chain_only_adds(void **state)
{
    struct judged j;
    struct chain_sample s;
    struct kms kms;

    (void)state;
    open_chain(&j, &s, &kms);
    assert_int_equal(CERTBIND_OK, judge(&j));
    assert_true(notes(&j.w.report, "chain: holds up to the policy's KMS root"));
    j.check.chain_count = 2;
    assert_int_equal(CERTBIND_E_KMS_CHAIN, judge(&j));
    j.check.chain_count = 3;
    s.knobs[CHAIN_APP_CA].usage = "app:custom";
    chain_sample_build(&s, j.leaf);
    assert_int_equal(CERTBIND_E_KMS_CHAIN_APP, judge(&j));
    assert_int_equal(CERTBIND_STEP_FAIL, j.w.report.steps[CERTBIND_STEP_CERTIFICATE].result);
    j.check.policy = NULL;
    assert_int_equal(CERTBIND_OK, judge(&j));
    assert_true(notes(&j.w.report, "chain: not checked, no policy pins"));
    chain_sample_close(&s);
    world_close(&j.w);
}

static void a_chain_never_stands_for_a_quote(void **state)
{
    struct judged j;
    struct chain_sample s;
    struct kms kms;

    (void)state;
    open_chain(&j, &s, &kms);
    j.w.leaf_quote_unsigned = true;
    build(&j);
    chain_sample_build(&s, j.leaf);
    j.check.chain = s.der;
    j.check.chain_count = CERTBIND_KMS_CHAIN_LEN;
    assert_int_equal(CERTBIND_E_QUOTE_SIGNATURE_INVALID, judge(&j));
    chain_sample_build(&s, certbind_bytes(NULL, 0));
    assert_int_equal(CERTBIND_E_CERT_EVIDENCE_MISSING, judge(&j));
    assert_true(notes(&j.w.report, "chain: not checked, without an app id"));
    chain_sample_close(&s);
    world_close(&j.w);
}

#define CERTS "dstack/ratls-certs/"
/* What the samples' quotes show. */
static const char sample_policy[] =
    "{\"session\":\"none\",\"tcb\":{\"max_collateral_age_days\":3650},\"accept_unchecked\":"
    "[\"os\",\"kms\",\"config\",\"session\"],\"app\":{\"app_id\":"
    "\"5bb4ff9a3837357f19dc176407a5709c62eb6c56\",\"compose_hashes\":"
    "[\"c143116fef3940e7f776bfc0919c256232ae5338a6e948c96b711e0b2383483a\"]}}";

/* A connection that the certificate alone speaks for, and a further one by the kept verdict. */
static certbind_status connect_with(const char *path)
{
    const struct certbind_transport transport = {true, true, true, CERTBIND_WEBPKI_NOT_TRIED};
    struct certbind_problems problems = {.count = 0};
    struct certbind_policy policy;
    struct certbind_evidence evidence;
    struct certbind_report report;
    size_t der_len, root_len, bundle_len;
    uint8_t *der = fixture_certificate_der(path, &der_len);
    uint8_t *root = fixture_read(CERTS "mock-sgx-root-ca.der", &root_len);
    uint8_t *bundle = fixture_read(CERTS "mock-collateral.json", &bundle_len);
    const struct certbind_binding_check check = {
        .connection = {&transport, certbind_bytes(der, der_len), "gateway.test.example"},
        .collateral = certbind_bytes(bundle, bundle_len),
        .root_der = certbind_bytes(root, root_len),
        .policy = &policy,
        .now = UINT64_C(1790000000)};
    certbind_status status;

    assert_int_equal(CERTBIND_OK,
                     certbind_policy_parse(certbind_text(sample_policy), &policy, &problems));
    status = certbind_verify_binding(&check, &report, &evidence, NULL);
    if (status == CERTBIND_OK) {
        assert_int_equal(CERTBIND_OK, certbind_report_conclude(&report));
        assert_false(report.complete);
        status = certbind_verify_connection(&evidence, &check.connection, &policy, check.now, NULL);
    }
    certbind_evidence_cleanup(&evidence);
    certbind_policy_cleanup(&policy);
    free(bundle);
    free(root);
    free(der);
    return status;
}

static void a_connection_takes_the_same_forms(void **state)
{
    (void)state;
    assert_int_equal(CERTBIND_OK, connect_with(CERTS "ratls-legacy-oids.crt.pem"));
    assert_int_equal(CERTBIND_OK, connect_with(CERTS "ratls-attestation-v0-scale.crt.pem"));
    assert_int_equal(CERTBIND_OK, connect_with(CERTS "ratls-attestation-v1-msgpack.crt.pem"));
    assert_int_equal(CERTBIND_OK, connect_with(CERTS "ratls-both-forms.crt.pem"));
    assert_int_equal(CERTBIND_OK, connect_with(CERTS "kms-style-chain.pem"));
    assert_int_equal(CERTBIND_E_CERT_EVIDENCE_GZIP,
                     connect_with(CERTS "ratls-legacy-gzip-eventlog.crt.pem"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_own_evidence_is_enough),
        cmocka_unit_test(each_part_can_refuse),
        cmocka_unit_test(a_chain_only_adds),
        cmocka_unit_test(a_chain_never_stands_for_a_quote),
        cmocka_unit_test(a_connection_takes_the_same_forms),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
