#include "certbind/mr_config_id.h"

#include <string.h>

#include "certbind/digest.h"
#include "certbind/json.h"

enum { VERSION_COMPOSE_HASH = 1, VERSION_KEY_PROVIDER = 2, VERSION_DOCUMENT = 3 };

static const char document_tag[] = "dstack-mr-config-v3:"; /* hashed with its NUL */

/* Kinds of key provider: as the log names them, and as documents of version 3 do. */
static const struct {
    const char *event, *document;
} kinds[] = {{"none", "none"}, {"local-sgx", "local"}, {"kms", "kms"}, {"tpm", "tpm"}};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

static certbind_status mismatch(struct certbind_error *err, const char *what)
{
    return certbind_fail(err, CERTBIND_E_MR_CONFIG_ID,
                         "MR_CONFIG_ID does not commit to what the event log says: %s", what);
}

static size_t find_kind(const struct certbind_identity *identity)
{
    size_t i = 0;

    while (i < KINDS && strcmp(kinds[i].event, identity->key_provider) != 0)
        i++;
    return i;
}

/* The version, 32 bytes, zeros. */
static bool holds(const uint8_t *mr_config_id, uint8_t version, const uint8_t hash[32])
{
    uint8_t expected[CERTBIND_MR_CONFIG_ID_LEN] = {version};

    memcpy(expected + 1, hash, 32);
    return memcmp(expected, mr_config_id, sizeof expected) == 0;
}

static certbind_status check_key_provider(const uint8_t *mr_config_id,
                                          const struct certbind_identity *id,
                                          struct certbind_error *err)
{
    enum { KIND_AT = CERTBIND_COMPOSE_HASH_LEN + CERTBIND_APP_ID_LEN, ID_AT = KIND_AT + 1 };
    uint8_t preimage[ID_AT + CERTBIND_KEY_PROVIDER_ID_MAX];
    uint8_t hash[CERTBIND_KECCAK256_LEN];
    size_t kind = find_kind(id);

    if (kind == KINDS)
        return mismatch(err, "a key provider of an unknown kind");
    memcpy(preimage, id->compose_hash, sizeof id->compose_hash);
    memcpy(preimage + CERTBIND_COMPOSE_HASH_LEN, id->app_id, sizeof id->app_id);
    preimage[KIND_AT] = (uint8_t)kind;
    memcpy(preimage + ID_AT, id->key_provider_id, id->key_provider_id_len);
    certbind_keccak256(certbind_bytes(preimage, ID_AT + id->key_provider_id_len), hash);
    return holds(mr_config_id, VERSION_KEY_PROVIDER, hash)
               ? CERTBIND_OK
               : mismatch(err, "compose hash, app id or key provider");
}

/* Whether a member is this value in hex; absent members of a document say nothing. */
static bool agrees(const cJSON *document, const char *name, const uint8_t *value, size_t len)
{
    uint8_t bytes[CERTBIND_KEY_PROVIDER_ID_MAX];

    return certbind_json_get(document, name) == NULL ||
           (certbind_json_hex(document, name, bytes, len) && memcmp(bytes, value, len) == 0);
}

static certbind_status compare_document(const cJSON *document, const struct certbind_identity *id,
                                        struct certbind_error *err)
{
    const char *provider = certbind_json_string(document, "key_provider");
    size_t kind = find_kind(id);
    int64_t version;

    if (!certbind_json_integer(certbind_json_get(document, "version"), VERSION_DOCUMENT,
                               VERSION_DOCUMENT, &version))
        return mismatch(err, "the document is not of version 3");
    if (certbind_json_get(document, "compose_hash") == NULL ||
        !agrees(document, "compose_hash", id->compose_hash, sizeof id->compose_hash))
        return mismatch(err, "compose hash");
    if (!agrees(document, "app_id", id->app_id, sizeof id->app_id))
        return mismatch(err, "app id");
    if (!agrees(document, "instance_id", id->instance_id,
                id->has_instance_id ? sizeof id->instance_id : 0))
        return mismatch(err, "instance id");
    if (provider == NULL || kind == KINDS || strcmp(provider, kinds[kind].document) != 0 ||
        !agrees(document, "key_provider_id", id->key_provider_id, id->key_provider_id_len))
        return mismatch(err, "key provider");
    return CERTBIND_OK;
}

static certbind_status check_document(const uint8_t *mr_config_id,
                                      const struct certbind_identity *id,
                                      struct certbind_bytes document, struct certbind_error *err)
{
    static const struct certbind_json_rules rules = {
        .max_bytes = CERTBIND_MR_CONFIG_DOCUMENT_MAX,
        .size = CERTBIND_E_MR_CONFIG_ID,
        .encoding = CERTBIND_E_MR_CONFIG_ID,
        .syntax = CERTBIND_E_MR_CONFIG_ID,
    };
    const struct certbind_bytes parts[] = {certbind_bytes(document_tag, sizeof document_tag),
                                           document};
    uint8_t hash[CERTBIND_SHA256_LEN];
    struct certbind_json json;
    certbind_status status;

    if (document.len == 0)
        return CERTBIND_NOT_CHECKED;
    if (!certbind_sha256_parts(parts, 2, hash))
        return certbind_fail_crypto(err, CERTBIND_E_INTERNAL, "cannot hash");
    if (!holds(mr_config_id, VERSION_DOCUMENT, hash))
        return mismatch(err, "the document has another hash");
    status = certbind_json_parse(document, &rules, &json, err);
    if (status != CERTBIND_OK)
        return status;
    status = compare_document(json.root, id, err);
    certbind_json_cleanup(&json);
    return status;
}

certbind_status certbind_mr_config_id_check(const uint8_t mr_config_id[CERTBIND_MR_CONFIG_ID_LEN],
                                            const struct certbind_identity *identity,
                                            struct certbind_bytes document,
                                            struct certbind_error *err)
{
    if (certbind_is_zero(mr_config_id, CERTBIND_MR_CONFIG_ID_LEN))
        return CERTBIND_NOT_CHECKED;
    switch (mr_config_id[0]) {
    case VERSION_COMPOSE_HASH:
        return holds(mr_config_id, VERSION_COMPOSE_HASH, identity->compose_hash)
                   ? CERTBIND_OK
                   : mismatch(err, "compose hash");
    case VERSION_KEY_PROVIDER:
        return check_key_provider(mr_config_id, identity, err);
    case VERSION_DOCUMENT:
        return check_document(mr_config_id, identity, document, err);
    default:
        return certbind_fail(err, CERTBIND_E_MR_CONFIG_ID_UNSUPPORTED,
                             "MR_CONFIG_ID has version %u", mr_config_id[0]);
    }
}
