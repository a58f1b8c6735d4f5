/*
 * tcb_relaunch: whether restarting the TD alone would bring it up to date.
 *
 * Private to certbind/dcap. Only a TD report 1.5 can tell: it has the versions of the TDX module
 * that runs now (TEE_TCB_SVN_2) beside those at the launch of the TD.
 */
#ifndef CERTBIND_DCAP_TCB_RELAUNCH_H
#define CERTBIND_DCAP_TCB_RELAUNCH_H

#include "certbind/dcap/tcb_info.h"
#include "certbind/dcap/verify.h"

/**
 * Advise a relaunch when the TDX module is what is out of date and the one that runs now is not.
 * Never advised when QE or hardware are out of date or revoked too.
 *
 * Returns: CERTBIND_TCB_TD_RELAUNCH_ADVISED, _TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED, or status
 * In:      report  body, pck and the three parts are filled
 *          status  of platform and module, merged
 */
enum certbind_tcb_status certbind_tcb_relaunch(const struct certbind_tcb_info *info,
                                               const struct certbind_dcap_report *report,
                                               enum certbind_tcb_status status);

#endif
