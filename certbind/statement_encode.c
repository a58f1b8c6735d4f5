#include "certbind/statement.h"

#include <stdlib.h>

#include "certbind/hex.h"

enum { MAX_HEX_BYTES = CERTBIND_CHAIN_SIGNATURE_LEN };

static bool add(cJSON *object, const char *name, cJSON *value)
{
    if (value != NULL && cJSON_AddItemToObject(object, name, value))
        return true;
    cJSON_Delete(value);
    return false;
}

static bool add_text(cJSON *object, const char *name, const char *text)
{
    return text != NULL && add(object, name, cJSON_CreateString(text));
}

static bool add_hex(cJSON *object, const char *name, const uint8_t *data, size_t len)
{
    char hex[2 * MAX_HEX_BYTES + 1];

    if (len > MAX_HEX_BYTES)
        return false;
    certbind_hex_encode(data, len, hex);
    return add_text(object, name, hex);
}

static bool add_number(cJSON *object, const char *name, int64_t value)
{
    return add(object, name, cJSON_CreateNumber((double)value));
}

static bool add_tls_key(cJSON *array, const struct certbind_statement_key *key)
{
    static const char *const states[] = {NULL, "current", "next", "retired"};
    static const char *const origins[] = {NULL, "getkey", "process"};
    cJSON *item = cJSON_CreateObject();
    bool ok = item != NULL && cJSON_AddItemToArray(array, item);

    if (!ok) {
        cJSON_Delete(item);
        return false;
    }
    return add_text(item, "name", key->name) &&
           add_hex(item, "spki_sha256", key->spki_sha256, sizeof key->spki_sha256) &&
           add_text(item, "state", states[key->state]) &&
           add_text(item, "origin", origins[key->origin]) && add_number(item, "epoch", key->epoch);
}

static bool add_tls_keys(cJSON *root, const struct certbind_statement *s)
{
    cJSON *array = cJSON_AddArrayToObject(root, "tls_keys");
    bool ok = array != NULL;

    for (size_t i = 0; ok && i < s->tls_key_count; i++)
        ok = add_tls_key(array, &s->tls_keys[i]);
    return ok;
}

static bool add_receipt_key(cJSON *root, const struct certbind_receipt_key *key)
{
    cJSON *object = cJSON_AddObjectToObject(root, "receipt_key");
    cJSON *chain;
    bool ok = object != NULL && add_text(object, "alg", "secp256k1") &&
              add_hex(object, "pub", key->pub, sizeof key->pub) &&
              add_text(object, "path", key->path) && add_text(object, "purpose", key->purpose);

    chain = ok ? cJSON_AddArrayToObject(object, "signature_chain") : NULL;
    ok = chain != NULL;
    for (int i = 0; ok && i < 2; i++) {
        char hex[2 * CERTBIND_CHAIN_SIGNATURE_LEN + 1];
        cJSON *item;

        certbind_hex_encode(key->signature_chain[i], CERTBIND_CHAIN_SIGNATURE_LEN, hex);
        item = cJSON_CreateString(hex);
        ok = item != NULL && cJSON_AddItemToArray(chain, item);
    }
    return ok;
}

static bool add_session_key(cJSON *root, const struct certbind_statement *s)
{
    cJSON *object = cJSON_AddObjectToObject(root, "session_key");

    return object != NULL && add_text(object, "alg", "ed25519") &&
           add_hex(object, "pub", s->session_key, sizeof s->session_key);
}

static bool add_software(cJSON *root, const struct certbind_statement *s)
{
    cJSON *object = cJSON_AddObjectToObject(root, "software");

    return object != NULL && add_text(object, "name", s->software_name) &&
           add_text(object, "version", s->software_version) &&
           add_text(object, "revision", s->software_revision);
}

static bool add_members(cJSON *root, const struct certbind_statement *s)
{
    return add_number(root, "v", 1) && add_hex(root, "app_id", s->app_id, sizeof s->app_id) &&
           add_hex(root, "compose_hash", s->compose_hash, sizeof s->compose_hash) &&
           add_hex(root, "instance_id", s->instance_id,
                   s->has_instance_id ? sizeof s->instance_id : 0) &&
           add_number(root, "issued_at", s->issued_at) &&
           add_number(root, "not_after", s->not_after) && add_tls_keys(root, s) &&
           add_session_key(root, s) &&
           (!s->has_receipt_key || add_receipt_key(root, &s->receipt_key)) &&
           add_hex(root, "config_sha256", s->config_sha256, sizeof s->config_sha256) &&
           add_software(root, s) &&
           (s->acme_account == NULL || add_text(root, "acme_account", s->acme_account));
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
