#include "certbind/ratls_cert.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/x509v3.h>

#include "certbind/leaf.h"
#include "certbind/tls_key.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/fixture.h"

/* Quote and log of a sample certificate; its key is the one that the quote commits to. */
struct sample {
    X509 *cert;
    uint8_t *der;
    struct certbind_leaf leaf;
    EVP_PKEY *key;
};

static void open_sample(struct sample *s)
{
    size_t len;

    s->der = fixture_certificate_der("dstack/ratls-certs/ratls-legacy-oids.crt.pem", &len);
    assert_int_equal(CERTBIND_OK, certbind_leaf_parse(certbind_bytes(s->der, len), &s->leaf, NULL));
    s->key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    s->cert = NULL;
}

static void close_sample(struct sample *s)
{
    X509_free(s->cert);
    EVP_PKEY_free(s->key);
    certbind_leaf_cleanup(&s->leaf);
    free(s->der);
}

static certbind_status encode(struct sample *s, const char *const *names, size_t count)
{
    const struct certbind_ratls_inputs inputs = {.key = s->key,
                                                 .names = names,
                                                 .name_count = count,
                                                 .quote = s->leaf.quote,
                                                 .event_log = s->leaf.event_log,
                                                 .not_before = 1790000000 - 300,
                                                 .not_after = 1790086400};

    return certbind_ratls_cert_encode(&inputs, &s->cert, NULL);
}

static void what_is_written_is_read_back(void **state)
{
    static const char *const names[] = {"gw.example.test", "*", "127.0.0.1"};
    struct sample s;
    struct certbind_leaf back;
    uint8_t *der = NULL;
    uint8_t spki[32];
    int len;

    (void)state;
    open_sample(&s);
    assert_int_equal(CERTBIND_OK, encode(&s, names, 3));
    len = i2d_X509(s.cert, &der);
    assert_true(len > 0);
    assert_int_equal(CERTBIND_OK,
                     certbind_leaf_parse(certbind_bytes(der, (size_t)len), &back, NULL));
    assert_true(certbind_bytes_equal(s.leaf.quote, back.quote));
    assert_true(certbind_bytes_equal(s.leaf.event_log, back.event_log));
    assert_int_equal(1790000000 - 300, back.not_before);
    assert_int_equal(1790086400, back.not_after);
    assert_true(certbind_spki_sha256(s.key, spki));
    assert_memory_equal(spki, back.spki_sha256, sizeof spki);
    assert_int_equal(CERTBIND_OK, certbind_leaf_check_name(&back, "gw.example.test", NULL));
    assert_int_equal(CERTBIND_OK, certbind_leaf_check_name(&back, "localhost", NULL));
    assert_int_equal(CERTBIND_OK, certbind_leaf_check_name(&back, "127.0.0.1", NULL));
    assert_int_equal(CERTBIND_E_NAME_MISMATCH, certbind_leaf_check_name(&back, "a.test", NULL));
    certbind_leaf_cleanup(&back);
    OPENSSL_free(der);
    close_sample(&s);
}

static void profile_is_what_other_verifiers_demand(void **state)
{
    static const char *const names[] = {"gw.example.test"};
    struct sample s;

    (void)state;
    open_sample(&s);
    assert_int_equal(CERTBIND_OK, encode(&s, names, 1));
    assert_int_equal(1, X509_verify(s.cert, s.key));
    assert_int_equal(0, X509_NAME_cmp(X509_get_subject_name(s.cert), X509_get_issuer_name(s.cert)));
    assert_int_equal(X509_VERSION_3, X509_get_version(s.cert));
    assert_int_equal(KU_DIGITAL_SIGNATURE, X509_get_key_usage(s.cert));
    assert_int_equal(XKU_SSL_SERVER, X509_get_extended_key_usage(s.cert));
    close_sample(&s);
}

static void quote_of_another_key_is_refused_when_read(void **state)
{
    static const char *const names[] = {"gw.example.test"};
    struct sample s;
    struct certbind_leaf back;
    struct certbind_leaf_evidence evidence;
    uint8_t *der = NULL;
    int len;

    (void)state;
    open_sample(&s);
    assert_int_equal(CERTBIND_OK, encode(&s, names, 1));
    len = i2d_X509(s.cert, &der);
    assert_int_equal(CERTBIND_OK,
                     certbind_leaf_parse(certbind_bytes(der, (size_t)len), &back, NULL));
    assert_int_equal(CERTBIND_E_CERT_EVIDENCE_REPORT_DATA,
                     certbind_leaf_check_evidence(&back, &evidence, NULL));
    certbind_leaf_evidence_cleanup(&evidence);
    certbind_leaf_cleanup(&back);
    OPENSSL_free(der);
    close_sample(&s);
}

static void names_and_dates_are_checked(void **state)
{
    static const char *const bad[] = {"Gw.test", "a..b", "", "*.example.test", "a b"};
    struct sample s;

    (void)state;
    open_sample(&s);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(CERTBIND_E_USAGE, encode(&s, &bad[i], 1));
    assert_int_equal(CERTBIND_E_USAGE, encode(&s, bad, 0));
    close_sample(&s);
}

static void reversed_dates_make_no_certificate(void **state)
{
    static const char *const names[] = {"gw.example.test"};
    struct certbind_ratls_inputs inputs = {
        .names = names, .name_count = 1, .not_before = 1790000000, .not_after = 1790000000};
    struct sample s;

    (void)state;
    open_sample(&s);
    inputs.key = s.key;
    assert_int_equal(CERTBIND_E_USAGE, certbind_ratls_cert_encode(&inputs, &s.cert, NULL));
    assert_null(s.cert);
    close_sample(&s);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(profile_is_what_other_verifiers_demand),
        cmocka_unit_test(quote_of_another_key_is_refused_when_read),
        cmocka_unit_test(names_and_dates_are_checked),
        cmocka_unit_test(reversed_dates_make_no_certificate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
