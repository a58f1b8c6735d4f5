#include "gateway/serve/evidence.h"

#include <stdio.h>
#include <string.h>

#include "gateway/serve/answer.h"
#include "gateway/evidence/endpoint.h"
#include "gateway/serve/nonce.h"

enum { BINDING_MAX_AGE_S = 60 };

static const struct gw_response_field retry_soon = {"Retry-After", "5"};
static const struct gw_response_field allow = {"Allow", GATEWAY_ENDPOINT_ALLOW};

static void release(void *evidence)
{
    gateway_evidence_unref(evidence);
}

static void answer_options(struct gw_exchange *x)
{
    struct gateway_answer answer = {.status = 204};

    answer.extra[0] = allow;
    answer.extra[1] =
        (struct gw_response_field){"Access-Control-Allow-Methods", GATEWAY_ENDPOINT_ALLOW};
    gateway_answer_send(x, &answer);
}

/* The configuration stays as long as the process: no answer needs a copy. */
static void leave(void *text)
{
    (void)text;
}

static void answer_config(const struct gateway_evidence_serve *serve, struct gw_exchange *x)
{
    struct gateway_answer answer = {
        .status = 200,
        .body = serve->config->canonical,
        .body_len = serve->config->canonical_len,
        .release = leave,
    };

    gateway_answer_send(x, &answer);
}

/* RFC 9110 section 13.1.2: weak comparison with each listed tag. */
static bool has_current(const struct gw_http1_request *request, const char *etag)
{
    for (size_t i = 0; i < request->fields.count; i++) {
        struct gw_str rest = request->fields.list[i].value;
        struct gw_str tag;

        if (!gw_str_equal_nocase(request->fields.list[i].name, gw_str("if-none-match")))
            continue;
        while (gw_str_next_element(&rest, &tag)) {
            if (gw_str_starts(tag, gw_str("W/")))
                tag = (struct gw_str){tag.at + 2, tag.len - 2};
            if (gw_str_equal(tag, gw_str(etag)) || gw_str_equal(tag, gw_str("*")))
                return true;
        }
    }
    return false;
}

static void answer_binding(const struct gateway_evidence_serve *serve, struct gw_exchange *x)
{
    struct gateway_evidence *e = serve->evidence;
    int64_t left = e->not_after - serve->now;
    char cache[32];
    struct gateway_answer answer = {.status = 200, .cache_control = cache};

    (void)snprintf(cache, sizeof cache, "max-age=%d",
                   left < BINDING_MAX_AGE_S ? (int)left : BINDING_MAX_AGE_S);
    answer.extra[0] = (struct gw_response_field){"ETag", e->etag};
    if (has_current(gw_exchange_request(x), e->etag)) {
        answer.status = 304;
    } else {
        answer.body = e->body;
        answer.body_len = e->body_len;
        answer.release = release;
        answer.release_arg = gateway_evidence_ref(e);
    }
    gateway_answer_send(x, &answer);
}

/* S names the newest statement and what this connection presented (binding.md 5). */
static bool sign(const struct gateway_evidence_serve *serve, const struct gw_conn_info *conn,
                 const uint8_t nonce[CERTBIND_NONCE_LEN], struct certbind_session_reply *reply)
{
    struct certbind_session_inputs inputs;
    bool ok = gateway_session_observe(conn, nonce, &inputs);

    memcpy(inputs.statement_sha256, serve->evidence->statement_sha256,
           sizeof inputs.statement_sha256);
    ok = ok && serve->signer != NULL &&
         certbind_session_signer_sign(serve->signer, &inputs, reply, NULL) == CERTBIND_OK;
    OPENSSL_cleanse(&inputs, sizeof inputs);
    return ok;
}

static void answer_session(const struct gateway_evidence_serve *serve,
                           const uint8_t nonce[CERTBIND_NONCE_LEN], struct gw_exchange *x)
{
    const struct gw_conn_info *conn = gw_exchange_conn(x);
    struct certbind_session_reply reply;
    char body[CERTBIND_SESSION_REPLY_ROOM];
    struct gateway_answer answer = {.status = 200, .body = body};

    if (conn->ssl == NULL || !sign(serve, conn, nonce, &reply)) {
        gateway_answer_error(x, 500, "exporter", "no proof can be made for this connection", NULL);
        return;
    }
    certbind_session_reply_encode(&reply, body);
    answer.body_len = strlen(body);
    gateway_answer_send(x, &answer);
}

static void refuse(struct gw_exchange *x, const struct gateway_endpoint_request *request)
{
    gateway_answer_error(x, request->status, request->code, request->message,
                         request->status == 405 ? &allow : NULL);
}

/* Returns: whether there is a statement to answer with; otherwise the exchange is answered. */
static bool has_evidence(const struct gateway_evidence_serve *serve, struct gw_exchange *x)
{
    if (serve->evidence == NULL) {
        gateway_answer_error(x, 503, "agent-unavailable", "there is no evidence yet", &retry_soon);
        return false;
    }
    if (serve->now >= serve->evidence->not_after) {
        gateway_answer_error(x, 503, "evidence-expired",
                             "the statement has expired and could not be renewed", &retry_soon);
        return false;
    }
    return true;
}

/* Returns: whether this connection may be proven; otherwise the exchange is answered. */
static bool is_provable(struct gw_exchange *x)
{
    const bool resumed = gw_exchange_conn(x)->resumed;

    if (resumed)
        gateway_answer_error(x, 409, "session-resumed",
                             "a resumed connection gets no proof; connect without a ticket", NULL);
    return !resumed;
}

static void wait_for_quote(const struct gateway_evidence_serve *serve, bool session,
                           const uint8_t nonce[CERTBIND_NONCE_LEN], struct gw_exchange *x)
{
    if (serve->desk == NULL)
        gateway_answer_error(x, 400, "bad-query", "this gateway answers no nonce with a quote",
                             NULL);
    else if ((!session || is_provable(x)) && has_evidence(serve, x))
        gateway_nonce_wait(serve->desk, serve->limits, x, session, nonce);
}

void gateway_evidence_answer(const struct gateway_evidence_serve *serve, const char *endpoint,
                             struct gw_exchange *x)
{
    const struct gw_http1_request *http = gw_exchange_request(x);
    struct gateway_endpoint_request request;

    gateway_endpoint_read(endpoint, http->method, http->query, &request);
    switch (request.endpoint) {
    case GATEWAY_ENDPOINT_OPTIONS:
        answer_options(x);
        return;
    case GATEWAY_ENDPOINT_CONFIG:
        answer_config(serve, x);
        return;
    case GATEWAY_ENDPOINT_BINDING:
        if (has_evidence(serve, x))
            answer_binding(serve, x);
        return;
    case GATEWAY_ENDPOINT_BINDING_NONCE:
        wait_for_quote(serve, false, request.nonce, x);
        return;
    case GATEWAY_ENDPOINT_SESSION:
        if (is_provable(x) && has_evidence(serve, x))
            answer_session(serve, request.nonce, x);
        return;
    case GATEWAY_ENDPOINT_SESSION_QUOTE:
        wait_for_quote(serve, true, request.nonce, x);
        return;
    default:
        refuse(x, &request);
    }
}
