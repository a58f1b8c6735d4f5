#include "gateway/acme/issue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/acme/transport.h"

enum {
    RUN_S = 300, /* a whole run */
    FIRST_PAUSE_MS = 250,
    MAX_PAUSE_MS = 10000,
    SLICE_MS = 50,   /* how often a pause looks whether to stop */
    NONCE_TRIES = 6, /* a server may refuse a nonce at any time (RFC 8555 section 6.5) */
    PAYLOAD_ROOM = 512
};

struct run {
    const struct acme_issue *in;
    struct acme_issued *out;
    struct acme_transport *transport;
    struct acme_directory directory;
    struct acme_reply reply; /* of the last request */
    char nonce[ACME_NONCE_ROOM];
    time_t until;
};

static bool fail(struct run *r, const char *code, const char *what, const char *detail)
{
    r->out->code = code;
    (void)snprintf(r->out->detail, sizeof r->out->detail, "%s%s%s", what,
                   detail[0] != '\0' ? ": " : "", detail);
    return false;
}

static time_t now_s(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

/* Returns: false when it is time to end. */
static bool wait_ms(struct run *r, unsigned ms)
{
    static const struct timespec slice = {.tv_nsec = SLICE_MS * 1000000L};

    for (unsigned at = 0; at < ms; at += SLICE_MS) {
        if (atomic_load(r->in->stop))
            return fail(r, "acme-stopped", "the process ends", "");
        (void)nanosleep(&slice, NULL);
    }
    if (now_s() >= r->until)
        return fail(r, "acme-timeout", "the authority took too long", "");
    return true;
}

static bool send_request(struct run *r, const char *url, const char *body)
{
    char why[ACME_TEXT_ROOM];

    if (atomic_load(r->in->stop))
        return fail(r, "acme-stopped", "the process ends", "");
    if (!acme_transport_send(r->transport, url, body, &r->reply, why))
        return fail(r, "acme-transport", "no reply", why);
    (void)snprintf(r->nonce, sizeof r->nonce, "%s", r->reply.nonce);
    return true;
}

/* A reply that says why there is none of the wanted kind. */
static bool refused(struct run *r, const char *what)
{
    struct acme_problem problem;
    char detail[2 * ACME_TEXT_ROOM] = "";

    r->out->retry_after_s = r->reply.retry_after_s;
    if (acme_problem_parse(certbind_bytes(r->reply.body, r->reply.body_len), &problem))
        (void)snprintf(detail, sizeof detail, "%s: %.120s", problem.type, problem.detail);
    else
        (void)snprintf(detail, sizeof detail, "status %ld", r->reply.status);
    return fail(r, "acme-refused", what, detail);
}

static bool nonce_was_bad(const struct run *r)
{
    struct acme_problem problem;

    return r->reply.status == 400 &&
           acme_problem_parse(certbind_bytes(r->reply.body, r->reply.body_len), &problem) &&
           strcmp(problem.type, "badNonce") == 0;
}

/* In: account  NULL: the key itself is shown. Out: r->reply, of status 200 or 201 */
static bool post(struct run *r, const char *what, const char *url, const char *account,
                 const char *payload)
{
    for (unsigned i = 0; i < NONCE_TRIES; i++) {
        struct acme_request request = {url, r->nonce, account, payload};
        char *body;
        bool sent;

        if (r->nonce[0] == '\0' && !send_request(r, r->directory.new_nonce, ""))
            return false;
        body = acme_sign(r->in->account, &request);
        if (body == NULL)
            return fail(r, "acme-reply", what, "no request can be made from the reply before");
        r->nonce[0] = '\0'; /* used */
        sent = send_request(r, url, body);
        free(body);
        if (!sent)
            return false;
        if (r->reply.status == 200 || r->reply.status == 201)
            return true;
        if (!nonce_was_bad(r))
            break;
    }
    return refused(r, what);
}

static struct certbind_bytes body_of(const struct run *r)
{
    return certbind_bytes(r->reply.body, r->reply.body_len);
}

static bool get_directory(struct run *r)
{
    if (!send_request(r, r->in->directory, NULL))
        return false;
    if (r->reply.status != 200)
        return refused(r, "directory");
    if (!acme_directory_parse(body_of(r), &r->directory))
        return fail(r, "acme-reply", "directory", "it cannot be read");
    (void)snprintf(r->out->caa, sizeof r->out->caa, "%s", r->directory.caa);
    return true;
}

/* The same key is the same account, so nothing is kept from run to run. */
static bool get_account(struct run *r)
{
    char payload[PAYLOAD_ROOM];

    (void)snprintf(payload, sizeof payload, "{\"termsOfServiceAgreed\":true%s%s%s}",
                   r->in->contact[0] != '\0' ? ",\"contact\":[\"" : "", r->in->contact,
                   r->in->contact[0] != '\0' ? "\"]" : "");
    if (!post(r, "account", r->directory.new_account, NULL, payload))
        return false;
    if (r->reply.location[0] == '\0')
        return fail(r, "acme-reply", "account", "its URL is missing");
    (void)snprintf(r->out->account, sizeof r->out->account, "%s", r->reply.location);
    return true;
}

static bool read_authorization(struct run *r, const char *url, struct acme_authorization *a)
{
    if (!post(r, "authorization", url, r->out->account, ""))
        return false;
    if (!acme_authorization_parse(body_of(r), r->in->challenge, a))
        return fail(r, "acme-reply", "authorization", "it cannot be read");
    if (strcmp(a->name, r->in->name) != 0)
        return fail(r, "acme-reply", "authorization", "it is for another name");
    return true;
}

/* Until it is no longer pending. */
static bool await_authorization(struct run *r, const char *url, struct acme_authorization *a)
{
    unsigned pause = FIRST_PAUSE_MS;

    while (a->status == ACME_STATUS_PENDING) {
        if (!wait_ms(r, pause) || !read_authorization(r, url, a))
            return false;
        pause = pause < MAX_PAUSE_MS / 2 ? 2 * pause : MAX_PAUSE_MS;
    }
    return a->status == ACME_STATUS_VALID ||
           fail(r, "acme-answer", "the authority does not accept the answer", a->error);
}

/* http-01 has its answer already, whatever the token is. */
static bool prepare_answer(struct run *r, const char *token)
{
    if (strcmp(r->in->challenge, "http-01") == 0)
        return acme_token_ok(gw_str(token)) ||
               fail(r, "acme-reply", "authorization", "its token is too short");
    return acme_challenges_put(r->in->challenges, r->in->name, token, r->in->account,
                               r->in->tls_key) ||
           fail(r, "memory", "the answer to a challenge cannot be made", "");
}

static bool authorize(struct run *r, const char *url)
{
    struct acme_authorization a;
    char challenge[ACME_URL_ROOM];

    if (!read_authorization(r, url, &a))
        return false;
    if (a.status == ACME_STATUS_VALID)
        return true;
    if (a.status != ACME_STATUS_PENDING)
        return fail(r, "acme-answer", "the authority has given the name up", a.error);
    if (a.url[0] == '\0')
        return fail(r, "acme-answer", "the authority does not offer", r->in->challenge);
    (void)snprintf(challenge, sizeof challenge, "%s", a.url);
    return prepare_answer(r, a.token) && post(r, "challenge", challenge, r->out->account, "{}") &&
           await_authorization(r, url, &a);
}

static bool read_order(struct run *r, struct acme_order *order)
{
    return acme_order_parse(body_of(r), order) ||
           fail(r, "acme-reply", "order", "it cannot be read");
}

static bool finalize(struct run *r, const char *url, struct acme_order *order)
{
    char *csr = acme_base64url(r->in->csr);
    size_t room = csr != NULL ? strlen(csr) + PAYLOAD_ROOM : 0;
    char *payload = csr != NULL ? malloc(room) : NULL;
    unsigned pause = FIRST_PAUSE_MS;
    bool ok = payload != NULL;

    if (ok)
        (void)snprintf(payload, room, "{\"csr\":\"%s\"}", csr);
    else
        (void)fail(r, "memory", "finalize", "");
    ok = ok && post(r, "finalize", order->finalize, r->out->account, payload) &&
         read_order(r, order);
    free(csr);
    free(payload);
    while (ok && (order->status == ACME_STATUS_PROCESSING || order->status == ACME_STATUS_READY)) {
        ok =
            wait_ms(r, pause) && post(r, "order", url, r->out->account, "") && read_order(r, order);
        pause = pause < MAX_PAUSE_MS / 2 ? 2 * pause : MAX_PAUSE_MS;
    }
    if (ok && (order->status != ACME_STATUS_VALID || order->certificate[0] == '\0'))
        return fail(r, "acme-refused", "the authority does not issue", "");
    return ok;
}

static bool download(struct run *r, const struct acme_order *order)
{
    if (!post(r, "certificate", order->certificate, r->out->account, ""))
        return false;
    r->out->pem = malloc(r->reply.body_len + 1);
    if (r->out->pem == NULL)
        return fail(r, "memory", "certificate", "");
    memcpy(r->out->pem, r->reply.body, r->reply.body_len);
    r->out->pem[r->reply.body_len] = '\0';
    r->out->pem_len = r->reply.body_len;
    return true;
}

static bool order_one(struct run *r)
{
    char payload[PAYLOAD_ROOM];
    char url[ACME_URL_ROOM];
    struct acme_order order;

    (void)snprintf(payload, sizeof payload,
                   "{\"identifiers\":[{\"type\":\"dns\",\"value\":\"%s\"}]}", r->in->name);
    if (!post(r, "order", r->directory.new_order, r->out->account, payload) ||
        !read_order(r, &order))
        return false;
    (void)snprintf(url, sizeof url, "%s", r->reply.location);
    for (size_t i = 0; i < order.authorizations_count; i++)
        if (!authorize(r, order.authorizations[i]))
            return false;
    return finalize(r, url, &order) && download(r, &order);
}

void acme_issue_run(const struct acme_issue *in, struct acme_issued *out)
{
    struct run r = {.in = in, .out = out, .until = now_s() + RUN_S};

    *out = (struct acme_issued){.code = "memory"};
    r.transport = acme_transport_new(in->ca_file, in->stop);
    if (r.transport != NULL && get_directory(&r) && get_account(&r) && order_one(&r))
        out->code = NULL;
    acme_challenges_drop(in->challenges, in->name);
    acme_transport_free(r.transport);
}

void acme_issued_cleanup(struct acme_issued *issued)
{
    free(issued->pem);
    *issued = (struct acme_issued){0};
}
