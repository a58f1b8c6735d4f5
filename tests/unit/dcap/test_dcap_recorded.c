/* The verdicts on recorded quotes of real machines, in and around their windows. */
#include "certbind/dcap/verify.h"

#include <string.h>

#include "tests/support/cmocka_all.h"
#include "tests/unit/dcap/fixture.h"

struct recorded {
    struct fixture quote;
    struct fixture bundle;
    struct certbind_dcap_policy policy;
    struct certbind_dcap_report report;
    struct certbind_error err;
};

static void open_recorded(struct recorded *r, const char *quote, const char *bundle)
{
    *r = (struct recorded){.quote = fixture_read(quote), .bundle = fixture_read(bundle)};
    certbind_dcap_policy_default(&r->policy);
}

static void close_recorded(struct recorded *r)
{
    fixture_free(&r->quote);
    fixture_free(&r->bundle);
}

static certbind_status verify_at(struct recorded *r, struct certbind_bytes root, uint64_t now)
{
    const struct certbind_dcap_input input = {fixture_bytes(&r->quote), fixture_bytes(&r->bundle),
                                              root, now, &r->policy};

    return certbind_dcap_verify_bundle(&input, &r->report, &r->err);
}

static certbind_status at(struct recorded *r, uint64_t now)
{
    return verify_at(r, certbind_bytes(NULL, 0), now);
}

static void the_tdx_quote_is_up_to_date(void **state)
{
    struct recorded r;

    (void)state;
    open_recorded(&r, "dcap/tdx_quote", "dcap/tdx_quote_collateral.json");
    assert_int_equal(CERTBIND_OK, at(&r, FIXTURE_NOW));
    assert_true(r.report.verified);
    assert_false(r.report.facts.simulated);
    assert_int_equal(CERTBIND_TCB_UP_TO_DATE, r.report.status);
    assert_int_equal(CERTBIND_TCB_UP_TO_DATE, r.report.platform.status);
    assert_int_equal(CERTBIND_TCB_UP_TO_DATE, r.report.module.status);
    assert_int_equal(CERTBIND_TCB_UP_TO_DATE, r.report.qe.status);
    assert_int_equal(0, r.report.advisory_count);
    assert_int_equal(1750329147, r.report.valid_from);
    assert_int_equal(1752919234, r.report.valid_until);
    assert_int_equal(17, r.report.facts.tcb_evaluation_number);
    assert_int_equal(17, r.report.facts.qe_evaluation_number);
    assert_int_equal(1, r.report.facts.pck_crl_number.len);
    assert_int_equal(1, r.report.facts.pck_crl_number.bytes[0]);
    assert_false(certbind_is_zero(r.report.facts.pck_ca_key_sha256, 32));
    assert_hex("44a0196b2b99f889b8e149e95b807a350e7424964399e885a7cbb8ccfab674d3",
               r.report.facts.root_sha256, 32);
    assert_hex("b0c06f000000", r.report.pck.fmspc, 6);
    assert_true(r.report.facts.signature_checks + r.report.signature_checks >= 9);
    close_recorded(&r);
}

static void every_step_of_an_accepted_quote_has_passed(void **state)
{
    struct recorded r;

    (void)state;
    open_recorded(&r, "dcap/tdx_quote", "dcap/tdx_quote_collateral.json");
    assert_int_equal(CERTBIND_OK, at(&r, FIXTURE_NOW));
    assert_int_equal(CERTBIND_PASSED, r.report.quote);
    assert_int_equal(CERTBIND_PASSED, r.report.collateral);
    assert_int_equal(CERTBIND_PASSED, r.report.tcb);
    assert_int_equal(CERTBIND_PASSED, r.report.td_attributes);
    assert_int_equal(CERTBIND_OK, r.report.code);
    close_recorded(&r);
}

static void the_sgx_quote_needs_configuration_and_hardening(void **state)
{
    struct recorded r;

    (void)state;
    open_recorded(&r, "dcap/sgx_quote", "dcap/sgx_quote_collateral.json");
    assert_int_equal(CERTBIND_E_WRONG_TEE_TYPE, at(&r, FIXTURE_NOW));
    r.policy.allow_sgx = true;
    assert_int_equal(CERTBIND_E_TCB_STATUS_NOT_ACCEPTED, at(&r, FIXTURE_NOW));
    assert_false(r.report.verified);
    assert_int_equal(CERTBIND_PASSED, r.report.quote);
    assert_int_equal(CERTBIND_PASSED, r.report.collateral);
    assert_int_equal(CERTBIND_FAILED, r.report.tcb);
    assert_int_equal(CERTBIND_NOT_EVALUATED, r.report.td_attributes);
    r.policy.accept |= CERTBIND_TCB_BIT(CERTBIND_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED);
    assert_int_equal(CERTBIND_OK, at(&r, FIXTURE_NOW));
    assert_int_equal(CERTBIND_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED, r.report.status);
    assert_int_equal(CERTBIND_TCB_UP_TO_DATE, r.report.qe.status);
    assert_int_equal(2, r.report.advisory_count);
    assert_string_equal("INTEL-SA-00289", r.report.advisory[0]);
    assert_string_equal("INTEL-SA-00615", r.report.advisory[1]);
    assert_int_equal(1750330571, r.report.valid_from);
    assert_int_equal(1752919278, r.report.valid_until);
    close_recorded(&r);
}

