#include "certbind/statement.h"

#include <stdlib.h>
#include <string.h>

#include "certbind/hex.h"
#include "certbind/server_name.h"
#include "certbind/tls_key.h"

static const struct certbind_json_rules statement_rules = {
    .max_bytes = CERTBIND_STATEMENT_MAX_BYTES,
    .size = CERTBIND_E_STATEMENT_SIZE,
    .encoding = CERTBIND_E_STATEMENT_ENCODING,
    .syntax = CERTBIND_E_STATEMENT_SYNTAX,
};

static certbind_status refuse(struct certbind_error *err, const char *member)
{
    return certbind_fail(err, CERTBIND_E_STATEMENT_SYNTAX,
                         "member '%s' is missing or has another form", member);
}

static bool read_time(const cJSON *root, const char *name, int64_t *out)
{
    return certbind_json_integer(certbind_json_get(root, name), 0, 9007199254740991, out);
}

static enum certbind_key_state read_state(const char *text)
{
    if (text == NULL)
        return CERTBIND_KEY_NO_STATE;
    if (strcmp(text, "current") == 0)
        return CERTBIND_KEY_CURRENT;
    if (strcmp(text, "next") == 0)
        return CERTBIND_KEY_NEXT;
    return strcmp(text, "retired") == 0 ? CERTBIND_KEY_RETIRED : CERTBIND_KEY_NO_STATE;
}

static enum certbind_key_origin read_origin(const char *text)
{
    if (text == NULL)
        return CERTBIND_KEY_NO_ORIGIN;
    if (strcmp(text, "getkey") == 0)
        return CERTBIND_KEY_GETKEY;
    return strcmp(text, "process") == 0 ? CERTBIND_KEY_PROCESS : CERTBIND_KEY_NO_ORIGIN;
}

static bool read_tls_key(const cJSON *item, struct certbind_statement_key *out)
{
    int64_t epoch;

    out->name = certbind_json_string(item, "name");
    out->state = read_state(certbind_json_string(item, "state"));
    out->origin = read_origin(certbind_json_string(item, "origin"));
    if (out->name == NULL || out->state == CERTBIND_KEY_NO_STATE ||
        out->origin == CERTBIND_KEY_NO_ORIGIN ||
        !certbind_json_hex(item, "spki_sha256", out->spki_sha256, sizeof out->spki_sha256) ||
        !certbind_json_integer(certbind_json_get(item, "epoch"), 0, CERTBIND_KEY_EPOCH_MAX, &epoch))
        return false;
    out->epoch = (unsigned)epoch;
    return (epoch == 0) == (out->origin == CERTBIND_KEY_PROCESS) &&
           (strcmp(out->name, "*") == 0 || certbind_server_name_ok(certbind_text(out->name)));
}

static certbind_status read_tls_keys(const cJSON *array, struct certbind_statement *out,
                                     struct certbind_error *err)
{
    size_t count = 0;
    const cJSON *item;

    if (!cJSON_IsArray(array))
        return refuse(err, "tls_keys");
    cJSON_ArrayForEach(item, array) count++;
    out->tls_keys = calloc(count + 1, sizeof *out->tls_keys);
    if (out->tls_keys == NULL)
        return certbind_fail(err, CERTBIND_E_MEMORY, "memory ran out");
    cJSON_ArrayForEach(item, array)
    {
        if (!read_tls_key(item, &out->tls_keys[out->tls_key_count]))
            return certbind_fail(err, CERTBIND_E_STATEMENT_SYNTAX,
                                 "entry %zu of 'tls_keys' has another form", out->tls_key_count);
        out->tls_key_count++;
    }
    return CERTBIND_OK;
}

static bool read_receipt_key(const cJSON *item, struct certbind_receipt_key *out)
{
    const cJSON *chain = certbind_json_get(item, "signature_chain");
    const char *alg = certbind_json_string(item, "alg");

    out->path = certbind_json_string(item, "path");
    out->purpose = certbind_json_string(item, "purpose");
    if (alg == NULL || strcmp(alg, "secp256k1") != 0 || out->path == NULL || out->purpose == NULL ||
        !certbind_json_hex(item, "pub", out->pub, sizeof out->pub) || !cJSON_IsArray(chain) ||
        cJSON_GetArraySize(chain) != 2)
        return false;
    for (int i = 0; i < 2; i++) {
        const char *text = cJSON_GetStringValue(cJSON_GetArrayItem(chain, i));

        if (text == NULL || !certbind_hex_decode(certbind_text(text), out->signature_chain[i],
                                                 CERTBIND_CHAIN_SIGNATURE_LEN))
            return false;
    }
    return true;
}

