#include "tests/support/dcap_forge.h"

#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <openssl/ec.h>

#include "certbind/digest.h"
#include "certbind/hex.h"
#include "tests/support/cmocka_all.h"

enum { MAX_TEXT = 32 * 1024, DAY = 86400 };

static const char zeros96[] = "00000000000000000000000000000000000000000000000000000000000000000000"
                              "0000000000000000000000000000";
static const char qe_signer_hex[] =
    "aabbccddeeff00112233445566778899aabbccddeeff00112233445566778899";

static void add(char *out, const char *text)
{
    size_t len = strlen(out);

    assert_true(strlen(text) < MAX_TEXT - len);
    memcpy(out + len, text, strlen(text) + 1);
}

static void add_components(char *out, const char *name, const unsigned svn[8])
{
    char item[32];

    add(out, "\"");
    add(out, name);
    add(out, "\":[");
    for (size_t i = 0; i < 16; i++) {
        snprintf(item, sizeof item, "%s{\"svn\":%u}", i == 0 ? "" : ",", i < 8 ? svn[i] : 0);
        add(out, item);
    }
    add(out, "]");
}

struct level {
    unsigned sgx[8];
    unsigned pce_svn;
    unsigned tdx[8];
    const char *rest;
};

static void add_level(char *out, const struct level *level, bool tdx)
{
    char text[64];

    add(out, "{\"tcb\":{");
    add_components(out, "sgxtcbcomponents", level->sgx);
    snprintf(text, sizeof text, ",\"pcesvn\":%u", level->pce_svn);
    add(out, text);
    if (tdx) {
        add(out, ",");
        add_components(out, "tdxtcbcomponents", level->tdx);
    }
    add(out, "},");
    add(out, level->rest);
    add(out, "}");
}

static void add_modules(char *out)
{
    add(out, "\"tdxModule\":{\"mrsigner\":\"");
    add(out, zeros96);
    add(out, "\",\"attributes\":\"0000000000000000\",\"attributesMask\":\"FFFFFFFFFFFFFFFF\"},"
             "\"tdxModuleIdentities\":[{\"id\":\"TDX_01\",\"mrsigner\":\"");
    add(out, zeros96);
    add(out, "\",\"attributes\":\"0000000000000000\",\"attributesMask\":\"FFFFFFFFFFFFFFFF\","
             "\"tcbLevels\":[{\"tcb\":{\"isvsvn\":2},\"tcbDate\":\"2022-02-01T00:00:00Z\","
             "\"tcbStatus\":\"Revoked\"},{\"tcb\":{\"isvsvn\":5},"
             "\"tcbDate\":\"2024-02-01T00:00:00Z\",\"tcbStatus\":\"UpToDate\"},"
             "{\"tcb\":{\"isvsvn\":3},\"tcbDate\":\"2023-02-01T00:00:00Z\","
             "\"tcbStatus\":\"OutOfDate\",\"advisoryIDs\":[\"INTEL-SA-00003\"]}]}],");
}

/* The levels stand in no order, on purpose. */
static char *make_tcb_info(bool tdx)
{
    static const struct level levels[] = {
        {{2, 2, 2, 2, 3, 1, 0, 5},
         5,
         {5, 0, 2},
         "\"tcbDate\":\"2023-01-01T00:00:00Z\","
         "\"tcbStatus\":\"OutOfDate\",\"advisoryIDs\":[\"INTEL-SA-00001\",\"INTEL-SA-00002\"]"},
        {{2, 2, 2, 2, 3, 1, 0, 5},
         11,
         {5, 0, 2},
         "\"tcbDate\":\"2024-01-01T00:00:00Z\","
         "\"tcbStatus\":\"UpToDate\""},
        {{1, 1, 1, 1, 1, 1, 0, 1},
         5,
         {1, 0, 1},
         "\"tcbDate\":\"2022-01-01T00:00:00Z\","
         "\"tcbStatus\":\"Revoked\""},
    };
    char *out = calloc(1, MAX_TEXT);

    assert_non_null(out);
    add(out, tdx ? "{\"id\":\"TDX\"" : "{\"id\":\"SGX\"");
    add(out, ",\"version\":3,\"issueDate\":\"2025-06-20T00:00:00Z\","
             "\"nextUpdate\":\"2025-07-20T00:00:00Z\",\"fmspc\":\"53494D303030\","
             "\"pceId\":\"0000\",\"tcbType\":0,\"tcbEvaluationDataNumber\":18,");
    if (tdx)
        add_modules(out);
    add(out, "\"tcbLevels\":[");
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        add(out, i == 0 ? "" : ",");
        add_level(out, &levels[i], tdx);
    }
    add(out, "]}");
    return out;
}

