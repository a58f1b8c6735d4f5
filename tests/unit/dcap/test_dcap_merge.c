/* How statuses combine (Intel's table), and what the report says of the parts. */
#include <string.h>

#include "certbind/dcap/tcb_status.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/dcap_forge.h"

#define UP_TO_DATE CERTBIND_TCB_UP_TO_DATE
#define HARDENING CERTBIND_TCB_SW_HARDENING_NEEDED
#define CONFIGURATION CERTBIND_TCB_CONFIGURATION_NEEDED
#define BOTH CERTBIND_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED
#define OUT_OF_DATE CERTBIND_TCB_OUT_OF_DATE
#define OUT_CONFIGURATION CERTBIND_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED
#define REVOKED CERTBIND_TCB_REVOKED

static void statuses_merge_as_in_intels_table(void **state)
{
    static const struct {
        enum certbind_tcb_status platform, up_to_date, out_of_date;
    } rows[] = {
        {UP_TO_DATE, UP_TO_DATE, OUT_OF_DATE},
        {HARDENING, HARDENING, OUT_OF_DATE},
        {CONFIGURATION, CONFIGURATION, OUT_CONFIGURATION},
        {BOTH, BOTH, OUT_CONFIGURATION},
        {OUT_OF_DATE, OUT_OF_DATE, OUT_OF_DATE},
        {OUT_CONFIGURATION, OUT_CONFIGURATION, OUT_CONFIGURATION},
        {REVOKED, REVOKED, REVOKED},
        {CERTBIND_TCB_NONE, CERTBIND_TCB_NONE, CERTBIND_TCB_NONE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum certbind_tcb_status p = rows[i].platform;

        assert_int_equal(rows[i].up_to_date, certbind_tcb_status_merge(p, UP_TO_DATE));
        assert_int_equal(rows[i].out_of_date, certbind_tcb_status_merge(p, OUT_OF_DATE));
        assert_int_equal(p == CERTBIND_TCB_NONE ? p : REVOKED,
                         certbind_tcb_status_merge(p, REVOKED));
        assert_int_equal(CERTBIND_TCB_NONE, certbind_tcb_status_merge(p, CERTBIND_TCB_NONE));
        assert_int_equal(CERTBIND_TCB_NONE, certbind_tcb_status_merge(p, CONFIGURATION));
    }
}

static void status_names_are_intels(void **state)
{
    (void)state;
    for (size_t i = CERTBIND_TCB_NONE + 1; i < CERTBIND_TCB_STATUS_COUNT; i++)
        assert_int_equal(
            i, certbind_tcb_status_parse(certbind_tcb_status_name((enum certbind_tcb_status)i)));
    assert_int_equal(CERTBIND_TCB_NONE, certbind_tcb_status_parse("none"));
    assert_int_equal(CERTBIND_TCB_NONE, certbind_tcb_status_parse("uptodate"));
    assert_int_equal(CERTBIND_TCB_NONE, certbind_tcb_status_parse(""));
    assert_string_equal("none", certbind_tcb_status_name(99));
}

static void the_report_keeps_the_parts_apart(void **state)
{
    struct forge f;

    (void)state;
    forge_init(&f);
    f.policy.accept = UINT32_MAX;
    f.pce_svn = 10;                                /* platform out of date: 1, 2 */
    forge_patch(&f, FORGE_SIGNED, 48, "04");       /* module out of date: 3 */
    forge_patch(&f, FORGE_QE_REPORT, 258, "0300"); /* QE out of date: 3, 4 */
    assert_int_equal(CERTBIND_OK, forge_verify(&f));
    assert_int_equal(OUT_OF_DATE, f.report.status);
    assert_int_equal(2, f.report.platform.advisories.count);
    assert_int_equal(1, f.report.module.advisories.count);
    assert_int_equal(2, f.report.qe.advisories.count);
    assert_int_equal(4, f.report.advisory_count);
    assert_string_equal("INTEL-SA-00001", f.report.advisory[0]);
    assert_string_equal("INTEL-SA-00004", f.report.advisory[3]);
    assert_int_equal(1672531200, f.report.platform.tcb_date);
    assert_int_equal(1675209600, f.report.module.tcb_date);
    assert_int_equal(1677628800, f.report.qe.tcb_date);
    forge_cleanup(&f);
}

static void a_current_module_does_not_hide_a_platform_behind(void **state)
{
    struct forge f;

    (void)state;
    forge_init(&f);
    f.pce_svn = 10;
    assert_int_equal(CERTBIND_E_TCB_STATUS_NOT_ACCEPTED, forge_verify(&f));
    assert_int_equal(UP_TO_DATE, f.report.module.status);
    assert_int_equal(OUT_OF_DATE, f.report.status);
    forge_cleanup(&f);
}

static void a_part_behind_keeps_the_need_for_configuration(void **state)
{
    struct forge f;

    (void)state;
    forge_init(&f);
    f.policy.accept = UINT32_MAX;
    forge_edit_tcb(&f, "\"2024-01-01T00:00:00Z\",\"tcbStatus\":\"UpToDate\"",
                   "\"2024-01-01T00:00:00Z\",\"tcbStatus\":\"ConfigurationNeeded\"");
    forge_patch(&f, FORGE_QE_REPORT, 258, "0300");
    assert_int_equal(CERTBIND_OK, forge_verify(&f));
    assert_int_equal(OUT_CONFIGURATION, f.report.status);
    forge_cleanup(&f);
}

/* Lowering an SVN never makes the status better, raising it never worse. */
static void the_status_is_monotonic_in_every_component(void **state)
{
    enum certbind_tcb_status last = REVOKED;
    struct forge f;

    (void)state;
    forge_init(&f);
    f.policy.accept = UINT32_MAX;
    for (f.pce_svn = 5; f.pce_svn <= 14; f.pce_svn++) {
        assert_int_equal(CERTBIND_OK, forge_verify(&f));
        assert_true(f.report.status <= last);
        last = f.report.status;
    }
    f.pce_svn = 11;
    for (size_t i = 0; i < 16; i++) {
        f.component_svn[i] = 255;
        assert_int_equal(CERTBIND_OK, forge_verify(&f));
        assert_int_equal(UP_TO_DATE, f.report.status);
    }
    forge_cleanup(&f);
}

static void the_window_follows_from_every_document(void **state)
{
    struct forge f;

    (void)state;
    forge_init(&f);
    f.policy.max_collateral_age_s = 20 * 86400;
    assert_int_equal(CERTBIND_OK, forge_verify(&f));
    assert_int_equal(FORGE_NOW - 7 * 86400, f.report.valid_from);
    assert_int_equal(FORGE_NOW + 7 * 86400 - 1 < 1750377600 + 20 * 86400 ? FORGE_NOW + 7 * 86400 - 1
                                                                         : 1750377600 + 20 * 86400,
                     f.report.valid_until);
    f.cert[FORGE_PCK].until = FORGE_NOW + 5;
    f.cert[FORGE_CA].from = FORGE_NOW - 3;
    assert_int_equal(CERTBIND_OK, forge_verify(&f));
    assert_int_equal(FORGE_NOW - 3, f.report.valid_from);
    assert_int_equal(FORGE_NOW + 5, f.report.valid_until);
    forge_cleanup(&f);
}

/* For every version of platform, module and quoting enclave around the levels. */
static void the_order_of_levels_changes_nothing(void **state)
{
    static const char *const svn[] = {"01", "02", "03", "04", "05", "06"};
    static const struct {
        enum forge_stage stage;
        size_t at;
    } places[] = {
        {FORGE_SIGNED, 48},     /* the module's version */
        {FORGE_SIGNED, 50},     /* microcode */
        {FORGE_QE_REPORT, 258}, /* the quoting enclave's version */
    };

    (void)state;
    for (size_t p = 0; p < sizeof places / sizeof places[0]; p++) {
        for (size_t i = 0; i < sizeof svn / sizeof svn[0]; i++) {
            struct forge f;
            certbind_status status;
            int level;

            forge_init(&f);
            f.pce_svn = (uint16_t)(3 + 2 * i);
            forge_patch(&f, places[p].stage, places[p].at, svn[i]);
            status = forge_verify(&f);
            level = (int)f.report.status;
            f.descending = true;
            assert_int_equal(status, forge_verify(&f));
            assert_int_equal(level, f.report.status);
            forge_cleanup(&f);
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(statuses_merge_as_in_intels_table),
        cmocka_unit_test(status_names_are_intels),
        cmocka_unit_test(the_report_keeps_the_parts_apart),
        cmocka_unit_test(a_current_module_does_not_hide_a_platform_behind),
        cmocka_unit_test(a_part_behind_keeps_the_need_for_configuration),
        cmocka_unit_test(the_status_is_monotonic_in_every_component),
        cmocka_unit_test(the_order_of_levels_changes_nothing),
        cmocka_unit_test(the_window_follows_from_every_document),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
