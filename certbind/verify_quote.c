#include <string.h>

#include "certbind/verify.h"

/* Registers named by an entry, without the demand for all four that a connection makes. */
static bool matches(const struct certbind_os_reference *os, const struct certbind_td_report *td,
                    size_t *named)
{
    *named = 0;
    for (int i = 0; i < CERTBIND_REGISTER_COUNT; i++) {
        const struct certbind_bytes value = certbind_register_get(td, (enum certbind_register)i);

        if (!os->has[i])
            continue;
        if (memcmp(os->value[i], value.data, value.len) != 0)
            return false;
        *named += 1;
    }
    return *named > 0;
}

static certbind_status check_registers(const struct certbind_quote_check *check,
                                       struct certbind_report *report, struct certbind_error *err)
{
    const struct certbind_policy *policy = check->policy;
    size_t named = 0;

    if (policy == NULL || policy->os_count == 0) {
        certbind_report_skip(report, CERTBIND_STEP_IDENTITY, CERTBIND_NOT_CHECKED,
                             "no reference values were given");
        return CERTBIND_OK;
    }
    for (size_t i = 0; i < policy->os_count; i++) {
        if (!matches(&policy->os[i], &report->dcap.td, &named))
            continue;
        certbind_report_pass(report, CERTBIND_STEP_IDENTITY, "%zu registers are those of entry %zu",
                             named, i);
        return CERTBIND_OK;
    }
    return certbind_fail(err, CERTBIND_E_OS_NOT_LISTED,
                         "the registers are those of none of %zu entries", policy->os_count);
}

static void skip_the_rest(struct certbind_report *report)
{
    static const enum certbind_step left_out[] = {
        CERTBIND_STEP_TRANSPORT,   CERTBIND_STEP_NAME,      CERTBIND_STEP_CERTIFICATE,
        CERTBIND_STEP_EVIDENCE,    CERTBIND_STEP_EVENT_LOG, CERTBIND_STEP_FRESHNESS,
        CERTBIND_STEP_REPORT_DATA, CERTBIND_STEP_SESSION};

    for (size_t i = 0; i < sizeof left_out / sizeof left_out[0]; i++)
        certbind_report_skip(report, left_out[i], CERTBIND_NOT_CHECKED, "only a quote is judged");
}

static void pass(struct certbind_report *report, enum certbind_step step,
                 enum certbind_outcome outcome, const char *detail)
{
    if (outcome == CERTBIND_PASSED)
        certbind_report_pass(report, step, "%s", detail);
}

static certbind_status judge(const struct certbind_quote_check *check,
                             const struct certbind_dcap_policy *policy,
                             struct certbind_report *report, struct certbind_error *err)
{
    const struct certbind_dcap_input input = {.quote = check->quote,
                                              .bundle = check->collateral,
                                              .root_der = check->root_der,
                                              .now = check->now,
                                              .policy = policy};
    const struct certbind_dcap_report *dcap = &report->dcap;
    certbind_status status;

    if (check->collateral.len == 0)
        return certbind_fail(err, CERTBIND_E_COLLATERAL_MISSING, "none was given");
    status = certbind_dcap_verify_bundle(&input, &report->dcap, err);
    report->has_quote = dcap->quote_version != 0;
    report->simulated = dcap->facts.simulated;
    pass(report, CERTBIND_STEP_QUOTE, dcap->quote, "signed by a genuine platform");
    pass(report, CERTBIND_STEP_COLLATERAL, dcap->collateral, "signed, valid and current");
    pass(report, CERTBIND_STEP_TCB, dcap->tcb, certbind_tcb_status_name(dcap->status));
    pass(report, CERTBIND_STEP_TD_ATTRIBUTES, dcap->td_attributes,
         "no debug mode, nothing unknown");
    if (status == CERTBIND_OK && !dcap->verified)
        return certbind_fail(err, CERTBIND_NOT_CHECKED, "the quote was not judged to the end");
    if (status == CERTBIND_OK)
        report->expires_at = dcap->valid_until;
    return status == CERTBIND_OK ? check_registers(check, report, err) : status;
}

certbind_status certbind_verify_quote(const struct certbind_quote_check *check,
                                      struct certbind_report *report, struct certbind_error *err)
{
    struct certbind_dcap_policy defaults;
    struct certbind_error own = {0};
    certbind_status status;

    *report = (struct certbind_report){.scope = CERTBIND_SCOPE_PLATFORM};
    certbind_dcap_policy_default(&defaults);
    skip_the_rest(report);
    status = judge(check, check->policy == NULL ? &defaults : &check->policy->dcap, report, &own);
    if (status != CERTBIND_OK) {
        certbind_report_fail(report, CERTBIND_STEP_QUOTE, &own);
        return certbind_fail(err, status, "%s", own.detail);
    }
    return certbind_report_conclude(report);
}
