#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "certbind/binding_reply.h"
#include "certbind/hex.h"
#include "certbind/server_name.h"
#include "ra-tls/observe.h"
#include "ra-tls/request.h"
#include "ra-tls/session_state.h"
#include "ra-tls/tried.h"

static enum ratls_want refuse(struct ratls_session *s, const struct certbind_error *err)
{
    s->phase = PHASE_REFUSED;
    if (s->report.code == CERTBIND_NOT_CHECKED || s->report.code == CERTBIND_OK)
        certbind_report_fail(&s->report, CERTBIND_STEP_TRANSPORT, err);
    if (certbind_report_conclude(&s->report) == CERTBIND_OK)
        s->report.accepted = false; /* a refusal is never concluded as anything else */
    return RATLS_REFUSED;
}

static enum ratls_want refuse_with(struct ratls_session *s, certbind_status status, const char *why)
{
    struct certbind_error err = {0};

    (void)certbind_fail(&err, status, "%s", why);
    return refuse(s, &err);
}

static enum ratls_want ask(struct ratls_session *s, enum phase phase, const char *endpoint,
                           size_t max_body, struct ratls_output *out)
{
    s->request_len = ratls_request_write(s->host, s->port, endpoint, s->request, sizeof s->request);
    if (s->request_len == 0)
        return refuse_with(s, CERTBIND_E_NAME_SYNTAX, "the server name is too long");
    ratls_reply_cleanup(&s->reply);
    ratls_reply_init(&s->reply, max_body);
    s->phase = phase;
    out->send = (const uint8_t *)s->request;
    out->send_len = s->request_len;
    return RATLS_WANT_BYTES;
}

static enum ratls_want ask_binding(struct ratls_session *s, struct ratls_output *out)
{
    return ask(s, PHASE_BINDING, "binding", CERTBIND_BINDING_REPLY_MAX_BYTES, out);
}

/* A nonce is used once: every request gets its own. */
static enum ratls_want ask_session(struct ratls_session *s, struct ratls_output *out)
{
    char target[16 + 2 * CERTBIND_NONCE_LEN + 1] = "session?nonce=";

    if (RAND_bytes(s->nonce, sizeof s->nonce) != 1)
        return refuse_with(s, CERTBIND_E_INTERNAL, "the random generator failed");
    certbind_hex_encode(s->nonce, sizeof s->nonce, target + strlen(target));
    return ask(s, PHASE_SESSION, target, CERTBIND_SESSION_REPLY_MAX_BYTES, out);
}

static struct certbind_connection connection_of(const struct ratls_session *s)
{
    return (struct certbind_connection){
        .transport = &s->transport,
        .leaf = certbind_bytes(s->leaf, s->leaf_len),
        .host = s->host,
    };
}

static void name_target(struct ratls_session *s)
{
    (void)ratls_request_authority(s->host, s->port, s->report.target, sizeof s->report.target);
}

static void forget_report(struct ratls_session *s)
{
    s->report = (struct certbind_report){.accepted = false};
    name_target(s);
}

static bool copy_quote(struct ratls_session *s)
{
    free(s->quote);
    return ratls_quote_of(certbind_bytes(s->binding, s->binding_len),
                          certbind_bytes(s->leaf, s->leaf_len), &s->quote,
                          &s->quote_len) == CERTBIND_OK;
}

/* The verdict may rest on another certificate than the one that this connection presented. */
static enum ratls_want accept_session(struct ratls_session *s)
{
    const uint64_t leaf = ratls_leaf_not_after(certbind_bytes(s->leaf, s->leaf_len));
    const uint64_t verdict = s->verdict->evidence.expires_at;

    s->expires_at = leaf < verdict ? leaf : verdict;
    s->report.expires_at = s->expires_at;
    s->phase = PHASE_ACCEPTED;
    return RATLS_ACCEPTED;
}

/* Judge what GET binding returned, or the certificate alone. */
static enum ratls_want judge(struct ratls_session *s, uint64_t now, struct ratls_output *out)
{
    const struct certbind_binding_check check = {
        .connection = connection_of(s),
        .reply = certbind_bytes(s->binding, s->binding_len),
        .collateral = certbind_bytes(s->collateral, s->collateral_len),
        .root_der = certbind_bytes(s->ctx->root, s->ctx->root_len),
        .policy = s->ctx->policy,
        .now = now,
        .go_on = s->ctx->keep_going,
    };
    struct certbind_error err = {0};
    bool overtaken = false;
    certbind_status status;

