#include "gateway/acme/keeper.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/x509.h>

#include "certbind/tls_key.h"
#include "gateway/acme/issue.h"
#include "gateway/agent/reply.h"
#include "gateway/agent/request.h"
#include "gateway/csr.h"

enum { LOOK_MS = 1000, DAY_S = 86400, RECORD_ROOM = ACME_URL_ROOM + 640 };

/* One name's tries. */
struct attempt {
    unsigned failures; /* in a row */
    int64_t next_at;   /* Unix seconds: not before; 0: at once */
};

struct acme_keeper {
    struct acme_keeper_options o;
    uv_timer_t timer;
    uv_work_t work;
    bool working, stopped, timer_closed;
    atomic_bool stop;
    EVP_PKEY *account; /* NULL: not derived yet */
    bool asking;       /* for it */
    struct attempt key;
    char account_url[ACME_URL_ROOM];
    struct attempt *names; /* one for each of the configuration */
    size_t current;        /* of the run under way */
    uint8_t *csr;
    struct acme_issue issue;
    struct acme_issued issued;
    struct acme_tally tally; /* next_at is found when asked for */
};

int64_t acme_renew_at(int64_t not_before, int64_t not_after)
{
    return not_before + (not_after - not_before) / 3 * 2;
}

int64_t acme_pause_s(uint32_t first_s, unsigned failures, unsigned asked_s)
{
    int64_t pause = first_s;

    for (unsigned i = 1; i < failures && pause < DAY_S; i++)
        pause *= 2;
    if (pause < asked_s)
        pause = asked_s;
    return pause < DAY_S ? pause : DAY_S;
}

static const char *name_of(const struct acme_keeper *k, size_t i)
{
    return k->o.config->acme.names[i];
}

static void failed(struct acme_keeper *k, struct attempt *a, const char *name, const char *code,
                   const char *detail, unsigned asked_s)
{
    int64_t pause = acme_pause_s(k->o.config->acme.retry_s, ++a->failures, asked_s);

    a->next_at = k->o.now() + pause;
    k->tally.ended[acme_outcome_of(code)]++;
    GATEWAY_LOG(k->o.log, GATEWAY_LOG_WARN, "acme-failed", {"name", name, 0}, {"code", code, 0},
                {"detail", detail, 0}, {"failures", NULL, (int64_t)a->failures},
                {"retry_s", NULL, pause});
}

static void succeeded(struct acme_keeper *k, struct attempt *a)
{
    *a = (struct attempt){0};
    k->tally.ended[ACME_OUTCOME_OK]++;
    k->tally.issued_at = k->o.now();
}

/* When the certificate that is shown for a name is to be renewed; 0: there is none. */
static int64_t renew_at(const struct acme_keeper *k, const char *name)
{
    const struct gateway_chain *chain = gateway_chains_find(k->o.chains(k->o.user), name);
    const uint8_t *at = chain == NULL ? NULL : chain->der;
    X509 *leaf = at == NULL ? NULL : d2i_X509(NULL, &at, (long)chain->len);
    struct tm from;
    int64_t due = 0;

    if (leaf != NULL && ASN1_TIME_to_tm(X509_get0_notBefore(leaf), &from) == 1)
        due = acme_renew_at((int64_t)timegm(&from), chain->not_after);
    X509_free(leaf);
    return due;
}

/* Without the name that the authority goes by in such records there is none to show. */
static void tell_record(const struct acme_keeper *k, const struct acme_issued *issued,
                        const char *name)
{
    static const char unnamed[] = "the directory names no caaIdentities: the authority's documents "
                                  "say which name stands before these parameters";
    char parameters[ACME_URL_ROOM + 64], record[RECORD_ROOM];

    (void)snprintf(parameters, sizeof parameters, "validationmethods=%s; accounturi=%s",
                   k->o.config->acme.challenge, issued->account);
    (void)snprintf(record, sizeof record, "%s. CAA 0 issue \"%s; %s\"", name, issued->caa,
                   parameters);
    if (issued->caa[0] != '\0')
        GATEWAY_LOG(k->o.log, GATEWAY_LOG_INFO, "acme-caa", {"name", name, 0},
                    {"record", record, 0});
    else
        GATEWAY_LOG(k->o.log, GATEWAY_LOG_INFO, "acme-caa", {"name", name, 0},
                    {"parameters", parameters, 0}, {"detail", unnamed, 0});
}

