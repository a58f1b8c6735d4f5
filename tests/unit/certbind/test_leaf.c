#include "certbind/leaf.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/x509v3.h>

#include "certbind/der.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/fixture.h"

#define CERTS "dstack/ratls-certs/"
#define NOW UINT64_C(1790000000)

/* The status of parsing a DER certificate and then of its evidence. */
static certbind_status check_der(const uint8_t *der, size_t len)
{
    struct certbind_leaf leaf;
    struct certbind_leaf_evidence evidence;
    certbind_status status = certbind_leaf_parse(certbind_bytes(der, len), &leaf, NULL);

    if (status == CERTBIND_OK)
        status = certbind_leaf_check_evidence(&leaf, &evidence, NULL);
    if (status == CERTBIND_OK)
        certbind_leaf_evidence_cleanup(&evidence);
    certbind_leaf_cleanup(&leaf);
    return status;
}

static certbind_status check_file(const char *path)
{
    size_t len;
    uint8_t *der = fixture_certificate_der(path, &len);
    certbind_status status = check_der(der, len);

    free(der);
    return status;
}

static void good_evidence_is_accepted(void **state)
{
    size_t len;
    uint8_t *der = fixture_certificate_der(CERTS "ratls-legacy-oids.crt.pem", &len);
    struct certbind_leaf leaf;
    struct certbind_leaf_evidence evidence;

    (void)state;
    assert_int_equal(CERTBIND_OK, certbind_leaf_parse(certbind_bytes(der, len), &leaf, NULL));
    assert_int_equal(CERTBIND_OK, certbind_leaf_check_evidence(&leaf, &evidence, NULL));
    assert_int_equal(CERTBIND_OK, certbind_leaf_same_machine(&evidence, &evidence.quote.td,
                                                             &evidence.identity, NULL));
    assert_int_equal(CERTBIND_OK, certbind_leaf_check_validity(&leaf, NOW, NULL));
    assert_int_equal(CERTBIND_OK, certbind_leaf_check_name(&leaf, "gateway.test.example", NULL));
    certbind_leaf_evidence_cleanup(&evidence);
    certbind_leaf_cleanup(&leaf);
    free(der);
}

