#include "certbind/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certbind/verify_run.h"

/* One step: what it needs from those before, and what does it. */
struct step {
    enum certbind_step step;
    unsigned needs;
    certbind_status (*run)(struct verify_run *run);
};

static certbind_status verify_quote_form(struct verify_run *run)
{
    struct certbind_quote quote;
    certbind_status status = certbind_quote_parse(run->quote_bytes, &quote, run->err);

    if (status != CERTBIND_OK)
        return status;
    if (quote.body_type == CERTBIND_BODY_SGX && !run->dice)
        return certbind_fail(run->err, CERTBIND_E_WRONG_TEE_TYPE, "the quote is not of a TD");
    run->report->dcap.sgx = quote.sgx;
    run->report->dcap.td = quote.td;
    run->report->dcap.body_type = quote.body_type;
    run->report->has_quote = true;
    run->facts |= HAVE_QUOTE;
    return CERTBIND_OK;
}

/* Steps quote, collateral, tcb and td-attributes: they stand or fall with one call. */
static certbind_status verify_dcap(struct verify_run *run)
{
    const struct certbind_bytes bundle =
        run->in->collateral.len > 0 ? run->in->collateral : run->reply.collateral;
    struct certbind_report *report = run->report;
    const struct certbind_td_report td = report->dcap.td;
    const struct certbind_sgx_report sgx = report->dcap.sgx; /* of DICE evidence */
    certbind_status status;

    if (bundle.len == 0)
        return certbind_fail(run->err, CERTBIND_E_COLLATERAL_MISSING, "none was given");
    status = certbind_collateral_new(bundle, run->in->root_der, run->in->now,
                                     &run->evidence->collateral, run->err);
    if (status != CERTBIND_OK)
        return status;
    status = certbind_dcap_verify(run->quote_bytes, run->evidence->collateral, run->in->now,
                                  run->dcap_policy, &report->dcap, run->err);
    certbind_run_report_dcap(report);
    if (status != CERTBIND_OK)
        return status;
    if (!report->dcap.verified || memcmp(&td, &report->dcap.td, sizeof td) != 0 ||
        memcmp(sgx.report_data, report->dcap.sgx.report_data, sizeof sgx.report_data) != 0)
        return certbind_fail(run->err, CERTBIND_E_INTERNAL, "two readings of one quote differ");
    run->facts |= HAVE_DCAP;
    return CERTBIND_OK;
}

static bool expected_report_data(const struct verify_run *run,
                                 uint8_t out[CERTBIND_REPORT_DATA_LEN])
{
    if (run->dice)
        return certbind_dice_report_data(&run->leaf_evidence.dice, out);
    if (run->certificate_only)
        return certbind_ratls_report_data(run->leaf.spki, out);
    return certbind_binding_value(run->evidence->statement_sha256, certbind_bytes(NULL, 0), out);
}

static certbind_status verify_report_data(struct verify_run *run)
{
    const struct certbind_dcap_report *dcap = &run->report->dcap;
    const uint8_t *found =
        dcap->body_type == CERTBIND_BODY_SGX ? dcap->sgx.report_data : dcap->td.report_data;
    uint8_t expected[CERTBIND_REPORT_DATA_LEN];
    const bool ok = expected_report_data(run, expected);

    if (!ok)
        return certbind_fail_crypto(run->err, CERTBIND_E_INTERNAL, "cannot hash");
    if (memcmp(found, expected, sizeof expected) != 0)
        return certbind_fail(run->err, CERTBIND_E_REPORT_DATA_MISMATCH,
                             "the quote was not made for this %s",
                             run->certificate_only ? "certificate" : "statement");
    certbind_report_pass(run->report, CERTBIND_STEP_REPORT_DATA, "the quote commits to the %s",
                         run->certificate_only ? "certificate's key" : "statement");
    return CERTBIND_OK;
}

