/* Extension .8 as evidence: every byte counts, or is one of those that nothing rests on. */
#include <stdlib.h>
#include <string.h>

#include "certbind/dcap/quote_signature.h"
#include "certbind/dcap/verify.h"
#include "certbind/leaf.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/fixture.h"

#define CERTS "dstack/ratls-certs/"
#define NOW UINT64_C(1790000000)

/* The leaf's attestation is a copy that a test may change. */
struct sample {
    uint8_t *der;
    struct certbind_leaf leaf;
    uint8_t *bytes;
    size_t len;
    struct certbind_collateral *collateral;
    struct certbind_dcap_policy policy;
};

static void open_sample(struct sample *s, const char *path)
{
    size_t len, root_len, bundle_len;
    uint8_t *root = fixture_read(CERTS "mock-sgx-root-ca.der", &root_len);
    uint8_t *bundle = fixture_read(CERTS "mock-collateral.json", &bundle_len);

    s->der = fixture_certificate_der(path, &len);
    assert_int_equal(CERTBIND_OK, certbind_leaf_parse(certbind_bytes(s->der, len), &s->leaf, NULL));
    s->len = s->leaf.attestation.len;
    s->bytes = malloc(s->len + 1);
    assert_non_null(s->bytes);
    memcpy(s->bytes, s->leaf.attestation.data, s->len);
    s->leaf.attestation = certbind_bytes(s->bytes, s->len);
    certbind_dcap_policy_default(&s->policy);
    assert_int_equal(CERTBIND_OK, certbind_collateral_new(certbind_bytes(bundle, bundle_len),
                                                          certbind_bytes(root, root_len), NOW,
                                                          &s->collateral, NULL));
    free(bundle);
    free(root);
}

static void close_sample(struct sample *s)
{
    certbind_collateral_free(s->collateral);
    certbind_leaf_cleanup(&s->leaf);
    free(s->bytes);
    free(s->der);
}

static certbind_status form(const struct sample *s, struct certbind_error *err)
{
    struct certbind_leaf_evidence evidence;
    const certbind_status status = certbind_leaf_check_evidence(&s->leaf, &evidence, err);

    certbind_leaf_evidence_cleanup(&evidence);
    return status;
}

/* The evidence and its quote, as for a connection. */
static certbind_status judge(const struct sample *s)
{
    struct certbind_leaf_evidence evidence;
    struct certbind_dcap_report report;
    certbind_status status = certbind_leaf_check_evidence(&s->leaf, &evidence, NULL);

    if (status == CERTBIND_OK)
        status = certbind_dcap_verify(evidence.quote_bytes, s->collateral, NOW, &s->policy, &report,
                                      NULL);
    certbind_leaf_evidence_cleanup(&evidence);
    return status;
}

/* Behind the count of the event log. */
static const uint8_t *log_of(const struct sample *s, const struct certbind_attestation *a)
{
    const uint8_t *name = memmem(s->bytes, s->len, "event_log", 9);

    return a->version == 0 ? a->quote.data + a->quote.len + 1 : name + 9 + 1;
}

/* First and last byte that nothing covers: the boot events, and the configuration. */
struct uncovered {
    const uint8_t *from[2];
    const uint8_t *to[2];
};

static void find_uncovered(const struct sample *s, struct uncovered *u)
{
    struct certbind_attestation a;
    size_t i = 0;

    assert_int_equal(CERTBIND_OK, certbind_attestation_parse(s->leaf.attestation, &a, NULL));
    while (a.event_log.events[i].imr != 3)
        u->to[0] = a.event_log.events[i++].payload.data + 9; /* "ACPI DATA" */
    u->from[0] = log_of(s, &a);
    u->from[1] = a.config.data;
    u->to[1] = a.config.data + a.config.len;
    assert_int_equal(3, i);
    certbind_attestation_cleanup(&a);
}

static bool is_uncovered(const struct uncovered *u, const uint8_t *at)
{
    return (at >= u->from[0] && at < u->to[0]) || (at >= u->from[1] && at < u->to[1]);
}

static void sweep(const char *path)
{
    struct sample s;
    struct uncovered u;
    size_t passed = 0;

    open_sample(&s, path);
    assert_int_equal(CERTBIND_OK, judge(&s));
    find_uncovered(&s, &u);
    for (size_t i = 0; i < s.len; i++) {
        s.bytes[i] ^= 1;
        if (judge(&s) == CERTBIND_OK) {
            if (!is_uncovered(&u, s.bytes + i))
                fail_msg("byte %zu of '%s' can be changed", i, path);
            passed++;
        }
        s.bytes[i] ^= 1;
    }
    assert_true(passed > 500); /* the configuration is longer than that */
    close_sample(&s);
}