static void each_broken_rule_has_its_own_code(void **state)
{
    static const struct {
        const char *path;
        certbind_status expected;
    } cases[] = {{CERTS "neg-report-data-other-key.crt.pem", CERTBIND_E_CERT_EVIDENCE_REPORT_DATA},
                 {CERTS "neg-rtmr3-mismatch.crt.pem", CERTBIND_E_CERT_EVIDENCE_EVENT_LOG},
                 {CERTS "neg-no-eventlog.crt.pem", CERTBIND_E_CERT_EVIDENCE},
                 {CERTS "neg-no-attestation.crt.pem", CERTBIND_E_CERT_EVIDENCE_MISSING},
                 {CERTS "ratls-legacy-gzip-eventlog.crt.pem", CERTBIND_E_CERT_EVIDENCE_GZIP},
                 {CERTS "ratls-both-forms.crt.pem", CERTBIND_OK},
                 {CERTS "ratls-attestation-v0-scale.crt.pem", CERTBIND_OK},
                 {CERTS "ratls-attestation-v1-msgpack.crt.pem", CERTBIND_OK},
                 {CERTS "kms-style-chain.pem", CERTBIND_OK},
                 /* These three break what only quote verification sees. */
                 {CERTS "neg-quote-signature.crt.pem", CERTBIND_OK},
                 {CERTS "simulator-style-gettlskey-chain.pem", CERTBIND_OK},
                 {CERTS "neg-debug-td.crt.pem", CERTBIND_OK}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(cases[i].expected, check_file(cases[i].path));
}

static void dates_are_inclusive(void **state)
{
    struct certbind_leaf leaf = {.not_before = 1000, .not_after = 2000};

    (void)state;
    assert_int_equal(CERTBIND_E_CERT_VALIDITY, certbind_leaf_check_validity(&leaf, 999, NULL));
    assert_int_equal(CERTBIND_OK, certbind_leaf_check_validity(&leaf, 1000, NULL));
    assert_int_equal(CERTBIND_OK, certbind_leaf_check_validity(&leaf, 2000, NULL));
    assert_int_equal(CERTBIND_E_CERT_VALIDITY, certbind_leaf_check_validity(&leaf, 2001, NULL));
    assert_int_equal(CERTBIND_E_CERT_VALIDITY,
                     certbind_leaf_check_validity(&leaf, UINT64_MAX, NULL));
}

static void a_time_beyond_all_dates_is_refused(void **state)
{
    const struct certbind_leaf leaf = {.not_before = -5, .not_after = 2000};

    (void)state;
    assert_int_equal(CERTBIND_E_CERT_VALIDITY,
                     certbind_leaf_check_validity(&leaf, UINT64_MAX, NULL));
}

static void other_names_are_refused(void **state)
{
    size_t len;
    uint8_t *der = fixture_certificate_der(CERTS "ratls-legacy-oids.crt.pem", &len);
    struct certbind_leaf leaf;

    (void)state;
    assert_int_equal(CERTBIND_OK, certbind_leaf_parse(certbind_bytes(der, len), &leaf, NULL));
    assert_int_equal(CERTBIND_E_NAME_MISMATCH,
                     certbind_leaf_check_name(&leaf, "other.test.example", NULL));
    assert_int_equal(CERTBIND_E_NAME_MISMATCH, certbind_leaf_check_name(&leaf, "127.0.0.1", NULL));
    assert_int_equal(CERTBIND_E_NAME_SYNTAX, certbind_leaf_check_name(&leaf, "Gateway.test", NULL));
    certbind_leaf_cleanup(&leaf);
    free(der);
}

static void only_exact_der_is_a_certificate(void **state)
{
    size_t len;
    uint8_t *der = fixture_certificate_der(CERTS "neg-no-attestation.crt.pem", &len);
    uint8_t *more = calloc(1, len + 1);

    (void)state;
    assert_non_null(more);
    memcpy(more, der, len);
    assert_int_equal(CERTBIND_E_CERT_DER, check_der(more, len + 1));
    for (size_t n = 0; n < len; n++)
        assert_int_equal(CERTBIND_E_CERT_DER, check_der(der, n));
    free(more);
    free(der);
}

/* A certificate with one more extension, as DER. */
static uint8_t *with_extension(X509_EXTENSION *extension, size_t *len)
{
    X509 *cert = fixture_certificate(CERTS "ratls-legacy-oids.crt.pem");
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    uint8_t *der = NULL;
    int n;

    assert_int_equal(1, X509_add_ext(cert, extension, -1));
    assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
    n = i2d_X509(cert, &der);
    assert_true(n > 0);
    *len = (size_t)n;
    EVP_PKEY_free(key);
    X509_free(cert);
    return der;
}

static void unknown_critical_and_repeated_extensions_are_refused(void **state)
{
    X509 *cert = fixture_certificate(CERTS "ratls-legacy-oids.crt.pem");
    X509_EXTENSION *unknown = X509V3_EXT_conf_nid(NULL, NULL, NID_netscape_comment, "x");
    size_t len;
    uint8_t *der;

    (void)state;
    der = with_extension(unknown, &len);
    assert_int_equal(CERTBIND_OK, check_der(der, len));
    OPENSSL_free(der);
    assert_int_equal(1, X509_EXTENSION_set_critical(unknown, 1));
    der = with_extension(unknown, &len);
    assert_int_equal(CERTBIND_E_CERT_CRITICAL_EXTENSION, check_der(der, len));
    OPENSSL_free(der);
    for (int i = 0; i < X509_get_ext_count(cert); i++) {
        der = with_extension(X509_get_ext(cert, i), &len);
        assert_int_equal(CERTBIND_E_CERT_EXTENSION_DUPLICATE, check_der(der, len));
        OPENSSL_free(der);
    }
    X509_EXTENSION_free(unknown);
    X509_free(cert);
}

static void other_machines_are_told_apart(void **state)
{
    struct certbind_leaf_evidence evidence = {0};
    struct certbind_td_report td = {0};
    struct certbind_identity identity = {0};
    uint8_t *const parts[] = {td.mrtd,    td.rtmr[0], td.rtmr[1],
                              td.rtmr[2], td.rtmr[3], identity.instance_id};

    (void)state;
    assert_int_equal(CERTBIND_OK, certbind_leaf_same_machine(&evidence, &td, &identity, NULL));
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        parts[i][0] ^= 1;
        assert_int_equal(CERTBIND_E_CERT_EVIDENCE_OTHER_MACHINE,
                         certbind_leaf_same_machine(&evidence, &td, &identity, NULL));
        parts[i][0] ^= 1;
    }
}

static void der_is_strict_at_every_depth(void **state)
{
    static const struct {
        const char *hex;
        bool strict;
    } cases[] = {{"3000", true},
                 {"3003020101", true},
                 {"30030101ff", true},
                 {"3003010101", false},   /* BOOLEAN that is neither 00 nor FF */
                 {"308103020101", false}, /* length not in its shortest form */
                 {"30820003020101", false},
                 {"30800201010000", false}, /* indefinite length */
                 {"300302010100", false},   /* trailing byte */
                 {"30040201", false},       /* truncated */
                 {"30053003810100", true},
                 {"3003bf0101", false}, /* high tag number */
                 {"", false},
                 {"30003000", false}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t len;
        uint8_t *der = fixture_unhex(cases[i].hex, &len);

        assert_int_equal(cases[i].strict, certbind_der_is_strict(certbind_bytes(der, len)));
        free(der);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_evidence_is_accepted),
        cmocka_unit_test(each_broken_rule_has_its_own_code),
        cmocka_unit_test(dates_are_inclusive),
        cmocka_unit_test(a_time_beyond_all_dates_is_refused),
        cmocka_unit_test(other_names_are_refused),
        cmocka_unit_test(only_exact_der_is_a_certificate),
        cmocka_unit_test(unknown_critical_and_repeated_extensions_are_refused),
        cmocka_unit_test(other_machines_are_told_apart),
        cmocka_unit_test(der_is_strict_at_every_depth),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