    ratls_verdict_unref(s->verdict);
    s->verdict = ratls_verdict_new(s->host, s->port);
    if (s->verdict == NULL)
        return refuse_with(s, CERTBIND_E_MEMORY, "memory ran out");
    status = certbind_verify_binding(&check, &s->report, &s->verdict->evidence, &err);
    if (status == CERTBIND_OK && !ratls_seen_take(&s->ctx->seen, &s->report.dcap.facts)) {
        status = certbind_fail(&err, CERTBIND_E_COLLATERAL_TOO_OLD, "newer was seen before");
        /* Another connection, or a refresh, was faster: what was given a moment ago is old now. */
        overtaken = s->collateral_asked && !s->overtaken;
    }
    name_target(s);
    if (ratls_tried_would_help(status) && (!s->collateral_asked || overtaken) && copy_quote(s)) {
        forget_report(s); /* it is judged anew: what ends it before that is the reason */
        s->collateral_asked = true;
        s->overtaken = overtaken;
        s->phase = PHASE_COLLATERAL;
        return RATLS_WANT_COLLATERAL;
    }
    if (status != CERTBIND_OK || !s->verdict->evidence.verified) {
        (void)refuse(s, &err);
        if (ratls_tried_would_help(status))
            ratls_tried_tell(&s->tried, &s->report);
        return RATLS_REFUSED;
    }
    s->verdict->report = s->report;
    ratls_cache_put(&s->ctx->cache, s->verdict, now);
    if (s->ctx->policy != NULL && s->ctx->policy->session == CERTBIND_SESSION_NONE) {
        if (certbind_report_conclude(&s->report) != CERTBIND_OK)
            return refuse(s, &err);
        return accept_session(s);
    }
    return ask_session(s, out);
}

static enum ratls_want end_binding(struct ratls_session *s, uint64_t now, struct ratls_output *out)
{
    free(s->binding);
    s->binding = s->reply.body;
    s->binding_len = s->reply.len;
    s->reply.body = NULL;
    return judge(s, now, out);
}

/* The verdict that a session reply rests on. Returns: false when none is known. */
static bool take_verdict(struct ratls_session *s, const uint8_t *statement_sha256, uint64_t now)
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

/* The proof is there: judge the connection anew, then the proof. */
static certbind_status judge_session(struct ratls_session *s, uint64_t now,
                                     struct certbind_error *err)
{
    struct certbind_connection connection = connection_of(s);
    uint8_t exporter[CERTBIND_EXPORTER_LEN];
    bool exported = ratls_observe_exporter(s->ssl, s->nonce, exporter);
    const struct certbind_session_evidence evidence = {
        .reply = certbind_bytes(s->reply.body, s->reply.len),
        .nonce = s->nonce,
        .exporter = exported ? exporter : NULL,
    };
    certbind_status status =
        certbind_verify_connection(&s->verdict->evidence, &connection, s->ctx->policy, now, err);

    if (status == CERTBIND_OK)
        status = certbind_verify_session(&s->verdict->evidence, &connection, &evidence, now,
                                         &s->report, err);
    OPENSSL_cleanse(exporter, sizeof exporter);
    if (status == CERTBIND_OK)
        status = certbind_report_conclude(&s->report);
    return status;
}

static enum ratls_want end_session(struct ratls_session *s, uint64_t now, struct ratls_output *out)
{
    struct certbind_session_reply reply;
    struct certbind_error err = {0};
    certbind_status status =
        certbind_session_reply_parse(certbind_bytes(s->reply.body, s->reply.len), &reply, &err);

    if (status != CERTBIND_OK)
        return refuse(s, &err);
    if (!take_verdict(s, reply.statement_sha256, now)) {
        if (s->binding_repeated)
            return refuse_with(s, CERTBIND_E_SESSION_STATEMENT_UNKNOWN,
                               "the proof rests on a statement that the server does not show");
        s->binding_repeated = true;
        return ask_binding(s, out);
    }
    status = judge_session(s, now, &err);
    if (status != CERTBIND_OK)
        return refuse(s, &err);
    return accept_session(s);
}

static enum ratls_want start(struct ratls_session *s, uint64_t now, struct ratls_output *out)
{
    ratls_observe_transport(s->ssl, &s->transport);
    s->leaf = ratls_observe_leaf(s->ssl, &s->leaf_len);
    if (s->leaf == NULL)
        return refuse_with(s, CERTBIND_E_CERT_DER, "the server presented no certificate");
    if (s->ctx->policy != NULL && s->ctx->policy->session == CERTBIND_SESSION_NONE)
        return judge(s, now, out);
    s->verdict = ratls_cache_find(&s->ctx->cache, s->host, s->port, NULL, now);
    if (s->verdict == NULL)
        return ask_binding(s, out);
    s->report = s->verdict->report;
    return ask_session(s, out);
}

