/* Known traps of the platform: each test is one that other verifiers fell into. */
#include <stdlib.h>
#include <string.h>

#include "certbind/compose_hash.h"
#include "certbind/dcap/verify.h"
#include "certbind/hex.h"
#include "certbind/leaf.h"
#include "certbind/preimage.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/fixture.h"
#include "tests/unit/certbind/log_text.h"
#include "tests/unit/certbind/world.h"

#define CERTS "dstack/ratls-certs/"
#define NOW UINT64_C(1790000000)

/* The status of the quote inside a certificate, under the mock root. */
static certbind_status judge_certificate(const char *path)
{
    size_t der_len;
    size_t bundle_len;
    size_t root_len;
    uint8_t *der = fixture_certificate_der(path, &der_len);
    uint8_t *bundle = fixture_read(CERTS "mock-collateral.json", &bundle_len);
    uint8_t *root = fixture_read(CERTS "mock-sgx-root-ca.der", &root_len);
    struct certbind_dcap_policy policy;
    struct certbind_dcap_report report;
    struct certbind_leaf leaf;
    certbind_status status;

    certbind_dcap_policy_default(&policy);
    assert_int_equal(CERTBIND_OK, certbind_leaf_parse(certbind_bytes(der, der_len), &leaf, NULL));
    const struct certbind_dcap_input input = {.quote = leaf.quote,
                                              .bundle = certbind_bytes(bundle, bundle_len),
                                              .root_der = certbind_bytes(root, root_len),
                                              .now = NOW,
                                              .policy = &policy};

    status = certbind_dcap_verify_bundle(&input, &report, NULL);
    assert_int_equal(status == CERTBIND_OK, report.verified);
    certbind_leaf_cleanup(&leaf);
    free(root);
    free(bundle);
    free(der);
    return status;
}

static void certificates_that_only_the_quote_betrays(void **state)
{
    (void)state;
    assert_int_equal(CERTBIND_OK, judge_certificate(CERTS "ratls-legacy-oids.crt.pem"));
    assert_int_equal(CERTBIND_E_QUOTE_SIGNATURE_INVALID,
                     judge_certificate(CERTS "neg-quote-signature.crt.pem"));
    assert_int_equal(CERTBIND_E_TD_ATTRIBUTES_DEBUG_SET,
                     judge_certificate(CERTS "neg-debug-td.crt.pem"));
}

/* 4: any app in the VM can reproduce the tag; a good report data is nobody's identity. */
static void right_report_data_names_nobody(void **state)
{
    struct world w;

    (void)state;
    world_open(&w);
    w.no_policy = true;
    w.go_on = true;
    assert_int_not_equal(CERTBIND_OK, world_verify(&w));
    assert_int_equal(CERTBIND_STEP_PASS, w.report.steps[CERTBIND_STEP_REPORT_DATA].result);
    assert_int_equal(CERTBIND_STEP_FAIL, w.report.steps[CERTBIND_STEP_IDENTITY].result);
    world_close(&w);
}

/* 7: vm_config is the host's word; nothing is taken from it. */
static void vm_config_changes_nothing(void **state)
{
    struct world w;

    (void)state;
    world_open(&w);
    w.reply_edit = (struct world_edit){
        "\"vm_config\":\"\"", "\"vm_config\":\"{\\\"os_image_hash\\\":\\\"" HEX32 "\\\"}\""};
    assert_int_equal(CERTBIND_OK, world_verify(&w));
    assert_false(w.report.identity.has_os_image_hash);
    world_close(&w);
}