static char *make_qe_identity(bool tdx)
{
    char *out = calloc(1, MAX_TEXT);

    assert_non_null(out);
    add(out, tdx ? "{\"id\":\"TD_QE\"" : "{\"id\":\"QE\"");
    add(out, ",\"version\":2,\"issueDate\":\"2025-06-21T00:00:00Z\","
             "\"nextUpdate\":\"2025-07-21T00:00:00Z\",\"tcbEvaluationDataNumber\":18,"
             "\"miscselect\":\"00000000\",\"miscselectMask\":\"FFFFFFFF\","
             "\"attributes\":\"11000000000000000000000000000000\","
             "\"attributesMask\":\"F9FFFFFFFFFFFFFF0000000000000000\",\"mrsigner\":\"");
    add(out, qe_signer_hex);
    add(out, "\",\"isvprodid\":2,\"tcbLevels\":[{\"tcb\":{\"isvsvn\":2},"
             "\"tcbDate\":\"2022-03-01T00:00:00Z\",\"tcbStatus\":\"Revoked\"},"
             "{\"tcb\":{\"isvsvn\":4},\"tcbDate\":\"2024-03-01T00:00:00Z\","
             "\"tcbStatus\":\"UpToDate\"},{\"tcb\":{\"isvsvn\":3},"
             "\"tcbDate\":\"2023-03-01T00:00:00Z\",\"tcbStatus\":\"OutOfDate\","
             "\"advisoryIDs\":[\"INTEL-SA-00003\",\"INTEL-SA-00004\"]}]}");
    return out;
}

static void replace(char *text, const char *from, const char *to)
{
    char *at = strstr(text, from);
    char *rest;

    if (at == NULL)
        fail_msg("'%s' is not there", from);
    rest = strdup(at + strlen(from));
    *at = '\0';
    add(text, to);
    add(text, rest);
    free(rest);
}

static void apply(char *text, const struct forge_replace *edits, bool after)
{
    for (size_t i = 0; i < FORGE_EDITS && edits[i].from != NULL; i++)
        if (edits[i].after == after)
            replace(text, edits[i].from, edits[i].to);
}

static void sign_raw(EVP_PKEY *key, const uint8_t *data, size_t len, uint8_t out[64])
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    uint8_t der[80];
    size_t der_len = sizeof der;
    const uint8_t *at = der;
    ECDSA_SIG *sig;

    assert_int_equal(1, EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key));
    assert_int_equal(1, EVP_DigestSign(ctx, der, &der_len, data, len));
    sig = d2i_ECDSA_SIG(NULL, &at, (long)der_len);
    assert_non_null(sig);
    assert_int_equal(32, BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, 32));
    assert_int_equal(32, BN_bn2binpad(ECDSA_SIG_get0_s(sig), out + 32, 32));
    ECDSA_SIG_free(sig);
    EVP_MD_CTX_free(ctx);
}

static void add_string(const struct forge *f, cJSON *bundle, const char *name, const char *value)
{
    if (f->omit == NULL || strcmp(f->omit, name) != 0)
        cJSON_AddStringToObject(bundle, name, value);
}