static void every_byte_of_version_0_counts(void **state)
{
    (void)state;
    sweep(CERTS "ratls-attestation-v0-scale.crt.pem");
}

static void every_byte_of_version_1_counts(void **state)
{
    (void)state;
    sweep(CERTS "ratls-attestation-v1-msgpack.crt.pem");
}

static void expect(const struct sample *s, certbind_status status, const char *detail)
{
    struct certbind_error err = {0};

    assert_int_equal(status, form(s, &err));
    if (strstr(err.detail, detail) == NULL)
        fail_msg("'%s' does not say '%s'", err.detail, detail);
}

static void cut_anywhere_it_is_refused(void **state)
{
    struct sample s;

    (void)state;
    open_sample(&s, CERTS "ratls-attestation-v0-scale.crt.pem");
    for (size_t n = 0; n < s.len; n++) {
        s.leaf.attestation.len = n;
        assert_int_equal(CERTBIND_E_CERT_EVIDENCE, form(&s, NULL));
    }
    close_sample(&s);
}

static void its_report_data_is_that_of_its_quote(void **state)
{
    struct sample s;
    struct certbind_attestation a;
    size_t at;

    (void)state;
    open_sample(&s, CERTS "ratls-attestation-v0-scale.crt.pem");
    assert_int_equal(CERTBIND_OK, certbind_attestation_parse(s.leaf.attestation, &a, NULL));
    at = (size_t)(a.config.data - s.bytes) - 2; /* before the length of two bytes */
    assert_memory_equal(a.report_data + 63, s.bytes + at - 1, 1);
    s.bytes[at - 1] ^= 1;
    expect(&s, CERTBIND_E_CERT_EVIDENCE_REPORT_DATA, "not that of its quote");
    certbind_attestation_cleanup(&a);
    close_sample(&s);
}

static void what_stands_beside_it_must_hold_too(void **state)
{
    struct sample s;
    struct certbind_bytes quote;
    uint8_t *longer;

    (void)state;
    open_sample(&s, CERTS "ratls-both-forms.crt.pem");
    expect(&s, CERTBIND_OK, "");
    quote = s.leaf.quote;
    longer = calloc(1, quote.len + 1);
    assert_non_null(longer);
    memcpy(longer, quote.data, quote.len);
    s.leaf.quote = certbind_bytes(longer, quote.len + 1); /* the same but for padding */
    expect(&s, CERTBIND_E_CERT_EVIDENCE, "not the same");
    s.leaf.quote = quote;
    s.leaf.has_event_log = false;
    expect(&s, CERTBIND_E_CERT_EVIDENCE, "holds no event log");
    s.leaf.has_event_log = true;
    s.leaf.has_quote = false;
    expect(&s, CERTBIND_E_CERT_EVIDENCE, "holds no quote");
    s.leaf.has_quote = true;
    s.leaf.event_log = certbind_text("[]");
    expect(&s, CERTBIND_E_CERT_EVIDENCE_EVENT_LOG, "its event log");
    free(longer);
    close_sample(&s);
}

/* The simulator patches report data into a real quote; only this signature notices. */
static void a_patched_quote_has_no_signature(void **state)
{
    static const struct {
        const char *path;
        certbind_status status;
    } cases[] = {{CERTS "ratls-attestation-v0-scale.crt.pem", CERTBIND_OK},
                 {CERTS "simulator-style-gettlskey-chain.pem", CERTBIND_E_QUOTE_SIGNATURE_INVALID}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct certbind_leaf_evidence found;
        struct sample s;
        unsigned checks = 0;

        open_sample(&s, cases[i].path);
        assert_int_equal(CERTBIND_OK, certbind_leaf_check_evidence(&s.leaf, &found, NULL));
        assert_int_equal(cases[i].status,
                         certbind_quote_check_signature(&found.quote, &checks, NULL));
        certbind_leaf_evidence_cleanup(&found);
        close_sample(&s);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_of_version_0_counts),
        cmocka_unit_test(every_byte_of_version_1_counts),
        cmocka_unit_test(cut_anywhere_it_is_refused),
        cmocka_unit_test(its_report_data_is_that_of_its_quote),
        cmocka_unit_test(what_stands_beside_it_must_hold_too),
        cmocka_unit_test(a_patched_quote_has_no_signature),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