/* 7: the event and vm_config of one guest name different images; ours comes from the event. */
static void os_image_comes_from_the_measured_event(void **state)
{
    cJSON *json = fixture_json("dstack/quotes/tdx-lite-getquote.json");
    const char *vm_config = cJSON_GetObjectItem(json, "vm_config")->valuestring;
    struct certbind_event_log log;
    struct certbind_identity id;
    uint8_t rtmr3[48];
    char hex[65];

    (void)state;
    assert_int_equal(
        CERTBIND_OK,
        certbind_event_log_parse(certbind_text(cJSON_GetObjectItem(json, "event_log")->valuestring),
                                 &log, NULL));
    assert_true(certbind_event_log_replay(&log, rtmr3));
    assert_int_equal(CERTBIND_OK, certbind_event_log_check(&log, rtmr3, &id, NULL));
    assert_true(id.has_os_image_hash);
    certbind_hex_encode(id.os_image_hash, 32, hex);
    assert_null(strstr(vm_config, hex));
    certbind_event_log_cleanup(&log);
    cJSON_Delete(json);
}

/* 8: a second compose-hash from an app, after system-ready, must not win. */
static void later_compose_hash_does_not_win(void **state)
{
    struct world w;

    (void)state;
    world_open(&w);
    w.log = w.leaf_log = "[" GOOD_EVENTS "," LOG_EVENT(
        "compose-hash", "0000000000000000000000000000000000000000000000000000000000000001") "]";
    w.leaf_without_evidence = true;
    assert_int_equal(CERTBIND_E_EVENT_LOG_IDENTITY, world_verify(&w));
    world_close(&w);
}

/* 9 and 10: the simulator's compose file is not the one it claims to run. */
static void compose_file_of_the_simulator_is_not_the_attested_one(void **state)
{
    size_t len;
    uint8_t *compose = fixture_read("dstack/simulator-0.6/app-compose.json", &len);
    cJSON *json = fixture_json("dstack/simulator-0.6/attestation.decoded.json");
    char *text = cJSON_PrintUnformatted(cJSON_GetObjectItem(json, "event_log"));
    struct certbind_event_log log;
    struct certbind_identity id;
    uint8_t rtmr3[48];
    uint8_t hash[32];

    (void)state;
    assert_int_equal(CERTBIND_OK, certbind_event_log_parse(certbind_text(text), &log, NULL));
    assert_true(certbind_event_log_replay(&log, rtmr3));
    assert_int_equal(CERTBIND_OK, certbind_event_log_check(&log, rtmr3, &id, NULL));
    assert_true(certbind_compose_hash(certbind_bytes(compose, len), hash));
    assert_memory_not_equal(hash, id.compose_hash, sizeof hash);
    certbind_event_log_cleanup(&log);
    cJSON_free(text);
    cJSON_Delete(json);
    free(compose);
}

/* 10: what the old simulator serves replays, yet its quote commits to nothing of the caller's. */
static void replay_alone_is_not_enough(void **state)
{
    size_t len;
    size_t quote_len;
    uint8_t *text = fixture_read("dstack/simulator-0.5.3/eventlog.json", &len);
    uint8_t *hex = fixture_read("dstack/simulator-0.5.3/quote.hex", &quote_len);
    uint8_t quote[700];
    struct certbind_event_log log;
    struct certbind_identity id;
    uint8_t expected[64];

    (void)state;
    assert_true(certbind_hex_decode(certbind_bytes(hex, 2 * sizeof quote), quote, sizeof quote));
    assert_int_equal(CERTBIND_OK, certbind_event_log_parse(certbind_bytes(text, len), &log, NULL));
    assert_int_equal(CERTBIND_OK, certbind_event_log_check(&log, quote + 520, &id, NULL));
    assert_string_equal("kms", id.key_provider);
    assert_true(certbind_ratls_report_data(certbind_text("key"), expected));
    assert_memory_not_equal(expected, quote + 568, sizeof expected);
    certbind_event_log_cleanup(&log);
    free(hex);
    free(text);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificates_that_only_the_quote_betrays),
        cmocka_unit_test(right_report_data_names_nobody),
        cmocka_unit_test(vm_config_changes_nothing),
        cmocka_unit_test(os_image_comes_from_the_measured_event),
        cmocka_unit_test(later_compose_hash_does_not_win),
        cmocka_unit_test(compose_file_of_the_simulator_is_not_the_attested_one),
        cmocka_unit_test(replay_alone_is_not_enough),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