static void add_hex(const struct forge *f, cJSON *bundle, const char *name, const uint8_t *data,
                    size_t len)
{
    char *hex = malloc(2 * len + 1);

    assert_non_null(hex);
    certbind_hex_encode(data, len, hex);
    add_string(f, bundle, name, hex);
    free(hex);
}

static void add_chain(struct forge *f, cJSON *bundle, const char *name, const enum forge_who *chain)
{
    char *pem = forge_chain_pem(f, chain, NULL);

    add_string(f, bundle, name, pem);
    free(pem);
}

static void add_crl(const struct forge *f, cJSON *bundle, const char *name,
                    const struct forge_crl *crl)
{
    size_t len;
    uint8_t *der = forge_crl_der(f, crl, &len);

    if (crl->replace != NULL)
        add_string(f, bundle, name, crl->replace);
    else
        add_hex(f, bundle, name, der, len);
    free(der);
}

/* Takes text. */
static void add_signed(const struct forge *f, cJSON *bundle, const char *const names[2], char *text,
                       const struct forge_replace *edits)
{
    enum forge_who who = edits == f->tcb_info ? f->tcb_key : f->qe_key;
    uint8_t signature[64];

    apply(text, edits, false);
    sign_raw(f->key[who], (const uint8_t *)text, strlen(text), signature);
    apply(text, edits, true);
    add_string(f, bundle, names[0], text);
    add_hex(f, bundle, names[1], signature, sizeof signature);
    free(text);
}

static void build_bundle(struct forge *f)
{
    static const char *const tcb[] = {"tcb_info", "tcb_info_signature"};
    static const char *const qe[] = {"qe_identity", "qe_identity_signature"};
    cJSON *bundle = cJSON_CreateObject();

    add_chain(f, bundle, "pck_crl_issuer_chain", f->crl_chain);
    add_crl(f, bundle, "root_ca_crl", &f->root_crl);
    add_crl(f, bundle, "pck_crl", &f->pck_crl);
    add_chain(f, bundle, "tcb_info_issuer_chain", f->tcb_chain);
    add_signed(f, bundle, tcb, make_tcb_info(!f->sgx), f->tcb_info);
    add_chain(f, bundle, "qe_identity_issuer_chain", f->qe_chain);
    add_signed(f, bundle, qe, make_qe_identity(!f->sgx), f->qe_identity);
    free(f->bundle);
    f->bundle = cJSON_PrintUnformatted(bundle);
    assert_non_null(f->bundle);
    cJSON_Delete(bundle);
}

static void patch(const struct forge *f, enum forge_stage stage, uint8_t *data, size_t len)
{
    for (size_t i = 0; i < FORGE_EDITS && f->patch[i].hex != NULL; i++) {
        size_t n = strlen(f->patch[i].hex) / 2;

        if (f->patch[i].stage != stage)
            continue;
        assert_true(f->patch[i].at + n <= len);
        assert_true(certbind_hex_decode(certbind_text(f->patch[i].hex), data + f->patch[i].at, n));
    }
}

