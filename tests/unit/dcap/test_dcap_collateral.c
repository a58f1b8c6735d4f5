/* Collateral alone, before any quote is judged with it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "certbind/dcap/verify.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/dcap_forge.h"
#include "tests/unit/dcap/fixture.h"

static certbind_status new_collateral(struct forge *f, const char *bundle)
{
    struct certbind_collateral *collateral = NULL;
    const char *text = bundle != NULL ? bundle : f->bundle;
    certbind_status status = certbind_collateral_new(
        certbind_text(text), certbind_bytes(f->root, f->root_len), f->now, &collateral, NULL);

    assert_int_equal(status == CERTBIND_OK, collateral != NULL);
    certbind_collateral_free(collateral);
    return status;
}

/* certbind_dcap_verify looks at the dates again; here nothing does. */
static void collateral_alone_refuses_what_is_out_of_date(void **state)
{
    static const struct {
        enum forge_who who;
        certbind_status status;
    } rows[] = {{FORGE_ROOT, CERTBIND_E_ROOT_INVALID},
                {FORGE_CA, CERTBIND_E_PCK_CRL_CHAIN_INVALID},
                {FORGE_TCB_SIGNER, CERTBIND_E_TCB_INFO_CHAIN_INVALID},
                {FORGE_QE_SIGNER, CERTBIND_E_QE_IDENTITY_CHAIN_INVALID}};
    struct forge f;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        forge_init(&f);
        f.cert[rows[i].who].until = FORGE_NOW - 1;
        forge_build(&f);
        assert_int_equal(rows[i].status, new_collateral(&f, NULL));
        forge_cleanup(&f);
    }
    forge_init(&f);
    f.root_crl.replace = "abc";
    forge_build(&f);
    assert_int_equal(CERTBIND_E_ROOT_CRL_INVALID, new_collateral(&f, NULL));
    forge_cleanup(&f);
    forge_init(&f);
    forge_edit_qe(&f, "\"nextUpdate\":\"2025-07-21", "\"nextUpdate\":\"2025-07-08");
    forge_build(&f);
    assert_int_equal(CERTBIND_E_QE_IDENTITY_EXPIRED, new_collateral(&f, NULL));
    assert_int_equal(CERTBIND_E_COLLATERAL_MALFORMED, new_collateral(&f, "[]"));
    assert_int_equal(CERTBIND_E_COLLATERAL_MALFORMED, new_collateral(&f, "{"));
    forge_cleanup(&f);
}

/* Under Intel's root a name is checked too: here the root stands as its own PCK CA. */
static void only_a_pck_ca_has_the_name_of_one(void **state)
{
    static const char member[] = "pck_crl_issuer_chain";
    struct fixture file = fixture_read("dcap/tdx_quote_collateral.json");
    cJSON *bundle = cJSON_Parse((const char *)file.data);
    const char *chain = cJSON_GetStringValue(cJSON_GetObjectItem(bundle, member));
    struct certbind_collateral *collateral = NULL;
    const char *root = strstr(chain + 1, "-----BEGIN");
    char *twice = calloc(2, strlen(root) + 1);
    char *text;

    (void)state;
    assert_non_null(twice);
    (void)snprintf(twice, 2 * (strlen(root) + 1), "%s%s", root, root);
    assert_true(cJSON_ReplaceItemInObject(bundle, member, cJSON_CreateString(twice)));
    text = cJSON_PrintUnformatted(bundle);
    assert_int_equal(CERTBIND_E_PCK_CRL_CHAIN_INVALID,
                     certbind_collateral_new(certbind_text(text), certbind_bytes(NULL, 0),
                                             FIXTURE_NOW, &collateral, NULL));
    assert_null(collateral);
    cJSON_free(text);
    free(twice);
    cJSON_Delete(bundle);
    fixture_free(&file);
}

static void a_broken_quote_is_refused_under_old_collateral(void **state)
{
    static struct certbind_dcap_report report;
    struct certbind_collateral *collateral = NULL;
    struct forge f;

    (void)state;
    forge_init(&f);
    forge_build(&f);
    assert_int_equal(CERTBIND_OK, certbind_collateral_new(certbind_text(f.bundle),
                                                          certbind_bytes(f.root, f.root_len), f.now,
                                                          &collateral, NULL));
    assert_int_equal(CERTBIND_E_QUOTE_TRUNCATED,
                     certbind_dcap_verify(certbind_bytes(f.quote, 100), collateral, f.now,
                                          &f.policy, &report, NULL));
    assert_false(report.verified);
    certbind_collateral_free(collateral);
    forge_cleanup(&f);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(collateral_alone_refuses_what_is_out_of_date),
        cmocka_unit_test(only_a_pck_ca_has_the_name_of_one),
        cmocka_unit_test(a_broken_quote_is_refused_under_old_collateral),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
