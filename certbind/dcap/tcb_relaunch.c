#include "certbind/dcap/tcb_relaunch.h"

/* Whether the module that runs now is at least the newest one that Intel knows. */
static bool module_is_newest(const struct certbind_tcb_info *info,
                             const uint8_t svn[CERTBIND_SVN_COUNT])
{
    const struct certbind_tcb_level *highest = &info->level[0];
    const struct certbind_tdx_module *module;
    uint16_t need = highest->tdx[0];

    if (svn[1] != 0) {
        module = certbind_tcb_info_module(info, svn[1]);
        if (module == NULL || module->levels.count == 0)
            return false;
        need = module->levels.level[0].isv_svn;
    }
    return svn[0] >= need && svn[2] >= highest->tdx[2];
}

static bool needs_configuration(enum certbind_tcb_status status)
{
    return status == CERTBIND_TCB_CONFIGURATION_NEEDED ||
           status == CERTBIND_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED ||
           status == CERTBIND_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED;
}

enum certbind_tcb_status certbind_tcb_relaunch(const struct certbind_tcb_info *info,
                                               const struct certbind_dcap_report *report,
                                               enum certbind_tcb_status status)
{
    const struct certbind_tcb_level *hardware;

    if (report->body_type != CERTBIND_BODY_TD_1_5 || report->qe.status != CERTBIND_TCB_UP_TO_DATE ||
        report->module.status != CERTBIND_TCB_OUT_OF_DATE ||
        !certbind_tcb_status_is_out_of_date(status))
        return status;
    hardware = certbind_tcb_info_find_level(info, &report->pck, NULL);
    if (hardware == NULL || hardware->status == CERTBIND_TCB_REVOKED ||
        certbind_tcb_status_is_out_of_date(hardware->status) ||
        !module_is_newest(info, report->td.tee_tcb_svn_2))
        return status;
    return needs_configuration(status) || needs_configuration(hardware->status)
               ? CERTBIND_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED
               : CERTBIND_TCB_TD_RELAUNCH_ADVISED;
}
