#include "tests/simulator/tappd.h"

#include <string.h>

#include <openssl/evp.h>

#include "certbind/digest.h"
#include "tests/simulator/params.h"
#include "tests/simulator/reply_json.h"

#define DEFAULT_HASH "sha512"
#define DEFAULT_PREFIX "app-data"

/* One call of TdxQuote or RawQuote, with the defaults filled in. */
struct quote_params {
    const char *hash;
    const char *prefix;
    uint8_t report_data[SIM_QUOTE_REPORT_DATA_LEN];
};

/* X("name", EVP name or NULL for Keccak, bytes) */
#define HASH_LIST(X)                                                                               \
    X("sha256", "SHA256", 32)                                                                      \
    X("sha384", "SHA384", 48)                                                                      \
    X("sha512", "SHA512", 64)                                                                      \
    X("sha3-256", "SHA3-256", 32)                                                                  \
    X("sha3-384", "SHA3-384", 48)                                                                  \
    X("sha3-512", "SHA3-512", 64)                                                                  \
    X("keccak256", NULL, 32)                                                                       \
    X("keccak384", NULL, 48)                                                                       \
    X("keccak512", NULL, 64)

static const struct {
    const char *name;
    const char *evp;
    size_t len;
} HASHES[] = {
#define X(name, evp, len) {name, evp, len},
    HASH_LIST(X)
#undef X
};

static bool raw(struct certbind_bytes content, uint8_t out[SIM_QUOTE_REPORT_DATA_LEN],
                struct sim_reply *reply)
{
    if (content.len != SIM_QUOTE_REPORT_DATA_LEN) {
        sim_reply_error(reply, 400, "Report data must be 64 bytes");
        return false;
    }
    memcpy(out, content.data, SIM_QUOTE_REPORT_DATA_LEN);
    return true;
}

bool sim_tappd_report_data(const char *hash, const char *prefix, struct certbind_bytes content,
                           uint8_t out[SIM_QUOTE_REPORT_DATA_LEN], struct sim_reply *reply)
{
    struct sim_buffer message = {0};
    size_t i = 0;
    bool ok;

    memset(out, 0, SIM_QUOTE_REPORT_DATA_LEN);
    if (strcmp(hash, "raw") == 0)
        return raw(content, out, reply);
    while (i < sizeof HASHES / sizeof HASHES[0] && strcmp(HASHES[i].name, hash) != 0)
        i++;
    if (i == sizeof HASHES / sizeof HASHES[0]) {
        sim_reply_error(reply, 400, "Unsupported hash algorithm");
        return false;
    }
    sim_buffer_put_text(&message, prefix);
    sim_buffer_put_text(&message, ":");
    sim_buffer_put_bytes(&message, content);
    ok = sim_buffer_ok(&message);
    if (ok && HASHES[i].evp == NULL)
        certbind_keccak(sim_buffer_view(&message), out, HASHES[i].len);
    else
        ok = ok && EVP_Q_digest(NULL, HASHES[i].evp, NULL, message.data, message.len, out, NULL);
    sim_buffer_cleanup(&message);
    if (!ok)
        sim_reply_error(reply, 500, "Failed to hash");
    return ok;
}

static bool read_tdx_quote(const cJSON *params, struct quote_params *out, struct sim_reply *reply)
{
    struct sim_buffer content = {0};
    bool ok;

    out->hash = sim_params_string(params, "hash_algorithm", reply);
    out->prefix = out->hash == NULL ? NULL : sim_params_string(params, "prefix", reply);
    if (out->prefix == NULL || !sim_params_bytes(params, "report_data", &content, reply)) {
        sim_buffer_cleanup(&content);
        return false;
    }
    if (out->hash[0] == '\0')
        out->hash = DEFAULT_HASH;
    if (out->prefix[0] == '\0')
        out->prefix = DEFAULT_PREFIX;
    ok = sim_tappd_report_data(out->hash, out->prefix, sim_buffer_view(&content), out->report_data,
                               reply);
    if (strcmp(out->hash, "raw") == 0)
        out->prefix = "";
    sim_buffer_cleanup(&content);
    return ok;
}

static bool read_raw_quote(const cJSON *params, struct quote_params *out, struct sim_reply *reply)
{
    struct sim_buffer content = {0};
    bool ok = sim_params_bytes(params, "report_data", &content, reply) &&
              raw(sim_buffer_view(&content), out->report_data, reply);

    out->hash = "raw";
    out->prefix = "";
    sim_buffer_cleanup(&content);
    return ok;
}

static void answer(struct sim_agent *a, const struct quote_params *p, struct sim_reply *reply)
{
    struct sim_buffer quote = {0};
    struct sim_buffer log = {0};
    cJSON *object = cJSON_CreateObject();

    sim_td_put_log(a->td, &log);
    if (object != NULL && sim_quote_make(a->quoter, a->td, p->report_data, &quote)) {
        sim_json_add_hex(object, "quote", quote.data, quote.len);
        sim_json_add_text(object, "event_log", &log);
        (void)cJSON_AddStringToObject(object, "hash_algorithm", p->hash);
        (void)cJSON_AddStringToObject(object, "prefix", p->prefix);
        sim_reply_object(reply, object);
    } else {
        sim_reply_error(reply, 500, "Failed to get quote");
        cJSON_Delete(object);
    }
    sim_buffer_cleanup(&log);
    sim_buffer_cleanup(&quote);
}

bool sim_tappd_tdx_quote_check(const struct sim_agent *a, const cJSON *params,
                               struct sim_reply *reply)
{
    struct quote_params p;

    (void)a;
    return read_tdx_quote(params, &p, reply);
}

bool sim_tappd_raw_quote_check(const struct sim_agent *a, const cJSON *params,
                               struct sim_reply *reply)
{
    struct quote_params p;

    (void)a;
    return read_raw_quote(params, &p, reply);
}

void sim_tappd_tdx_quote(struct sim_agent *a, const cJSON *params, struct sim_reply *reply)
{
    struct quote_params p;

    if (read_tdx_quote(params, &p, reply))
        answer(a, &p, reply);
}

void sim_tappd_raw_quote(struct sim_agent *a, const cJSON *params, struct sim_reply *reply)
{
    struct quote_params p;

    if (read_raw_quote(params, &p, reply))
        answer(a, &p, reply);
}

void sim_tappd_derive_k256_key(struct sim_agent *a, const cJSON *params, struct sim_reply *reply)
{
    sim_agent_derive(a, params, "k256_key", "k256_signature_chain", reply);
}
