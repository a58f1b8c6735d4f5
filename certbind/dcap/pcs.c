#include "certbind/dcap/pcs.h"

#include <stdlib.h>
#include <string.h>

#include "certbind/dcap/pck_chain.h"
#include "certbind/growing.h"
#include "certbind/hex.h"
#include "certbind/json.h"

static void add_member(struct certbind_growing *t, const char *name, struct certbind_bytes value)
{
    certbind_growing_add(t, certbind_text(t->len == 0 ? "{" : ","));
    certbind_growing_add_json(t, certbind_text(name));
    certbind_growing_add(t, certbind_text(":"));
    certbind_growing_add_json(t, value);
}

static certbind_status bad_reply(struct certbind_error *err, const char *name, const char *problem)
{
    return certbind_fail(err, CERTBIND_E_PCS_REPLY_MALFORMED, "%s: %s", name, problem);
}

/* The length of the object that starts text, by counting braces outside of strings. */
static size_t object_len(struct certbind_bytes text)
{
    bool in_string = false;
    size_t depth = 0;

    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];

        if (in_string && c == '\\')
            i++;
        else if (c == '"')
            in_string = !in_string;
        else if (!in_string && c == '{')
            depth++;
        else if (!in_string && c == '}' && --depth == 0)
            return i + 1;
    }
    return 0;
}

/* Cut the signed object out of a reply and add it with its signature. */
static certbind_status add_signed(struct certbind_growing *t, struct certbind_bytes body,
                                  const char *object, const char *const names[2],
                                  struct certbind_error *err)
{
    static const struct certbind_json_rules rules = {
        .max_bytes = CERTBIND_COLLATERAL_MAX_BYTES,
        .size = CERTBIND_E_PCS_REPLY_MALFORMED,
        .encoding = CERTBIND_E_PCS_REPLY_MALFORMED,
        .syntax = CERTBIND_E_PCS_REPLY_MALFORMED,
    };
    struct certbind_json json;
    certbind_status status = certbind_json_parse(body, &rules, &json, err);
    const cJSON *item = certbind_json_get(json.root, object);
    const char *signature = certbind_json_string(json.root, "signature");

    if (status == CERTBIND_OK && (!cJSON_IsObject(item) || signature == NULL))
        status = bad_reply(err, object, "no such object, or no signature");
    if (status == CERTBIND_OK) {
        size_t place = certbind_json_place(item);
        struct certbind_bytes rest = certbind_bytes(body.data + place, body.len - place);

        add_member(t, names[0], certbind_bytes(rest.data, object_len(rest)));
        add_member(t, names[1], certbind_text(signature));
    }
    certbind_json_cleanup(&json);
    return status;
}

/* Decode the percent-encoding of a header (RFC 3986 section 2.1); '+' stands for itself. */
static bool percent_decode(struct certbind_bytes in, uint8_t *out, size_t *out_len)
{
    *out_len = 0;
    for (size_t i = 0; i < in.len; i++) {
        uint8_t c = in.data[i];

        if (c == '%') {
            if (in.len - i < 3 ||
                !certbind_hex_decode_any_case(certbind_bytes(in.data + i + 1, 2), &c, 1))
                return false;
            i += 2;
        }
        out[(*out_len)++] = c;
    }
    return true;
}

/* Add an issuer chain after making sure that it is one. */
static certbind_status add_chain(struct certbind_growing *t, const char *name,
                                 struct certbind_bytes header, struct certbind_error *err)
{
    struct certbind_pem chain = {0};
    const char *problem = "not percent-encoded";
    certbind_status status = CERTBIND_OK;
    size_t len;
    uint8_t *pem;

    if (header.len == 0 || header.len / 3 > CERTBIND_PEM_MAX_BYTES)
        return bad_reply(err, name, "the issuer chain is missing or too long");
    pem = malloc(header.len);
    if (pem == NULL)
        return certbind_fail(err, CERTBIND_E_MEMORY, "memory ran out");
    if (percent_decode(header, pem, &len))
        problem = certbind_pem_split(certbind_bytes(pem, len), &chain);
    if (problem == NULL)
        add_member(t, name, certbind_bytes(pem, len));
    else
        status = bad_reply(err, name, problem);
    certbind_pem_cleanup(&chain);
    free(pem);
    return status;
}

static struct certbind_bytes trim(struct certbind_bytes text)
{
    while (text.len > 0 && strchr(" \t\r\n", text.data[text.len - 1]) != NULL &&
           text.data[text.len - 1] != 0)
        text.len--;
    return text;
}

static certbind_status add_hex(struct certbind_growing *t, const char *name,
                               struct certbind_bytes der, struct certbind_error *err)
{
    char *hex = malloc(2 * der.len + 1);

    if (hex == NULL)
        return certbind_fail(err, CERTBIND_E_MEMORY, "memory ran out");
    certbind_hex_encode(der.data, der.len, hex);
    add_member(t, name, certbind_bytes(hex, 2 * der.len));
    free(hex);
    return CERTBIND_OK;
}

