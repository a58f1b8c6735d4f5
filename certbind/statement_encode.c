#include "certbind/statement.h"

#include <stdlib.h>

#include "certbind/json_write.h"

static bool add_tls_key(cJSON *array, const struct certbind_statement_key *key)
{
    static const char *const states[] = {NULL, "current", "next", "retired"};
    static const char *const origins[] = {NULL, "getkey", "process"};
    cJSON *item = certbind_json_add_object(array, NULL);

    return certbind_json_add_text(item, "name", key->name) &&
           certbind_json_add_hex(item, "spki_sha256", key->spki_sha256, sizeof key->spki_sha256) &&
           certbind_json_add_text(item, "state", states[key->state]) &&
           certbind_json_add_text(item, "origin", origins[key->origin]) &&
           certbind_json_add_integer(item, "epoch", key->epoch);
}

static bool add_tls_keys(cJSON *root, const struct certbind_statement *s)
{
    cJSON *array = certbind_json_add_array(root, "tls_keys");
    bool ok = array != NULL;

    for (size_t i = 0; ok && i < s->tls_key_count; i++)
        ok = add_tls_key(array, &s->tls_keys[i]);
    return ok;
}

static bool add_receipt_key(cJSON *root, const struct certbind_receipt_key *key)
{
    cJSON *object = certbind_json_add_object(root, "receipt_key");
    cJSON *chain;
    bool ok = object != NULL && certbind_json_add_text(object, "alg", "secp256k1") &&
              certbind_json_add_hex(object, "pub", key->pub, sizeof key->pub) &&
              certbind_json_add_text(object, "path", key->path) &&
              certbind_json_add_text(object, "purpose", key->purpose);

    chain = ok ? certbind_json_add_array(object, "signature_chain") : NULL;
    ok = chain != NULL;
    for (int i = 0; ok && i < 2; i++)
        ok = certbind_json_add_hex(chain, NULL, key->signature_chain[i],
                                   CERTBIND_CHAIN_SIGNATURE_LEN);
    return ok;
}

static bool add_session_key(cJSON *root, const struct certbind_statement *s)
{
    cJSON *object = certbind_json_add_object(root, "session_key");

    return object != NULL && certbind_json_add_text(object, "alg", "ed25519") &&
           certbind_json_add_hex(object, "pub", s->session_key, sizeof s->session_key);
}

static bool add_software(cJSON *root, const struct certbind_statement *s)
{
    cJSON *object = certbind_json_add_object(root, "software");

    return object != NULL && certbind_json_add_text(object, "name", s->software_name) &&
           certbind_json_add_text(object, "version", s->software_version) &&
           certbind_json_add_text(object, "revision", s->software_revision);
}

static bool add_members(cJSON *root, const struct certbind_statement *s)
{
    return certbind_json_add_integer(root, "v", 1) &&
           certbind_json_add_hex(root, "app_id", s->app_id, sizeof s->app_id) &&
           certbind_json_add_hex(root, "compose_hash", s->compose_hash, sizeof s->compose_hash) &&
           certbind_json_add_hex(root, "instance_id", s->instance_id,
                                 s->has_instance_id ? sizeof s->instance_id : 0) &&
           certbind_json_add_integer(root, "issued_at", s->issued_at) &&
           certbind_json_add_integer(root, "not_after", s->not_after) && add_tls_keys(root, s) &&
           add_session_key(root, s) &&
           (!s->has_receipt_key || add_receipt_key(root, &s->receipt_key)) &&
           certbind_json_add_hex(root, "config_sha256", s->config_sha256,
                                 sizeof s->config_sha256) &&
           add_software(root, s) &&
           (s->acme_account == NULL ||
            certbind_json_add_text(root, "acme_account", s->acme_account));
}

certbind_status certbind_statement_encode(const struct certbind_statement *statement, char **text,
                                          struct certbind_error *err)
{
    struct certbind_statement back;
    cJSON *root = cJSON_CreateObject();
    certbind_status status;

    *text = NULL;
    if (root != NULL && add_members(root, statement))
        *text = cJSON_PrintUnformatted(root);
    cJSON_Delete(root);
    if (*text == NULL)
        return certbind_fail(err, CERTBIND_E_MEMORY, "the statement cannot be written");
    /* What is sent must be what every verifier takes; a slip here shows before it is quoted. */
    status = certbind_statement_parse(certbind_text(*text), &back, err);
    certbind_statement_cleanup(&back);
    if (status != CERTBIND_OK) {
        free(*text);
        *text = NULL;
    }
    return status;
}
