#include "gateway/control/renewal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "certbind/ratls_cert.h"
#include "gateway/agent/request.h"
#include "gateway/identity/identity.h"
#include "gateway/config/names.h"

static void advance(struct gateway_renewal *r);

static void certificate_cleanup(struct gateway_certificate *c)
{
    X509_free(c->x509);
    gateway_quote_cleanup(&c->quote);
    *c = (struct gateway_certificate){0};
}

static void stated_cleanup(struct gateway_stated *s)
{
    free(s->text);
    gateway_quote_cleanup(&s->quote);
    *s = (struct gateway_stated){0};
}

static void drop_round(struct gateway_renewal *r)
{
    certificate_cleanup(&r->next_certificate);
    stated_cleanup(&r->next_stated);
    gateway_info_cleanup(&r->next_info);
    r->have_info = false;
    r->running = false;
}

static void fail(struct gateway_renewal *r, const char *code, const char *detail)
{
    drop_round(r);
    r->ok = false;
    r->rounds_failed++;
    r->code = code;
    (void)snprintf(r->detail, sizeof r->detail, "%s", detail == NULL ? "" : detail);
    r->done(r->user, r);
}

static void fail_status(struct gateway_renewal *r, certbind_status status,
                        const struct certbind_error *err)
{
    /* An answer that is no answer is the agent's fault, whatever is wrong in it. */
    if (status == CERTBIND_E_MALFORMED)
        r->agent_result = GATEWAY_AGENT_REPLY;
    fail(r,
         status == CERTBIND_E_MALFORMED ? gateway_agent_result_name(GATEWAY_AGENT_REPLY)
                                        : certbind_status_name(status),
         err->detail);
}

/* Returns: whether the agent answered; otherwise the round is over. */
static bool answered(struct gateway_renewal *r, const struct gateway_agent_reply *reply)
{
    r->agent_result = reply->result;
    if (reply->result == GATEWAY_AGENT_OK)
        return true;
    fail(r, gateway_agent_result_name(reply->result), reply->detail);
    return false;
}

static void on_info(void *user, const struct gateway_agent_reply *reply)
{
    struct gateway_renewal *r = user;
    struct certbind_error err = {CERTBIND_NOT_CHECKED, ""};
    certbind_status status;

    if (!answered(r, reply))
        return;
    status = gateway_info_parse(reply->body, &r->next_info, &err);
    if (status != CERTBIND_OK) {
        fail_status(r, status, &err);
        return;
    }
    if (!r->config->publish_compose) {
        /* Nobody is shown the text, so it need not be the measured one. */
        free(r->next_info.app_compose);
        r->next_info.app_compose = NULL;
    }
    r->have_info = true;
    advance(r);
}

static void ask_info(struct gateway_renewal *r)
{
    if (!gateway_agent_call(r->agent, "Info", "{}", on_info, r))
        fail(r, "memory", "memory ran out");
}

/* All epochs up to the configured one, and the following one (binding.md 2). */
static size_t keys_wanted(const struct gateway_config *config)
{
    if (config->tls_key_process)
        return 1;
    return config->tls_epoch < CERTBIND_KEY_EPOCH_MAX ? config->tls_epoch + 1 : config->tls_epoch;
}

static bool add_key(struct gateway_renewal *r, const uint8_t k[CERTBIND_AGENT_KEY_LEN])
{
    struct gateway_tls_key_entry *entry = &r->keys.entries[r->keys.count];
    EVP_PKEY *key = certbind_tls_key_derive(k);

    if (key == NULL || !certbind_spki_sha256(key, entry->spki_sha256)) {
        EVP_PKEY_free(key);
        return false;
    }
    entry->epoch = (unsigned)r->keys.count + 1;
    r->keys.count++;
    if (entry->epoch == r->config->tls_epoch)
        r->keys.current = key;
    else
        EVP_PKEY_free(key);
    return true;
}

