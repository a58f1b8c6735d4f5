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
    s->phase = RATLS_PHASE_REFUSED;
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

static enum ratls_want ask(struct ratls_session *s, enum ratls_phase phase, const char *endpoint,
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
    return ask(s, RATLS_PHASE_BINDING, "binding", CERTBIND_BINDING_REPLY_MAX_BYTES, out);
}

/* A nonce is used once: every request gets its own. */
static enum ratls_want ask_session(struct ratls_session *s, uint64_t now, struct ratls_output *out)
{
    static const char quote[] = "&assurance=quote";
    char target[16 + 2 * CERTBIND_NONCE_LEN + sizeof quote] = "session?nonce=";
    size_t len = strlen(target);

    if (RAND_bytes(s->nonce, sizeof s->nonce) != 1)
        return refuse_with(s, CERTBIND_E_INTERNAL, "the random generator failed");
    certbind_hex_encode(s->nonce, sizeof s->nonce, target + len);
    len += 2 * sizeof s->nonce;
    s->sent_at = now;
    s->quote_form = ratls_session_wants_quote(s, s->verdict, now);
    if (s->quote_form)
        memcpy(target + len, quote, sizeof quote);
    return ask(s, RATLS_PHASE_SESSION, target, CERTBIND_SESSION_REPLY_MAX_BYTES, out);
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

static enum ratls_want accept_session(struct ratls_session *s)
{
    s->expires_at = ratls_session_end(s);
    s->report.expires_at = s->expires_at;
    s->phase = RATLS_PHASE_ACCEPTED;
    return RATLS_ACCEPTED;
}

static bool needs_no_proof(const struct ratls_session *s)
{
    return s->ctx->policy != NULL && s->ctx->policy->session == CERTBIND_SESSION_NONE;
}

/* Judge what GET binding returned, or the certificate alone. */
static enum ratls_want judge(struct ratls_session *s, uint64_t now, struct ratls_output *out)
{
    struct certbind_error err = {0};
    bool overtaken;
    const certbind_status status = ratls_session_judge_binding(s, now, &overtaken, &err);

    name_target(s);
    if (ratls_tried_would_help(status) && (!s->collateral_asked || overtaken) && copy_quote(s)) {
        forget_report(s); /* it is judged anew: what ends it before that is the reason */
        s->collateral_asked = true;
        s->overtaken = overtaken;
        s->phase = RATLS_PHASE_COLLATERAL;
        return RATLS_WANT_COLLATERAL;
    }
    if (status != CERTBIND_OK) {
        (void)refuse(s, &err);
        if (ratls_tried_would_help(status))
            ratls_tried_tell(&s->tried, &s->report);
        return RATLS_REFUSED;
    }
    if (!needs_no_proof(s))
        return ask_session(s, now, out);
    if (certbind_report_conclude(&s->report) != CERTBIND_OK)
        return refuse(s, &err);
    return accept_session(s);
}

static enum ratls_want end_binding(struct ratls_session *s, uint64_t now, struct ratls_output *out)
{
    free(s->binding);
    s->binding = s->reply.body;
    s->binding_len = s->reply.len;
    s->reply.body = NULL;
    return judge(s, now, out);
}

/* The statement that the reply under way names. */
static certbind_status named_statement(const struct ratls_session *s,
                                       uint8_t sha256[CERTBIND_SHA256_LEN],
                                       struct certbind_error *err)
{
    struct certbind_session_reply reply;
    struct certbind_json json;
    const certbind_status status = certbind_session_reply_read(
        certbind_bytes(s->reply.body, s->reply.len),
        s->quote_form ? CERTBIND_SESSION_KIND_QUOTE : CERTBIND_SESSION_KIND_SIGNATURE, &reply,
        &json, err);

    memcpy(sha256, reply.statement_sha256, CERTBIND_SHA256_LEN);
    certbind_json_cleanup(&json);
    return status;
}

static enum ratls_want end_session(struct ratls_session *s, uint64_t now, struct ratls_output *out)
{
    uint8_t statement[CERTBIND_SHA256_LEN];
    struct certbind_error err = {0};
    certbind_status status = named_statement(s, statement, &err);

