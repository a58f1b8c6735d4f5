/* Collateral that is authenticated once and used often: later, for other quotes, from threads. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "certbind/dcap/certificate.h"
#include "certbind/dcap/collateral_parts.h"
#include "certbind/dcap/pck_chain.h"
#include "certbind/dcap/quote_signature.h"
#include "certbind/dcap/verify.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/dcap_forge.h"
#include "tests/unit/dcap/fixture.h"

struct shared {
    struct fixture quote;
    struct certbind_collateral *collateral;
    struct certbind_dcap_policy policy;
};

static void open_shared(struct shared *s)
{
    struct fixture bundle = fixture_read("dcap/tdx_quote_collateral.json");

    s->quote = fixture_read("dcap/tdx_quote");
    certbind_dcap_policy_default(&s->policy);
    assert_int_equal(CERTBIND_OK,
                     certbind_collateral_new(fixture_bytes(&bundle), certbind_bytes(NULL, 0),
                                             FIXTURE_NOW, &s->collateral, NULL));
    fixture_free(&bundle);
}

static void close_shared(struct shared *s)
{
    certbind_collateral_free(s->collateral);
    fixture_free(&s->quote);
}

static certbind_status verify_at(const struct shared *s, uint64_t now,
                                 struct certbind_dcap_report *report)
{
    return certbind_dcap_verify(fixture_bytes(&s->quote), s->collateral, now, &s->policy, report,
                                NULL);
}

static void dates_are_checked_at_every_use(void **state)
{
    struct certbind_dcap_report report;
    struct shared s;

    (void)state;
    open_shared(&s);
    assert_int_equal(CERTBIND_OK, verify_at(&s, FIXTURE_NOW, &report));
    assert_int_equal(3, report.signature_checks);
    assert_int_equal(CERTBIND_OK, verify_at(&s, 1752919234, &report));
    assert_int_equal(CERTBIND_E_PCK_CRL_EXPIRED, verify_at(&s, 1752919235, &report));
    assert_false(report.verified);
    assert_int_equal(CERTBIND_E_QE_IDENTITY_EXPIRED, verify_at(&s, 1750329146, &report));
    assert_int_equal(CERTBIND_E_CLOCK_INVALID, verify_at(&s, 0, &report));
    close_shared(&s);
}

static void *verify_often(void *arg)
{
    struct certbind_dcap_report *report = malloc(sizeof *report);
    const struct shared *s = arg;
    bool *ok = NULL;

    for (int i = 0; report != NULL && i < 20; i++)
        if (verify_at(s, FIXTURE_NOW, report) != CERTBIND_OK || !report->verified) {
            free(report);
            return NULL;
        }
    if (report != NULL)
        ok = malloc(sizeof *ok);
    free(report);
    return ok;
}

static void several_threads_may_use_one_collateral(void **state)
{
    pthread_t thread[4];
    struct shared s;

    (void)state;
    open_shared(&s);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(0, pthread_create(&thread[i], NULL, verify_often, &s));
    for (size_t i = 0; i < 4; i++) {
        void *ok = NULL;

        assert_int_equal(0, pthread_join(thread[i], &ok));
        assert_non_null(ok);
        free(ok);
    }
    close_shared(&s);
}

/* Without collateral: the chain up to the pinned root, and both signatures. */
static void check_recorded(const struct fixture *f)
{
    const certbind_status code = CERTBIND_E_PCK_CHAIN_INVALID;
    struct certbind_certificate ca;
    struct certbind_certificate root;
    struct certbind_pck_chain chain;
    struct certbind_quote q;
    unsigned checks = 0;

    assert_int_equal(CERTBIND_OK, certbind_quote_parse(fixture_bytes(f), &q, NULL));
    assert_int_equal(CERTBIND_OK, certbind_pck_chain_split(&q, &chain, NULL));
    assert_int_equal(CERTBIND_OK, certbind_pck_chain_read_leaf(&chain, NULL));
    assert_int_equal(CERTBIND_OK, certbind_pck_chain_read_extension(&chain, NULL));
    assert_int_equal(CERTBIND_OK, certbind_certificate_parse(chain.pem.der[1], code, &ca, NULL));
    assert_int_equal(CERTBIND_OK,
                     certbind_certificate_parse(certbind_intel_root(), code, &root, NULL));
    assert_int_equal(CERTBIND_OK,
                     certbind_certificate_check_role(&ca, CERTBIND_ROLE_CA, 0, code, NULL));
    assert_int_equal(CERTBIND_OK,
                     certbind_certificate_check_issued(&chain.leaf, &ca, code, &checks, NULL));
    assert_int_equal(CERTBIND_OK,
                     certbind_certificate_check_issued(&ca, &root, code, &checks, NULL));
    assert_int_equal(CERTBIND_OK,
                     certbind_quote_check_qe_report(&q, chain.leaf.key, &checks, NULL));
    assert_int_equal(CERTBIND_OK, certbind_quote_check_signature(&q, &checks, NULL));
    assert_int_equal(4, checks);
    certbind_certificate_cleanup(&ca);
    certbind_certificate_cleanup(&root);
    certbind_pck_chain_cleanup(&chain);
}

