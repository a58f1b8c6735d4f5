/*
 * Every byte of the recorded evidence matters: with one bit of it turned, nothing is accepted.
 * There is no class of exceptions: padding must be zero, PEM and DER have one form, blanks between
 * JSON tokens turn into what JSON does not know.
 */
#include <string.h>

#include "certbind/dcap/verify.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/dcap/fixture.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { STRIDE = 16 };
#else
enum { STRIDE = 1 };
#endif

struct sweep {
    struct fixture quote;
    struct fixture bundle;
    struct certbind_dcap_policy policy;
};

static void open_sweep(struct sweep *s, const char *quote, const char *bundle)
{
    s->quote = fixture_read(quote);
    s->bundle = fixture_read(bundle);
    certbind_dcap_policy_default(&s->policy);
    s->policy.allow_sgx = true;
    s->policy.accept = UINT32_MAX;
}

static void close_sweep(struct sweep *s)
{
    fixture_free(&s->quote);
    fixture_free(&s->bundle);
}

static bool accepted(struct certbind_bytes quote, const struct certbind_collateral *collateral,
                     const struct certbind_dcap_policy *policy)
{
    static struct certbind_dcap_report report;

    return certbind_dcap_verify(quote, collateral, FIXTURE_NOW, policy, &report, NULL) ==
               CERTBIND_OK ||
           report.verified;
}

static void sweep_quote(const char *quote, const char *bundle)
{
    static const uint8_t bits[] = {0x01, 0x80};
    struct certbind_collateral *collateral;
    struct sweep s;

    open_sweep(&s, quote, bundle);
    assert_int_equal(CERTBIND_OK,
                     certbind_collateral_new(fixture_bytes(&s.bundle), certbind_bytes(NULL, 0),
                                             FIXTURE_NOW, &collateral, NULL));
    assert_true(accepted(fixture_bytes(&s.quote), collateral, &s.policy));
    for (size_t i = 0; i < s.quote.len; i += STRIDE)
        for (size_t k = 0; k < sizeof bits; k++) {
            s.quote.data[i] ^= bits[k];
            if (accepted(fixture_bytes(&s.quote), collateral, &s.policy))
                fail_msg("byte %zu of the quote may be changed by 0x%02x", i, bits[k]);
            s.quote.data[i] ^= bits[k];
        }
    certbind_collateral_free(collateral);
    close_sweep(&s);
}

static void sweep_bundle(const char *quote, const char *bundle)
{
    static const uint8_t bits[] = {0x01, 0x80};
    struct sweep s;

    open_sweep(&s, quote, bundle);
    for (size_t i = 0; i < s.bundle.len; i += STRIDE)
        for (size_t k = 0; k < sizeof bits; k++) {
            struct certbind_collateral *collateral = NULL;

            s.bundle.data[i] ^= bits[k];
            if (certbind_collateral_new(fixture_bytes(&s.bundle), certbind_bytes(NULL, 0),
                                        FIXTURE_NOW, &collateral, NULL) == CERTBIND_OK)
                fail_msg("byte %zu of the collateral may be changed by 0x%02x", i, bits[k]);
            assert_null(collateral);
            s.bundle.data[i] ^= bits[k];
        }
    close_sweep(&s);
}

static void no_byte_of_the_tdx_quote_may_change(void **state)
{
    (void)state;
    sweep_quote("dcap/tdx_quote", "dcap/tdx_quote_collateral.json");
}

static void no_byte_of_the_sgx_quote_may_change(void **state)
{
    (void)state;
    sweep_quote("dcap/sgx_quote", "dcap/sgx_quote_collateral.json");
}

static void no_byte_of_the_tdx_collateral_may_change(void **state)
{
    (void)state;
    sweep_bundle("dcap/tdx_quote", "dcap/tdx_quote_collateral.json");
}

static void no_byte_of_the_sgx_collateral_may_change(void **state)
{
    (void)state;
    sweep_bundle("dcap/sgx_quote", "dcap/sgx_quote_collateral.json");
}

static void truncated_collateral_is_refused_at_every_length(void **state)
{
    struct sweep s;

    (void)state;
    open_sweep(&s, "dcap/tdx_quote", "dcap/tdx_quote_collateral.json");
    for (size_t len = 0; len < s.bundle.len; len += STRIDE) {
        struct certbind_collateral *collateral = NULL;

        assert_int_equal(CERTBIND_E_COLLATERAL_MALFORMED,
                         certbind_collateral_new(certbind_bytes(s.bundle.data, len),
                                                 certbind_bytes(NULL, 0), FIXTURE_NOW, &collateral,
                                                 NULL));
    }
    close_sweep(&s);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_byte_of_the_tdx_quote_may_change),
        cmocka_unit_test(no_byte_of_the_sgx_quote_may_change),
        cmocka_unit_test(no_byte_of_the_tdx_collateral_may_change),
        cmocka_unit_test(no_byte_of_the_sgx_collateral_may_change),
        cmocka_unit_test(truncated_collateral_is_refused_at_every_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
