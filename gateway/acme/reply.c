#include "gateway/acme/reply.h"

#include <stdio.h>
#include <string.h>

#include "certbind/json.h"
#include "certbind/server_name.h"

#define ERROR_PREFIX "urn:ietf:params:acme:error:"

static bool parse(struct certbind_bytes text, struct certbind_json *json)
{
    static const struct certbind_json_rules rules = {
        .max_bytes = ACME_REPLY_MAX,
        .size = CERTBIND_E_MALFORMED,
        .encoding = CERTBIND_E_MALFORMED,
        .syntax = CERTBIND_E_MALFORMED,
    };

    return certbind_json_parse(text, &rules, json, NULL) == CERTBIND_OK;
}

static bool take_url(const cJSON *item, char out[ACME_URL_ROOM])
{
    const char *url = cJSON_GetStringValue(item);

    if (url == NULL || !acme_url_ok(url))
        return false;
    (void)snprintf(out, ACME_URL_ROOM, "%s", url);
    return true;
}

static enum acme_status status_of(const cJSON *object)
{
    static const char *const names[] = {
        [ACME_STATUS_PENDING] = "pending",       [ACME_STATUS_READY] = "ready",
        [ACME_STATUS_PROCESSING] = "processing", [ACME_STATUS_VALID] = "valid",
        [ACME_STATUS_INVALID] = "invalid",
    };
    const char *text = certbind_json_string(object, "status");

    for (size_t i = ACME_STATUS_PENDING; text != NULL && i <= ACME_STATUS_INVALID; i++)
        if (strcmp(names[i], text) == 0)
            return (enum acme_status)i;
    return ACME_STATUS_OTHER;
}

bool acme_directory_parse(struct certbind_bytes text, struct acme_directory *out)
{
    struct certbind_json json = {0};
    const char *caa;
    bool ok;

    *out = (struct acme_directory){0};
    ok = parse(text, &json) && take_url(certbind_json_get(json.root, "newNonce"), out->new_nonce) &&
         take_url(certbind_json_get(json.root, "newAccount"), out->new_account) &&
         take_url(certbind_json_get(json.root, "newOrder"), out->new_order);
    caa = cJSON_GetStringValue(cJSON_GetArrayItem(
        certbind_json_get(certbind_json_get(json.root, "meta"), "caaIdentities"), 0));
    if (ok && caa != NULL && certbind_server_name_ok(certbind_text(caa)))
        (void)snprintf(out->caa, sizeof out->caa, "%s", caa);
    certbind_json_cleanup(&json);
    if (!ok)
        *out = (struct acme_directory){0};
    return ok;
}

static bool read_order(const cJSON *root, struct acme_order *out)
{
    const cJSON *list = certbind_json_get(root, "authorizations");
    const cJSON *certificate = certbind_json_get(root, "certificate");
    const cJSON *one;

    out->status = status_of(root);
    if (out->status == ACME_STATUS_OTHER || cJSON_GetArraySize(list) > ACME_AUTHORIZATIONS_MAX ||
        !take_url(certbind_json_get(root, "finalize"), out->finalize))
        return false;
    cJSON_ArrayForEach(one, list)
    {
        if (!take_url(one, out->authorizations[out->authorizations_count++]))
            return false;
    }
    return out->authorizations_count > 0 &&
           (certificate == NULL || take_url(certificate, out->certificate));
}

bool acme_order_parse(struct certbind_bytes text, struct acme_order *out)
{
    struct certbind_json json = {0};
    bool ok;

    *out = (struct acme_order){0};
    ok = parse(text, &json) && read_order(json.root, out);
    certbind_json_cleanup(&json);
    if (!ok)
        *out = (struct acme_order){0};
    return ok;
}

static bool read_challenge(const cJSON *challenge, struct acme_authorization *out)
{
    const char *token = certbind_json_string(challenge, "token");
    const char *detail = certbind_json_string(certbind_json_get(challenge, "error"), "detail");

    if (token == NULL || !acme_base64url_ok(token, sizeof out->token) ||
        !take_url(certbind_json_get(challenge, "url"), out->url))
        return false;
    (void)snprintf(out->token, sizeof out->token, "%s", token);
    if (detail != NULL)
        (void)snprintf(out->error, sizeof out->error, "%s", detail);
    return true;
}

static bool read_authorization(const cJSON *root, const char *type, struct acme_authorization *out)
{
    const char *name = certbind_json_string(certbind_json_get(root, "identifier"), "value");
    const cJSON *one;

    out->status = status_of(root);
    if (out->status == ACME_STATUS_OTHER || name == NULL ||
        !certbind_server_name_ok(certbind_text(name)))
        return false;
    (void)snprintf(out->name, sizeof out->name, "%s", name);
    cJSON_ArrayForEach(one, certbind_json_get(root, "challenges"))
    {
        const char *kind = certbind_json_string(one, "type");

        if (kind != NULL && strcmp(kind, type) == 0)
            return read_challenge(one, out);
    }
    return true;
}

bool acme_authorization_parse(struct certbind_bytes text, const char *type,
                              struct acme_authorization *out)
{
    struct certbind_json json = {0};
    bool ok;

    *out = (struct acme_authorization){0};
    ok = parse(text, &json) && read_authorization(json.root, type, out);
    certbind_json_cleanup(&json);
    if (!ok)
        *out = (struct acme_authorization){0};
    return ok;
}

bool acme_problem_parse(struct certbind_bytes text, struct acme_problem *out)
{
    struct certbind_json json = {0};
    const char *type, *detail;

    *out = (struct acme_problem){0};
    if (!parse(text, &json)) {
        certbind_json_cleanup(&json);
        return false;
    }
    type = certbind_json_string(json.root, "type");
    detail = certbind_json_string(json.root, "detail");
    if (type != NULL && strncmp(type, ERROR_PREFIX, sizeof ERROR_PREFIX - 1) == 0)
        type += sizeof ERROR_PREFIX - 1;
    if (type != NULL)
        (void)snprintf(out->type, sizeof out->type, "%s", type);
    if (detail != NULL)
        (void)snprintf(out->detail, sizeof out->detail, "%s", detail);
    certbind_json_cleanup(&json);
    return out->type[0] != '\0';
}
