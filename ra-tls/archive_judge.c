#include "ra-tls/archive.h"

#include "certbind/compose/gateway_service.h"
#include "certbind/dcap/civil_time.h"
#include "ra-tls/request.h"

static certbind_status refuse(struct certbind_report *report, const struct certbind_error *err)
{
    if (report->code == CERTBIND_NOT_CHECKED || report->code == CERTBIND_OK)
        certbind_report_fail(report, CERTBIND_STEP_TRANSPORT, err);
    return certbind_report_conclude(report);
}

/* What was asked for is not kept; the reply says what it was. */
static bool is_quote_form(struct certbind_bytes reply)
{
    struct certbind_session_reply ignored;
    struct certbind_json json;
    const certbind_status status =
        certbind_session_reply_read(reply, CERTBIND_SESSION_KIND_QUOTE, &ignored, &json, NULL);

    certbind_json_cleanup(&json);
    return status == CERTBIND_OK;
}

/* As a live session: binding, connection, proof, and only then a conclusion. */
static certbind_status judge(const struct ratls_archive *a,
                             const struct certbind_binding_check *check,
                             struct certbind_report *report)
{
    const struct certbind_session_evidence proof = {
        .reply = a->has_session ? a->session : certbind_bytes(NULL, 0),
        .nonce = a->nonce,
        .exporter = a->has_session ? a->exporter : NULL,
        .policy = check->policy,
        .quote_form = a->has_session && is_quote_form(a->session),
        .sent_at = a->made_at,
    };
    const bool wants_proof =
        check->policy == NULL || check->policy->session != CERTBIND_SESSION_NONE;
    struct certbind_evidence evidence = {.verified = false};
    struct certbind_error err = {0};
    certbind_status status = certbind_verify_binding(check, report, &evidence, &err);

    if (status == CERTBIND_OK && wants_proof) {
        status = certbind_verify_connection(&evidence, &check->connection, check->policy,
                                            check->now, &err);
        if (status == CERTBIND_OK)
            status = certbind_verify_session(&evidence, &check->connection, &proof, check->now,
                                             report, &err);
    }
    status = status == CERTBIND_OK ? certbind_report_conclude(report) : refuse(report, &err);
    certbind_evidence_cleanup(&evidence);
    return status;
}

certbind_status ratls_archive_judge(const struct ratls_archive *archive,
                                    const struct certbind_policy *policy,
                                    struct certbind_bytes root_der, uint64_t now,
                                    struct certbind_report *report)
{
    const struct certbind_binding_check check = {
        .connection = {&archive->transport, archive->leaf, archive->host},
        .reply = archive->binding,
        .collateral = archive->collateral,
        .root_der = root_der,
        .policy = policy,
        .now = now,
        .read_compose = certbind_gateway_service_read,
        .go_on = true,
    };
    certbind_status status;
    char made[CERTBIND_RFC3339_ROOM] = "?";
    char judged[CERTBIND_RFC3339_ROOM] = "?";

    *report = (struct certbind_report){.accepted = false};
    status = judge(archive, &check, report);
    report->scope = CERTBIND_SCOPE_ARCHIVE;
    (void)ratls_request_authority(archive->host, archive->port, report->target,
                                  sizeof report->target);
    (void)certbind_rfc3339_format(archive->made_at, made);
    (void)certbind_rfc3339_format(now, judged);
    certbind_report_note(report, "from an archive made at %s by %s, judged as of %s", made,
                         archive->tool, judged);
    certbind_report_note(report, "that there was such a connection is the archive's word: TLS "
                                 "version, protocol, full handshake, public chain, host, port, "
                                 "nonce, exporter and time");
    return status;
}
