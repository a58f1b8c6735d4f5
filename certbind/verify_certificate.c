#include <string.h>

#include "certbind/kms_chain.h"
#include "certbind/verify_run.h"

certbind_status certbind_run_own_evidence(struct verify_run *run)
{
    const struct certbind_leaf *leaf = &run->leaf;

    run->dice = run->in->certificate && leaf->has_dice && !leaf->has_quote &&
                !leaf->has_event_log && !leaf->has_attestation;
    if (!run->dice)
        return certbind_leaf_check_evidence(leaf, &run->leaf_evidence, run->err);
    run->enclave_policy = *run->dcap_policy;
    run->enclave_policy.allow_sgx = true;
    run->dcap_policy = &run->enclave_policy;
    return certbind_leaf_check_dice(leaf, &run->leaf_evidence, run->err);
}

certbind_status certbind_run_dice_log(struct verify_run *run)
{
    if (run->in->policy != NULL)
        return certbind_fail(run->err, CERTBIND_E_EVENT_LOG_IDENTITY,
                             "DICE evidence has no event log, so the policy's app cannot be told");
    certbind_report_skip(run->report, CERTBIND_STEP_EVENT_LOG, CERTBIND_NOT_CHECKED,
                         "DICE evidence has none");
    certbind_report_skip(run->report, CERTBIND_STEP_IDENTITY, CERTBIND_NOT_CHECKED,
                         "DICE evidence names no app");
    return CERTBIND_OK;
}

/* What a chain adds; the quote's verdict stands on its own. */
static void judge_chain(const struct certbind_certificate_check *check,
                        struct certbind_report *report)
{
    const struct certbind_policy *policy = check->policy;
    struct certbind_error err = {0};
    struct certbind_kms_chain chain = {
        .der = check->chain, .count = check->chain_count, .now = check->now};

    if (policy == NULL || !policy->has_ca_spki_sha256) {
        if (check->chain_count > 1)
            certbind_report_note(report, "chain: not checked, no policy pins a KMS root");
        return;
    }
    if (check->chain_count == 1) {
        certbind_report_note(report, "chain: there is none; the event log alone names the KMS");
        return;
    }
    if (!report->has_identity) {
        certbind_report_note(report, "chain: not checked, without an app id from the event log");
        return;
    }
    chain.root_spki_sha256 = policy->ca_spki_sha256;
    chain.app_id = report->identity.app_id;
    if (certbind_kms_chain_check(&chain, &err) != CERTBIND_OK)
        certbind_report_fail(report, CERTBIND_STEP_CERTIFICATE, &err);
    else
        certbind_report_note(report, "chain: holds up to the policy's KMS root; it proves some "
                                     "code that was ever allowed for this app id, or the KMS, and "
                                     "nothing more");
}

certbind_status certbind_verify_certificate(const struct certbind_certificate_check *check,
                                            struct certbind_report *report,
                                            struct certbind_error *err)
{
    const struct certbind_binding_check binding = {
        .connection = {.leaf = check->chain_count > 0 ? check->chain[0] : certbind_bytes(NULL, 0),
                       .host = ""},
        .collateral = check->collateral,
        .root_der = check->root_der,
        .policy = check->policy,
        .now = check->now,
        .read_compose = check->read_compose,
        .go_on = true,
        .certificate = true};
    struct certbind_evidence evidence;
    certbind_status status = certbind_verify_binding(&binding, report, &evidence, err);

    certbind_evidence_cleanup(&evidence);
    if (status == CERTBIND_E_MEMORY && report->scope == CERTBIND_SCOPE_NONE)
        return status;
    judge_chain(check, report);
    certbind_report_note(report, "scope certificate: what this key was quoted with, once; no "
                                 "connection, no statement and no configuration were judged");
    status = certbind_report_conclude(report);
    return status == CERTBIND_OK ? CERTBIND_OK : certbind_fail(err, status, "%s", report->detail);
}
