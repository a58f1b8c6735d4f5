#include "certbind/session.h"

#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include "certbind/hex.h"

static const struct certbind_json_rules reply_rules = {
    .max_bytes = CERTBIND_SESSION_REPLY_MAX_BYTES,
    .size = CERTBIND_E_HTTP_SIZE,
    .encoding = CERTBIND_E_EVIDENCE_JSON,
    .syntax = CERTBIND_E_EVIDENCE_JSON,
};

bool certbind_session_value_with(const EVP_MD *sha512, const struct certbind_session_inputs *inputs,
                                 uint8_t out[CERTBIND_REPORT_DATA_LEN])
{
    const struct certbind_bytes fields[] = {
        certbind_bytes(inputs->statement_sha256, sizeof inputs->statement_sha256),
        certbind_bytes(inputs->nonce, sizeof inputs->nonce),
        certbind_bytes(inputs->exporter, sizeof inputs->exporter),
        certbind_bytes(inputs->spki_sha256, sizeof inputs->spki_sha256),
        certbind_bytes(inputs->leaf_sha256, sizeof inputs->leaf_sha256),
        certbind_text("S"),
        certbind_text(inputs->server_name)};

    return certbind_preimage_with(sha512, CERTBIND_TAG_SESSION, fields, 7, out);
}

bool certbind_session_value(const struct certbind_session_inputs *inputs,
                            uint8_t out[CERTBIND_REPORT_DATA_LEN])
{
    return certbind_session_value_with(EVP_sha512(), inputs, out);
}

static certbind_status read_reply(const cJSON *root, const char *asked,
                                  struct certbind_session_reply *out, struct certbind_error *err)
{
    const char *kind = certbind_json_string(root, "kind");
    int64_t version;

    if (!certbind_json_integer(certbind_json_get(root, "v"), INT32_MIN, INT32_MAX, &version))
        return certbind_fail(err, CERTBIND_E_EVIDENCE_JSON, "no version");
    if (version != 1)
        return certbind_fail(err, CERTBIND_E_EVIDENCE_VERSION, "the reply has version %lld",
                             (long long)version);
    if (kind == NULL ||
        !certbind_json_hex(root, "statement_sha256", out->statement_sha256,
                           sizeof out->statement_sha256) ||
        !certbind_json_hex(root, "nonce", out->nonce, sizeof out->nonce) ||
        !certbind_json_hex(root, "signature", out->signature, sizeof out->signature))
        return certbind_fail(err, CERTBIND_E_EVIDENCE_JSON,
                             "a member of the reply is missing or has another form");
    if (strcmp(kind, asked) != 0)
        return certbind_fail(err, CERTBIND_E_SESSION_KIND, "the proof is not of kind '%s'", asked);
    return CERTBIND_OK;
}

certbind_status certbind_session_reply_read(struct certbind_bytes text, const char *kind,
                                            struct certbind_session_reply *out,
                                            struct certbind_json *json, struct certbind_error *err)
{
    struct certbind_session_reply found = {{0}, {0}, {0}};
    certbind_status status = certbind_json_parse(text, &reply_rules, json, err);

    *out = found;
    if (status == CERTBIND_OK)
        status = read_reply(json->root, kind, &found, err);
    if (status == CERTBIND_OK)
        *out = found;
    return status;
}

certbind_status certbind_session_reply_parse(struct certbind_bytes text,
                                             struct certbind_session_reply *out,
                                             struct certbind_error *err)
{
    struct certbind_json json;
    const certbind_status status =
        certbind_session_reply_read(text, CERTBIND_SESSION_KIND_SIGNATURE, out, &json, err);

    certbind_json_cleanup(&json);
    return status;
}

void certbind_session_head_write(const struct certbind_session_reply *reply, const char *kind,
                                 char out[CERTBIND_SESSION_REPLY_ROOM])
{
    char statement[2 * CERTBIND_SHA256_LEN + 1];
    char nonce[2 * CERTBIND_NONCE_LEN + 1];
    char signature[2 * CERTBIND_ED25519_SIGNATURE_LEN + 1];

    certbind_hex_encode(reply->statement_sha256, CERTBIND_SHA256_LEN, statement);
    certbind_hex_encode(reply->nonce, CERTBIND_NONCE_LEN, nonce);
    certbind_hex_encode(reply->signature, CERTBIND_ED25519_SIGNATURE_LEN, signature);
    (void)snprintf(out, CERTBIND_SESSION_REPLY_ROOM,
                   "{\"v\":1,\"statement_sha256\":\"%s\",\"nonce\":\"%s\",\"kind\":\"%s\","
                   "\"signature\":\"%s\"",
                   statement, nonce, kind, signature);
}

void certbind_session_reply_encode(const struct certbind_session_reply *reply,
                                   char out[CERTBIND_SESSION_REPLY_ROOM])
{
    size_t len;

    certbind_session_head_write(reply, CERTBIND_SESSION_KIND_SIGNATURE, out);
    len = strlen(out);
    (void)snprintf(out + len, CERTBIND_SESSION_REPLY_ROOM - len, "}");
}

certbind_status certbind_session_check(const struct certbind_session_reply *reply,
                                       const struct certbind_session_inputs *inputs,
                                       const uint8_t session_key[CERTBIND_ED25519_KEY_LEN],
                                       struct certbind_error *err)
{
    uint8_t value[CERTBIND_REPORT_DATA_LEN];
    certbind_status status;

    if (CRYPTO_memcmp(reply->nonce, inputs->nonce, sizeof reply->nonce) != 0)
        return certbind_fail(err, CERTBIND_E_SESSION_NONCE, "the proof answers another nonce");
    if (memcmp(reply->statement_sha256, inputs->statement_sha256, sizeof reply->statement_sha256) !=
        0)
        return certbind_fail(err, CERTBIND_E_SESSION_STATEMENT_UNKNOWN,
                             "the proof rests on another statement");
    status = certbind_session_key_check(session_key, err);
    if (status != CERTBIND_OK)
        return status;
    if (!certbind_session_value(inputs, value))
        return certbind_fail_crypto(err, CERTBIND_E_INTERNAL, "cannot hash");
    return certbind_session_key_verify(session_key, reply->signature,
                                       certbind_bytes(value, sizeof value), err);
}
