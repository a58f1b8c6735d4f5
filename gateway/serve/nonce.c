#include "gateway/serve/nonce.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "certbind/binding_reply.h"
#include "certbind/session_quote.h"
#include "gateway/serve/answer.h"
#include "gateway/core/server.h"
#include "gateway/identity/identity.h"
#include "gateway/log.h"

static const struct gw_response_field retry_soon = {"Retry-After", "1"};

static uint64_t now_ms(void)
{
    return uv_hrtime() / 1000000;
}

bool gateway_session_observe(const struct gw_conn_info *conn,
                             const uint8_t nonce[CERTBIND_NONCE_LEN],
                             struct certbind_session_inputs *out)
{
    const struct gateway_identity *id = (const struct gateway_identity *)conn->identity;

    *out = (struct certbind_session_inputs){.server_name = conn->sni == NULL ? "" : conn->sni};
    memcpy(out->nonce, nonce, sizeof out->nonce);
    memcpy(out->spki_sha256, id->spki_sha256, sizeof out->spki_sha256);
    memcpy(out->leaf_sha256, gateway_identity_leaf_sha256(id, conn->sni), sizeof out->leaf_sha256);
    return SSL_export_keying_material(conn->ssl, out->exporter, sizeof out->exporter,
                                      CERTBIND_EXPORTER_LABEL, strlen(CERTBIND_EXPORTER_LABEL),
                                      nonce, CERTBIND_NONCE_LEN, 1) == 1;
}

static void answer_busy(struct gw_exchange *x, unsigned seconds)
{
    char value[16];
    const struct gw_response_field retry = {"Retry-After", value};

    (void)snprintf(value, sizeof value, "%u", seconds);
    gateway_answer_error(x, 429, "quote-budget", "too many nonces wait for a quote", &retry);
}

static void answer_unavailable(struct gw_exchange *x)
{
    gateway_answer_error(x, 503, "agent-unavailable", "no quote can be made now", &retry_soon);
}

/* Returns: the body, to be freed; NULL when it cannot be made. */
static char *write_body(const struct gateway_quote_ticket *t, size_t *len)
{
    struct gateway_evidence *e = t->quoted->evidence;
    char *members = gateway_quoted_members(t->quoted, t->index);
    struct certbind_session_reply reply;
    char *body = NULL;

    if (members == NULL)
        return NULL;
    if (!t->session) {
        body = certbind_fresh_append(certbind_bytes(e->body, e->body_len), t->inputs.nonce, members,
                                     len);
    } else if (certbind_session_sign(&t->inputs, e->session_key, &reply, NULL) == CERTBIND_OK) {
        body = certbind_session_quote_encode(&reply, members);
        *len = body == NULL ? 0 : strlen(body);
    }
    free(members);
    return body;
}

static void answer_quoted(struct gw_exchange *x, const struct gateway_quote_ticket *t)
{
    const size_t most = t->session ? CERTBIND_SESSION_REPLY_MAX_BYTES : GATEWAY_BINDING_MAX_BYTES;
    struct gateway_answer answer = {.status = 200, .release = free};
    char *body = write_body(t, &answer.body_len);

    if (body == NULL || answer.body_len > most) {
        free(body);
        answer_unavailable(x);
        return;
    }
    answer.body = body;
    answer.release_arg = body;
    gateway_answer_send(x, &answer);
}

static void answer(struct gw_exchange *x, const struct gateway_quote_ticket *t)
{
    const bool quoted = t->outcome == GATEWAY_TICKET_QUOTED;

    /* An expired statement is not served, and signatures stop with it. */
    if (t->outcome == GATEWAY_TICKET_EXPIRED ||
        (quoted && gateway_log_now_ms() / 1000 >= t->quoted->evidence->not_after))
        gateway_answer_error(x, 503, "evidence-expired",
                             "the statement has expired and could not be renewed", &retry_soon);
    else if (quoted)
        answer_quoted(x, t);
    else if (t->outcome == GATEWAY_TICKET_BUSY)
        answer_busy(x, 1);
    else
        answer_unavailable(x);
}

/* The exchange no longer waits. */
static void let_go(struct gw_exchange *x, const struct gateway_quote_ticket *t)
{
    gateway_nonce_mark mark = gw_exchange_conn_mark(x);

    gateway_nonce_answered(&mark, t->asked_ms);
    gw_exchange_set_conn_mark(x, mark);
    gw_exchange_set_user(x, NULL);
}

static void on_answer(struct gw_loop *loop, void *arg)
{
    struct gateway_quote_ticket *t = arg;

    (void)loop;
    if (t->x != NULL) {
        let_go(t->x, t);
        answer(t->x, t);
    }
    gateway_quote_ticket_free(t);
}

void gateway_nonce_gone(struct gw_exchange *x)
{
    struct gateway_quote_ticket *t = gw_exchange_user(x);

    if (t == NULL)
        return;
    let_go(x, t);
    t->x = NULL;
    atomic_store(&t->waiting.gone, true);
}

static bool fill_in(struct gateway_quote_ticket *t, const struct gw_conn_info *conn,
                    const uint8_t nonce[CERTBIND_NONCE_LEN])
{
    struct certbind_session_inputs in;

    if (!t->session) {
        memcpy(t->inputs.nonce, nonce, sizeof t->inputs.nonce);
        return true;
    }
    if (conn->ssl == NULL || !gateway_session_observe(conn, nonce, &in) ||
        strlen(in.server_name) >= sizeof t->server_name)
        return false;
    (void)snprintf(t->server_name, sizeof t->server_name, "%s", in.server_name);
    in.server_name = t->server_name;
    t->inputs = in;
    OPENSSL_cleanse(&in, sizeof in);
    return true;
}

void gateway_nonce_wait(struct gateway_quote_desk *desk, struct gateway_limits *limits,
                        struct gw_exchange *x, bool session,
                        const uint8_t nonce[CERTBIND_NONCE_LEN])
{
    const struct gw_conn_info *conn = gw_exchange_conn(x);
    gateway_nonce_mark mark = gw_exchange_conn_mark(x);
    unsigned seconds = gateway_nonce_ask(&mark, now_ms());
    struct gateway_quote_ticket *t;

    if (seconds == 0 && limits != NULL)
        seconds = gateway_limits_nonce(limits, conn, uv_hrtime() / 1000);
    if (seconds != 0) {
        answer_busy(x, seconds);
        return;
    }
    t = gateway_quote_ticket_new(conn->loop, x);
    if (t == NULL) {
        answer_unavailable(x);
        return;
    }
    t->session = session;
    t->asked_ms = now_ms();
    t->answer = on_answer;
    if (!fill_in(t, conn, nonce)) {
        gateway_quote_ticket_free(t);
        gateway_answer_error(x, 500, "exporter", "no proof can be made for this connection", NULL);
        return;
    }
    gw_exchange_set_conn_mark(x, mark);
    gw_exchange_set_user(x, t);
    if (gateway_quote_desk_hand_over(desk, t))
        return;
    let_go(x, t);
    gateway_quote_ticket_free(t);
    answer_unavailable(x);
}