static void note_log(struct verify_run *run, const struct certbind_event_log *log)
{
    const struct certbind_identity *id = &run->report->identity;

    for (uint32_t i = 0; i < 3; i++) {
        uint8_t rtmr[CERTBIND_RTMR_LEN];

        if (certbind_event_log_replay_boot(log, i, rtmr) &&
            memcmp(rtmr, run->report->dcap.td.rtmr[i], sizeof rtmr) != 0)
            certbind_report_note(run->report,
                                 "the boot events listed for RTMR%u do not replay to it; nothing "
                                 "was taken from them",
                                 i);
    }
    if (id->later_events > 0)
        certbind_report_note(run->report,
                             "%zu events came after system-ready: an app may have added them",
                             id->later_events);
}

static certbind_status verify_event_log(struct verify_run *run)
{
    struct certbind_report *report = run->report;
    struct certbind_event_log own = {.count = 0};
    const struct certbind_event_log *log = run->certificate_only ? &run->leaf_evidence.log : &own;
    certbind_status status = run->certificate_only
                                 ? CERTBIND_OK
                                 : certbind_event_log_read(run->reply.event_log, &own, run->err);

    if (run->dice)
        return certbind_run_dice_log(run);
    if (status != CERTBIND_OK)
        return status;
    status = certbind_event_log_check(log, report->dcap.td.rtmr[3], &report->identity, run->err);
    if (status == CERTBIND_OK) {
        report->has_identity = true;
        run->facts |= HAVE_IDENTITY;
        note_log(run, log);
        certbind_report_pass(report, CERTBIND_STEP_EVENT_LOG, "%zu events replay to RTMR3",
                             log->count);
    }
    certbind_event_log_cleanup(&own);
    return status;
}

/* Belongs to the step certificate, but is judged here, with the statement's quote at hand. */
static certbind_status verify_certificate_quote(struct verify_run *run)
{
    const struct certbind_judge judge = {run->evidence->collateral, run->dcap_policy, run->in->now};
    certbind_status status;

    run->leaf_quote_judged = true;
    if ((run->facts & HAVE_LEAF_EVIDENCE) == 0 ||
        (run->certificate_only && run->leaf_evidence.dice.quote.len == 0))
        return CERTBIND_OK;
    status = certbind_run_leaf_quote(&run->leaf_evidence, &judge, &run->leaf_quote_until, run->err);
    if (status != CERTBIND_OK)
        return status;
    return certbind_leaf_same_machine(&run->leaf_evidence, &run->report->dcap.td,
                                      &run->report->identity, run->err);
}

/* The reply must answer the nonce that was sent, or none. */
static certbind_status verify_nonce(struct verify_run *run)
{
    const struct certbind_judge judge = {run->evidence->collateral, run->dcap_policy, run->in->now};
    const struct certbind_policy *policy = run->in->policy;
    struct certbind_fresh fresh;
    uint8_t value[CERTBIND_REPORT_DATA_LEN];
    const struct certbind_batch_check check = {
        .proof = &fresh.proof,
        .value = value,
        .stated = {&run->report->dcap.td, &run->report->identity},
        .judge = &judge,
        .platforms = policy == NULL ? NULL : &policy->platforms};
    certbind_status status;

    run->fresh_until = UINT64_MAX;
    if ((run->in->nonce != NULL) != (run->reply.fresh != NULL))
        return certbind_fail(run->err, CERTBIND_E_BINDING_NONCE,
                             run->in->nonce == NULL ? "the reply answers a nonce that nobody sent"
                                                    : "the reply does not answer the nonce");
    /* On a connection the session proof answers a nonce. */
    if (run->in->nonce == NULL)
        return run->in->connection.transport != NULL
                   ? CERTBIND_OK
                   : certbind_run_age(policy, 0, run->in->now, run->err);
    status = certbind_fresh_read(run->reply.fresh, &fresh, run->err);
    if (status != CERTBIND_OK)
        return status;
    if (memcmp(fresh.nonce, run->in->nonce, sizeof fresh.nonce) != 0)
        status =
            certbind_fail(run->err, CERTBIND_E_BINDING_NONCE, "the reply answers another nonce");
    else if (!certbind_binding_value(run->evidence->statement_sha256,
                                     certbind_bytes(fresh.nonce, sizeof fresh.nonce), value))
        status = certbind_fail_crypto(run->err, CERTBIND_E_INTERNAL, "cannot hash");
    else if ((run->facts & (HAVE_DCAP | HAVE_IDENTITY)) != (HAVE_DCAP | HAVE_IDENTITY))
        status =
            certbind_fail(run->err, CERTBIND_NOT_CHECKED, "the statement's quote was not verified");
    else
        status = certbind_run_batch(&check, &run->fresh_until, run->err);
    if (status == CERTBIND_OK)
        status = certbind_run_age(policy, run->in->nonce_sent_at, run->in->now, run->err);
    certbind_batch_proof_cleanup(&fresh.proof);
    return status;
}

