#include <stdio.h>
#include <string.h>

#include "certbind/verify_run.h"

certbind_status certbind_run_transport(struct verify_run *run)
{
    const struct certbind_transport *transport = run->in->connection.transport;
    certbind_status status;

    if (transport == NULL) {
        certbind_report_skip(run->report, CERTBIND_STEP_TRANSPORT, CERTBIND_NOT_CHECKED,
                             "there is no connection");
        return CERTBIND_OK;
    }
    status = certbind_run_transport_facts(transport, run->err);
    if (status == CERTBIND_OK)
        certbind_report_pass(run->report, CERTBIND_STEP_TRANSPORT, "TLS 1.3, full handshake");
    return status;
}

certbind_status certbind_run_name(struct verify_run *run)
{
    bool skipped = run->in->certificate;
    const certbind_status status =
        skipped ? CERTBIND_OK
                : certbind_run_leaf_name(&run->leaf, &run->in->connection, run->in->policy,
                                         &skipped, run->err);

    if (status != CERTBIND_OK)
        return status;
    if (skipped) {
        const char *why = run->in->certificate      ? "names in a certificate are its holder's word"
                          : run->in->policy == NULL ? "no policy expects one"
                                                    : "the policy asks for attestation only";

        certbind_report_skip(run->report, CERTBIND_STEP_NAME, CERTBIND_NOT_CHECKED, "%s", why);
        certbind_report_note(run->report, "name: not checked, %s", why);
        return CERTBIND_OK;
    }
    certbind_report_pass(run->report, CERTBIND_STEP_NAME, "the certificate names %s%s",
                         run->in->connection.host,
                         run->in->policy != NULL && run->in->policy->name == CERTBIND_NAME_WEBPKI
                             ? ", and a public authority vouches for it"
                             : "");
    return CERTBIND_OK;
}

certbind_status certbind_run_certificate(struct verify_run *run)
{
    const bool needed = run->in->certificate || (run->in->policy != NULL &&
                                                 run->in->policy->session == CERTBIND_SESSION_NONE);
    certbind_status status;

    if (run->leaf_status != CERTBIND_OK)
        return certbind_fail(run->err, run->leaf_status, "%s", run->leaf_err.detail);
    status = certbind_leaf_check_validity(&run->leaf, run->in->now, run->err);
    if (status != CERTBIND_OK)
        return status;
    status = certbind_run_own_evidence(run);
    if (status == CERTBIND_E_CERT_EVIDENCE_MISSING && !needed) {
        certbind_report_pass(run->report, CERTBIND_STEP_CERTIFICATE,
                             "well-formed; holds no evidence of its own");
        return CERTBIND_OK;
    }
    if (status != CERTBIND_OK)
        return status;
    run->facts |= HAVE_LEAF_EVIDENCE;
    certbind_report_pass(run->report, CERTBIND_STEP_CERTIFICATE,
                         "well-formed; its own evidence is bound to its key");
    return CERTBIND_OK;
}

/* Peer-made text, cut to fit: what is left stays valid UTF-8 and prints on one line. */
static void keep_ascii(char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < 0x20 || (unsigned char)*text > 0x7e)
            *text = '?';
}

static void report_statement(struct verify_run *run)
{
    const struct certbind_statement *statement = &run->evidence->statement;
    struct certbind_report *report = run->report;

    memcpy(report->statement_sha256, run->evidence->statement_sha256,
           sizeof report->statement_sha256);
    memcpy(report->config_sha256, statement->config_sha256, sizeof report->config_sha256);
    (void)snprintf(report->software, sizeof report->software, "%.60s %.60s (%.60s)",
                   statement->software_name, statement->software_version,
                   statement->software_revision);
    keep_ascii(report->software);
    report->has_statement = true;
}

/* The certificate stands in for the binding when the policy asks for no session proof. */
static certbind_status use_certificate(struct verify_run *run)
{
    if ((run->facts & HAVE_LEAF_EVIDENCE) == 0)
        return CERTBIND_OK;
    run->quote_bytes = run->dice ? run->leaf_evidence.dice.quote : run->leaf_evidence.quote_bytes;
    run->facts |= HAVE_REPLY;
    certbind_report_skip(run->report, CERTBIND_STEP_EVIDENCE, CERTBIND_NOT_CHECKED,
                         "the certificate's evidence is judged alone");
    return CERTBIND_OK;
}

certbind_status certbind_run_evidence(struct verify_run *run)
{
    struct certbind_evidence *evidence = run->evidence;
    certbind_status status;

    if (run->certificate_only)
        return use_certificate(run);
    status = certbind_binding_reply_parse(run->in->reply, &run->reply, run->err);
    if (status != CERTBIND_OK)
        return status;
    status = certbind_statement_parse(run->reply.statement, &evidence->statement, run->err);
    if (status != CERTBIND_OK)
        return status;
    if (!certbind_sha256(run->reply.statement, evidence->statement_sha256))
        return certbind_fail_crypto(run->err, CERTBIND_E_INTERNAL, "cannot hash");
    evidence->has_statement = true;
    run->quote_bytes = run->reply.quote;
    run->facts |= HAVE_REPLY;
    report_statement(run);
    certbind_report_pass(run->report, CERTBIND_STEP_EVIDENCE,
                         "reply and statement are well-formed");
    return CERTBIND_OK;
}