    if (status != CERTBIND_OK)
        return refuse(s, &err);
    if (!ratls_session_take_verdict(s, statement, now)) {
        if (s->binding_repeated)
            return refuse_with(s, CERTBIND_E_SESSION_STATEMENT_UNKNOWN,
                               "the proof rests on a statement that the server does not show");
        s->binding_repeated = true;
        return ask_binding(s, out);
    }
    /* It is another statement than the one that was asked about, and no quote answered for it. */
    if (!s->quote_form && !s->quote_repeated && ratls_session_wants_quote(s, s->verdict, now)) {
        s->quote_repeated = true;
        return ask_session(s, now, out);
    }
    status = ratls_session_judge_proof(s, now, &err);
    if (status != CERTBIND_OK)
        return refuse(s, &err);
    return accept_session(s);
}

/* The server is busy and said for how long. */
static enum ratls_want pause_session(struct ratls_session *s, struct ratls_output *out)
{
    if (s->paused)
        return refuse_with(s, CERTBIND_E_EVIDENCE_HTTP_STATUS,
                           "the server was busy again (429) after the pause it asked for");
    s->paused = true;
    s->after_pause = s->phase;
    s->phase = RATLS_PHASE_PAUSE;
    out->wait_ms = s->reply.retry_after * 1000;
    return RATLS_WANT_TIME;
}

static enum ratls_want end_reply(struct ratls_session *s, uint64_t now, struct ratls_output *out)
{
    if (s->reply.retry_after != 0)
        return pause_session(s, out);
    return s->phase == RATLS_PHASE_BINDING ? end_binding(s, now, out) : end_session(s, now, out);
}

static enum ratls_want ask_again(struct ratls_session *s, uint64_t now, struct ratls_output *out)
{
    return s->after_pause == RATLS_PHASE_BINDING ? ask_binding(s, out) : ask_session(s, now, out);
}

static enum ratls_want start(struct ratls_session *s, uint64_t now, struct ratls_output *out)
{
    ratls_observe_transport(s->ssl, s->alpn, &s->transport);
    OPENSSL_free(s->leaf);
    s->leaf = ratls_observe_leaf(s->ssl, &s->leaf_len);
    if (s->leaf == NULL)
        return refuse_with(s, CERTBIND_E_CERT_DER, "the server presented no certificate");
    if (needs_no_proof(s))
        return judge(s, now, out);
    ratls_verdict_unref(s->verdict);
    s->verdict = ratls_cache_find(&s->ctx->cache, s->host, s->port, NULL, now);
    if (s->verdict == NULL)
        return ask_binding(s, out);
    s->report = s->verdict->report;
    return ask_session(s, now, out);
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

/* Nothing was asked: what comes then refuses. */
static enum ratls_want unsolicited(struct ratls_session *s)
{
    return refuse_with(s, CERTBIND_E_HTTP_UNSOLICITED, "bytes came that nobody asked for");
}

enum ratls_want ratls_session_step(struct ratls_session *session, const uint8_t *data, size_t len,
                                   uint64_t now, struct ratls_output *out)
{
    enum ratls_want want = RATLS_REFUSED;

    *out = (struct ratls_output){0};
    switch (session->phase) {
    case RATLS_PHASE_BINDING:
    case RATLS_PHASE_SESSION:
        return take_bytes(session, data, len, &want) ? end_reply(session, now, out) : want;
    case RATLS_PHASE_START:
        return len == 0 ? start(session, now, out) : unsolicited(session);
    case RATLS_PHASE_COLLATERAL:
        return len == 0 ? judge(session, now, out) : unsolicited(session);
    case RATLS_PHASE_PAUSE:
        return len == 0 ? ask_again(session, now, out) : unsolicited(session);
    case RATLS_PHASE_ACCEPTED:
        return len == 0 ? RATLS_ACCEPTED : unsolicited(session);
    default:
        return RATLS_REFUSED;
    }
}

enum ratls_want ratls_session_renew(struct ratls_session *session, uint64_t now,
                                    struct ratls_output *out)
{
    *out = (struct ratls_output){0};
    if (session->phase != RATLS_PHASE_ACCEPTED)
        return RATLS_REFUSED;
    free(session->binding);
    free(session->collateral);
    session->binding = NULL;
    session->binding_len = 0;
    session->collateral = NULL;
    session->collateral_len = 0;
    session->collateral_asked = false;
    session->overtaken = false;
    session->tried = (struct ratls_tried){0};
    session->binding_repeated = false;
    session->quote_repeated = false;
    session->paused = false;
    session->expires_at = 0;
    forget_report(session);
    return start(session, now, out);
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
    s->phase = n < sizeof s->host ? RATLS_PHASE_START : RATLS_PHASE_REFUSED;
    for (size_t i = 0; i < n && i < sizeof s->host - 1; i++) {
        char c = server_name[i];

        if (c >= 'A' && c <= 'Z')
            c = (char)(c + ('a' - 'A'));
        s->host[i] = c;
    }
    name_target(s);
    return s;
}

void ratls_session_demand_alpn(struct ratls_session *session, const char *name)
{
    session->alpn = name;
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
    if (session->phase != RATLS_PHASE_REFUSED)
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
    return session->phase == RATLS_PHASE_ACCEPTED && session->report.accepted ? session->expires_at
                                                                              : 0;
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
