#include "certbind/dcap/tcb_verdict.h"

#include <string.h>

#include "certbind/dcap/tcb_relaunch.h"

certbind_status certbind_tcb_judge_qe(const struct certbind_collateral *c,
                                      const struct certbind_sgx_report *qe,
                                      struct certbind_dcap_report *report,
                                      struct certbind_error *err)
{
    const struct certbind_isv_level *level =
        certbind_isv_levels_find(&c->qe_identity.levels, qe->isv_svn);

    if (level == NULL)
        return certbind_fail(err, CERTBIND_E_QE_TCB_NOT_SUPPORTED, "ISVSVN %u is below all levels",
                             qe->isv_svn);
    certbind_tcb_part_fill(&report->qe, level->status, level->tcb_date, level->advisories);
    return CERTBIND_OK;
}

static certbind_status judge_module(const struct certbind_tdx_module *module,
                                    struct certbind_dcap_report *report, struct certbind_error *err)
{
    const struct certbind_isv_level *level;
    uint8_t isv_svn = report->td.tee_tcb_svn[0];

    if (module->version == 0) /* such a module has no levels of its own */
        return CERTBIND_OK;
    level = certbind_isv_levels_find(&module->levels, isv_svn);
    if (level == NULL)
        return certbind_fail(err, CERTBIND_E_TDX_MODULE_TCB_NOT_SUPPORTED,
                             "module %u, version %u is below all levels", module->version, isv_svn);
    certbind_tcb_part_fill(&report->module, level->status, level->tcb_date, level->advisories);
    return CERTBIND_OK;
}

static void merge_advisories(struct certbind_dcap_report *report,
                             const struct certbind_advisories *part)
{
    for (size_t i = 0; i < part->count; i++) {
        size_t at = 0;

        while (at < report->advisory_count && strcmp(report->advisory[at], part->id[i]) != 0)
            at++;
        if (at == report->advisory_count && at < CERTBIND_ADVISORIES_MERGED_MAX)
            memcpy(report->advisory[report->advisory_count++], part->id[i], CERTBIND_ADVISORY_LEN);
    }
}

static enum certbind_tcb_status merge(const struct certbind_tcb_info *info,
                                      struct certbind_dcap_report *report)
{
    enum certbind_tcb_status status = report->platform.status;

    merge_advisories(report, &report->platform.advisories);
    merge_advisories(report, &report->module.advisories);
    merge_advisories(report, &report->qe.advisories);
    if (report->module.status != CERTBIND_TCB_NONE)
        status = certbind_tcb_status_merge(status, report->module.status);
    status = certbind_tcb_relaunch(info, report, status);
    if (certbind_tcb_status_is_relaunch(status)) /* then the QE is up to date and adds nothing */
        return status;
    return certbind_tcb_status_merge(status, report->qe.status);
}

certbind_status certbind_tcb_judge_platform(const struct certbind_collateral *c,
                                            const struct certbind_tdx_module *module,
                                            struct certbind_dcap_report *report,
                                            struct certbind_error *err)
{
    const uint8_t *tee_tcb_svn = module != NULL ? report->td.tee_tcb_svn : NULL;
    const struct certbind_tcb_level *level;

    if (module != NULL) {
        certbind_status status = judge_module(module, report, err);

        if (status != CERTBIND_OK)
            return status;
    }
    level = certbind_tcb_info_find_level(&c->tcb_info, &report->pck, tee_tcb_svn);
    if (level == NULL)
        return certbind_fail(err, CERTBIND_E_TCB_NOT_SUPPORTED, "the platform is below all levels");
    certbind_tcb_part_fill(&report->platform, level->status, level->tcb_date, level->advisories);
    report->status = merge(&c->tcb_info, report);
    if (report->status == CERTBIND_TCB_REVOKED)
        return certbind_fail(err, CERTBIND_E_TCB_REVOKED, "platform %s, TDX module %s, QE %s",
                             certbind_tcb_status_name(report->platform.status),
                             certbind_tcb_status_name(report->module.status),
                             certbind_tcb_status_name(report->qe.status));
    return CERTBIND_OK;
}

static certbind_status check_advisories(const struct certbind_dcap_report *report,
                                        const struct certbind_dcap_policy *policy,
                                        struct certbind_error *err)
{
    for (size_t i = 0; i < policy->deny_advisories_count; i++)
        for (size_t k = 0; k < report->advisory_count; k++)
            if (strcmp(policy->deny_advisories[i], report->advisory[k]) == 0)
                return certbind_fail(err, CERTBIND_E_TCB_ADVISORY_DENIED, "%s applies",
                                     report->advisory[k]);
    return CERTBIND_OK;
}

certbind_status certbind_tcb_check_policy(const struct certbind_dcap_report *report,
                                          const struct certbind_dcap_policy *policy,
                                          struct certbind_error *err)
{
    certbind_status status;

    if (report->status == CERTBIND_TCB_NONE || report->status == CERTBIND_TCB_REVOKED ||
        (policy->accept & CERTBIND_TCB_BIT(report->status)) == 0)
        return certbind_fail(err, CERTBIND_E_TCB_STATUS_NOT_ACCEPTED,
                             "%s: platform %s, TDX module %s, QE %s",
                             certbind_tcb_status_name(report->status),
                             certbind_tcb_status_name(report->platform.status),
                             certbind_tcb_status_name(report->module.status),
                             certbind_tcb_status_name(report->qe.status));
    status = check_advisories(report, policy, err);
    if (status != CERTBIND_OK || report->tee_type != CERTBIND_TEE_TDX)
        return status;
    for (size_t i = 0; i < CERTBIND_SVN_COUNT; i++)
        if (report->td.tee_tcb_svn[i] < policy->td.min_tee_tcb_svn[i])
            return certbind_fail(err, CERTBIND_E_TEE_TCB_SVN_BELOW_MINIMUM,
                                 "TEE_TCB_SVN[%zu] is %u, the policy wants %u", i,
                                 report->td.tee_tcb_svn[i], policy->td.min_tee_tcb_svn[i]);
    return CERTBIND_OK;
}
