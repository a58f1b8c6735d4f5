/* Version 1 attestations: each rule broken alone. */
#include <stdlib.h>
#include <string.h>

#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/attestation_sample.h"
#include "tests/unit/certbind/fixture.h"

static void expect(const struct attestation_sample *s, certbind_status status, const char *detail)
{
    struct certbind_error err = {0};

    assert_int_equal(status, attestation_sample_parse(s, &err));
    if (strstr(err.detail, detail) == NULL)
        fail_msg("'%s' does not say '%s'", err.detail, detail);
}

static void both_spellings_of_bytes_are_read(void **state)
{
    struct attestation_sample s;

    (void)state;
    attestation_sample_open(&s);
    expect(&s, CERTBIND_OK, "");
    s.binary = true;
    expect(&s, CERTBIND_OK, "");
    s.digest_len = 48;
    expect(&s, CERTBIND_OK, "");
    s.log_events = 0;
    expect(&s, CERTBIND_OK, "");
}

static void only_tdx_is_judged(void **state)
{
    static const char *const others[] = {"gcp-tdx", "nitro-enclave", "aws-nitro-tpm", "sev-snp"};
    struct attestation_sample s;

    (void)state;
    attestation_sample_open(&s);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        s.platform = others[i];
        expect(&s, CERTBIND_E_CERT_EVIDENCE_PLATFORM, "another platform");
    }
    s.platform = "tdx2";
    expect(&s, CERTBIND_E_CERT_EVIDENCE, "kind");
    s.platform = "tdx";
    s.data_first = true;
    expect(&s, CERTBIND_E_CERT_EVIDENCE, "data");
    s.data_first = false;
    s.stack = "other";
    expect(&s, CERTBIND_E_CERT_EVIDENCE, "kind");
    s.stack = "dstack";
    s.stack_data_first = true;
    expect(&s, CERTBIND_E_CERT_EVIDENCE, "data");
}

static void members_are_those_of_the_format_once(void **state)
{
    struct attestation_sample s;

    (void)state;
    attestation_sample_open(&s);
    s.without_config = true;
    expect(&s, CERTBIND_E_CERT_EVIDENCE, "a member is missing");
    s.extra = "config";
    expect(&s, CERTBIND_OK, "");
    s.extra = "unknown";
    expect(&s, CERTBIND_E_CERT_EVIDENCE, "unknown or stands twice");
    s.extra = "report_data";
    expect(&s, CERTBIND_E_CERT_EVIDENCE, "unknown or stands twice");
    s.without_config = false;
    s.extra = "config";
    expect(&s, CERTBIND_E_CERT_EVIDENCE, "too many members");
    s.extra = NULL;
    s.pod_payload = "x";
    expect(&s, CERTBIND_E_CERT_EVIDENCE, "too many members");
}

static void an_event_stands_where_its_type_belongs(void **state)
{
    struct attestation_sample s;

    (void)state;
    attestation_sample_open(&s);
    s.imr = 4;
    expect(&s, CERTBIND_E_CERT_EVIDENCE, "imr");
    s.imr = 0;
    expect(&s, CERTBIND_E_CERT_EVIDENCE, "outside register 3");
    s.type = 10;
    expect(&s, CERTBIND_OK, "");
    s.imr = 3;
    expect(&s, CERTBIND_E_CERT_EVIDENCE, "foreign type");
    s.type = CERTBIND_RUNTIME_EVENT_TYPE;
    s.digest_len = 47;
    expect(&s, CERTBIND_E_CERT_EVIDENCE, "digest");
    s.digest_len = 0;
    s.name = s.log_name = "app:id";
    expect(&s, CERTBIND_E_CERT_EVIDENCE, "colon");
    s.version = s.log_version = 2;
    expect(&s, CERTBIND_OK, "");
    s.version = s.log_version = 3;
    expect(&s, CERTBIND_E_CERT_EVIDENCE, "version");
    s.version = s.log_version = 1;
    s.name = s.log_name = "app\xff";
    expect(&s, CERTBIND_E_CERT_EVIDENCE, "event");
}

