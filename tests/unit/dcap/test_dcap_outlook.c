/* What a platform is short of, and what the next evaluation will say. */
#include <string.h>

#include "certbind/dcap/tcb_outlook.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/dcap_forge.h"
#include "tests/unit/dcap/fixture.h"

static struct forge f;
static struct certbind_tcb_outlook o;

static int start(void **state)
{
    (void)state;
    forge_init(&f);
    return 0;
}

static int end(void **state)
{
    (void)state;
    forge_cleanup(&f);
    return 0;
}

static certbind_status look_built(void)
{
    struct certbind_collateral *collateral = NULL;
    certbind_status status = certbind_collateral_new(
        certbind_text(f.bundle), certbind_bytes(f.root, f.root_len), f.now, &collateral, NULL);

    assert_int_equal(CERTBIND_OK, status);
    status = certbind_tcb_outlook_make(certbind_bytes(f.quote, f.quote_len), collateral, f.now, &o,
                                       NULL);
    certbind_collateral_free(collateral);
    assert_int_equal(status == CERTBIND_OK, o.authentic);
    return status;
}

static void look(void)
{
    forge_build(&f);
    assert_int_equal(CERTBIND_OK, look_built());
}

static void expect_short(const char *name, unsigned have, unsigned need, const char *raised_by)
{
    assert_false(o.current);
    assert_int_equal(1, o.count);
    assert_string_equal(name, o.shortfall[0].name);
    assert_int_equal(have, o.shortfall[0].have);
    assert_int_equal(need, o.shortfall[0].need);
    assert_string_equal(raised_by, o.shortfall[0].raised_by);
    assert_int_equal(CERTBIND_TCB_UP_TO_DATE, o.shortfall[0].level);
}

static void a_current_platform_is_short_of_nothing(void **state)
{
    (void)state;
    look();
    assert_true(o.current);
    assert_int_equal(0, o.count);
    assert_int_equal(CERTBIND_TCB_UP_TO_DATE, o.report.status);
}

static void each_part_is_named_with_what_raises_it(void **state)
{
    (void)state;
    f.pce_svn = 10;
    look();
    expect_short("pcesvn", 10, 11, "PCE: SGX software of the host");
    assert_int_equal(1704067200, o.shortfall[0].level_date);
    assert_int_equal(CERTBIND_TCB_OUT_OF_DATE, o.report.status);
    f.pce_svn = 11;
    forge_patch(&f, FORGE_SIGNED, 48, "04");
    look();
    expect_short("tdx module isvsvn", 4, 5, "TDX module");
    assert_int_equal(1706745600, o.shortfall[0].level_date);
    memset(f.patch, 0, sizeof f.patch);
    forge_patch(&f, FORGE_QE_REPORT, 258, "0300");
    look();
    expect_short("qe isvsvn", 3, 4, "quoting enclave");
}

/* Below all levels, or on a revoked one, there is still something to say. */
static void platforms_that_are_refused_are_explained_too(void **state)
{
    (void)state;
    f.pce_svn = 4;
    look();
    expect_short("pcesvn", 4, 11, "PCE: SGX software of the host");
    assert_int_equal(CERTBIND_E_TCB_NOT_SUPPORTED, o.report.code);
    f.pce_svn = 11;
    f.component_svn[7] = 4;
    look();
    expect_short("sgx component 8", 4, 5, "BIOS or microcode");
    assert_int_equal(CERTBIND_TCB_REVOKED, o.report.status);
    f.component_svn[7] = 5;
    forge_patch(&f, FORGE_SIGNED, 50, "01");
    look();
    expect_short("tdx component 3", 1, 2, "TDX module or its loader");
    memset(f.patch, 0, sizeof f.patch);
    forge_patch(&f, FORGE_SIGNED, 48, "01");
    look();
    expect_short("tdx module isvsvn", 1, 5, "TDX module");
    assert_int_equal(CERTBIND_E_TDX_MODULE_TCB_NOT_SUPPORTED, o.report.code);
}

static void several_shortfalls_are_all_listed(void **state)
{
    (void)state;
    memset(f.component_svn, 0, sizeof f.component_svn);
    f.pce_svn = 0;
    forge_patch(&f, FORGE_SIGNED, 48, "010100");
    forge_patch(&f, FORGE_QE_REPORT, 258, "0000");
    look();
    /* Seven SGX components, PCESVN, one TDX component, module, QE. */
    assert_int_equal(11, o.count);
    assert_string_equal("sgx component 1", o.shortfall[0].name);
    assert_string_equal("qe isvsvn", o.shortfall[10].name);
}

static void a_module_of_version_0_is_judged_by_components(void **state)
{
    (void)state;
    forge_patch(&f, FORGE_SIGNED, 48, "0400");
    look();
    expect_short("tdx component 1", 4, 5, "TDX module or its loader");
}

