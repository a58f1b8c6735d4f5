/* The evidence inside a leaf, each part broken alone. */
#include <stdlib.h>
#include <string.h>

#include "certbind/leaf.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/fixture.h"

#define CERTS "dstack/ratls-certs/"

/* A good leaf; the views point into der. */
struct sample {
    uint8_t *der;
    struct certbind_leaf leaf;
};

static void open_sample(struct sample *s, const char *path)
{
    size_t len;

    s->der = fixture_certificate_der(path, &len);
    assert_int_equal(CERTBIND_OK, certbind_leaf_parse(certbind_bytes(s->der, len), &s->leaf, NULL));
}

static void expect(const struct sample *s, certbind_status status, const char *detail)
{
    struct certbind_leaf_evidence evidence;
    struct certbind_error err = {0};

    assert_int_equal(status, certbind_leaf_check_evidence(&s->leaf, &evidence, &err));
    certbind_leaf_evidence_cleanup(&evidence);
    if (strstr(err.detail, detail) == NULL)
        fail_msg("'%s' does not say '%s'", err.detail, detail);
}

static void what_is_missing_is_named(void **state)
{
    struct sample s;

    (void)state;
    open_sample(&s, CERTS "ratls-legacy-oids.crt.pem");
    expect(&s, CERTBIND_OK, "");
    s.leaf.has_event_log = false;
    expect(&s, CERTBIND_E_CERT_EVIDENCE, "holds no event log");
    s.leaf.has_event_log = true;
    s.leaf.has_quote = false;
    expect(&s, CERTBIND_E_CERT_EVIDENCE, "holds no quote");
    certbind_leaf_cleanup(&s.leaf);
    free(s.der);
}

static void what_cannot_be_read_is_no_evidence(void **state)
{
    struct sample s;
    struct certbind_bytes quote;
    size_t len;
    uint8_t *sgx = fixture_read("dcap/sgx_quote", &len);

    (void)state;
    open_sample(&s, CERTS "ratls-legacy-oids.crt.pem");
    quote = s.leaf.quote;
    s.leaf.quote = certbind_bytes(quote.data, 100);
    expect(&s, CERTBIND_E_CERT_EVIDENCE, "quote-truncated");
    s.leaf.quote = certbind_bytes(sgx, len);
    expect(&s, CERTBIND_E_CERT_EVIDENCE, "not of a TD");
    s.leaf.quote = quote;
    s.leaf.event_log = certbind_text("[");
    expect(&s, CERTBIND_E_CERT_EVIDENCE, "its event log");
    s.leaf.event_log = certbind_text("[]");
    expect(&s, CERTBIND_E_CERT_EVIDENCE_EVENT_LOG, "its event log");
    certbind_leaf_cleanup(&s.leaf);
    free(s.der);
    free(sgx);
}

static void an_attestation_is_of_the_leafs_key(void **state)
{
    struct sample s;

    (void)state;
    open_sample(&s, CERTS "ratls-attestation-v0-scale.crt.pem");
    expect(&s, CERTBIND_OK, "");
    s.leaf.spki.len--;
    expect(&s, CERTBIND_E_CERT_EVIDENCE_REPORT_DATA, "made for another key");
    s.leaf.spki.len++;
    s.der[s.leaf.attestation.data - s.der + 1] = 1; /* the variant */
    expect(&s, CERTBIND_E_CERT_EVIDENCE_PLATFORM, "another platform");
    certbind_leaf_cleanup(&s.leaf);
    free(s.der);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_missing_is_named),
        cmocka_unit_test(what_cannot_be_read_is_no_evidence),
        cmocka_unit_test(an_attestation_is_of_the_leafs_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
