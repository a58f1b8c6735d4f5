#include <string.h>

#include <openssl/crypto.h>

#include "certbind/server_name.h"
#include "certbind/session_quote.h"
#include "certbind/verify_run.h"

const char *certbind_sni_of(const char *host)
{
    return certbind_is_ip_address(host) ? "" : host;
}

certbind_status certbind_run_transport_facts(const struct certbind_transport *transport,
                                             struct certbind_error *err)
{
    if (!transport->tls13)
        return certbind_fail(err, CERTBIND_E_TRANSPORT_VERSION, "not TLS 1.3");
    if (!transport->alpn_ok)
        return certbind_fail(err, CERTBIND_E_TRANSPORT_ALPN, "unexpected application protocol");
    if (!transport->full_handshake)
        return certbind_fail(err, CERTBIND_E_TRANSPORT_RESUMED, "the connection was resumed");
    return CERTBIND_OK;
}

certbind_status certbind_run_leaf_name(const struct certbind_leaf *leaf,
                                       const struct certbind_connection *connection,
                                       const struct certbind_policy *policy, bool *skipped,
                                       struct certbind_error *err)
{
    const enum certbind_name_mode mode =
        policy == NULL ? CERTBIND_NAME_ATTESTATION_ONLY : policy->name;
    certbind_status status;

    *skipped = mode == CERTBIND_NAME_ATTESTATION_ONLY;
    if (*skipped)
        return CERTBIND_OK;
    status = certbind_leaf_check_name(leaf, connection->host, err);
    if (status != CERTBIND_OK || mode != CERTBIND_NAME_WEBPKI)
        return status;
    if (connection->transport == NULL || connection->transport->webpki != CERTBIND_WEBPKI_VALID)
        return certbind_fail(err, CERTBIND_E_NAME_CHAIN,
                             "no public authority vouches for the certificate");
    return CERTBIND_OK;
}

static certbind_status judge_quote(struct certbind_bytes bytes, const struct certbind_quote *quote,
                                   const struct certbind_judge *judge, uint64_t *until,
                                   struct certbind_error *err)
{
    struct certbind_dcap_report dcap;
    struct certbind_error inner = {0};
    const certbind_status status =
        certbind_dcap_verify(bytes, judge->collateral, judge->now, judge->policy, &dcap, &inner);

    if (status == CERTBIND_E_MEMORY || status == CERTBIND_E_INTERNAL)
        return certbind_fail(err, status, "%s", inner.detail);
    if (status != CERTBIND_OK || !dcap.verified)
        return certbind_fail(err, CERTBIND_E_CERT_EVIDENCE_QUOTE, "its quote: %s (%.100s)",
                             certbind_status_name(inner.status), inner.detail);
    /* What was compared is what was verified. */
    if (memcmp(&dcap.td, &quote->td, sizeof dcap.td) != 0)
        return certbind_fail(err, CERTBIND_E_INTERNAL, "two readings of one quote differ");
    if (dcap.valid_until < *until)
        *until = dcap.valid_until;
    return CERTBIND_OK;
}

certbind_status certbind_run_leaf_quote(const struct certbind_leaf_evidence *evidence,
                                        const struct certbind_judge *judge, uint64_t *until,
                                        struct certbind_error *err)
{
    uint64_t earliest = UINT64_MAX;
    certbind_status status =
        judge_quote(evidence->quote_bytes, &evidence->quote, judge, &earliest, err);

    *until = 0;
    if (status == CERTBIND_OK && evidence->dice.quote.len > 0)
        status = judge_quote(evidence->dice.quote, &evidence->dice_quote, judge, &earliest, err);
    if (status == CERTBIND_OK)
        *until = earliest;
    return status;
}

static certbind_status check_leaf_evidence(const struct certbind_evidence *evidence,
                                           const struct certbind_leaf *leaf,
                                           const struct certbind_policy *policy, uint64_t now,
                                           struct certbind_error *err)
{
    const struct certbind_judge judge = {evidence->collateral, &policy->dcap, now};
    struct certbind_leaf_evidence found;
    uint64_t until;
    certbind_status status = certbind_leaf_check_evidence(leaf, &found, err);

    if (status == CERTBIND_E_CERT_EVIDENCE_MISSING && evidence->has_statement &&
        policy->session != CERTBIND_SESSION_NONE)
        return CERTBIND_OK;
    if (status == CERTBIND_OK)
        status = certbind_run_leaf_quote(&found, &judge, &until, err);
    if (status == CERTBIND_OK)
        status = certbind_leaf_same_machine(&found, &evidence->td, &evidence->identity, err);
    certbind_leaf_evidence_cleanup(&found);
    return status;
}