static certbind_status read_keys(const cJSON *root, struct certbind_statement *out,
                                 struct certbind_error *err)
{
    const cJSON *session = certbind_json_get(root, "session_key");
    const cJSON *receipt = certbind_json_get(root, "receipt_key");
    const char *alg = certbind_json_string(session, "alg");
    certbind_status status = read_tls_keys(certbind_json_get(root, "tls_keys"), out, err);

    if (status != CERTBIND_OK)
        return status;
    if (alg == NULL || strcmp(alg, "ed25519") != 0 ||
        !certbind_json_hex(session, "pub", out->session_key, sizeof out->session_key))
        return refuse(err, "session_key");
    out->has_receipt_key = receipt != NULL;
    if (receipt != NULL && !read_receipt_key(receipt, &out->receipt_key))
        return refuse(err, "receipt_key");
    return CERTBIND_OK;
}

static certbind_status read_software(const cJSON *root, struct certbind_statement *out,
                                     struct certbind_error *err)
{
    const cJSON *software = certbind_json_get(root, "software");
    const cJSON *account = certbind_json_get(root, "acme_account");

    out->software_name = certbind_json_string(software, "name");
    out->software_version = certbind_json_string(software, "version");
    out->software_revision = certbind_json_string(software, "revision");
    if (out->software_name == NULL || out->software_version == NULL ||
        out->software_revision == NULL)
        return refuse(err, "software");
    if (account != NULL && !cJSON_IsString(account))
        return refuse(err, "acme_account");
    out->acme_account = cJSON_GetStringValue(account);
    return CERTBIND_OK;
}

static certbind_status read_version(const cJSON *root, struct certbind_error *err)
{
    int64_t version;

    if (!certbind_json_integer(certbind_json_get(root, "v"), INT32_MIN, INT32_MAX, &version))
        return refuse(err, "v");
    if (version != 1)
        return certbind_fail(err, CERTBIND_E_STATEMENT_VERSION, "the statement has version %lld",
                             (long long)version);
    return CERTBIND_OK;
}

static certbind_status read_members(const cJSON *root, struct certbind_statement *out,
                                    struct certbind_error *err)
{
    certbind_status status = read_version(root, err);
    const char *instance_id = certbind_json_string(root, "instance_id");

    if (status != CERTBIND_OK)
        return status;
    if (!certbind_json_hex(root, "app_id", out->app_id, sizeof out->app_id))
        return refuse(err, "app_id");
    if (!certbind_json_hex(root, "compose_hash", out->compose_hash, sizeof out->compose_hash))
        return refuse(err, "compose_hash");
    out->has_instance_id = instance_id != NULL && instance_id[0] != '\0';
    if (instance_id == NULL ||
        (out->has_instance_id &&
         !certbind_json_hex(root, "instance_id", out->instance_id, sizeof out->instance_id)))
        return refuse(err, "instance_id");
    if (!read_time(root, "issued_at", &out->issued_at))
        return refuse(err, "issued_at");
    if (!read_time(root, "not_after", &out->not_after))
        return refuse(err, "not_after");
    if (!certbind_json_hex(root, "config_sha256", out->config_sha256, sizeof out->config_sha256))
        return refuse(err, "config_sha256");
    status = read_keys(root, out, err);
    if (status == CERTBIND_OK)
        status = read_software(root, out, err);
    return status == CERTBIND_OK ? certbind_session_key_check(out->session_key, err) : status;
}

certbind_status certbind_statement_parse(struct certbind_bytes text, struct certbind_statement *out,
                                         struct certbind_error *err)
{
    certbind_status status;

    *out = (struct certbind_statement){0};
    status = certbind_json_parse(text, &statement_rules, &out->json, err);
    if (status == CERTBIND_OK)
        status = cJSON_IsObject(out->json.root)
                     ? read_members(out->json.root, out, err)
                     : certbind_fail(err, CERTBIND_E_STATEMENT_SYNTAX, "not a JSON object");
    if (status != CERTBIND_OK)
        certbind_statement_cleanup(out);
    return status;
}

void certbind_statement_cleanup(struct certbind_statement *statement)
{
    free(statement->tls_keys);
    certbind_json_cleanup(&statement->json);
    *statement = (struct certbind_statement){0};
}
