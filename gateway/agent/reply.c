#include "gateway/agent/reply.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "certbind/dcap/quote.h"
#include "certbind/hex.h"
#include "certbind/json.h"
#include "gateway/agent/http.h"

static const struct certbind_json_rules reply_rules = {
    .max_bytes = GATEWAY_AGENT_MAX_BODY,
    .size = CERTBIND_E_MALFORMED,
    .encoding = CERTBIND_E_MALFORMED,
    .syntax = CERTBIND_E_MALFORMED,
};

/* The text of a member without the 0x that some releases write; NULL when it is no string. */
static const char *hex_text(const cJSON *object, const char *name)
{
    const char *text = certbind_json_string(object, name);

    return text != NULL && strncmp(text, "0x", 2) == 0 ? text + 2 : text;
}

/* Read a member of exactly len bytes. Returns: false when it is there in another form. */
static bool optional_hex(const cJSON *object, const char *name, uint8_t *out, size_t len,
                         bool *present)
{
    const char *text = hex_text(object, name);

    *present = text != NULL && text[0] != '\0';
    return !*present || certbind_hex_decode_any_case(certbind_text(text), out, len);
}

static bool copy_text(const cJSON *object, const char *name, char **out)
{
    const char *text = certbind_json_string(object, name);

    *out = strdup(text == NULL ? "" : text);
    return *out != NULL;
}

/* What the compose file says of publishing its own facts. Its text may be JSON of any kind. */
static bool is_public(const char *app_compose)
{
    struct certbind_json_rules rules = reply_rules;
    struct certbind_json json;
    bool is_private;

    rules.allow_duplicates = true;
    if (certbind_json_parse(certbind_text(app_compose), &rules, &json, NULL) != CERTBIND_OK)
        return false;
    is_private = cJSON_IsFalse(certbind_json_get(json.root, "public_tcbinfo"));
    certbind_json_cleanup(&json);
    return !is_private;
}

/* tcb_info is a JSON text inside a JSON string, empty when the platform does not publish it. */
static certbind_status read_tcb_info(const cJSON *root, struct gateway_info *out,
                                     struct certbind_error *err)
{
    const char *text = certbind_json_string(root, "tcb_info");
    struct certbind_json json;
    certbind_status status;
    const char *app_compose;

    out->public_tcbinfo = true;
    if (text == NULL || text[0] == '\0')
        return CERTBIND_OK;
    status = certbind_json_parse(certbind_text(text), &reply_rules, &json, err);
    if (status != CERTBIND_OK)
        return status;
    app_compose = certbind_json_string(json.root, "app_compose");
    if (app_compose != NULL && app_compose[0] != '\0') {
        out->public_tcbinfo = is_public(app_compose);
        out->app_compose = strdup(app_compose);
        if (out->app_compose == NULL)
            status = certbind_fail(err, CERTBIND_E_MEMORY, "no memory for the compose file");
    }
    certbind_json_cleanup(&json);
    return status;
}

certbind_status gateway_info_parse(struct certbind_bytes body, struct gateway_info *out,
                                   struct certbind_error *err)
{
    struct certbind_json json;
    certbind_status status;

    *out = (struct gateway_info){0};
    status = certbind_json_parse(body, &reply_rules, &json, err);
    if (status != CERTBIND_OK)
        return status;
    if (!optional_hex(json.root, "app_id", out->app_id, sizeof out->app_id, &out->has_app_id) ||
        !optional_hex(json.root, "compose_hash", out->compose_hash, sizeof out->compose_hash,
                      &out->has_compose_hash) ||
        !optional_hex(json.root, "instance_id", out->instance_id, sizeof out->instance_id,
                      &out->has_instance_id))
        status = certbind_fail(err, CERTBIND_E_MALFORMED, "Info holds an id of another form");
    out->says_instance_id = certbind_json_get(json.root, "instance_id") != NULL;
    if (status == CERTBIND_OK)
        status = read_tcb_info(json.root, out, err);
    certbind_json_cleanup(&json);
    if (status != CERTBIND_OK)
        gateway_info_cleanup(out);
    return status;
}

void gateway_info_cleanup(struct gateway_info *info)
{
    free(info->app_compose);
    *info = (struct gateway_info){0};
}

certbind_status gateway_key_parse(struct certbind_bytes body, uint8_t key[CERTBIND_AGENT_KEY_LEN],
                                  struct certbind_error *err)
{
    struct certbind_json json;
    certbind_status status = certbind_json_parse(body, &reply_rules, &json, err);
    const char *text;

    memset(key, 0, CERTBIND_AGENT_KEY_LEN);
    if (status != CERTBIND_OK)
        return status;
    text = hex_text(json.root, "key");
    if (text == NULL)
        text = hex_text(json.root, "k256_key");
    if (text == NULL ||
        !certbind_hex_decode_any_case(certbind_text(text), key, CERTBIND_AGENT_KEY_LEN)) {
        OPENSSL_cleanse(key, CERTBIND_AGENT_KEY_LEN);
        status = certbind_fail(err, CERTBIND_E_MALFORMED, "the agent's key is no hex of 32 bytes");
    }
    certbind_json_cleanup(&json);
    return status;
}

static certbind_status read_quote(const cJSON *root, struct gateway_quote_reply *out,
                                  struct certbind_error *err)
{
    const char *text = hex_text(root, "quote");
    size_t len = text == NULL ? 0 : strlen(text) / 2;

    if (len == 0 || len > CERTBIND_QUOTE_MAX_BYTES)
        return certbind_fail(err, CERTBIND_E_MALFORMED, "GetQuote: 'quote' has %zu bytes", len);
    out->quote = malloc(len);
    out->quote_len = len;
    if (out->quote == NULL || !copy_text(root, "event_log", &out->event_log) ||
        !copy_text(root, "vm_config", &out->vm_config))
        return certbind_fail(err, CERTBIND_E_MEMORY, "no memory for a quote");
    if (!certbind_hex_decode_any_case(certbind_text(text), out->quote, len))
        return certbind_fail(err, CERTBIND_E_MALFORMED, "GetQuote: 'quote' is no hex");
    return CERTBIND_OK;
}

certbind_status gateway_quote_reply_parse(struct certbind_bytes body,
                                          struct gateway_quote_reply *out,
                                          struct certbind_error *err)
{
    struct certbind_json json;
    certbind_status status;

    *out = (struct gateway_quote_reply){0};
    status = certbind_json_parse(body, &reply_rules, &json, err);
    if (status != CERTBIND_OK)
        return status;
    status = read_quote(json.root, out, err);
    certbind_json_cleanup(&json);
    if (status != CERTBIND_OK)
        gateway_quote_reply_cleanup(out);
    return status;
}

void gateway_quote_reply_cleanup(struct gateway_quote_reply *reply)
{
    free(reply->quote);
    free(reply->event_log);
    free(reply->vm_config);
    *reply = (struct gateway_quote_reply){0};
}