static void put(uint8_t *at, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

/* Header and body; returns how many bytes the attestation key signs. */
static size_t fill_signed(const struct forge *f, uint8_t *out)
{
    static const uint8_t vendor[] = {0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
                                     0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07};
    size_t len = f->sgx ? 48 + 384 : 48 + 584;

    put(out, f->sgx ? 3 : 4, 2);
    put(out + 2, 2, 2);
    put(out + 4, f->sgx ? 0 : 0x81, 4);
    memcpy(out + 12, vendor, sizeof vendor);
    if (f->sgx) {
        out[48 + 48] = 0x05;
    } else {
        out[48] = 5;
        out[49] = 1;
        out[50] = 2;
        put(out + 48 + 120, 0x10000000, 8);
        put(out + 48 + 128, 0x602e7, 8);
        memset(out + 48 + 136, 0x11, 48);
        memset(out + 48 + 520, 0x22, 64);
    }
    patch(f, FORGE_SIGNED, out, len);
    return len;
}

static void fill_qe_report(const struct forge *f, const uint8_t *key, const uint8_t *auth,
                           uint8_t *out)
{
    const struct certbind_bytes parts[] = {certbind_bytes(key, 64),
                                           certbind_bytes(auth, f->auth_len)};

    out[48] = 0x15;
    assert_true(certbind_hex_decode(certbind_text(qe_signer_hex), out + 128, 32));
    put(out + 256, 2, 2);
    put(out + 258, 4, 2);
    assert_true(certbind_sha256_parts(parts, 2, out + 320));
    if (f->bind_other_key)
        out[320] ^= 0x01;
    patch(f, FORGE_QE_REPORT, out, 384);
}

static void raw_point(const struct forge *f, uint8_t out[64])
{
    uint8_t *point = NULL;

    if (f->attestation_point != NULL) {
        assert_true(certbind_hex_decode(certbind_text(f->attestation_point), out, 64));
        return;
    }
    assert_int_equal(65, EVP_PKEY_get1_encoded_public_key(f->attestation_key, &point));
    memcpy(out, point + 1, 64);
    OPENSSL_free(point);
}

void forge_build_quote(struct forge *f)
{
    char *pem = forge_chain_pem(f, f->quote_chain, f->quote_pem_junk);
    size_t pem_len = strlen(pem) + 1; /* real ones end with one NUL */
    uint8_t *q = calloc(1, 2048 + f->auth_len + pem_len + f->padding);
    size_t n;
    size_t sized;
    uint8_t *at;

    assert_non_null(q);
    n = fill_signed(f, q);
    sized = n;
    at = q + n + 4;
    sign_raw(f->attestation_key, q, n, at);
    raw_point(f, at + 64);
    at += 128;
    if (!f->sgx) {
        put(at, 6, 2);
        put(at + 2, 456 + f->auth_len + pem_len, 4);
        at += 6;
    }
    for (size_t i = 0; i < f->auth_len; i++)
        at[384 + 64 + 2 + i] = (uint8_t)i;
    fill_qe_report(f, q + n + 4 + 64, at + 450, at);
    sign_raw(f->key[f->qe_report_key], at, 384, at + 384);
    put(at + 448, f->auth_len, 2);
    at += 450 + f->auth_len;
    put(at, 5, 2);
    put(at + 2, pem_len, 4);
    memcpy(at + 6, pem, pem_len);
    at += 6 + pem_len;
    put(q + sized, (uint64_t)(at - q) - sized - 4, 4);
    free(f->quote);
    f->quote = q;
    f->quote_len = (size_t)(at - q) + f->padding;
    patch(f, FORGE_AFTER, q, f->quote_len);
    free(pem);
}

void forge_build(struct forge *f)
{
    forge_forget(f);
    build_bundle(f);
    forge_build_quote(f);
    free(f->root);
    f->root = forge_x509_der(f, FORGE_ROOT, &f->root_len);
}

certbind_status forge_verify_built(struct forge *f)
{
    const struct certbind_dcap_input input = {
        .quote = certbind_bytes(f->quote, f->quote_len),
        .bundle = certbind_text(f->bundle),
        .root_der = certbind_bytes(f->root, f->root_len),
        .now = f->now,
        .policy = &f->policy,
    };
    certbind_status status;

    f->err = (struct certbind_error){0};
    status = certbind_dcap_verify_bundle(&input, &f->report, &f->err);
    assert_int_equal(status == CERTBIND_OK, f->report.verified);
    assert_int_equal(status, f->report.code);
    if (status != CERTBIND_OK)
        assert_int_equal(status, f->err.status);
    return status;
}

certbind_status forge_verify(struct forge *f)
{
    forge_build(f);
    return forge_verify_built(f);
}