/* The key of this process: random, never written, epoch 0 (binding.md 3). */
static void make_key(struct gateway_renewal *r)
{
    struct gateway_tls_key_entry *entry = &r->keys.entries[0];

    r->keys.current = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    if (r->keys.current == NULL || !certbind_spki_sha256(r->keys.current, entry->spki_sha256)) {
        EVP_PKEY_free(r->keys.current);
        r->keys.current = NULL;
        fail(r, "tls-key", "no TLS key can be made");
        return;
    }
    entry->epoch = 0;
    r->keys.count = 1;
    advance(r);
}

static void on_key(void *user, const struct gateway_agent_reply *reply)
{
    struct gateway_renewal *r = user;
    struct certbind_error err = {CERTBIND_NOT_CHECKED, ""};
    uint8_t k[CERTBIND_AGENT_KEY_LEN];
    certbind_status status;
    bool ok;

    if (!answered(r, reply))
        return;
    status = gateway_key_parse(reply->body, k, &err);
    if (status != CERTBIND_OK) {
        fail_status(r, status, &err);
        return;
    }
    ok = add_key(r, k);
    OPENSSL_cleanse(k, sizeof k);
    if (ok)
        advance(r);
    else
        fail(r, "tls-key", "no TLS key can be derived");
}

static void ask_key(struct gateway_renewal *r)
{
    switch (gateway_agent_ask_tls_key(r->agent, r->config->tls_label, (unsigned)r->keys.count + 1,
                                      on_key, r)) {
    case GATEWAY_ASKED:
        break;
    case GATEWAY_ASKED_NO_PATH:
        fail(r, "tls-key", "tls.label or tls.epoch is not of the documented form");
        break;
    default:
        fail(r, "memory", "memory ran out");
    }
}

static void ask_quote(struct gateway_renewal *r, gateway_agent_done done)
{
    if (gateway_agent_ask_quote(r->agent, r->report_data, done, r) != GATEWAY_ASKED)
        fail(r, "memory", "memory ran out");
}

/* Read and check a quote. Returns: false when the round is over. */
static bool take_quote(struct gateway_renewal *r, const struct gateway_agent_reply *reply,
                       struct gateway_quote *quote)
{
    struct certbind_error err = {CERTBIND_NOT_CHECKED, ""};
    certbind_status status;

    if (!answered(r, reply))
        return false;
    status = gateway_quote_take(reply->body, r->report_data, quote, &err);
    if (status == CERTBIND_OK)
        status = gateway_quote_check_info(quote, &r->next_info, &err);
    if (status == CERTBIND_OK)
        return true;
    fail_status(r, status, &err);
    return false;
}

static certbind_status make_certificate(struct gateway_renewal *r, struct certbind_error *err)
{
    struct gateway_certificate *c = &r->next_certificate;
    size_t count = 0;
    const char **names = gateway_names(r->config, &count);
    int64_t now = r->now();
    const struct certbind_ratls_inputs inputs = {
        .key = r->keys.current,
        .names = names,
        .name_count = count,
        .quote = certbind_bytes(c->quote.quote, c->quote.quote_len),
        .event_log = certbind_text(c->quote.runtime_log),
        .not_before = now - GATEWAY_CERTIFICATE_BACKDATE_S,
        .not_after = now - GATEWAY_CERTIFICATE_BACKDATE_S + GATEWAY_CERTIFICATE_LIFETIME_S,
    };
    certbind_status status = names == NULL
                                 ? certbind_fail(err, CERTBIND_E_MEMORY, "no memory for names")
                                 : certbind_ratls_cert_encode(&inputs, &c->x509, err);

    free(names);
    c->made_at = now;
    return status;
}

static void on_certificate_quote(void *user, const struct gateway_agent_reply *reply)
{
    struct gateway_renewal *r = user;
    struct certbind_error err = {CERTBIND_NOT_CHECKED, ""};
    certbind_status status;

    if (!take_quote(r, reply, &r->next_certificate.quote))
        return;
    status = make_certificate(r, &err);
    if (status == CERTBIND_OK)
        advance(r);
    else
        fail_status(r, status, &err);
}

