#include <string.h>

#include <openssl/crypto.h>

#include "certbind/compose/gateway_service.h"
#include "ra-tls/observe.h"
#include "ra-tls/session_state.h"

/* A quote is asked for this long before the last one gets too old: the answer takes its time. */
enum { AGE_MARGIN_S = 10 };

struct certbind_connection ratls_session_connection(const struct ratls_session *s)
{
    return (struct certbind_connection){
        .transport = &s->transport,
        .leaf = certbind_bytes(s->leaf, s->leaf_len),
        .host = s->host,
    };
}

bool ratls_session_wants_quote(const struct ratls_session *s, const struct ratls_verdict *v,
                               uint64_t now)
{
    const struct certbind_policy *policy = s->ctx->policy;
    const uint64_t quoted_at = atomic_load(&v->quoted_at);
    uint64_t margin = AGE_MARGIN_S;

    if (policy == NULL || policy->session == CERTBIND_SESSION_QUOTE)
        return policy != NULL;
    if (policy->max_evidence_age_s == 0)
        return false;
    if (margin > (policy->max_evidence_age_s + 1) / 2)
        margin = (policy->max_evidence_age_s + 1) / 2;
    return quoted_at == 0 || now < quoted_at ||
           now - quoted_at >= policy->max_evidence_age_s - margin;
}

certbind_status ratls_session_judge_binding(struct ratls_session *s, uint64_t now, bool *overtaken,
                                            struct certbind_error *err)
{
    const struct certbind_binding_check check = {
        .connection = ratls_session_connection(s),
        .reply = certbind_bytes(s->binding, s->binding_len),
        .collateral = certbind_bytes(s->collateral, s->collateral_len),
        .root_der = certbind_bytes(s->ctx->root, s->ctx->root_len),
        .policy = s->ctx->policy,
        .now = now,
        .read_compose = certbind_gateway_service_read,
        .go_on = s->ctx->keep_going,
    };
    certbind_status status;

    *overtaken = false;
    ratls_verdict_unref(s->verdict);
    s->verdict = ratls_verdict_new(s->host, s->port);
    if (s->verdict == NULL)
        return certbind_fail(err, CERTBIND_E_MEMORY, "memory ran out");
    status = certbind_verify_binding(&check, &s->report, &s->verdict->evidence, err);
    if (status == CERTBIND_OK && !ratls_seen_take(&s->ctx->seen, &s->report.dcap.facts)) {
        status = certbind_fail(err, CERTBIND_E_COLLATERAL_TOO_OLD, "newer was seen before");
        /* Another connection, or a refresh, was faster: what was given a moment ago is old now. */
        *overtaken = s->collateral_asked && !s->overtaken;
    }
    if (status == CERTBIND_OK && !s->verdict->evidence.verified)
        status = CERTBIND_NOT_CHECKED;
    if (status != CERTBIND_OK)
        return status;
    s->verdict->report = s->report;
    ratls_cache_put(&s->ctx->cache, s->verdict, now);
    return CERTBIND_OK;
}

bool ratls_session_take_verdict(struct ratls_session *s, const uint8_t *statement_sha256,
                                uint64_t now)
{
    struct ratls_verdict *v =
        ratls_cache_find(&s->ctx->cache, s->host, s->port, statement_sha256, now);

    if (v == NULL)
        return false;
    if (v != s->verdict)
        s->report = v->report;
    ratls_verdict_unref(s->verdict);
    s->verdict = v;
    return true;
}

certbind_status ratls_session_judge_proof(struct ratls_session *s, uint64_t now,
                                          struct certbind_error *err)
{
    struct certbind_connection connection = ratls_session_connection(s);
    struct ratls_verdict *v = s->verdict;
    uint8_t exporter[CERTBIND_EXPORTER_LEN];
    bool exported = ratls_observe_exporter(s->ssl, s->nonce, exporter);
    const struct certbind_session_evidence evidence = {
        .reply = certbind_bytes(s->reply.body, s->reply.len),
        .nonce = s->nonce,
        .exporter = exported ? exporter : NULL,
        .policy = s->ctx->policy,
        .quote_form = s->quote_form,
        .sent_at = s->sent_at,
        .quoted_at = atomic_load(&v->quoted_at),
    };
    certbind_status status =
        certbind_verify_connection(&v->evidence, &connection, s->ctx->policy, now, err);

    if (status == CERTBIND_OK)
        status =
            certbind_verify_session(&v->evidence, &connection, &evidence, now, &s->report, err);
    OPENSSL_cleanse(exporter, sizeof exporter);
    if (status == CERTBIND_OK)
        status = certbind_report_conclude(&s->report);
    if (status == CERTBIND_OK && s->quote_form)
        ratls_verdict_quoted(v, s->sent_at);
    return status;
}

/* The verdict may rest on another certificate than the one that this connection presented. */
uint64_t ratls_session_end(const struct ratls_session *s)
{
    const uint64_t leaf = ratls_leaf_not_after(certbind_bytes(s->leaf, s->leaf_len));

    return leaf < s->report.expires_at ? leaf : s->report.expires_at;
}

bool ratls_session_extend(struct ratls_session *session, uint64_t now)
{
    const struct certbind_policy *policy = session->ctx->policy;
    const struct certbind_connection connection = ratls_session_connection(session);
    const uint64_t leaf = ratls_leaf_not_after(connection.leaf);
    struct ratls_verdict *v;
    uint64_t until;

    if (ratls_session_expires_at(session) == 0)
        return false;
    if (!session->verdict->evidence.has_statement) /* nothing else can carry it on */
        return now <= session->expires_at;
    v = ratls_cache_find_process(&session->ctx->cache, session->verdict,
                                 policy == NULL ? 0 : policy->max_evidence_age_s, &until);
    until = leaf < until ? leaf : until;
    if (v != NULL && until > session->expires_at && until >= now &&
        certbind_verify_connection(&v->evidence, &connection, policy, now, NULL) == CERTBIND_OK) {
        ratls_verdict_unref(session->verdict);
        session->verdict = v;
        session->expires_at = until;
    } else {
        ratls_verdict_unref(v);
    }
    return now <= session->expires_at;
}
