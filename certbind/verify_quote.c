#include <string.h>

#include "certbind/verify.h"
#include "certbind/verify_run.h"

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

static certbind_status check_registers(const struct certbind_policy *policy,
                                       struct certbind_report *report, struct certbind_error *err)
{
    size_t named = 0;

    for (size_t i = 0; i < policy->os_count; i++) {
        if (!matches(&policy->os[i], &report->dcap.td, &named))
            continue;
        certbind_report_pass(report, CERTBIND_STEP_IDENTITY, "%zu registers are those of entry %zu",
                             named, i);
        return CERTBIND_OK;
    }
    if (policy->os_count == 0)
        return CERTBIND_OK;
    return certbind_fail(err, CERTBIND_E_OS_NOT_LISTED,
                         "the registers are those of none of %zu entries", policy->os_count);
}

/* What of a policy's identity a quote alone can show: its registers and its machine. */
static certbind_status check_identity(const struct certbind_policy *policy,
                                      struct certbind_report *report, struct certbind_error *err)
{
    certbind_status status;

    certbind_report_skip(report, CERTBIND_STEP_IDENTITY, CERTBIND_NOT_CHECKED,
                         "no reference values were given");
    if (policy == NULL)
        return CERTBIND_OK;
    certbind_report_note(report, "app, kms, compose, config, session: not checked, a quote alone "
                                 "shows none of them");
    status = check_registers(policy, report, err);
    if (status == CERTBIND_OK)
        status = certbind_run_platform(&policy->platforms, &report->dcap, err);
    if (status == CERTBIND_OK && policy->os_count == 0 && policy->platforms.count > 0)
        certbind_report_pass(report, CERTBIND_STEP_IDENTITY, "the machine is one of the policy's");
    return status;
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
    certbind_run_report_dcap(report);
    if (status == CERTBIND_OK && !dcap->verified)
        return certbind_fail(err, CERTBIND_NOT_CHECKED, "the quote was not judged to the end");
    if (status == CERTBIND_OK)
        report->expires_at = dcap->valid_until;
    return status == CERTBIND_OK ? check_identity(check->policy, report, err) : status;
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
