#include <stdlib.h>
#include <string.h>

#include "gateway/evidence/evidence.h"
#include "gateway/config/names.h"

static enum certbind_key_state state_of(const struct gateway_config *config, unsigned epoch)
{
    if (config->tls_key_process || epoch == config->tls_epoch)
        return CERTBIND_KEY_CURRENT;
    return epoch < config->tls_epoch ? CERTBIND_KEY_RETIRED : CERTBIND_KEY_NEXT;
}

static void fill_keys(const struct gateway_statement_inputs *in, const char *const *names,
                      size_t names_count, struct certbind_statement *s)
{
    for (size_t i = 0; i < names_count; i++)
        for (size_t k = 0; k < in->keys_count; k++) {
            struct certbind_statement_key *key = &s->tls_keys[s->tls_key_count++];

            key->name = names[i];
            memcpy(key->spki_sha256, in->keys[k].spki_sha256, sizeof key->spki_sha256);
            key->state = state_of(in->config, in->keys[k].epoch);
            key->origin = in->config->tls_key_process ? CERTBIND_KEY_PROCESS : CERTBIND_KEY_GETKEY;
            key->epoch = in->keys[k].epoch;
        }
}

static bool fill(const struct gateway_statement_inputs *in, struct certbind_statement *s)
{
    const struct certbind_identity *id = in->identity;
    size_t len = sizeof s->session_key;

    memcpy(s->app_id, id->app_id, sizeof s->app_id);
    memcpy(s->compose_hash, id->compose_hash, sizeof s->compose_hash);
    memcpy(s->instance_id, id->instance_id, sizeof s->instance_id);
    s->has_instance_id = id->has_instance_id;
    s->issued_at = in->now;
    s->not_after = in->now + in->config->evidence_lifetime_s;
    memcpy(s->config_sha256, in->config->sha256, sizeof s->config_sha256);
    s->acme_account = in->acme_account;
    s->software_name = "devproof-gateway";
    s->software_version = DEVPROOF_VERSION;
    s->software_revision = DEVPROOF_REVISION;
    return EVP_PKEY_get_raw_public_key(in->session_key, s->session_key, &len) == 1 &&
           len == sizeof s->session_key;
}

certbind_status gateway_statement_make(const struct gateway_statement_inputs *in, char **text,
                                       struct certbind_error *err)
{
    struct certbind_statement s = {0};
    size_t names_count = 0;
    const char **names = gateway_names(in->config, &names_count);
    certbind_status status;

    *text = NULL;
    if (names != NULL)
        s.tls_keys = calloc(names_count * in->keys_count + 1, sizeof *s.tls_keys);
    if (s.tls_keys == NULL)
        status = certbind_fail(err, CERTBIND_E_MEMORY, "no memory for a statement");
    else if (!fill(in, &s))
        status = certbind_fail_crypto(err, CERTBIND_E_INTERNAL, "the session key cannot be read");
    else {
        fill_keys(in, names, names_count, &s);
        status = certbind_statement_encode(&s, text, err);
    }
    free(s.tls_keys);
    free(names);
    return status;
}