static certbind_status verify_freshness(struct verify_run *run)
{
    certbind_status status = verify_nonce(run);

    if (status != CERTBIND_OK)
        return status;
    if (run->certificate_only) {
        certbind_report_skip(run->report, CERTBIND_STEP_FRESHNESS, CERTBIND_NOT_CHECKED,
                             "a certificate's dates prove nothing about its quote");
        certbind_report_note(run->report, "freshness: not checked; whoever holds the TLS key can "
                                          "show an old quote for ever");
        return CERTBIND_OK;
    }
    status =
        certbind_statement_check_dates(&run->evidence->statement, (int64_t)run->in->now, run->err);
    if (status == CERTBIND_OK)
        certbind_report_pass(run->report, CERTBIND_STEP_FRESHNESS,
                             "issued at %lld, valid until %lld, by the server's clock%s",
                             (long long)run->evidence->statement.issued_at,
                             (long long)run->evidence->statement.not_after,
                             run->in->nonce == NULL ? "" : "; a quote answered this side's nonce");
    return status;
}

static const struct step steps[] = {
    {CERTBIND_STEP_TRANSPORT, 0, certbind_run_transport},
    {CERTBIND_STEP_NAME, HAVE_LEAF, certbind_run_name},
    {CERTBIND_STEP_CERTIFICATE, 0, certbind_run_certificate},
    {CERTBIND_STEP_EVIDENCE, 0, certbind_run_evidence},
    {CERTBIND_STEP_QUOTE, HAVE_REPLY, verify_quote_form},
    {CERTBIND_STEP_QUOTE, HAVE_QUOTE, verify_dcap},
    {CERTBIND_STEP_REPORT_DATA, HAVE_QUOTE, verify_report_data},
    {CERTBIND_STEP_EVENT_LOG, HAVE_QUOTE, verify_event_log},
    {CERTBIND_STEP_CERTIFICATE, HAVE_DCAP | HAVE_IDENTITY, verify_certificate_quote},
    {CERTBIND_STEP_IDENTITY, HAVE_IDENTITY, certbind_run_identity},
    {CERTBIND_STEP_FRESHNESS, HAVE_REPLY, verify_freshness},
};

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void set_expiry(struct verify_run *run)
{
    struct certbind_evidence *evidence = run->evidence;
    uint64_t until = run->report->dcap.valid_until;

    if (evidence->has_statement)
        until = earlier(until, (uint64_t)evidence->statement.not_after);
    evidence->statement_expires_at = until;
    if ((run->facts & HAVE_LEAF) != 0)
        until = earlier(until, (uint64_t)run->leaf.not_after);
    until = earlier(until, run->fresh_until);
    evidence->expires_at = earlier(until, run->leaf_quote_until);
    run->report->expires_at = evidence->expires_at;
}

static certbind_status run_steps(struct verify_run *run)
{
    certbind_status first = CERTBIND_OK;

    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        const struct step *step = &steps[i];
        struct certbind_error err = {0};
        certbind_status status;

        if ((run->facts & step->needs) != step->needs)
            continue;
        run->err = &err;
        status = step->run(run);
        if (status == CERTBIND_OK)
            continue;
        /* The identity step records each of its links itself. */
        if (step->run != certbind_run_identity)
            certbind_report_fail(run->report, step->step, &err);
        if (first == CERTBIND_OK)
            first = status;
        if (!run->in->go_on)
            break;
    }
    return first;
}

