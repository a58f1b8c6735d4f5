#include <string.h>

#include "certbind/same_td.h"
#include "certbind/verify_run.h"

static certbind_status check_log(const struct certbind_batch_check *check,
                                 const struct certbind_td_report *td,
                                 struct certbind_identity *identity, struct certbind_error *err)
{
    struct certbind_event_log log;
    certbind_status status = certbind_event_log_read(check->proof->event_log, &log, err);

    if (status != CERTBIND_OK)
        return status;
    status = certbind_event_log_check(&log, td->rtmr[3], identity, err);
    certbind_event_log_cleanup(&log);
    return status;
}

static certbind_status check_same_td(const struct certbind_batch_check *check,
                                     const struct certbind_td_report *td,
                                     const struct certbind_identity *identity,
                                     struct certbind_error *err)
{
    const struct certbind_td_state own = {td, identity};
    const char *differs = certbind_td_difference(&own, &check->stated);

    if (differs != NULL)
        return certbind_fail(err, CERTBIND_E_SESSION_QUOTE_OTHER_MACHINE,
                             "%s is not that of the statement's quote", differs);
    return CERTBIND_OK;
}

static certbind_status judge_quote(const struct certbind_batch_check *check, uint64_t *until,
                                   struct certbind_error *err)
{
    struct certbind_dcap_report dcap;
    struct certbind_identity identity;
    certbind_status status =
        certbind_dcap_verify(check->proof->quote, check->judge->collateral, check->judge->now,
                             check->judge->policy, &dcap, err);

    if (status != CERTBIND_OK)
        return status;
    if (!dcap.verified)
        return certbind_fail(err, CERTBIND_NOT_CHECKED, "the quote was not judged to the end");
    status = certbind_tree_check(&check->proof->place, check->value, dcap.td.report_data, err);
    if (status == CERTBIND_OK)
        status = check_log(check, &dcap.td, &identity, err);
    if (status == CERTBIND_OK)
        status = check_same_td(check, &dcap.td, &identity, err);
    if (status == CERTBIND_OK)
        status = certbind_run_platform(check->platforms, &dcap, err);
    if (status == CERTBIND_OK)
        *until = dcap.valid_until;
    return status;
}

certbind_status certbind_run_age(const struct certbind_policy *policy, uint64_t since, uint64_t now,
                                 struct certbind_error *err)
{
    if (policy == NULL || policy->max_evidence_age_s == 0)
        return CERTBIND_OK;
    /* Without any quote since is 0, long ago; after a clock was set back the difference wraps, and
     * says that the age is unknown. */
    if (now - since > policy->max_evidence_age_s)
        return certbind_fail(err, CERTBIND_E_EVIDENCE_TOO_OLD,
                             "no quote has answered a nonce within the last %llu s",
                             (unsigned long long)policy->max_evidence_age_s);
    return CERTBIND_OK;
}

certbind_status certbind_run_batch(const struct certbind_batch_check *check, uint64_t *until,
                                   struct certbind_error *err)
{
    struct certbind_error own = {0};
    certbind_status status;

    *until = 0;
    status = judge_quote(check, until, &own);
    if (status != CERTBIND_OK)
        return certbind_fail(err, status, "the quote over the nonce: %s", own.detail);
    return CERTBIND_OK;
}
