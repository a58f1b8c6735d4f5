#include "ra-tls/archive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certbind/hex.h"
#include "certbind/json.h"
#include "certbind/json_write.h"

#define KIND "devproof-archive"

enum { TOP_MEMBERS = 14, TRANSPORT_MEMBERS = 4, SESSION_MEMBERS = 3, POLICY_MEMBERS = 2 };

static const char *const webpki_names[] = {"not-tried", "valid", "invalid"};

enum { WEBPKI_NAMES = sizeof webpki_names / sizeof webpki_names[0] };

/* null for nothing. */
static bool add_base64(cJSON *parent, const char *name, struct certbind_bytes data, bool present)
{
    char *text;
    bool ok;

    if (!present)
        return certbind_json_add(parent, name, cJSON_CreateNull());
    text = malloc(certbind_base64_encoded_len(data.len) + 1);
    if (text == NULL)
        return false;
    certbind_base64_encode(data, text);
    ok = certbind_json_add_text(parent, name, text);
    free(text);
    return ok;
}

static bool add_transport(cJSON *root, const struct certbind_transport *t)
{
    cJSON *object = certbind_json_add_object(root, "transport");

    return certbind_json_add_bool(object, "tls13", t->tls13) &&
           certbind_json_add_bool(object, "alpn_ok", t->alpn_ok) &&
           certbind_json_add_bool(object, "full_handshake", t->full_handshake) &&
           certbind_json_add_text(object, "webpki", webpki_names[t->webpki]);
}

static bool add_session(cJSON *root, const struct ratls_archive *a)
{
    cJSON *object;

    if (!a->has_session)
        return certbind_json_add(root, "session", cJSON_CreateNull());
    object = certbind_json_add_object(root, "session");
    return add_base64(object, "reply", a->session, true) &&
           certbind_json_add_hex(object, "nonce", a->nonce, sizeof a->nonce) &&
           certbind_json_add_hex(object, "exporter", a->exporter, sizeof a->exporter);
}

static bool add_policy(cJSON *root, const struct ratls_archive *a)
{
    cJSON *object;
    cJSON *list;
    bool ok;

    if (!a->has_policy)
        return certbind_json_add(root, "policy", cJSON_CreateNull());
    object = certbind_json_add_object(root, "policy");
    ok = add_base64(object, "text", a->policy, true);
    list = certbind_json_add_array(object, "compose_files");
    for (size_t i = 0; ok && i < a->compose_count; i++)
        ok = add_base64(list, NULL, a->compose[i], true);
    return ok && list != NULL;
}

static bool add_all(cJSON *root, const struct ratls_archive *a, const uint8_t *digest)
{
    return certbind_json_add_integer(root, "v", 1) && certbind_json_add_text(root, "kind", KIND) &&
           certbind_json_add_text(root, "tool", a->tool) &&
           certbind_json_add_integer(root, "made_at", (int64_t)a->made_at) &&
           certbind_json_add_text(root, "host", a->host) &&
           certbind_json_add_integer(root, "port", a->port) && add_transport(root, &a->transport) &&
           add_base64(root, "leaf", a->leaf, true) &&
           add_base64(root, "binding", a->binding, a->binding.len > 0) &&
           add_base64(root, "collateral", a->collateral, a->collateral.len > 0) &&
           add_base64(root, "root", a->root, a->root.len > 0) && add_session(root, a) &&
           add_policy(root, a) &&
           certbind_json_add_hex(root, "digest", digest, CERTBIND_REPORT_DATA_LEN);
}

certbind_status ratls_archive_encode(const struct ratls_archive *archive, char **out, size_t *len,
                                     struct certbind_error *err)
{
    uint8_t digest[CERTBIND_REPORT_DATA_LEN];
    cJSON *root;

    *out = NULL;
    *len = 0;
    if (!ratls_archive_digest(archive, digest))
        return certbind_fail(err, CERTBIND_E_INTERNAL, "the digest could not be made");
    root = cJSON_CreateObject();
    if (add_all(root, archive, digest))
        *out = cJSON_PrintUnformatted(root);
    cJSON_Delete(root);
    if (*out == NULL)
        return certbind_fail(err, CERTBIND_E_MEMORY, "memory ran out");
    *len = strlen(*out);
    if (*len <= RATLS_ARCHIVE_MAX_BYTES)
        return CERTBIND_OK;
    cJSON_free(*out);
    *out = NULL;
    *len = 0;
    return certbind_fail(err, CERTBIND_E_USAGE, "it would be too large");
}

static certbind_status bad(struct certbind_error *err, const char *member)
{
    return certbind_fail(err, CERTBIND_E_MALFORMED, "the archive's '%s' is missing or wrong",
                         member);
}

/* Decode a base64 string into memory that the archive owns. */
static bool take_base64(struct ratls_archive *a, const cJSON *item, struct certbind_bytes *out)
{
    const char *text = cJSON_IsString(item) ? item->valuestring : NULL;
    size_t room = text == NULL ? 0 : strlen(text) / 4 * 3 + 1;
    uint8_t *data = text == NULL ? NULL : malloc(room);
    size_t len = 0;

    if (data == NULL || a->owned_count == RATLS_ARCHIVE_MAX_PARTS ||
        !certbind_base64_decode(certbind_text(text), data, room, &len)) {
        free(data);
        return false;
    }
    a->owned[a->owned_count++] = data;
    *out = certbind_bytes(data, len);
    return true;
}

/* null is nothing; empty text is not. */
static bool take_part(struct ratls_archive *a, const cJSON *root, const char *name,
                      struct certbind_bytes *out)
{
    const cJSON *item = certbind_json_get(root, name);

    return cJSON_IsNull(item) || (take_base64(a, item, out) && out->len > 0);
}

