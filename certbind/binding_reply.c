#include "certbind/binding_reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certbind/hex.h"
#include "certbind/json_write.h"
#include "certbind/quote_text.h"
#include "certbind/statement.h"

static const struct certbind_json_rules reply_rules = {
    .max_bytes = CERTBIND_BINDING_REPLY_MAX_BYTES,
    .size = CERTBIND_E_HTTP_SIZE,
    .encoding = CERTBIND_E_EVIDENCE_JSON,
    .syntax = CERTBIND_E_EVIDENCE_JSON,
};

static certbind_status refuse(struct certbind_error *err, const char *member)
{
    return certbind_fail(err, CERTBIND_E_EVIDENCE_JSON,
                         "member '%s' is missing or has another form", member);
}

static certbind_status read_statement(const cJSON *root, struct certbind_bytes *out,
                                      struct certbind_error *err)
{
    const char *text = certbind_json_string(root, "statement");
    const size_t room = text == NULL ? 0 : strlen(text) / 4 * 3 + 3;
    uint8_t *bytes;
    size_t len = 0;

    if (text == NULL)
        return refuse(err, "statement");
    bytes = malloc(room);
    if (bytes == NULL)
        return certbind_fail(err, CERTBIND_E_MEMORY, "memory ran out");
    *out = certbind_bytes(bytes, 0);
    if (!certbind_base64_decode(certbind_text(text), bytes, room, &len))
        return certbind_fail(err, CERTBIND_E_STATEMENT_ENCODING,
                             "the statement is not strict base64");
    out->len = len;
    if (len > CERTBIND_STATEMENT_MAX_BYTES)
        return certbind_fail(err, CERTBIND_E_STATEMENT_SIZE, "%zu bytes, at most %d are taken", len,
                             CERTBIND_STATEMENT_MAX_BYTES);
    return CERTBIND_OK;
}

/* The bundle holds its signed documents as strings, so printing it again changes none of them. */
static certbind_status read_collateral(const cJSON *root, struct certbind_bytes *out,
                                       struct certbind_error *err)
{
    const cJSON *item = certbind_json_get(root, "collateral");
    char *text;

    if (cJSON_IsNull(item))
        return CERTBIND_OK;
    if (!cJSON_IsObject(item))
        return refuse(err, "collateral");
    text = cJSON_PrintUnformatted(item);
    if (text == NULL)
        return certbind_fail(err, CERTBIND_E_MEMORY, "memory ran out");
    *out = certbind_text(text);
    return CERTBIND_OK;
}

static certbind_status read_texts(const cJSON *root, struct certbind_binding_reply *out,
                                  struct certbind_error *err)
{
    const cJSON *compose = certbind_json_get(root, "app_compose");
    const cJSON *fresh = certbind_json_get(root, "fresh");

    out->event_log = certbind_json_get(root, "event_log");
    if (out->event_log == NULL)
        return refuse(err, "event_log");
    out->vm_config = certbind_json_string(root, "vm_config");
    if (out->vm_config == NULL)
        return refuse(err, "vm_config");
    if (!cJSON_IsString(compose) && !cJSON_IsNull(compose))
        return refuse(err, "app_compose");
    out->app_compose = cJSON_GetStringValue(compose);
    if (fresh != NULL && !cJSON_IsObject(fresh))
        return refuse(err, "fresh");
    out->fresh = fresh;
    return CERTBIND_OK;
}

static certbind_status read_reply(const cJSON *root, struct certbind_binding_reply *out,
                                  struct certbind_error *err)
{
    certbind_status status;
    int64_t version;

    if (!certbind_json_integer(certbind_json_get(root, "v"), INT32_MIN, INT32_MAX, &version))
        return refuse(err, "v");
    if (version != 1)
        return certbind_fail(err, CERTBIND_E_EVIDENCE_VERSION, "the reply has version %lld",
                             (long long)version);
    status = read_texts(root, out, err);
    if (status == CERTBIND_OK)
        status = read_statement(root, &out->statement, err);
    if (status == CERTBIND_OK)
        status = certbind_quote_text_read(root, &out->quote, err);
    return status == CERTBIND_OK ? read_collateral(root, &out->collateral, err) : status;
}

certbind_status certbind_binding_reply_parse(struct certbind_bytes text,
                                             struct certbind_binding_reply *out,
                                             struct certbind_error *err)
{
    certbind_status status;

