/* Rows 18, 20, 21, 23 and 25: levels, their merging, and what the policy takes. */
#include <string.h>

#include "tests/support/cmocka_all.h"
#include "tests/unit/dcap/broken.h"

static void platform_below_the_best_level(struct forge *f)
{
    f->pce_svn = 10;
}

static void module_below_the_best_level(struct forge *f)
{
    forge_patch(f, FORGE_SIGNED, 48, "04");
}

static void enclave_below_the_best_level(struct forge *f)
{
    forge_patch(f, FORGE_QE_REPORT, 258, "0300");
}

static void platform_below_all_levels(struct forge *f)
{
    f->pce_svn = 4;
}

static void a_component_below_is_not_made_up_by_one_above(struct forge *f)
{
    f->component_svn[0] = 255;
    f->component_svn[7] = 0;
}

static void platform_on_a_revoked_level(struct forge *f)
{
    f->component_svn[0] = 1;
}

static void module_on_a_revoked_level(struct forge *f)
{
    forge_patch(f, FORGE_SIGNED, 48, "02");
    f->policy.accept = UINT32_MAX;
}

static void enclave_on_a_revoked_level(struct forge *f)
{
    forge_patch(f, FORGE_QE_REPORT, 258, "0200");
    f->policy.accept = UINT32_MAX;
}

static void module_below_all_levels(struct forge *f)
{
    forge_patch(f, FORGE_SIGNED, 48, "01");
}

static void module_without_an_identity(struct forge *f)
{
    forge_patch(f, FORGE_SIGNED, 49, "02");
}

static void tdx_microcode_below_all_levels(struct forge *f)
{
    forge_patch(f, FORGE_SIGNED, 50, "00");
}

/* With a module of version 1 its own version is the identity's business, not the level's. */
static void module_version_is_not_compared_with_the_platform_level(struct forge *f)
{
    forge_edit_tcb(f, "\"tdxtcbcomponents\":[{\"svn\":5},{\"svn\":0}",
                   "\"tdxtcbcomponents\":[{\"svn\":9},{\"svn\":9}");
    forge_edit_tcb(f, "\"tdxtcbcomponents\":[{\"svn\":5},{\"svn\":0}",
                   "\"tdxtcbcomponents\":[{\"svn\":9},{\"svn\":9}");
}

/* Without one it is. */
static void an_old_module_is_compared_with_the_platform_level(struct forge *f)
{
    forge_patch(f, FORGE_SIGNED, 48, "0400");
}

static void a_module_in_lower_case_is_found(struct forge *f)
{
    forge_patch(f, FORGE_SIGNED, 49, "0a");
    forge_edit_tcb(f, "\"TDX_01\"", "\"TDX_0a\"");
}

static void the_policy_accepts_nothing(struct forge *f)
{
    memset(&f->policy, 0, sizeof f->policy);
}

static void the_policy_can_not_accept_a_revoked_platform(struct forge *f)
{
    f->policy.accept = UINT32_MAX;
    f->component_svn[0] = 1;
}

static void the_policy_denies_an_advisory(struct forge *f)
{
    static const char *const denied[] = {"INTEL-SA-00009", "INTEL-SA-00002"};

    f->policy.accept = UINT32_MAX;
    f->policy.deny_advisories = denied;
    f->policy.deny_advisories_count = 2;
    f->pce_svn = 10;
}

static void the_policy_denies_another_advisory(struct forge *f)
{
    static const char *const denied[] = {"INTEL-SA-0000"};

    f->policy.accept = UINT32_MAX;
    f->policy.deny_advisories = denied;
    f->policy.deny_advisories_count = 1;
    f->pce_svn = 10;
}

static void the_policys_floor_is_not_reached(struct forge *f)
{
    f->policy.td.min_tee_tcb_svn[2] = 3;
}

static void the_policys_floor_is_reached(struct forge *f)
{
    f->policy.td.min_tee_tcb_svn[0] = 5;
    f->policy.td.min_tee_tcb_svn[2] = 2;
}

static const struct broken rows[] = {
    {"a platform behind is out of date", platform_below_the_best_level,
     CERTBIND_E_TCB_STATUS_NOT_ACCEPTED},
    {"a module behind is out of date", module_below_the_best_level,
     CERTBIND_E_TCB_STATUS_NOT_ACCEPTED},
    {"a quoting enclave behind is out of date", enclave_below_the_best_level,
     CERTBIND_E_TCB_STATUS_NOT_ACCEPTED},
    {"a platform below all levels", platform_below_all_levels, CERTBIND_E_TCB_NOT_SUPPORTED},
    {"levels are compared by component", a_component_below_is_not_made_up_by_one_above,
     CERTBIND_E_TCB_NOT_SUPPORTED},
    {"a revoked platform", platform_on_a_revoked_level, CERTBIND_E_TCB_REVOKED},
    {"a revoked module", module_on_a_revoked_level, CERTBIND_E_TCB_REVOKED},
    {"a revoked quoting enclave", enclave_on_a_revoked_level, CERTBIND_E_TCB_REVOKED},
    {"a module below all levels", module_below_all_levels, CERTBIND_E_TDX_MODULE_TCB_NOT_SUPPORTED},
    {"a module without an identity", module_without_an_identity, CERTBIND_E_TDX_MODULE_UNKNOWN},
    {"microcode below all levels", tdx_microcode_below_all_levels, CERTBIND_E_TCB_NOT_SUPPORTED},
    {"module components are the identity's", module_version_is_not_compared_with_the_platform_level,
     CERTBIND_OK},
    {"old module components are the level's", an_old_module_is_compared_with_the_platform_level,
     CERTBIND_E_TCB_REVOKED},
    {"module names have two hex digits in any case", a_module_in_lower_case_is_found, CERTBIND_OK},
    {"a zeroed policy", the_policy_accepts_nothing, CERTBIND_E_TCB_STATUS_NOT_ACCEPTED},
    {"revoked whatever the policy says", the_policy_can_not_accept_a_revoked_platform,
     CERTBIND_E_TCB_REVOKED},
    {"a denied advisory", the_policy_denies_an_advisory, CERTBIND_E_TCB_ADVISORY_DENIED},
    {"advisories are compared whole", the_policy_denies_another_advisory, CERTBIND_OK},
    {"the policy's floor", the_policys_floor_is_not_reached, CERTBIND_E_TEE_TCB_SVN_BELOW_MINIMUM},
    {"the policy's floor reached", the_policys_floor_is_reached, CERTBIND_OK},
};

int main(void)
{
    return run_broken(rows, sizeof rows / sizeof rows[0]);
}
