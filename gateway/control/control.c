#include "gateway/control/control.h"

#include <stdlib.h>

#include <openssl/rand.h>

#include "gateway/control/private.h"
#include "gateway/control/schedule.h"

enum {
    LOOK_MS = 1000,        /* how often the wall clock is looked at */
    COLLATERAL_GRACE_S = 5 /* the first listeners wait this long for the first collateral */
};

static void on_timer(uv_timer_t *timer);

static void arm(struct gateway_control *c, uint64_t ms)
{
    if (!c->stopped)
        (void)uv_timer_start(&c->timer, on_timer, ms, 0);
}

static uint32_t random_number(void)
{
    uint32_t n = 0;

    /* Without random the pauses are only less spread. */
    (void)RAND_bytes((unsigned char *)&n, sizeof n);
    return n;
}

static void failed(struct gateway_control *c, const char *code, const char *detail)
{
    c->failures++;
    GATEWAY_LOG(c->o.log, GATEWAY_LOG_WARN, "evidence-failed", {"code", code, 0},
                {"detail", detail, 0}, {"failures", NULL, (int64_t)c->failures});
    arm(c, gateway_schedule_backoff_ms(c->failures, random_number()));
}

/* Whether clients may read the compose file (binding.md 4). */
static const char *published_compose(const struct gateway_control *c)
{
    const struct gateway_info *info = &c->renewal.info;

    return c->o.config->publish_compose && info->public_tcbinfo ? info->app_compose : NULL;
}

static certbind_status make_evidence(const struct gateway_control *c, struct gateway_evidence **out,
                                     struct certbind_error *err)
{
    const struct gateway_evidence_inputs inputs = {
        .statement = c->renewal.stated.text,
        .quote = &c->renewal.stated.quote,
        .app_compose = published_compose(c),
        .collateral = c->keeper.bundle,
        .session_key = c->session_key,
    };

    return gateway_evidence_new(&inputs, out, err);
}

static certbind_status make_identity(const struct gateway_control *c, struct gateway_identity **out,
                                     struct certbind_error *err)
{
    const struct gateway_identity_material material = {
        .key = c->renewal.keys.current,
        .certificate = c->renewal.certificate.x509,
        .chains = gateway_chain_keeper_get(c->chains),
        .chains_index = c->chains_index,
        .challenges = c->o.challenges,
    };

    return gateway_identity_new(c->o.config, &material, out, err);
}

/* Hand out what the last round made. Returns: false when it cannot be put together. */
static bool publish(struct gateway_control *c, bool with_identity)
{
    struct certbind_error err = {CERTBIND_NOT_CHECKED, ""};
    struct gateway_identity *identity = NULL;
    struct gateway_evidence *evidence = NULL;
    certbind_status status = make_evidence(c, &evidence, &err);

    if (status == CERTBIND_OK && with_identity)
        status = make_identity(c, &identity, &err);
    if (status == CERTBIND_OK) {
        c->published = true;
        if (c->desk != NULL)
            gateway_quote_desk_set_evidence(c->desk, evidence, &c->renewal.stated.quote,
                                            &c->renewal.info);
        c->o.publish(c->o.user, identity, evidence);
    }
    if (identity != NULL)
        gw_identity_unref(&identity->base);
    gateway_evidence_unref(evidence);
    if (status != CERTBIND_OK)
        failed(c, certbind_status_name(status), err.detail);
    return status == CERTBIND_OK;
}

static bool collateral_waited(const struct gateway_control *c)
{
    return c->keeper.asked || c->o.now() >= c->collateral_by;
}

static void publish_first(struct gateway_control *c)
{
    if (!c->published && c->keeper_started && collateral_waited(c))
        (void)publish(c, true);
}

static void on_collateral(void *user)
{
    struct gateway_control *c = user;

    if (c->published)
        (void)publish(c, false);
    else
        publish_first(c);
}

static struct certbind_bytes newest_quote(const struct gateway_control *c)
{
    const struct gateway_quote *q = &c->renewal.stated.quote;

    return certbind_bytes(q->quote, q->quote_len);
}

