/* Row 22: when a restart of the TD would make it current, and when that is never said. */
#include <string.h>

#include "certbind/dcap/tcb_status.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/dcap_forge.h"

#define RELAUNCH CERTBIND_TCB_TD_RELAUNCH_ADVISED
#define RELAUNCH_CONFIGURATION CERTBIND_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED
#define OUT_OF_DATE CERTBIND_TCB_OUT_OF_DATE
#define OUT_CONFIGURATION CERTBIND_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED

/* Offsets in a version 5 quote. */
enum { SVN = 54, SVN_2 = 54 + 584 };

static struct forge f;

/* Launched with module 1, version 3 (out of date); version 5 runs now (the newest). */
static int start(void **state)
{
    (void)state;
    forge_init_v5(&f, CERTBIND_BODY_TD_1_5);
    f.policy.accept = UINT32_MAX;
    forge_patch(&f, FORGE_SIGNED, SVN, "03");
    return 0;
}

static int end(void **state)
{
    (void)state;
    forge_cleanup(&f);
    return 0;
}

static enum certbind_tcb_status status_of(void)
{
    assert_int_equal(CERTBIND_OK, forge_verify(&f));
    return f.report.status;
}

static void a_newer_module_than_at_launch_advises_a_relaunch(void **state)
{
    (void)state;
    assert_int_equal(RELAUNCH, status_of());
    assert_int_equal(CERTBIND_TCB_UP_TO_DATE, f.report.platform.status);
    assert_int_equal(OUT_OF_DATE, f.report.module.status);
    assert_int_equal(1, f.report.advisory_count);
}

static void a_policy_takes_it_only_by_its_own_name(void **state)
{
    (void)state;
    f.policy.accept = CERTBIND_TCB_BIT(CERTBIND_TCB_UP_TO_DATE) | CERTBIND_TCB_BIT(OUT_OF_DATE);
    assert_int_equal(CERTBIND_E_TCB_STATUS_NOT_ACCEPTED, forge_verify(&f));
    f.policy.accept = CERTBIND_TCB_BIT(RELAUNCH_CONFIGURATION);
    assert_int_equal(CERTBIND_E_TCB_STATUS_NOT_ACCEPTED, forge_verify(&f));
    f.policy.accept = CERTBIND_TCB_BIT(RELAUNCH);
    assert_int_equal(RELAUNCH, status_of());
    assert_string_equal("TDRelaunchAdvised", certbind_tcb_status_name(f.report.status));
}

/* The status never gets better than the launch: levels are found with TEE_TCB_SVN alone. */
static void the_running_module_never_decides_the_level(void **state)
{
    (void)state;
    memset(f.patch, 0, sizeof f.patch);
    forge_patch(&f, FORGE_SIGNED, SVN, "01");
    assert_int_equal(CERTBIND_E_TDX_MODULE_TCB_NOT_SUPPORTED, forge_verify(&f));
    memset(f.patch, 0, sizeof f.patch);
    forge_patch(&f, FORGE_SIGNED, SVN, "02");
    assert_int_equal(CERTBIND_E_TCB_REVOKED, forge_verify(&f));
    memset(f.patch, 0, sizeof f.patch);
    forge_patch(&f, FORGE_SIGNED, SVN_2, "00000000");
    assert_int_equal(CERTBIND_TCB_UP_TO_DATE, status_of());
}

static void a_module_below_the_newest_advises_nothing(void **state)
{
    (void)state;
    forge_patch(&f, FORGE_SIGNED, SVN_2, "04");
    assert_int_equal(OUT_OF_DATE, status_of());
    forge_patch(&f, FORGE_SIGNED, SVN_2, "06");
    assert_int_equal(RELAUNCH, status_of());
}

static void a_loader_below_the_newest_advises_nothing(void **state)
{
    (void)state;
    forge_patch(&f, FORGE_SIGNED, SVN_2 + 2, "01");
    assert_int_equal(OUT_OF_DATE, status_of());
}

static void a_module_without_identity_advises_nothing(void **state)
{
    (void)state;
    forge_patch(&f, FORGE_SIGNED, SVN_2 + 1, "02");
    assert_int_equal(OUT_OF_DATE, status_of());
}

