/* Rules of PEM, replies, quotes and policies that another rule hides in a whole verdict. */
#include <stdlib.h>
#include <string.h>

#include "certbind/dcap/pck_chain.h"
#include "certbind/dcap/pcs.h"
#include "certbind/dcap/pem.h"
#include "certbind/dcap/tcb_verdict.h"
#include "certbind/dcap/verify.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/dcap_forge.h"

#define BLOCK(text) "-----BEGIN CERTIFICATE-----\n" text "-----END CERTIFICATE-----\n"
#define GOOD BLOCK("AAAA\n")

static const char *split(const char *text)
{
    struct certbind_pem pem;
    const char *problem = certbind_pem_split(certbind_text(text), &pem);

    assert_int_equal(problem == NULL, pem.count > 0);
    certbind_pem_cleanup(&pem);
    return problem == NULL ? "none" : problem;
}

static void pem_blocks_are_few_whole_and_not_empty(void **state)
{
    enum { MAX = CERTBIND_PEM_MAX_BYTES };
    struct certbind_pem pem;
    char *text = malloc(MAX + 2);

    (void)state;
    assert_non_null(text);
    assert_string_equal("none", split(GOOD GOOD GOOD GOOD GOOD GOOD GOOD GOOD));
    assert_string_equal("too many PEM blocks", split(GOOD GOOD GOOD GOOD GOOD GOOD GOOD GOOD GOOD));
    assert_string_equal("a PEM block that is not base64", split(BLOCK("")));
    assert_string_equal("a PEM block that is not base64", split(BLOCK("AAA\n")));
    memset(text, ' ', MAX + 1);
    memcpy(text, GOOD, sizeof GOOD - 1);
    text[MAX] = '\0';
    assert_string_equal("none", split(text));
    text[MAX] = ' ';
    text[MAX + 1] = '\0';
    assert_string_equal("too long for a certificate chain", split(text));
    assert_string_equal("no PEM block", certbind_pem_one(certbind_text(""), "CERTIFICATE", &pem));
    assert_string_equal("more than one PEM block",
                        certbind_pem_one(certbind_text(GOOD GOOD), "CERTIFICATE", &pem));
    free(text);
}

/* The status of a bundle with that reply as the root's list; the others are just good enough. */
static certbind_status bundle_with(struct certbind_bytes root_crl)
{
    static const char body[] = "{\"tcbInfo\":{},\"enclaveIdentity\":{},\"signature\":\"00\"}";
    const struct certbind_pcs_reply document = {certbind_text(body), certbind_text(GOOD)};
    const struct certbind_pcs_reply list = {certbind_text("00"), certbind_text(GOOD)};
    const struct certbind_pcs_replies replies = {document, document, list, root_crl};
    char *bundle = NULL;
    size_t len;
    certbind_status status = certbind_pcs_bundle(&replies, &bundle, &len, NULL);

    free(bundle);
    return status;
}

static void a_list_is_der_hex_or_pem_of_some_size(void **state)
{
    enum { MAX = CERTBIND_COLLATERAL_MAX_BYTES / 2 };
    uint8_t *der = calloc(1, MAX + 1);

    (void)state;
    assert_non_null(der);
    der[0] = 0x30;
    der[1] = 0x83;
    assert_int_equal(CERTBIND_OK, bundle_with(certbind_text("00ff")));
    assert_int_equal(CERTBIND_E_PCS_REPLY_MALFORMED, bundle_with(certbind_text("00f")));
    assert_int_equal(CERTBIND_E_PCS_REPLY_MALFORMED, bundle_with(certbind_bytes("00\0f", 4)));
    assert_int_equal(CERTBIND_OK, bundle_with(certbind_bytes(der, MAX)));
    assert_int_equal(CERTBIND_E_PCS_REPLY_MALFORMED, bundle_with(certbind_bytes(der, MAX + 1)));
    free(der);
}

/* What the questions to a service fail with. */
static certbind_status questions(const struct forge *f)
{
    struct certbind_pck_info info;
    struct certbind_quote quote;

    assert_int_equal(CERTBIND_OK,
                     certbind_quote_parse(certbind_bytes(f->quote, f->quote_len), &quote, NULL));
    return certbind_pck_info(&quote, &info, NULL);
}

static void questions_need_a_whole_chain(void **state)
{
    struct forge f;

    (void)state;
    forge_init(&f);
    f.quote_chain[2] = FORGE_NOBODY;
    forge_build(&f);
    assert_int_equal(CERTBIND_E_PCK_CHAIN_INCOMPLETE, questions(&f));
    forge_cleanup(&f);
    forge_init(&f);
    f.cert[FORGE_PCK].sha384 = true;
    forge_build(&f);
    assert_int_equal(CERTBIND_E_PCK_CHAIN_INVALID, questions(&f));
    forge_cleanup(&f);
    forge_init(&f);
    f.cert[FORGE_PCK].sgx = false;
    forge_build(&f);
    assert_int_equal(CERTBIND_E_PCK_EXTENSION_INVALID, questions(&f));
    forge_cleanup(&f);
}

static void put_u32le(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

static void sizes_inside_a_quote_have_their_own_codes(void **state)
{
    enum { DATA_LEN_AT = 632, DATA_AT = 636, SIGNATURE_AND_KEY = 128 };
    struct certbind_quote quote;
    size_t size_at;
    struct forge f;

    (void)state;
    forge_init(&f);
    forge_build(&f);
    assert_int_equal(CERTBIND_OK,
                     certbind_quote_parse(certbind_bytes(f.quote, f.quote_len), &quote, NULL));
    size_at = (size_t)(quote.certification_data.data - f.quote) - 4;
    put_u32le(f.quote + size_at, UINT32_MAX);
    assert_int_equal(CERTBIND_E_QUOTE_SIZE,
                     certbind_quote_parse(certbind_bytes(f.quote, f.quote_len), &quote, NULL));
    put_u32le(f.quote + DATA_LEN_AT, SIGNATURE_AND_KEY + 1);
    assert_int_equal(CERTBIND_E_QUOTE_MALFORMED,
                     certbind_quote_parse(certbind_bytes(f.quote, DATA_AT + SIGNATURE_AND_KEY + 1),
                                          &quote, NULL));
    forge_cleanup(&f);
}

static void no_policy_takes_a_revoked_or_unknown_level(void **state)
{
    static struct certbind_dcap_report report;
    struct certbind_dcap_policy policy;

    (void)state;
    certbind_dcap_policy_default(&policy);
    policy.accept = UINT32_MAX;
    report.status = CERTBIND_TCB_OUT_OF_DATE;
    assert_int_equal(CERTBIND_OK, certbind_tcb_check_policy(&report, &policy, NULL));
    report.status = CERTBIND_TCB_REVOKED;
    assert_int_equal(CERTBIND_E_TCB_STATUS_NOT_ACCEPTED,
                     certbind_tcb_check_policy(&report, &policy, NULL));
    report.status = CERTBIND_TCB_NONE;
    assert_int_equal(CERTBIND_E_TCB_STATUS_NOT_ACCEPTED,
                     certbind_tcb_check_policy(&report, &policy, NULL));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(pem_blocks_are_few_whole_and_not_empty),
        cmocka_unit_test(a_list_is_der_hex_or_pem_of_some_size),
        cmocka_unit_test(questions_need_a_whole_chain),
        cmocka_unit_test(sizes_inside_a_quote_have_their_own_codes),
        cmocka_unit_test(no_policy_takes_a_revoked_or_unknown_level),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
