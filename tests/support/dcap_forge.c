#include "tests/support/dcap_forge.h"

#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "certbind/digest.h"
#include "certbind/hex.h"
#include "tests/support/cmocka_all.h"

enum { MAX_TEXT = 32 * 1024, DAY = 86400 };

static const char zeros96[] = "00000000000000000000000000000000000000000000000000000000000000000000"
                              "0000000000000000000000000000";
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

/* Levels of an enclave or a module. */
struct isv_level {
    unsigned isvsvn;
    const char *rest;
};

static void add_isv_level(char *out, const struct isv_level *level, bool first)
{
    char text[64];

    snprintf(text, sizeof text, "%s{\"tcb\":{\"isvsvn\":%u},\"tcbDate\":\"", first ? "" : ",",
             level->isvsvn);
    add(out, text);
    add(out, level->rest);
    add(out, "}");
}

/* Which of three levels comes at i: as they stand, or the highest first. */
static size_t place(bool descending, const size_t order[3], size_t i)
{
    return descending ? order[i] : i;
}

static void add_modules(char *out, bool descending)
{
    static const size_t order[3] = {1, 2, 0};
    static const struct isv_level levels[] = {
        {2, "2022-02-01T00:00:00Z\",\"tcbStatus\":\"Revoked\""},
        {5, "2024-02-01T00:00:00Z\",\"tcbStatus\":\"UpToDate\""},
        {3, "2023-02-01T00:00:00Z\",\"tcbStatus\":\"OutOfDate\","
            "\"advisoryIDs\":[\"INTEL-SA-00003\"]"},
    };

    add(out, "\"tdxModule\":{\"mrsigner\":\"");
    add(out, zeros96);
    add(out, "\",\"attributes\":\"0000000000000000\",\"attributesMask\":\"FFFFFFFFFFFFFFFF\"},"
             "\"tdxModuleIdentities\":[{\"id\":\"TDX_01\",\"mrsigner\":\"");
    add(out, zeros96);
    add(out, "\",\"attributes\":\"0000000000000000\",\"attributesMask\":\"FFFFFFFFFFFFFFFF\","
             "\"tcbLevels\":[");
    for (size_t i = 0; i < 3; i++)
        add_isv_level(out, &levels[place(descending, order, i)], i == 0);
    add(out, "]}],");
}

/* The levels stand in no order, on purpose. */
static char *make_tcb_info(bool tdx, bool descending)
{
    static const size_t order[3] = {1, 0, 2};
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
        add_modules(out, descending);
    add(out, "\"tcbLevels\":[");
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        add(out, i == 0 ? "" : ",");
        add_level(out, &levels[place(descending, order, i)], tdx);
    }
    add(out, "]}");
    return out;
}

static char *make_qe_identity(bool tdx, bool descending)
{
    static const size_t order[3] = {1, 2, 0};
    static const struct isv_level levels[] = {
        {2, "2022-03-01T00:00:00Z\",\"tcbStatus\":\"Revoked\""},
        {4, "2024-03-01T00:00:00Z\",\"tcbStatus\":\"UpToDate\""},
        {3, "2023-03-01T00:00:00Z\",\"tcbStatus\":\"OutOfDate\","
            "\"advisoryIDs\":[\"INTEL-SA-00003\",\"INTEL-SA-00004\"]"},
    };
    char *out = calloc(1, MAX_TEXT);

    assert_non_null(out);
    add(out, tdx ? "{\"id\":\"TD_QE\"" : "{\"id\":\"QE\"");
    add(out, ",\"version\":2,\"issueDate\":\"2025-06-21T00:00:00Z\","
             "\"nextUpdate\":\"2025-07-21T00:00:00Z\",\"tcbEvaluationDataNumber\":18,"
             "\"miscselect\":\"00000000\",\"miscselectMask\":\"FFFFFFFF\","
             "\"attributes\":\"11000000000000000000000000000000\","
             "\"attributesMask\":\"F9FFFFFFFFFFFFFF0000000000000000\",\"mrsigner\":\"");
    add(out, FORGE_QE_SIGNER_HEX);
    add(out, "\",\"isvprodid\":2,\"tcbLevels\":[");
    for (size_t i = 0; i < 3; i++)
        add_isv_level(out, &levels[place(descending, order, i)], i == 0);
    add(out, "]}");
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
    forge_sign(f->key[who], (const uint8_t *)text, strlen(text), signature);
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
    add_signed(f, bundle, tcb, make_tcb_info(!f->sgx, f->descending), f->tcb_info);
    add_chain(f, bundle, "qe_identity_issuer_chain", f->qe_chain);
    add_signed(f, bundle, qe, make_qe_identity(!f->sgx, f->descending), f->qe_identity);
    free(f->bundle);
    f->bundle = cJSON_PrintUnformatted(bundle);
    assert_non_null(f->bundle);
    cJSON_Delete(bundle);
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