static bool start_keeper(struct gateway_control *c)
{
    const struct gateway_keeper_options options = {
        .loop = c->o.loop,
        .url = c->o.config->collateral_url,
        .log = c->o.log,
        .now = c->o.now,
        .on_change = on_collateral,
        .user = c,
    };

    c->collateral_by = c->o.now() + COLLATERAL_GRACE_S;
    c->keeper_started = gateway_keeper_start(&c->keeper, &options, newest_quote(c));
    return c->keeper_started;
}

static void on_chains(void *user)
{
    struct gateway_control *c = user;

    if (c->published)
        (void)publish(c, true);
}

/* The current key is known: read the certificates that others made for it. */
static bool start_chains(struct gateway_control *c)
{
    uint8_t spki_sha256[CERTBIND_SHA256_LEN];
    const struct gateway_chain_keeper_options options = {
        .loop = c->o.loop,
        .config = c->o.config,
        .log = c->o.log,
        .now = c->o.now,
        .spki_sha256 = spki_sha256,
        .on_change = on_chains,
        .user = c,
    };

    if (c->chains == NULL && certbind_spki_sha256(c->renewal.keys.current, spki_sha256))
        c->chains = gateway_chain_keeper_start(&options);
    return c->chains != NULL;
}

static void log_api(struct gateway_control *c)
{
    enum gateway_agent_api api = gateway_agent_api(c->agent);

    if (api == GATEWAY_AGENT_API_UNKNOWN || api == c->logged_api)
        return;
    c->logged_api = api;
    GATEWAY_LOG(c->o.log, GATEWAY_LOG_INFO, "agent-api", {"api", gateway_agent_api_name(api), 0});
}

static void take_round(struct gateway_control *c, struct gateway_renewal *r)
{
    log_api(c);
    if (!r->ok) {
        failed(c, r->code, r->detail);
        return;
    }
    c->failures = 0;
    GATEWAY_LOG(c->o.log, GATEWAY_LOG_INFO, "evidence-made",
                {"certificate", r->certificate_changed ? "new" : "kept", 0},
                {"issued_at", NULL, r->stated.issued_at}, {"not_after", NULL, r->stated.not_after});
    arm(c, LOOK_MS);
    if (!start_chains(c) || (!c->keeper_started && !start_keeper(c))) {
        failed(c, "memory", "memory ran out");
        return;
    }
    if (!c->published) {
        publish_first(c);
        return;
    }
    gateway_keeper_set_quote(&c->keeper, newest_quote(c));
    (void)publish(c, true);
}

static void on_round(void *user, struct gateway_renewal *r)
{
    struct gateway_control *c = user;

    take_round(c, r);
    if (c->desk != NULL)
        gateway_quote_desk_go_on(c->desk);
}

static bool renewing(void *user)
{
    const struct gateway_control *c = user;

    return c->renewal.running;
}

void gateway_control_renew(struct gateway_control *c)
{
    if (!c->renewal.running)
        gateway_renewal_start(&c->renewal, false);
}

static void renew(void *user)
{
    gateway_control_renew(user);
}

static enum gateway_due due(const struct gateway_control *c)
{
    const struct gateway_renewal *r = &c->renewal;
    const struct gateway_lifetimes l = {
        .issued_at = r->stated.issued_at,
        .not_after = r->stated.not_after,
        .certificate_at = r->certificate.made_at,
        .certificate_until = r->certificate.made_at - GATEWAY_CERTIFICATE_BACKDATE_S +
                             GATEWAY_CERTIFICATE_LIFETIME_S,
    };

    return gateway_schedule_due(&l, c->o.now());
}

static void on_timer(uv_timer_t *timer)
{
    struct gateway_control *c = timer->data;
    enum gateway_due what = due(c);

    arm(c, LOOK_MS);
    publish_first(c);
    if (c->published && !gateway_control_start_acme(c))
        GATEWAY_LOG(c->o.log, GATEWAY_LOG_ERROR, "failed", {"detail", "memory ran out", 0});
    if (!c->renewal.running && what != GATEWAY_DUE_NOTHING)
        gateway_renewal_start(&c->renewal, what == GATEWAY_DUE_CERTIFICATE);
}

/* The session key: made in this process, in secure memory, for its life only (binding.md 1). */
static EVP_PKEY *make_session_key(void)
{
    return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
}