/* Says which records keep other accounts from certificates for these names. */
static void tell_account(struct acme_keeper *k, const struct acme_issued *issued)
{
    if (issued->account[0] == '\0' || strcmp(issued->account, k->account_url) == 0)
        return;
    (void)snprintf(k->account_url, sizeof k->account_url, "%s", issued->account);
    for (size_t i = 0; i < k->o.config->acme.names_count; i++)
        tell_record(k, issued, name_of(k, i));
    k->o.on_account(k->o.user);
}

static const char *chain_file(const struct acme_keeper *k, const char *name)
{
    const struct gateway_config *c = k->o.config;

    for (size_t i = 0; i < c->certificates_count; i++)
        if (strcmp(c->certificates[i].name, name) == 0)
            return c->certificates[i].chain_file;
    return NULL; /* the checks of the configuration demand one */
}

/* What the authority gave is checked before it takes the place of what works. */
static bool store(struct acme_keeper *k, const char *name, const struct acme_issued *issued,
                  char why[128])
{
    uint8_t spki_sha256[CERTBIND_SHA256_LEN];
    const struct gateway_chain_demand demand = {name, spki_sha256, k->o.now()};
    const char *file = chain_file(k, name);
    struct gateway_chain chain = {0};
    bool ok = file != NULL && certbind_spki_sha256(k->o.tls_key, spki_sha256) &&
              gateway_chain_parse(issued->pem, issued->pem_len, &demand, &chain, why);

    free(chain.der);
    return ok && gateway_chain_write(file, issued->pem, issued->pem_len, why);
}

static void take(struct acme_keeper *k, const struct acme_issued *issued)
{
    struct attempt *a = &k->names[k->current];
    const char *name = name_of(k, k->current);
    char why[128] = "";

    tell_account(k, issued);
    if (issued->code != NULL) {
        failed(k, a, name, issued->code, issued->detail, issued->retry_after_s);
    } else if (!store(k, name, issued, why)) {
        failed(k, a, name, "acme-chain", why, 0);
    } else {
        GATEWAY_LOG(k->o.log, GATEWAY_LOG_INFO, "acme-issued", {"name", name, 0});
        k->o.on_chain(k->o.user);
        if (renew_at(k, name) > k->o.now())
            succeeded(k, a);
        else
            failed(k, a, name, "acme-chain", "the new chain is not shown, or due already", 0);
    }
}

static void free_when_over(struct acme_keeper *k)
{
    if (!k->timer_closed || k->working)
        return;
    EVP_PKEY_free(k->o.tls_key);
    EVP_PKEY_free(k->account);
    OPENSSL_free(k->csr);
    free(k->names);
    free(k);
}

static void on_work(uv_work_t *work)
{
    struct acme_keeper *k = work->data;

    acme_issue_run(&k->issue, &k->issued);
    OPENSSL_thread_stop(); /* the pool's threads live on; what OpenSSL keeps for this one goes */
}

static void on_worked(uv_work_t *work, int status)
{
    struct acme_keeper *k = work->data;

    k->working = false;
    if (!k->stopped && status == 0)
        take(k, &k->issued);
    acme_issued_cleanup(&k->issued);
    free_when_over(k);
}

static void begin(struct acme_keeper *k, size_t i)
{
    const struct gateway_acme_config *c = &k->o.config->acme;
    size_t len = 0;

    OPENSSL_free(k->csr);
    k->csr = gateway_csr_der(k->o.tls_key, c->names[i], &len);
    k->current = i;
    k->issue = (struct acme_issue){
        .directory = c->directory,
        .contact = c->contact,
        .ca_file = c->ca_file,
        .challenge = c->challenge,
        .name = c->names[i],
        .account = k->account,
        .tls_key = k->o.tls_key,
        .csr = certbind_bytes(k->csr, len),
        .challenges = k->o.challenges,
        .stop = &k->stop,
    };
    k->working = k->csr != NULL && uv_queue_work(k->o.loop, &k->work, on_work, on_worked) == 0;
    if (!k->working)
        failed(k, &k->names[i], c->names[i], "memory", "memory ran out", 0);
}