static void real_quotes_without_collateral_hold_up_to_the_root(void **state)
{
    struct fixture all[] = {
        fixture_read_hex("dstack/simulator-0.5.3/quote.hex"),
        fixture_read("dstack/quotes/ra-tls-tdx_quote.bin"),
        fixture_read_json_hex("dstack/quotes/verifier-quote-report.json", "quote"),
        fixture_read_json_hex("dstack/quotes/tdx-lite-getquote.json", "quote"),
        fixture_read_json_hex("dstack/quotes/rtmr3-based-report.json", "quote"),
        fixture_read_json_hex("dstack/simulator-0.6/attestation.decoded.json", "quote"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        check_recorded(&all[i]);
        fixture_free(&all[i]);
    }
}

/* Under Intel's root the names count too; no forge can stand there, so the check is asked alone. */
static void names_count_under_intels_root_only(void **state)
{
    struct certbind_collateral c = {.facts = {.simulated = false}};
    struct certbind_certificate root;

    (void)state;
    assert_int_equal(CERTBIND_OK, certbind_certificate_parse(certbind_intel_root(),
                                                             CERTBIND_E_ROOT_INVALID, &root, NULL));
    assert_int_equal(CERTBIND_OK, certbind_collateral_check_name(&c, &root, "Intel SGX Root CA",
                                                                 CERTBIND_E_ROOT_INVALID, NULL));
    assert_int_equal(CERTBIND_E_ROOT_INVALID,
                     certbind_collateral_check_name(&c, &root, "Intel SGX Root C",
                                                    CERTBIND_E_ROOT_INVALID, NULL));
    c.facts.simulated = true;
    assert_int_equal(CERTBIND_OK, certbind_collateral_check_name(&c, &root, "any",
                                                                 CERTBIND_E_ROOT_INVALID, NULL));
    certbind_certificate_cleanup(&root);
}

static void a_ca_under_intels_root_needs_its_name(void **state)
{
    struct certbind_collateral c = {.facts = {.simulated = false}};
    struct certbind_certificate ca;
    unsigned checks = 0;
    struct forge f;
    uint8_t *der;
    size_t len;

    (void)state;
    forge_init(&f);
    der = forge_x509_der(&f, FORGE_CA, &len);
    assert_int_equal(CERTBIND_OK,
                     certbind_certificate_parse(certbind_bytes(der, len),
                                                CERTBIND_E_PCK_CHAIN_INVALID, &ca, NULL));
    assert_int_equal(
        CERTBIND_E_PCK_CHAIN_INVALID,
        certbind_collateral_check_pck_ca(&c, &ca, CERTBIND_E_PCK_CHAIN_INVALID, &checks, NULL));
    assert_int_equal(0, checks);
    certbind_certificate_cleanup(&ca);
    free(der);
    forge_cleanup(&f);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_are_checked_at_every_use),
        cmocka_unit_test(several_threads_may_use_one_collateral),
        cmocka_unit_test(real_quotes_without_collateral_hold_up_to_the_root),
        cmocka_unit_test(names_count_under_intels_root_only),
        cmocka_unit_test(a_ca_under_intels_root_needs_its_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