/* Feed the reply under way. Returns: whether it is complete; otherwise want says what is next. */
static bool take_bytes(struct ratls_session *s, const uint8_t *data, size_t len,
                       enum ratls_want *want)
{
    struct certbind_error err = {0};

    if (ratls_reply_feed(&s->reply, data, len, &err) != CERTBIND_OK) {
        *want = refuse(s, &err);
        return false;
    }
    *want = RATLS_WANT_BYTES;
    return s->reply.done;
}

enum ratls_want ratls_session_step(struct ratls_session *session, const uint8_t *data, size_t len,
                                   uint64_t now, struct ratls_output *out)
{
    enum ratls_want want = RATLS_REFUSED;

    *out = (struct ratls_output){0};
    switch (session->phase) {
    case PHASE_START:
        return len == 0 ? start(session, now, out)
                        : refuse_with(session, CERTBIND_E_HTTP_UNSOLICITED,
                                      "bytes came before anything was asked");
    case PHASE_BINDING:
        return take_bytes(session, data, len, &want) ? end_binding(session, now, out) : want;
    case PHASE_SESSION:
        return take_bytes(session, data, len, &want) ? end_session(session, now, out) : want;
    case PHASE_COLLATERAL:
        return len == 0 ? judge(session, now, out)
                        : refuse_with(session, CERTBIND_E_HTTP_UNSOLICITED,
                                      "bytes came that nobody asked for");
    case PHASE_ACCEPTED:
        return len == 0 ? RATLS_ACCEPTED
                        : refuse_with(session, CERTBIND_E_HTTP_UNSOLICITED,
                                      "bytes came that nobody asked for");
    default:
        return RATLS_REFUSED;
    }
}

struct ratls_session *ratls_session_new(struct ratls_ctx *ctx, SSL *ssl, const char *server_name,
                                        uint16_t port)
{
    struct ratls_session *s = calloc(1, sizeof *s);
    size_t n = strlen(server_name);

    if (s == NULL)
        return NULL;
    s->ctx = ctx;
    s->ssl = ssl;
    s->port = port;
    s->phase = n < sizeof s->host ? PHASE_START : PHASE_REFUSED;
    for (size_t i = 0; i < n && i < sizeof s->host - 1; i++) {
        char c = server_name[i];

        if (c >= 'A' && c <= 'Z')
            c = (char)(c + ('a' - 'A'));
        s->host[i] = c;
    }
    name_target(s);
    return s;
}

struct certbind_bytes ratls_session_quote(const struct ratls_session *session)
{
    return certbind_bytes(session->quote, session->quote_len);
}

void ratls_session_give_collateral(struct ratls_session *session, struct certbind_bytes bundle)
{
    free(session->collateral);
    session->collateral = bundle.len == 0 ? NULL : malloc(bundle.len);
    session->collateral_len = session->collateral == NULL ? 0 : bundle.len;
    if (session->collateral != NULL)
        memcpy(session->collateral, bundle.data, bundle.len);
}

void ratls_session_tell_tried(struct ratls_session *session, const struct ratls_tried *tried)
{
    session->tried = *tried;
}

void ratls_session_fail(struct ratls_session *session, certbind_status code, const char *why)
{
    if (session->phase != PHASE_REFUSED)
        (void)refuse_with(session, code, why);
}

const struct certbind_report *ratls_session_report(const struct ratls_session *session)
{
    return &session->report;
}

bool ratls_session_usable(const struct ratls_session *session, uint64_t now)
{
    const uint64_t until = ratls_session_expires_at(session);

    return until != 0 && now <= until;
}

uint64_t ratls_session_expires_at(const struct ratls_session *session)
{
    return session->phase == PHASE_ACCEPTED && session->report.accepted ? session->expires_at : 0;
}

struct certbind_bytes ratls_session_binding(const struct ratls_session *session)
{
    return certbind_bytes(session->binding, session->binding_len);
}

void ratls_session_free(struct ratls_session *session)
{
    if (session == NULL)
        return;
    ratls_reply_cleanup(&session->reply);
    ratls_verdict_unref(session->verdict);
    OPENSSL_free(session->leaf);
    free(session->binding);
    free(session->quote);
    free(session->collateral);
    free(session);
}