static void the_tdx_window_has_exact_edges(void **state)
{
    struct recorded r;

    (void)state;
    open_recorded(&r, "dcap/tdx_quote", "dcap/tdx_quote_collateral.json");
    assert_int_equal(CERTBIND_E_QE_IDENTITY_EXPIRED, at(&r, 1750329146));
    assert_int_equal(CERTBIND_NOT_EVALUATED, r.report.quote);
    assert_int_equal(CERTBIND_FAILED, r.report.collateral);
    assert_int_equal(CERTBIND_NOT_EVALUATED, r.report.tcb);
    assert_int_equal(CERTBIND_OK, at(&r, 1750329147));
    assert_int_equal(CERTBIND_OK, at(&r, 1752919234));
    assert_int_equal(CERTBIND_E_PCK_CRL_EXPIRED, at(&r, 1752919235));
    assert_int_equal(CERTBIND_FAILED, r.report.quote);
    assert_int_equal(CERTBIND_NOT_EVALUATED, r.report.collateral);
    assert_int_equal(CERTBIND_E_PCK_CRL_EXPIRED, at(&r, 1750327234));
    assert_int_equal(CERTBIND_E_TCB_INFO_EXPIRED, at(&r, 1750328162));
    assert_int_equal(CERTBIND_E_QE_IDENTITY_EXPIRED, at(&r, 1750328163));
    assert_int_equal(CERTBIND_E_ROOT_CRL_EXPIRED, at(&r, 1775215317));
    close_recorded(&r);
}

static void the_sgx_window_has_exact_edges(void **state)
{
    struct recorded r;

    (void)state;
    open_recorded(&r, "dcap/sgx_quote", "dcap/sgx_quote_collateral.json");
    r.policy.allow_sgx = true;
    r.policy.accept |= CERTBIND_TCB_BIT(CERTBIND_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED);
    assert_int_equal(CERTBIND_E_TCB_INFO_EXPIRED, at(&r, 1750330570));
    assert_int_equal(CERTBIND_OK, at(&r, 1750330571));
    assert_int_equal(CERTBIND_OK, at(&r, 1752919278));
    assert_int_equal(CERTBIND_E_QE_IDENTITY_EXPIRED, at(&r, 1752919279));
    close_recorded(&r);
}

static void a_clock_before_2024_is_refused(void **state)
{
    struct recorded r;

    (void)state;
    open_recorded(&r, "dcap/tdx_quote", "dcap/tdx_quote_collateral.json");
    assert_int_equal(CERTBIND_E_CLOCK_INVALID, at(&r, 0));
    assert_int_equal(CERTBIND_E_CLOCK_INVALID, at(&r, CERTBIND_EARLIEST_NOW - 1));
    assert_int_not_equal(CERTBIND_E_CLOCK_INVALID, at(&r, CERTBIND_EARLIEST_NOW));
    close_recorded(&r);
}

static void the_mock_quote_verifies_under_its_own_root_only(void **state)
{
    struct fixture root = fixture_read("dstack/ratls-certs/mock-sgx-root-ca.der");
    struct recorded r;

    (void)state;
    open_recorded(&r, "dstack/ratls-certs/ratls-legacy-oids.quote.bin",
                  "dstack/ratls-certs/mock-collateral.json");
    assert_int_equal(CERTBIND_OK, verify_at(&r, fixture_bytes(&root), FIXTURE_NOW));
    assert_true(r.report.verified);
    assert_true(r.report.facts.simulated);
    assert_int_equal(CERTBIND_TCB_NONE, r.report.module.status);
    assert_int_equal(CERTBIND_E_ROOT_CA_UNTRUSTED, at(&r, FIXTURE_NOW));
    assert_false(r.report.verified);
    fixture_free(&root);
    close_recorded(&r);
}

static void intels_root_given_by_hand_is_not_simulated(void **state)
{
    struct recorded r;

    (void)state;
    open_recorded(&r, "dcap/tdx_quote", "dcap/tdx_quote_collateral.json");
    assert_int_equal(CERTBIND_OK, verify_at(&r, certbind_intel_root(), FIXTURE_NOW));
    assert_false(r.report.facts.simulated);
    close_recorded(&r);
}

static void a_quote_without_collateral_is_refused(void **state)
{
    struct recorded r;

    (void)state;
    open_recorded(&r, "dcap/tdx_quote", "dcap/tdx_quote_collateral.json");
    assert_int_equal(CERTBIND_E_COLLATERAL_MISSING,
                     certbind_dcap_verify(fixture_bytes(&r.quote), NULL, FIXTURE_NOW, &r.policy,
                                          &r.report, &r.err));
    close_recorded(&r);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tdx_quote_is_up_to_date),
        cmocka_unit_test(every_step_of_an_accepted_quote_has_passed),
        cmocka_unit_test(the_sgx_quote_needs_configuration_and_hardening),
        cmocka_unit_test(the_tdx_window_has_exact_edges),
        cmocka_unit_test(the_sgx_window_has_exact_edges),
        cmocka_unit_test(a_clock_before_2024_is_refused),
        cmocka_unit_test(the_mock_quote_verifies_under_its_own_root_only),
        cmocka_unit_test(intels_root_given_by_hand_is_not_simulated),
        cmocka_unit_test(a_quote_without_collateral_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