static void settle_session(struct verify_run *run)
{
    const struct certbind_policy *policy = run->in->policy;

    if (run->report->scope != CERTBIND_SCOPE_CONNECTION)
        certbind_report_skip(run->report, CERTBIND_STEP_SESSION, CERTBIND_NOT_CHECKED,
                             "there is no connection to prove");
    else if (policy != NULL && policy->session == CERTBIND_SESSION_NONE)
        certbind_report_skip(run->report, CERTBIND_STEP_SESSION, CERTBIND_NOT_CHECKED,
                             "the policy asks for no session proof");
    if ((run->facts & HAVE_LEAF_EVIDENCE) != 0 && !run->leaf_quote_judged && !run->in->certificate)
        certbind_report_note(run->report, "the quote inside the certificate was not verified");
    certbind_report_note(run->report, "rollback of the app's own storage is not detected: any "
                                      "release may have written a persistent volume");
}

static void prepare(struct verify_run *run)
{
    const struct certbind_binding_check *in = run->in;
    struct certbind_report *report = run->report;

    report->scope = in->certificate                    ? CERTBIND_SCOPE_CERTIFICATE
                    : in->connection.transport == NULL ? CERTBIND_SCOPE_BINDING
                                                       : CERTBIND_SCOPE_CONNECTION;
    (void)snprintf(report->target, sizeof report->target, "%s", in->connection.host);
    run->certificate_only = in->certificate || (in->policy != NULL && in->reply.len == 0 &&
                                                in->policy->session == CERTBIND_SESSION_NONE);
    run->leaf_quote_until = UINT64_MAX;
    run->leaf_status = certbind_leaf_parse(in->connection.leaf, &run->leaf, &run->leaf_err);
    if (run->leaf_status == CERTBIND_OK)
        run->facts |= HAVE_LEAF;
}

/* Every step held, and those that must not be missing were among them. */
static bool is_proven(const struct verify_run *run)
{
    const unsigned needed = run->dice ? HAVE_DCAP : HAVE_DCAP | HAVE_IDENTITY;

    return (run->facts & needed) == needed;
}

certbind_status certbind_verify_binding(const struct certbind_binding_check *check,
                                        struct certbind_report *report,
                                        struct certbind_evidence *evidence,
                                        struct certbind_error *err)
{
    struct certbind_policy defaults;
    struct certbind_problems problems = {.count = 0};
    struct verify_run *run = calloc(1, sizeof *run);
    certbind_status status = certbind_policy_parse(certbind_text("{}"), &defaults, &problems);

    *report = (struct certbind_report){.accepted = false};
    *evidence = (struct certbind_evidence){.verified = false};
    if (run == NULL || status != CERTBIND_OK) {
        status = certbind_fail(err, CERTBIND_E_MEMORY, "memory ran out");
        goto done;
    }
    run->in = check;
    if (check->certificate) /* offline: whoever brings a bundle knows its age */
        defaults.dcap.max_collateral_age_s = 0;
    run->dcap_policy = check->policy == NULL ? &defaults.dcap : &check->policy->dcap;
    run->report = report;
    run->evidence = evidence;
    prepare(run);
    status = run_steps(run);
    settle_session(run);
    if (status == CERTBIND_OK && is_proven(run)) {
        evidence->td = report->dcap.td;
        evidence->identity = report->identity;
        memcpy(evidence->leaf_sha256, run->leaf.leaf_sha256, sizeof evidence->leaf_sha256);
        set_expiry(run);
        evidence->verified = true;
    } else {
        if (status == CERTBIND_OK)
            status = CERTBIND_NOT_CHECKED;
        status = certbind_fail(err, status, "%s", report->detail);
    }
    certbind_leaf_evidence_cleanup(&run->leaf_evidence);
    certbind_leaf_cleanup(&run->leaf);
    certbind_binding_reply_cleanup(&run->reply);
done:
    certbind_policy_cleanup(&defaults);
    free(run);
    return status;
}

void certbind_evidence_cleanup(struct certbind_evidence *evidence)
{
    certbind_statement_cleanup(&evidence->statement);
    certbind_collateral_free(evidence->collateral);
    *evidence = (struct certbind_evidence){.verified = false};
}