static certbind_status check_leaf(const struct certbind_evidence *evidence,
                                  const struct certbind_leaf *leaf,
                                  const struct certbind_connection *connection,
                                  const struct certbind_policy *policy, uint64_t now,
                                  struct certbind_error *err)
{
    bool skipped;
    certbind_status status = certbind_run_leaf_name(leaf, connection, policy, &skipped, err);

    if (status == CERTBIND_OK)
        status = certbind_leaf_check_validity(leaf, now, err);
    if (status == CERTBIND_OK)
        status = check_leaf_evidence(evidence, leaf, policy, now, err);
    if (status == CERTBIND_OK && evidence->has_statement)
        status = certbind_statement_check_tls_key(&evidence->statement, leaf->spki_sha256,
                                                  certbind_sni_of(connection->host), err);
    return status;
}

static certbind_status check_expiry(const struct certbind_evidence *evidence, uint64_t now,
                                    struct certbind_error *err)
{
    if (!evidence->verified)
        return certbind_fail(err, CERTBIND_NOT_CHECKED, "nothing was verified before");
    if (now > evidence->statement_expires_at)
        return certbind_fail(err, CERTBIND_E_STATEMENT_EXPIRED, "the verdict was good until %llu",
                             (unsigned long long)evidence->statement_expires_at);
    return CERTBIND_OK;
}

certbind_status certbind_verify_connection(const struct certbind_evidence *evidence,
                                           const struct certbind_connection *connection,
                                           const struct certbind_policy *policy, uint64_t now,
                                           struct certbind_error *err)
{
    struct certbind_leaf leaf = {0};
    certbind_status status = check_expiry(evidence, now, err);

    if (status != CERTBIND_OK)
        return status;
    if (policy == NULL || connection->transport == NULL)
        return certbind_fail(err, CERTBIND_E_USAGE, "no policy or no connection");
    status = certbind_run_transport_facts(connection->transport, err);
    if (status == CERTBIND_OK)
        status = certbind_leaf_parse(connection->leaf, &leaf, err);
    if (status == CERTBIND_OK)
        status = check_leaf(evidence, &leaf, connection, policy, now, err);
    certbind_leaf_cleanup(&leaf);
    return status;
}

static bool demands_quotes(const struct certbind_policy *policy)
{
    return policy != NULL && policy->session == CERTBIND_SESSION_QUOTE;
}

/* The quote form is the signature form and a quote that commits to the same S. */
static certbind_status check_quote_form(const struct certbind_evidence *evidence,
                                        const struct certbind_session_inputs *inputs,
                                        const struct certbind_session_evidence *session,
                                        uint64_t now, uint64_t *until, struct certbind_error *err)
{
    const struct certbind_policy *policy = session->policy;
    const struct certbind_judge judge = {evidence->collateral,
                                         policy == NULL ? NULL : &policy->dcap, now};
    struct certbind_session_quote quote;
    uint8_t value[CERTBIND_REPORT_DATA_LEN];
    const struct certbind_batch_check check = {.proof = &quote.proof,
                                               .value = value,
                                               .stated = {&evidence->td, &evidence->identity},
                                               .judge = &judge,
                                               .platforms =
                                                   policy == NULL ? NULL : &policy->platforms};
    certbind_status status;

    status = certbind_session_quote_parse(session->reply, &quote, err);
    if (status != CERTBIND_OK)
        return status;
    status = certbind_session_check(&quote.reply, inputs, evidence->statement.session_key, err);
    if (status == CERTBIND_OK && !certbind_session_value(inputs, value))
        status = certbind_fail_crypto(err, CERTBIND_E_INTERNAL, "cannot hash");
    /* A refused binding is judged further for its report only. */
    if (status == CERTBIND_OK && (policy == NULL || !evidence->verified))
        status = certbind_fail(err, CERTBIND_NOT_CHECKED, "the statement was not verified");
    if (status == CERTBIND_OK)
        status = certbind_run_batch(&check, until, err);
    certbind_session_quote_cleanup(&quote);
    return status;
}

static certbind_status check_signature_form(const struct certbind_evidence *evidence,
                                            const struct certbind_session_inputs *inputs,
                                            const struct certbind_session_evidence *session,
                                            struct certbind_error *err)
{
    struct certbind_session_reply reply;
    certbind_status status;