static void both_copies_of_the_events_are_the_same(void **state)
{
    struct attestation_sample s;

    (void)state;
    attestation_sample_open(&s);
    s.log_name = "app-ie";
    expect(&s, CERTBIND_E_CERT_EVIDENCE_EVENT_LOG, "differ");
    s.log_name = "app-id";
    s.log_payload = "Payload";
    expect(&s, CERTBIND_E_CERT_EVIDENCE_EVENT_LOG, "differ");
    s.log_payload = "payload";
    s.log_version = 2;
    expect(&s, CERTBIND_E_CERT_EVIDENCE_EVENT_LOG, "differ");
    s.log_version = 1;
    expect(&s, CERTBIND_OK, "");
    s.events = 2; /* the second stands in one copy only */
    expect(&s, CERTBIND_E_CERT_EVIDENCE_EVENT_LOG, "differ");
    s.log_events = 3;
    expect(&s, CERTBIND_E_CERT_EVIDENCE_EVENT_LOG, "differ");
    s.log_events = 2;
    expect(&s, CERTBIND_OK, "");
}

static void a_pod_commits_to_its_payload(void **state)
{
    struct attestation_sample s;

    (void)state;
    attestation_sample_open(&s);
    s.stack = "dstack-pod";
    expect(&s, CERTBIND_E_CERT_EVIDENCE, "a member is missing");
    s.pod_payload = "a pod";
    expect(&s, CERTBIND_E_CERT_EVIDENCE_REPORT_DATA, "pod");
    assert_true(certbind_tagged_report_data("app-data", certbind_text("a pod"), s.report_data));
    expect(&s, CERTBIND_OK, "");
    s.report_data_len = 63;
    expect(&s, CERTBIND_E_CERT_EVIDENCE, "report_data");
}

static void events_are_counted(void **state)
{
    struct attestation_sample s;

    (void)state;
    attestation_sample_open(&s);
    s.name = s.log_name = s.payload = s.log_payload = "";
    s.log_events = 0;
    s.events = CERTBIND_EVENT_LOG_MAX_EVENTS;
    expect(&s, CERTBIND_OK, "");
    s.events = CERTBIND_EVENT_LOG_MAX_EVENTS + 1;
    expect(&s, CERTBIND_E_CERT_EVIDENCE, "too many events");
}

static void cut_anywhere_it_is_refused(void **state)
{
    struct attestation_sample s;
    struct pack *p = calloc(1, sizeof *p);
    struct certbind_attestation a;

    (void)state;
    assert_non_null(p);
    attestation_sample_open(&s);
    attestation_sample_write(&s, p);
    for (size_t n = 0; n < p->len; n++)
        assert_int_equal(CERTBIND_E_CERT_EVIDENCE,
                         certbind_attestation_parse(certbind_bytes(p->data, n), &a, NULL));
    pack_byte(p, 0);
    assert_int_equal(CERTBIND_E_CERT_EVIDENCE, certbind_attestation_parse(pack_bytes(p), &a, NULL));
    p->data[9] = 2; /* the version */
    p->len--;
    assert_int_equal(CERTBIND_E_CERT_EVIDENCE, certbind_attestation_parse(pack_bytes(p), &a, NULL));
    free(p);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_spellings_of_bytes_are_read),
        cmocka_unit_test(only_tdx_is_judged),
        cmocka_unit_test(members_are_those_of_the_format_once),
        cmocka_unit_test(an_event_stands_where_its_type_belongs),
        cmocka_unit_test(both_copies_of_the_events_are_the_same),
        cmocka_unit_test(a_pod_commits_to_its_payload),
        cmocka_unit_test(events_are_counted),
        cmocka_unit_test(cut_anywhere_it_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