static bool take_bool(const cJSON *object, const char *name, bool *out)
{
    const cJSON *item = certbind_json_get(object, name);

    *out = cJSON_IsTrue(item);
    return cJSON_IsBool(item);
}

static bool take_text(const cJSON *object, const char *name, char *out, size_t room)
{
    const char *text = certbind_json_string(object, name);

    return text != NULL && (size_t)snprintf(out, room, "%s", text) < room;
}

static bool take_transport(const cJSON *object, struct certbind_transport *out)
{
    const char *webpki = certbind_json_string(object, "webpki");

    for (int i = 0; webpki != NULL && i < WEBPKI_NAMES; i++) {
        if (strcmp(webpki, webpki_names[i]) != 0)
            continue;
        out->webpki = (enum certbind_webpki)i;
        return cJSON_GetArraySize(object) == TRANSPORT_MEMBERS &&
               take_bool(object, "tls13", &out->tls13) &&
               take_bool(object, "alpn_ok", &out->alpn_ok) &&
               take_bool(object, "full_handshake", &out->full_handshake);
    }
    return false;
}

static bool take_session(struct ratls_archive *a, const cJSON *object)
{
    if (cJSON_IsNull(object))
        return true;
    a->has_session = true;
    return cJSON_GetArraySize(object) == SESSION_MEMBERS &&
           take_base64(a, certbind_json_get(object, "reply"), &a->session) &&
           certbind_json_hex(object, "nonce", a->nonce, sizeof a->nonce) &&
           certbind_json_hex(object, "exporter", a->exporter, sizeof a->exporter);
}

static bool take_policy(struct ratls_archive *a, const cJSON *object)
{
    const cJSON *files = certbind_json_get(object, "compose_files");
    const cJSON *item;

    if (cJSON_IsNull(object))
        return true;
    a->has_policy = true;
    if (cJSON_GetArraySize(object) != POLICY_MEMBERS || !cJSON_IsArray(files) ||
        !take_base64(a, certbind_json_get(object, "text"), &a->policy))
        return false;
    cJSON_ArrayForEach(item, files)
    {
        if (a->compose_count == RATLS_ARCHIVE_MAX_COMPOSE_FILES ||
            !take_base64(a, item, &a->compose[a->compose_count]))
            return false;
        a->compose_count++;
    }
    return true;
}

static certbind_status take_facts(struct ratls_archive *a, const cJSON *root,
                                  struct certbind_error *err)
{
    const char *kind = certbind_json_string(root, "kind");
    int64_t made_at = 0;
    int64_t number = 0;

    if (!certbind_json_integer(certbind_json_get(root, "v"), 1, 1, &number))
        return bad(err, "v");
    if (kind == NULL || strcmp(kind, KIND) != 0)
        return bad(err, "kind");
    if (!take_text(root, "tool", a->tool, sizeof a->tool))
        return bad(err, "tool");
    if (!certbind_json_integer(certbind_json_get(root, "made_at"), 0, INT64_C(1) << 52, &made_at))
        return bad(err, "made_at");
    if (!take_text(root, "host", a->host, sizeof a->host))
        return bad(err, "host");
    if (!certbind_json_integer(certbind_json_get(root, "port"), 1, UINT16_MAX, &number))
        return bad(err, "port");
    a->made_at = (uint64_t)made_at;
    a->port = (uint16_t)number;
    return take_transport(certbind_json_get(root, "transport"), &a->transport)
               ? CERTBIND_OK
               : bad(err, "transport");
}

static certbind_status take_parts(struct ratls_archive *a, const cJSON *root,
                                  struct certbind_error *err)
{
    uint8_t told[CERTBIND_REPORT_DATA_LEN];
    uint8_t made[CERTBIND_REPORT_DATA_LEN];

    if (!take_base64(a, certbind_json_get(root, "leaf"), &a->leaf))
        return bad(err, "leaf");
    if (!take_part(a, root, "binding", &a->binding))
        return bad(err, "binding");
    if (!take_part(a, root, "collateral", &a->collateral))
        return bad(err, "collateral");
    if (!take_part(a, root, "root", &a->root))
        return bad(err, "root");
    if (!take_session(a, certbind_json_get(root, "session")))
        return bad(err, "session");
    if (!take_policy(a, certbind_json_get(root, "policy")))
        return bad(err, "policy");
    if (!certbind_json_hex(root, "digest", told, sizeof told))
        return bad(err, "digest");
    if (cJSON_GetArraySize(root) != TOP_MEMBERS)
        return certbind_fail(err, CERTBIND_E_MALFORMED, "the archive has %d members instead of %d",
                             cJSON_GetArraySize(root), TOP_MEMBERS);
    if (!ratls_archive_digest(a, made) || memcmp(told, made, sizeof made) != 0)
        return certbind_fail(err, CERTBIND_E_MALFORMED,
                             "the archive is damaged: its digest does not match");
    return CERTBIND_OK;
}

certbind_status ratls_archive_parse(struct certbind_bytes text, struct ratls_archive *out,
                                    struct certbind_error *err)
{
    static const struct certbind_json_rules rules = {
        .max_bytes = RATLS_ARCHIVE_MAX_BYTES,
        .size = CERTBIND_E_MALFORMED,
        .encoding = CERTBIND_E_MALFORMED,
        .syntax = CERTBIND_E_MALFORMED,
    };
    struct certbind_json json;
    certbind_status status = certbind_json_parse(text, &rules, &json, err);

    *out = (struct ratls_archive){.made_at = 0};
    if (status == CERTBIND_OK)
        status = take_facts(out, json.root, err);
    if (status == CERTBIND_OK)
        status = take_parts(out, json.root, err);
    certbind_json_cleanup(&json);
    if (status != CERTBIND_OK)
        ratls_archive_cleanup(out);
    return status;
}
