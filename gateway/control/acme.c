#include "gateway/control/private.h"

static const struct gateway_chains *chains_now(void *user)
{
    const struct gateway_control *c = user;

    return gateway_chain_keeper_get(c->chains);
}

static void on_chain(void *user)
{
    gateway_control_reload(user);
}

/* Statements tell it, so that whoever reads them can compare it with a CAA record. */
static void on_account(void *user)
{
    struct gateway_control *c = user;

    c->renewal.acme_account = acme_keeper_account(c->acme);
    gateway_control_renew(c);
}

bool gateway_control_start_acme(struct gateway_control *c)
{
    const struct acme_keeper_options options = {
        .loop = c->o.loop,
        .config = c->o.config,
        .log = c->o.log,
        .agent = c->agent,
        .challenges = c->o.challenges,
        .tls_key = c->renewal.keys.current,
        .now = c->o.now,
        .chains = chains_now,
        .on_chain = on_chain,
        .on_account = on_account,
        .user = c,
    };

    if (c->acme == NULL && c->o.challenges != NULL)
        c->acme = acme_keeper_start(&options);
    return c->acme != NULL || c->o.challenges == NULL;
}