static bool make_desk(struct gateway_control *c)
{
    const struct gateway_quote_desk_options options = {
        .loop = c->o.loop,
        .agent = c->agent,
        .log = c->o.log,
        .now = c->o.now,
        .renewing = renewing,
        .renew = renew,
        .user = c,
    };

    if (!c->o.config->nonce_quotes)
        return true;
    c->desk = gateway_quote_desk_new(&options);
    return c->desk != NULL;
}

static void control_free(struct gateway_control *c)
{
    EVP_PKEY_free(c->session_key);
    free(c);
}

struct gateway_control *gateway_control_start(const struct gateway_control_options *options)
{
    struct gateway_control *c = calloc(1, sizeof *c);

    if (c == NULL)
        return NULL;
    c->o = *options;
    c->session_key = make_session_key();
    c->chains_index = gateway_identity_chains_index();
    c->agent = gateway_agent_new(options->loop, options->config->insecure_agent_endpoint,
                                 options->config->agent_timeout_ms);
    if (c->session_key == NULL || c->agent == NULL || c->chains_index < 0 || !make_desk(c) ||
        uv_timer_init(options->loop, &c->timer) != 0) {
        gateway_agent_close(c->agent);
        gateway_quote_desk_close(c->desk);
        control_free(c);
        return NULL;
    }
    c->timer.data = c;
    c->renewal.config = options->config;
    c->renewal.agent = c->agent;
    c->renewal.session_key = c->session_key;
    c->renewal.now = options->now;
    c->renewal.done = on_round;
    c->renewal.user = c;
    arm(c, 0);
    return c;
}

struct gateway_quote_desk *gateway_control_desk(const struct gateway_control *control)
{
    return control->desk;
}

void gateway_control_drain(struct gateway_control *control)
{
    if (control != NULL && control->desk != NULL)
        gateway_quote_desk_drain(control->desk);
}

void gateway_control_get_status(const struct gateway_control *c, struct gateway_control_status *out)
{
    const struct gateway_renewal *r = &c->renewal;

    *out = (struct gateway_control_status){
        .published = c->published,
        .issued_at = r->stated.issued_at,
        .not_after = r->stated.not_after,
        .failures = c->failures,
        .code = r->code,
        .agent = r->agent_result,
        .api = gateway_agent_api(c->agent),
        .collateral_wanted = c->o.config->collateral_url[0] != '\0',
        .has_collateral = c->keeper.bundle != NULL,
        .self_check = c->keeper.check,
        .rounds_ok = r->rounds_ok,
        .rounds_failed = r->rounds_failed,
        .calls = gateway_agent_meter(c->agent),
        .fetches_ok = c->keeper.fetches_ok,
        .fetches_failed = c->keeper.fetches_failed,
        .chain_errors = gateway_chain_keeper_errors(c->chains),
        .has_acme = c->o.challenges != NULL,
        .chains = c->chains != NULL ? gateway_chain_keeper_get(c->chains) : NULL,
    };
    if (c->acme != NULL)
        acme_keeper_tally(c->acme, &out->acme);
    if (c->desk != NULL)
        gateway_quote_desk_get_state(c->desk, &out->nonces);
    if (r->certificate.x509 != NULL)
        out->certificate_until = r->certificate.made_at - GATEWAY_CERTIFICATE_BACKDATE_S +
                                 GATEWAY_CERTIFICATE_LIFETIME_S;
}

void gateway_control_reload(struct gateway_control *control)
{
    if (control != NULL)
        gateway_chain_keeper_reload(control->chains);
}

static void on_closed(uv_handle_t *handle)
{
    control_free(handle->data);
}

void gateway_control_stop(struct gateway_control *c)
{
    if (c == NULL)
        return;
    c->stopped = true;
    gateway_agent_close(c->agent);
    gateway_quote_desk_close(c->desk);
    gateway_keeper_stop(&c->keeper);
    acme_keeper_stop(c->acme);
    gateway_chain_keeper_stop(c->chains);
    gateway_renewal_cleanup(&c->renewal);
    uv_close((uv_handle_t *)&c->timer, on_closed);
}