static void intels_words_are_used_where_there_are_some(void **state)
{
    (void)state;
    f.component_svn[0] = 1;
    forge_edit_tcb(&f, "\"sgxtcbcomponents\":[{\"svn\":2}",
                   "\"sgxtcbcomponents\":[{\"svn\":2,\"category\":\"BIOS\",\"type\":\"Early\"}");
    look();
    expect_short("sgx component 1", 1, 2, "BIOS: Early");
    memset(f.tcb_info, 0, sizeof f.tcb_info);
    forge_edit_tcb(&f, "\"sgxtcbcomponents\":[{\"svn\":2}",
                   "\"sgxtcbcomponents\":[{\"svn\":2,\"category\":\"BIOS\"}");
    look();
    expect_short("sgx component 1", 1, 2, "BIOS");
    memset(f.tcb_info, 0, sizeof f.tcb_info);
    forge_edit_tcb(&f, "\"sgxtcbcomponents\":[{\"svn\":2}",
                   "\"sgxtcbcomponents\":[{\"svn\":2,\"category\":\"\\u001b[2J\"}");
    look();
    expect_short("sgx component 1", 1, 2, "BIOS or microcode");
    memset(f.tcb_info, 0, sizeof f.tcb_info);
    forge_edit_tcb(&f, "\"sgxtcbcomponents\":[{\"svn\":2}",
                   "\"sgxtcbcomponents\":[{\"svn\":2,\"category\":\"\x7f\"}");
    look();
    expect_short("sgx component 1", 1, 2, "BIOS or microcode");
}

static void configuration_is_no_shortfall(void **state)
{
    (void)state;
    forge_edit_tcb(&f, "\"2024-01-01T00:00:00Z\",\"tcbStatus\":\"UpToDate\"",
                   "\"2024-01-01T00:00:00Z\",\"tcbStatus\":\"ConfigurationNeeded\"");
    look();
    assert_false(o.current);
    assert_int_equal(0, o.count);
    assert_int_equal(CERTBIND_TCB_CONFIGURATION_NEEDED, o.report.status);
}

static void a_relaunch_is_named_as_the_remedy(void **state)
{
    (void)state;
    f.body = CERTBIND_BODY_TD_1_5;
    forge_patch(&f, FORGE_SIGNED, 54, "03");
    look();
    assert_int_equal(CERTBIND_TCB_TD_RELAUNCH_ADVISED, o.report.status);
    expect_short("tdx module isvsvn", 3, 5, "restart of the TD: its host was updated");
}

static void the_next_evaluation_is_another_outlook(void **state)
{
    (void)state;
    look();
    assert_true(o.current);
    forge_edit_tcb(&f, "\"tcbEvaluationDataNumber\":18", "\"tcbEvaluationDataNumber\":19");
    forge_edit_tcb(&f, "\"pcesvn\":11", "\"pcesvn\":13");
    look();
    assert_int_equal(19, o.report.facts.tcb_evaluation_number);
    expect_short("pcesvn", 11, 13, "PCE: SGX software of the host");
}

/* A diagnosis of forged evidence would be the forger's. */
static void evidence_that_does_not_hold_has_no_outlook(void **state)
{
    (void)state;
    f.pce_svn = 10;
    forge_build(&f);
    f.quote[600] ^= 1;
    assert_int_equal(CERTBIND_E_QUOTE_SIGNATURE_INVALID, look_built());
    assert_int_equal(0, o.count);
    assert_false(o.current);
    f.quote_len = 600;
    assert_int_equal(CERTBIND_E_QUOTE_TRUNCATED, look_built());
    assert_int_equal(CERTBIND_E_QUOTE_TRUNCATED, o.report.code);
    memcpy(f.fmspc, "SIM001", 6);
    forge_build(&f);
    assert_int_equal(CERTBIND_E_PCK_FMSPC_MISMATCH, look_built());
    assert_int_equal(0, o.count);
}

static void a_debug_td_has_an_outlook(void **state)
{
    (void)state;
    f.pce_svn = 10;
    forge_patch(&f, FORGE_SIGNED, 168, "01");
    look();
    expect_short("pcesvn", 10, 11, "PCE: SGX software of the host");
}

static void enclaves_have_an_outlook(void **state)
{
    (void)state;
    f.sgx = true;
    f.component_svn[3] = 1;
    look();
    expect_short("sgx component 4", 1, 2, "BIOS or microcode");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)
        TEST(a_current_platform_is_short_of_nothing),
        TEST(each_part_is_named_with_what_raises_it),
        TEST(platforms_that_are_refused_are_explained_too),
        TEST(several_shortfalls_are_all_listed),
        TEST(a_module_of_version_0_is_judged_by_components),
        TEST(intels_words_are_used_where_there_are_some),
        TEST(configuration_is_no_shortfall),
        TEST(a_relaunch_is_named_as_the_remedy),
        TEST(the_next_evaluation_is_another_outlook),
        TEST(evidence_that_does_not_hold_has_no_outlook),
        TEST(a_debug_td_has_an_outlook),
        TEST(enclaves_have_an_outlook),
#undef TEST
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
