#include "gateway/evidence/evidence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certbind/growing.h"
#include "certbind/hex.h"
#include "certbind/json.h"

static void add(struct certbind_growing *t, const char *text)
{
    certbind_growing_add(t, certbind_text(text));
}

static void add_string(struct certbind_growing *t, const char *text)
{
    certbind_growing_add_json(t, certbind_text(text));
}

static void add_base64(struct certbind_growing *t, const char *bytes)
{
    struct certbind_bytes in = certbind_text(bytes);
    size_t len = certbind_base64_encoded_len(in.len);
    char *to = certbind_growing_reserve(t, len);

    if (to == NULL)
        return;
    certbind_base64_encode(in, to);
    t->len += len;
}

static void add_hex(struct certbind_growing *t, const uint8_t *data, size_t len)
{
    char *to = certbind_growing_reserve(t, 2 * len);

    if (to == NULL)
        return;
    certbind_hex_encode(data, len, to);
    t->len += 2 * len;
}

/* binding.md 4. The log and the collateral are JSON already, in the bytes they came in. */
static void write_body(struct certbind_growing *t, const struct gateway_evidence_inputs *in)
{
    add(t, "{\"v\":1,\"statement\":\"");
    add_base64(t, in->statement);
    add(t, "\",\"quote\":\"");
    add_hex(t, in->quote->quote, in->quote->quote_len);
    add(t, "\",\"event_log\":");
    add(t, in->quote->event_log);
    add(t, ",\"vm_config\":");
    add_string(t, in->quote->vm_config);
    add(t, ",\"app_compose\":");
    if (in->app_compose != NULL)
        add_string(t, in->app_compose);
    else
        add(t, "null");
    add(t, ",\"collateral\":");
    add(t, in->collateral != NULL ? in->collateral : "null");
    add(t, "}");
}

/* What is published must be JSON as strict clients read it. */
static certbind_status check_body(const struct certbind_growing *t, struct certbind_error *err)
{
    static const struct certbind_json_rules rules = {
        .max_bytes = GATEWAY_BINDING_MAX_BYTES,
        .size = CERTBIND_E_EVIDENCE_JSON,
        .encoding = CERTBIND_E_EVIDENCE_JSON,
        .syntax = CERTBIND_E_EVIDENCE_JSON,
    };
    struct certbind_json json;
    certbind_status status = certbind_json_parse(certbind_bytes(t->at, t->len), &rules, &json, err);

    if (status == CERTBIND_OK)
        certbind_json_cleanup(&json);
    return status;
}

static certbind_status read_statement(struct gateway_evidence *e, const char *text,
                                      struct certbind_error *err)
{
    struct certbind_statement s;
    certbind_status status = certbind_statement_parse(certbind_text(text), &s, err);

    if (status != CERTBIND_OK)
        return status;
    e->issued_at = s.issued_at;
    e->not_after = s.not_after;
    certbind_statement_cleanup(&s);
    return certbind_sha256(certbind_text(text), e->statement_sha256)
               ? CERTBIND_OK
               : certbind_fail_crypto(err, CERTBIND_E_INTERNAL, "SHA-256 failed");
}

static certbind_status set_body(struct gateway_evidence *e,
                                const struct gateway_evidence_inputs *in,
                                struct certbind_error *err)
{
    struct certbind_growing t = {0};
    uint8_t hash[CERTBIND_SHA256_LEN];
    char hex[2 * 16 + 1];
    certbind_status status;

    write_body(&t, in);
    e->body = t.at;
    e->body_len = t.len;
    if (t.failed)
        return certbind_fail(err, CERTBIND_E_MEMORY, "no memory for a binding");
    status = check_body(&t, err);
    if (status != CERTBIND_OK)
        return status;
    if (!certbind_sha256(certbind_bytes(t.at, t.len), hash))
        return certbind_fail_crypto(err, CERTBIND_E_INTERNAL, "SHA-256 failed");
    certbind_hex_encode(hash, 16, hex);
    (void)snprintf(e->etag, sizeof e->etag, "\"%s\"", hex);
    return CERTBIND_OK;
}

certbind_status gateway_evidence_new(const struct gateway_evidence_inputs *in,
                                     struct gateway_evidence **out, struct certbind_error *err)
{
    struct gateway_evidence *e = calloc(1, sizeof *e);
    certbind_status status;

    *out = NULL;
    if (e == NULL)
        return certbind_fail(err, CERTBIND_E_MEMORY, "no memory for evidence");
    atomic_init(&e->refs, 1);
    e->has_collateral = in->collateral != NULL;
    status = read_statement(e, in->statement, err);
    if (status == CERTBIND_OK)
        status = set_body(e, in, err);
    if (status == CERTBIND_OK && EVP_PKEY_up_ref(in->session_key) == 1) {
        e->session_key = in->session_key;
        *out = e;
        return CERTBIND_OK;
    }
    gateway_evidence_unref(e);
    return status != CERTBIND_OK ? status
                                 : certbind_fail(err, CERTBIND_E_INTERNAL, "too many references");
}

struct gateway_evidence *gateway_evidence_ref(struct gateway_evidence *e)
{
    (void)atomic_fetch_add_explicit(&e->refs, 1, memory_order_relaxed);
    return e;
}

void gateway_evidence_unref(struct gateway_evidence *e)
{
    if (e == NULL || atomic_fetch_sub_explicit(&e->refs, 1, memory_order_acq_rel) != 1)
        return;
    EVP_PKEY_free(e->session_key);
    free(e->body);
    free(e);
}