static void on_key(void *user, const struct gateway_agent_reply *reply)
{
    struct acme_keeper *k = user;
    struct certbind_error err = {CERTBIND_NOT_CHECKED, ""};
    uint8_t key[CERTBIND_AGENT_KEY_LEN];

    k->asking = false;
    if (reply->result != GATEWAY_AGENT_OK) {
        failed(k, &k->key, "", gateway_agent_result_name(reply->result), reply->detail, 0);
        return;
    }
    if (gateway_key_parse(reply->body, key, &err) == CERTBIND_OK)
        k->account = certbind_tls_key_derive(key);
    OPENSSL_cleanse(key, sizeof key);
    if (k->account == NULL) {
        failed(k, &k->key, "", "agent-reply", err.detail, 0);
    } else if (!acme_challenges_set_account(k->o.challenges, k->account)) {
        EVP_PKEY_free(k->account);
        k->account = NULL;
        failed(k, &k->key, "", "memory", "memory ran out", 0);
    }
}

static void ask_key(struct acme_keeper *k)
{
    k->asking = true;
    if (gateway_agent_ask_acme_key(k->o.agent, k->o.config->tls_label, on_key, k) == GATEWAY_ASKED)
        return;
    k->asking = false;
    failed(k, &k->key, "", "memory", "memory ran out", 0);
}

/* The wall clock is looked at each second: it may be set, and machines are suspended. */
static void on_timer(uv_timer_t *timer)
{
    struct acme_keeper *k = timer->data;
    int64_t now = k->o.now();

    if (k->working || k->asking)
        return;
    if (k->account == NULL) {
        if (now >= k->key.next_at)
            ask_key(k);
        return;
    }
    for (size_t i = 0; i < k->o.config->acme.names_count; i++)
        if (now >= k->names[i].next_at && now >= renew_at(k, name_of(k, i))) {
            begin(k, i);
            return;
        }
}

struct acme_keeper *acme_keeper_start(const struct acme_keeper_options *options)
{
    struct acme_keeper *k = calloc(1, sizeof *k);

    if (k == NULL)
        return NULL;
    k->names = calloc(options->config->acme.names_count, sizeof *k->names);
    if (k->names == NULL || EVP_PKEY_up_ref(options->tls_key) != 1) {
        free(k->names);
        free(k);
        return NULL;
    }
    k->o = *options;
    k->work.data = k;
    (void)uv_timer_init(options->loop, &k->timer);
    k->timer.data = k;
    (void)uv_timer_start(&k->timer, on_timer, 0, LOOK_MS);
    return k;
}

const char *acme_keeper_account(const struct acme_keeper *keeper)
{
    return keeper == NULL || keeper->account_url[0] == '\0' ? NULL : keeper->account_url;
}

void acme_keeper_tally(const struct acme_keeper *k, struct acme_tally *out)
{
    int64_t next = k->key.next_at;

    *out = k->tally;
    for (size_t i = 0; k->account != NULL && i < k->o.config->acme.names_count; i++) {
        const int64_t due = renew_at(k, name_of(k, i));
        const int64_t at = due > k->names[i].next_at ? due : k->names[i].next_at;

        next = i == 0 || at < next ? at : next;
    }
    out->next_at = k->working || k->asking ? 0 : next;
}

static void on_closed(uv_handle_t *handle)
{
    struct acme_keeper *k = handle->data;

    k->timer_closed = true;
    free_when_over(k);
}

void acme_keeper_stop(struct acme_keeper *keeper)
{
    if (keeper == NULL)
        return;
    keeper->stopped = true;
    atomic_store(&keeper->stop, true);
    if (keeper->working)
        (void)uv_cancel((uv_req_t *)&keeper->work);
    uv_close((uv_handle_t *)&keeper->timer, on_closed);
}
