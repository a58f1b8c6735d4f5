/* Memory that runs out at any point refuses, and leaks nothing. */
#include <stdlib.h>
#include <string.h>

#include "certbind/dcap/pcs.h"
#include "certbind/dcap/verify.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/dcap/fixture.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

/* The allocation that fails, counted down; 0: none. */
static size_t fails_at;

static bool fails(void)
{
    return fails_at > 0 && --fails_at == 0;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails() ? NULL : __real_realloc(old, size);
}

static void a_verification_without_memory_is_a_refusal(void **state)
{
    struct fixture quote = fixture_read("dcap/tdx_quote");
    struct fixture bundle = fixture_read("dcap/tdx_quote_collateral.json");
    struct certbind_dcap_policy policy;
    const struct certbind_dcap_input input = {
        fixture_bytes(&quote), fixture_bytes(&bundle), {0}, FIXTURE_NOW, &policy};
    static struct certbind_dcap_report report;
    certbind_status status = CERTBIND_NOT_CHECKED;
    size_t n = 0;

    (void)state;
    certbind_dcap_policy_default(&policy);
    while (status != CERTBIND_OK) {
        fails_at = ++n;
        status = certbind_dcap_verify_bundle(&input, &report, NULL);
        if (fails_at == 0) /* one allocation did fail */
            assert_int_not_equal(CERTBIND_OK, status);
        fails_at = 0;
        assert_int_equal(status == CERTBIND_OK, report.verified);
        assert_true(n < 1000);
    }
    assert_true(n > 10);
    fixture_free(&quote);
    fixture_free(&bundle);
}

static void a_bundle_without_memory_is_none(void **state)
{
    static const char chain[] = "-----BEGIN CERTIFICATE-----%0AMAAA%0A-----END CERTIFICATE-----";
    const struct certbind_bytes tcb = certbind_text("{\"tcbInfo\":{},\"signature\":\"00\"}");
    const struct certbind_bytes qe = certbind_text("{\"enclaveIdentity\":{},\"signature\":\"00\"}");
    const struct certbind_bytes header = certbind_text(chain);
    const struct certbind_bytes crl = certbind_text("-----BEGIN X509 CRL-----\nMAAA\n"
                                                    "-----END X509 CRL-----\n");
    const struct certbind_pcs_replies replies = {{tcb, header}, {qe, header}, {crl, header}, crl};
    certbind_status status = CERTBIND_NOT_CHECKED;
    size_t n = 0;

    (void)state;
    while (status != CERTBIND_OK) {
        char *out = NULL;
        size_t len;

        fails_at = ++n;
        status = certbind_pcs_bundle(&replies, &out, &len, NULL);
        if (fails_at == 0)
            assert_int_not_equal(CERTBIND_OK, status);
        fails_at = 0;
        assert_int_equal(status == CERTBIND_OK, out != NULL);
        free(out);
        assert_true(n < 1000);
    }
    assert_true(n > 5);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_verification_without_memory_is_a_refusal),
        cmocka_unit_test(a_bundle_without_memory_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