    if (demands_quotes(session->policy))
        return certbind_fail(err, CERTBIND_E_SESSION_KIND,
                             "the policy demands a quote for each connection");
    status = certbind_session_reply_parse(session->reply, &reply, err);
    if (status != CERTBIND_OK)
        return status;
    return certbind_session_check(&reply, inputs, evidence->statement.session_key, err);
}

/* S as this side observed it. */
static struct certbind_session_inputs observed(const struct certbind_evidence *evidence,
                                               const struct certbind_leaf *leaf,
                                               const struct certbind_session_evidence *session,
                                               const struct certbind_connection *connection)
{
    struct certbind_session_inputs inputs = {.server_name = certbind_sni_of(connection->host)};

    memcpy(inputs.statement_sha256, evidence->statement_sha256, sizeof inputs.statement_sha256);
    memcpy(inputs.nonce, session->nonce, sizeof inputs.nonce);
    memcpy(inputs.exporter, session->exporter, sizeof inputs.exporter);
    memcpy(inputs.spki_sha256, leaf->spki_sha256, sizeof inputs.spki_sha256);
    memcpy(inputs.leaf_sha256, leaf->leaf_sha256, sizeof inputs.leaf_sha256);
    return inputs;
}

/* Out: until  last second of what the proof rests on */
static certbind_status check_session(const struct certbind_evidence *evidence,
                                     const struct certbind_session_inputs *inputs,
                                     const struct certbind_session_evidence *session, uint64_t now,
                                     uint64_t *until, struct certbind_error *err)
{
    const struct certbind_policy *policy = session->policy;
    const uint64_t since = session->quote_form ? session->sent_at : session->quoted_at;
    certbind_status status = session->quote_form
                                 ? check_quote_form(evidence, inputs, session, now, until, err)
                                 : check_signature_form(evidence, inputs, session, err);

    if (status == CERTBIND_OK)
        status = certbind_run_age(policy, since, now, err);
    if (status == CERTBIND_OK && policy != NULL && policy->max_evidence_age_s != 0 &&
        since + policy->max_evidence_age_s < *until)
        *until = since + policy->max_evidence_age_s;
    return status;
}

static void report_session(struct certbind_report *report, bool quote_form, uint64_t until)
{
    certbind_report_pass(report, CERTBIND_STEP_SESSION, "%s",
                         quote_form ? "the quoted process signed this connection, and a quote "
                                      "answered its nonce"
                                    : "the quoted process signed this connection");
    if (until < report->expires_at)
        report->expires_at = until;
}

certbind_status certbind_verify_session(const struct certbind_evidence *evidence,
                                        const struct certbind_connection *connection,
                                        const struct certbind_session_evidence *session,
                                        uint64_t now, struct certbind_report *report,
                                        struct certbind_error *err)
{
    struct certbind_error own = {0};
    struct certbind_session_inputs inputs;
    struct certbind_leaf leaf = {0};
    certbind_status status = CERTBIND_OK;
    uint64_t until = UINT64_MAX;

    if (!evidence->has_statement)
        status = certbind_fail(&own, CERTBIND_NOT_CHECKED, "no statement was read before");
    else if (evidence->verified && now > evidence->statement_expires_at)
        status = certbind_fail(&own, CERTBIND_E_STATEMENT_EXPIRED, "the statement has expired");
    if (status == CERTBIND_OK)
        status = certbind_leaf_parse(connection->leaf, &leaf, &own);
    if (status == CERTBIND_OK && session->exporter == NULL)
        status = certbind_fail(&own, CERTBIND_E_SESSION_EXPORTER, "no exporter value");
    else if (status == CERTBIND_OK) {
        inputs = observed(evidence, &leaf, session, connection);
        status = check_session(evidence, &inputs, session, now, &until, &own);
        OPENSSL_cleanse(&inputs, sizeof inputs);
    }
    certbind_leaf_cleanup(&leaf);
    if (report != NULL && status == CERTBIND_OK)
        report_session(report, session->quote_form, until);
    if (report != NULL && status != CERTBIND_OK)
        certbind_report_fail(report, CERTBIND_STEP_SESSION, &own);
    if (status != CERTBIND_OK)
        return certbind_fail(err, status, "%s", own.detail);
    /* A refused binding is judged further for its report only. */
    if (!evidence->verified)
        return certbind_fail(err, CERTBIND_NOT_CHECKED, "the statement was not verified");
    return CERTBIND_OK;
}