static void ask_certificate_quote(struct gateway_renewal *r)
{
    uint8_t *spki = NULL;
    size_t len = 0;
    bool ok = certbind_spki_encode(r->keys.current, &spki, &len) &&
              certbind_ratls_report_data(certbind_bytes(spki, len), r->report_data);

    OPENSSL_free(spki);
    if (ok)
        ask_quote(r, on_certificate_quote);
    else
        fail(r, "internal", "no report data for the certificate");
}

/* The quote of the certificate that will be shown with the next statement. */
static const struct gateway_quote *certificate_quote(const struct gateway_renewal *r)
{
    return r->next_certificate.x509 != NULL ? &r->next_certificate.quote : &r->certificate.quote;
}

static void on_statement_quote(void *user, const struct gateway_agent_reply *reply)
{
    struct gateway_renewal *r = user;

    if (take_quote(r, reply, &r->next_stated.quote))
        advance(r);
}

static void ask_statement_quote(struct gateway_renewal *r)
{
    struct gateway_stated *s = &r->next_stated;
    const struct gateway_statement_inputs inputs = {
        .config = r->config,
        .identity = &certificate_quote(r)->identity,
        .keys = r->keys.entries,
        .keys_count = r->keys.count,
        .acme_account = r->acme_account,
        .session_key = r->session_key,
        .now = r->now(),
    };
    struct certbind_error err = {CERTBIND_NOT_CHECKED, ""};
    certbind_status status = gateway_statement_make(&inputs, &s->text, &err);
    uint8_t hash[CERTBIND_SHA256_LEN];

    if (status != CERTBIND_OK) {
        fail_status(r, status, &err);
        return;
    }
    s->issued_at = inputs.now;
    s->not_after = inputs.now + r->config->evidence_lifetime_s;
    if (certbind_sha256(certbind_text(s->text), hash) &&
        certbind_binding_value(hash, certbind_bytes(NULL, 0), r->report_data))
        ask_quote(r, on_statement_quote);
    else
        fail(r, "internal", "no report data for the statement");
}

static void succeed(struct gateway_renewal *r)
{
    r->certificate_changed = r->next_certificate.x509 != NULL;
    if (r->certificate_changed) {
        certificate_cleanup(&r->certificate);
        r->certificate = r->next_certificate;
        r->next_certificate = (struct gateway_certificate){0};
    }
    stated_cleanup(&r->stated);
    r->stated = r->next_stated;
    r->next_stated = (struct gateway_stated){0};
    gateway_info_cleanup(&r->info);
    r->info = r->next_info;
    r->next_info = (struct gateway_info){0};
    drop_round(r);
    r->code = NULL;
    r->detail[0] = '\0';
    r->ok = true;
    r->rounds_ok++;
    r->done(r->user, r);
}

/* Do what is missing next. */
static void advance(struct gateway_renewal *r)
{
    if (!r->have_info)
        ask_info(r);
    else if (r->keys.count < keys_wanted(r->config) && r->config->tls_key_process)
        make_key(r);
    else if (r->keys.count < keys_wanted(r->config))
        ask_key(r);
    else if (r->want_certificate && r->next_certificate.x509 == NULL)
        ask_certificate_quote(r);
    else if (r->next_stated.text == NULL)
        ask_statement_quote(r);
    else if (gateway_quote_same_td(certificate_quote(r), &r->next_stated.quote))
        succeed(r);
    else if (!r->want_certificate) {
        /* An event was measured since the certificate was made: it needs a new one. */
        r->want_certificate = true;
        advance(r);
    } else
        fail(r, "cert-evidence-other-machine", "the TD changed between two quotes");
}

void gateway_renewal_start(struct gateway_renewal *r, bool with_certificate)
{
    r->running = true;
    r->ok = false;
    r->want_certificate = with_certificate || r->certificate.x509 == NULL;
    advance(r);
}

void gateway_renewal_cleanup(struct gateway_renewal *r)
{
    drop_round(r);
    certificate_cleanup(&r->certificate);
    stated_cleanup(&r->stated);
    gateway_info_cleanup(&r->info);
    EVP_PKEY_free(r->keys.current);
    r->keys = (struct gateway_tls_keys){0};
}