static bool is_hex(struct certbind_bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] == 0 || strchr("0123456789abcdefABCDEF", text.data[i]) == NULL)
            return false;
    return text.len > 0 && text.len % 2 == 0;
}

/* DER starts with the tag of a SEQUENCE and a long length, which is no hex digit; PEM with '-'. */
static certbind_status add_crl(struct certbind_growing *t, const char *name,
                               struct certbind_bytes body, struct certbind_error *err)
{
    struct certbind_bytes text = trim(body);
    struct certbind_pem pem;
    certbind_status status;
    const char *problem;

    if (body.len > CERTBIND_COLLATERAL_MAX_BYTES / 2)
        return bad_reply(err, name, "too long");
    if (is_hex(text)) {
        add_member(t, name, text);
        return CERTBIND_OK;
    }
    if (body.len > 1 && body.data[0] == 0x30 && body.data[1] >= 0x80)
        return add_hex(t, name, body, err);
    problem = certbind_pem_one(text, "X509 CRL", &pem);
    if (problem != NULL)
        return bad_reply(err, name, "neither DER nor hex nor PEM");
    status = add_hex(t, name, pem.der[0], err);
    certbind_pem_cleanup(&pem);
    return status;
}

static certbind_status add_all(struct certbind_growing *t, const struct certbind_pcs_replies *in,
                               struct certbind_error *err)
{
    static const char *const tcb[2] = {"tcb_info", "tcb_info_signature"};
    static const char *const qe[2] = {"qe_identity", "qe_identity_signature"};
    certbind_status status = add_chain(t, "pck_crl_issuer_chain", in->pck_crl.issuer_chain, err);

    if (status == CERTBIND_OK)
        status = add_crl(t, "root_ca_crl", in->root_ca_crl, err);
    if (status == CERTBIND_OK)
        status = add_crl(t, "pck_crl", in->pck_crl.body, err);
    if (status == CERTBIND_OK)
        status = add_chain(t, "tcb_info_issuer_chain", in->tcb_info.issuer_chain, err);
    if (status == CERTBIND_OK)
        status = add_signed(t, in->tcb_info.body, "tcbInfo", tcb, err);
    if (status == CERTBIND_OK)
        status = add_chain(t, "qe_identity_issuer_chain", in->qe_identity.issuer_chain, err);
    if (status == CERTBIND_OK)
        status = add_signed(t, in->qe_identity.body, "enclaveIdentity", qe, err);
    certbind_growing_add(t, certbind_text("}"));
    if (status == CERTBIND_OK && t->failed)
        status = certbind_fail(err, CERTBIND_E_MEMORY, "memory ran out");
    return status;
}

certbind_status certbind_pcs_bundle(const struct certbind_pcs_replies *replies, char **out,
                                    size_t *out_len, struct certbind_error *err)
{
    struct certbind_growing t = {0};
    certbind_status status = add_all(&t, replies, err);

    *out = NULL;
    *out_len = 0;
    if (status != CERTBIND_OK) {
        free(t.at);
        return status;
    }
    *out = t.at;
    *out_len = t.len;
    return CERTBIND_OK;
}

static certbind_status read_ca(const struct certbind_pck_chain *chain, enum certbind_pck_ca *out,
                               struct certbind_error *err)
{
    char name[96];
    bool platform;
    bool processor;

    (void)certbind_common_name(chain->leaf.issuer, name, sizeof name);
    platform = strstr(name, "Platform CA") != NULL;
    processor = strstr(name, "Processor CA") != NULL;
    if (platform == processor)
        return certbind_fail(err, CERTBIND_E_PCK_CHAIN_INVALID,
                             "the PCK certificate's issuer is neither Platform nor Processor CA");
    *out = platform ? CERTBIND_PCK_CA_PLATFORM : CERTBIND_PCK_CA_PROCESSOR;
    return CERTBIND_OK;
}

certbind_status certbind_pck_info(const struct certbind_quote *quote, struct certbind_pck_info *out,
                                  struct certbind_error *err)
{
    struct certbind_pck_chain chain;
    certbind_status status = certbind_pck_chain_split(quote, &chain, err);

    *out = (struct certbind_pck_info){0};
    if (status == CERTBIND_OK)
        status = certbind_pck_chain_read_leaf(&chain, err);
    if (status == CERTBIND_OK)
        status = certbind_pck_chain_read_extension(&chain, err);
    if (status == CERTBIND_OK)
        status = read_ca(&chain, &out->ca, err);
    if (status == CERTBIND_OK &&
        !certbind_sha256(chain.pem.der[chain.pem.count - 1], out->root_sha256))
        status = certbind_fail(err, CERTBIND_E_INTERNAL, "SHA-256 failed");
    if (status == CERTBIND_OK) {
        memcpy(out->fmspc, chain.extension.fmspc, sizeof out->fmspc);
        memcpy(out->pceid, chain.extension.pceid, sizeof out->pceid);
        out->tee_type = quote->tee_type;
    }
    certbind_pck_chain_cleanup(&chain);
    return status;
}

const char *certbind_pck_ca_name(enum certbind_pck_ca ca)
{
    return ca == CERTBIND_PCK_CA_PROCESSOR ? "processor" : "platform";
}