    *out = (struct certbind_binding_reply){.fresh = NULL};
    status = certbind_json_parse(text, &reply_rules, &out->json, err);
    if (status == CERTBIND_OK)
        status = read_reply(out->json.root, out, err);
    if (status != CERTBIND_OK)
        certbind_binding_reply_cleanup(out);
    return status;
}

void certbind_binding_reply_cleanup(struct certbind_binding_reply *reply)
{
    free((void *)reply->statement.data);
    free((void *)reply->quote.data);
    free((void *)reply->collateral.data);
    certbind_json_cleanup(&reply->json);
    *reply = (struct certbind_binding_reply){.fresh = NULL};
}

certbind_status certbind_fresh_read(const cJSON *fresh, struct certbind_fresh *out,
                                    struct certbind_error *err)
{
    memset(out, 0, sizeof *out);
    if (!certbind_json_hex(fresh, "nonce", out->nonce, sizeof out->nonce)) {
        memset(out, 0, sizeof *out);
        return refuse(err, "fresh.nonce");
    }
    return certbind_batch_proof_read(fresh, &out->proof, err);
}

char *certbind_fresh_append(struct certbind_bytes body, const uint8_t nonce[CERTBIND_NONCE_LEN],
                            const char *members, size_t *len)
{
    static const char form[] = ",\"fresh\":{\"nonce\":\"%s\",%s}}";
    const size_t kept = body.len - 1; /* without the closing brace */
    const size_t room = kept + sizeof form + 2 * (size_t)CERTBIND_NONCE_LEN + strlen(members);
    char hex[2 * CERTBIND_NONCE_LEN + 1];
    char *text = malloc(room);

    *len = 0;
    if (text == NULL)
        return NULL;
    certbind_hex_encode(nonce, CERTBIND_NONCE_LEN, hex);
    memcpy(text, body.data, kept);
    *len = kept + (size_t)snprintf(text + kept, room - kept, form, hex, members);
    return text;
}

static bool add_base64(cJSON *root, const char *name, struct certbind_bytes data)
{
    char *text = malloc(certbind_base64_encoded_len(data.len) + 1);
    bool ok = false;

    if (text != NULL) {
        certbind_base64_encode(data, text);
        ok = certbind_json_add_text(root, name, text);
    }
    free(text);
    return ok;
}

/* JSON text as it is; empty: null. What is no JSON shows when the result is read back. */
static bool add_raw(cJSON *root, const char *name, struct certbind_bytes text)
{
    char *copy =
        strndup(text.len == 0 ? "null" : (const char *)text.data, text.len == 0 ? 4 : text.len);
    const bool ok = copy != NULL && certbind_json_add(root, name, cJSON_CreateRaw(copy));

    free(copy);
    return ok;
}

static bool add_members(cJSON *root, const struct certbind_binding_inputs *inputs)
{
    char *vm_config =
        strndup(inputs->vm_config.len == 0 ? "" : (const char *)inputs->vm_config.data,
                inputs->vm_config.len);
    const bool ok = vm_config != NULL && certbind_json_add_integer(root, "v", 1) &&
                    add_base64(root, "statement", inputs->statement) &&
                    certbind_json_add_hex(root, "quote", inputs->quote.data, inputs->quote.len) &&
                    add_raw(root, "event_log", inputs->event_log) &&
                    certbind_json_add_text(root, "vm_config", vm_config) &&
                    (inputs->app_compose == NULL
                         ? certbind_json_add(root, "app_compose", cJSON_CreateNull())
                         : certbind_json_add_text(root, "app_compose", inputs->app_compose)) &&
                    add_raw(root, "collateral", inputs->collateral);

    free(vm_config);
    return ok;
}

certbind_status certbind_binding_reply_encode(const struct certbind_binding_inputs *inputs,
                                              char **text, struct certbind_error *err)
{
    struct certbind_binding_reply back;
    cJSON *root = cJSON_CreateObject();
    certbind_status status;

    *text = NULL;
    if (root != NULL && add_members(root, inputs))
        *text = cJSON_PrintUnformatted(root);
    cJSON_Delete(root);
    if (*text == NULL)
        return certbind_fail(err, CERTBIND_E_MEMORY, "the reply cannot be written");
    status = certbind_binding_reply_parse(certbind_text(*text), &back, err);
    certbind_binding_reply_cleanup(&back);
    if (status != CERTBIND_OK) {
        free(*text);
        *text = NULL;
    }
    return status;
}
