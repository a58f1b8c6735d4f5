#include "certbind/dcap/td_attributes.h"
#include "certbind/verify_run.h"

static void pass(struct certbind_report *report, enum certbind_step step,
                 enum certbind_outcome outcome, const char *detail)
{
    if (outcome == CERTBIND_PASSED)
        certbind_report_pass(report, step, "%s", detail);
}

static void pass_attributes(struct certbind_report *report)
{
    char allowed[CERTBIND_ALLOWANCES_ROOM];

    if (report->dcap.td_attributes != CERTBIND_PASSED)
        return;
    if (!certbind_td_allowances(&report->dcap, allowed)) {
        certbind_report_pass(report, CERTBIND_STEP_TD_ATTRIBUTES, "no debug mode, nothing unknown");
        return;
    }
    certbind_report_pass(report, CERTBIND_STEP_TD_ATTRIBUTES, "by the policy's leave: %s", allowed);
    certbind_report_note(report, "td-attributes: the policy allows what is no protection: %s",
                         allowed);
}

void certbind_run_report_dcap(struct certbind_report *report)
{
    const struct certbind_dcap_report *dcap = &report->dcap;

    pass(report, CERTBIND_STEP_QUOTE, dcap->quote,
         dcap->facts.simulated ? "signed by a platform under a test root"
                               : "signed by a platform under Intel's root");
    pass(report, CERTBIND_STEP_COLLATERAL, dcap->collateral, "signed, valid and current");
    pass(report, CERTBIND_STEP_TCB, dcap->tcb, certbind_tcb_status_name(dcap->status));
    pass_attributes(report);
    report->simulated = dcap->facts.simulated;
}