/* A running module of version 0 is measured by the highest level's own components: 5 and 2. */
static void a_module_of_version_0_is_compared_with_the_level(void **state)
{
    (void)state;
    forge_patch(&f, FORGE_SIGNED, SVN_2, "050002");
    assert_int_equal(RELAUNCH, status_of());
    forge_patch(&f, FORGE_SIGNED, SVN_2, "040002");
    assert_int_equal(OUT_OF_DATE, status_of());
    forge_patch(&f, FORGE_SIGNED, SVN_2, "050001");
    assert_int_equal(OUT_OF_DATE, status_of());
}

static void hardware_behind_advises_nothing(void **state)
{
    (void)state;
    f.pce_svn = 10;
    assert_int_equal(OUT_OF_DATE, status_of());
}

static void a_quoting_enclave_behind_advises_nothing(void **state)
{
    (void)state;
    forge_patch(&f, FORGE_QE_REPORT, 258, "0300");
    assert_int_equal(OUT_OF_DATE, status_of());
}

static void a_need_for_configuration_is_kept(void **state)
{
    static const char *const names[] = {"ConfigurationNeeded", "ConfigurationAndSWHardeningNeeded"};
    char level[2][128];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        snprintf(level[i], sizeof level[i], "\"2024-01-01T00:00:00Z\",\"tcbStatus\":\"%s\"",
                 names[i]);
        memset(f.tcb_info, 0, sizeof f.tcb_info);
        forge_edit_tcb(&f, "\"2024-01-01T00:00:00Z\",\"tcbStatus\":\"UpToDate\"", level[i]);
        assert_int_equal(RELAUNCH_CONFIGURATION, status_of());
    }
}

static void hardening_alone_is_no_configuration(void **state)
{
    (void)state;
    forge_edit_tcb(&f, "\"2024-01-01T00:00:00Z\",\"tcbStatus\":\"UpToDate\"",
                   "\"2024-01-01T00:00:00Z\",\"tcbStatus\":\"SWHardeningNeeded\"");
    assert_int_equal(RELAUNCH, status_of());
}

static void a_report_1_0_never_advises(void **state)
{
    (void)state;
    f.body = CERTBIND_BODY_TD_1_0;
    assert_int_equal(OUT_OF_DATE, status_of());
    f.body = 0;
    memset(f.patch, 0, sizeof f.patch);
    forge_patch(&f, FORGE_SIGNED, 48, "03");
    assert_int_equal(OUT_OF_DATE, status_of());
}

/* It is the outcome of an evaluation; a document that holds it is malformed. */
static void no_document_may_hold_the_status(void **state)
{
    (void)state;
    forge_edit_tcb(&f, "\"2024-01-01T00:00:00Z\",\"tcbStatus\":\"UpToDate\"",
                   "\"2024-01-01T00:00:00Z\",\"tcbStatus\":\"TDRelaunchAdvised\"");
    assert_int_equal(CERTBIND_E_TCB_INFO_MALFORMED, forge_verify(&f));
    assert_int_equal(CERTBIND_TCB_NONE,
                     certbind_tcb_status_merge(RELAUNCH, CERTBIND_TCB_UP_TO_DATE));
    assert_int_equal(CERTBIND_TCB_NONE,
                     certbind_tcb_status_merge(RELAUNCH_CONFIGURATION, OUT_OF_DATE));
    assert_int_equal(CERTBIND_TCB_NONE,
                     certbind_tcb_status_merge(CERTBIND_TCB_UP_TO_DATE, RELAUNCH));
    assert_true(RELAUNCH < OUT_OF_DATE && OUT_OF_DATE < OUT_CONFIGURATION);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)
        TEST(a_newer_module_than_at_launch_advises_a_relaunch),
        TEST(a_policy_takes_it_only_by_its_own_name),
        TEST(the_running_module_never_decides_the_level),
        TEST(a_module_below_the_newest_advises_nothing),
        TEST(a_loader_below_the_newest_advises_nothing),
        TEST(a_module_without_identity_advises_nothing),
        TEST(a_module_of_version_0_is_compared_with_the_level),
        TEST(hardware_behind_advises_nothing),
        TEST(a_quoting_enclave_behind_advises_nothing),
        TEST(a_need_for_configuration_is_kept),
        TEST(hardening_alone_is_no_configuration),
        TEST(a_report_1_0_never_advises),
        TEST(no_document_may_hold_the_status),
#undef TEST
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
