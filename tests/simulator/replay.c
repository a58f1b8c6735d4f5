#include "tests/simulator/replay.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "certbind/hex.h"
#include "certbind/json.h"
#include "tests/simulator/file.h"
#include "tests/simulator/quote.h"
#include "tests/simulator/scale.h"

enum { FILE_MAX = 1 << 20, PATH_ROOM = 512 };

/* Places in a quote of version 4 with a TD report 1.0. */
enum { AT_ATTRIBUTES = 168, AT_MRTD = 184, AT_MR_CONFIG_ID = 232, AT_RTMR0 = 376 };

static const struct certbind_json_rules RULES = {FILE_MAX, CERTBIND_E_MALFORMED,
                                                 CERTBIND_E_MALFORMED, CERTBIND_E_MALFORMED, false};

static certbind_status malformed(struct certbind_error *err, const char *what)
{
    return certbind_fail(err, CERTBIND_E_MALFORMED, "%s", what);
}

static bool read_file(const char *folder, const char *name, struct sim_buffer *out)
{
    char path[PATH_ROOM];
    int len = snprintf(path, sizeof path, "%s/%s", folder, name);

    return len > 0 && (size_t)len < sizeof path && sim_file_read(path, FILE_MAX, out);
}

/* Read and parse one of the JSON files. */
static certbind_status read_json(const char *folder, const char *name, struct certbind_json *out,
                                 struct certbind_error *err)
{
    struct sim_buffer text = {0};
    certbind_status status;

    if (read_file(folder, name, &text))
        status = certbind_json_parse(sim_buffer_view(&text), &RULES, out, err);
    else
        status = certbind_fail(err, CERTBIND_E_MALFORMED, "%s: %s", name, strerror(errno));
    sim_buffer_cleanup(&text);
    return status;
}

/* The scalar of a P-256 key in PEM. */
static bool read_scalar(const char *pem, uint8_t scalar[SIM_P256_SCALAR_LEN])
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = bio == NULL ? NULL : PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    BIGNUM *n = NULL;
    bool ok = key != NULL && EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &n) == 1 &&
              BN_bn2binpad(n, scalar, SIM_P256_SCALAR_LEN) == SIM_P256_SCALAR_LEN;

    BN_clear_free(n);
    EVP_PKEY_free(key);
    BIO_free(bio);
    return ok;
}

static certbind_status load_keys(const char *folder, struct sim_td *td, struct certbind_error *err)
{
    struct sim_app_keys *keys = &td->keys;
    struct certbind_json json = {0};
    certbind_status status = read_json(folder, "appkeys.json", &json, err);
    const cJSON *provider;
    const char *ca;
    const char *key;
    uint8_t scalar[32];

    if (status != CERTBIND_OK)
        return status;
    provider = certbind_json_get(certbind_json_get(json.root, "key_provider"), "None");
    key = certbind_json_string(provider, "key");
    ca = certbind_json_string(json.root, "ca_cert");
    if (key == NULL || ca == NULL || !read_scalar(key, scalar) ||
        !sim_p256_init(scalar, &keys->ca) ||
        !certbind_json_hex(json.root, "k256_key", scalar, sizeof scalar) ||
        !sim_k256_init(scalar, &keys->key) ||
        !certbind_json_hex(json.root, "k256_signature", keys->kms_signature,
                           sizeof keys->kms_signature))
        status = malformed(err, "appkeys.json is of another form");
    else
        sim_buffer_put_text(&td->local_ca, ca);
    certbind_json_cleanup(&json);
    return status;
}

static certbind_status load_texts(const char *folder, struct sim_td *td, struct certbind_error *err)
{
    struct certbind_json json = {0};
    certbind_status status = read_json(folder, "sys-config.json", &json, err);
    const char *text;

    if (status != CERTBIND_OK)
        return status;
    text = certbind_json_string(json.root, "vm_config");
    sim_buffer_put_text(&td->vm_config, text == NULL ? "" : text);
    certbind_json_cleanup(&json);
    if (!read_file(folder, "app-compose.json", &td->app_compose))
        return certbind_fail(err, CERTBIND_E_MALFORMED, "app-compose.json: %s", strerror(errno));
    status = certbind_json_parse(sim_buffer_view(&td->app_compose), &RULES, &json, err);
    if (status != CERTBIND_OK)
        return status;
    text = certbind_json_string(json.root, "name");
    sim_buffer_put_text(&td->app_name, text == NULL ? "" : text);
    certbind_json_cleanup(&json);
    return CERTBIND_OK;
}

/* 0.6: quote and log inside a SCALE attestation. */
static certbind_status load_attestation(const struct sim_buffer *file, struct sim_td *td,
                                        struct certbind_error *err)
{
    struct certbind_reader r;
    struct certbind_bytes quote;
    size_t count;
    bool ok = true;

    certbind_reader_init(&r, sim_buffer_view(file));
    if (certbind_read_u8(&r) != 0 || certbind_read_u8(&r) != 0)
        return malformed(err, "attestation.bin is no TDX attestation of version 0");
    quote = sim_scale_read_vector(&r);
    sim_buffer_put_bytes(&td->quote, quote);
    count = sim_scale_read_compact(&r);
    for (size_t i = 0; ok && i < count && certbind_reader_ok(&r); i++) {
        uint32_t imr = certbind_read_u32le(&r);
        uint32_t type = certbind_read_u32le(&r);
        struct certbind_bytes digest = sim_scale_read_vector(&r);
        struct certbind_bytes name = sim_scale_read_vector(&r);
        struct certbind_bytes payload = sim_scale_read_vector(&r);
        struct sim_buffer text = {0};

        sim_buffer_put_bytes(&text, name);
        ok = digest.len == CERTBIND_SHA384_LEN && sim_buffer_cstr(&text) != NULL &&
             sim_event_log_add_recorded(&td->log, imr, type, digest.data, sim_buffer_cstr(&text),
                                        payload);
        sim_buffer_cleanup(&text);
    }
    return ok && certbind_reader_ok(&r) ? CERTBIND_OK
                                        : malformed(err, "attestation.bin cannot be read");
}

static bool add_json_event(struct sim_event_log *log, const cJSON *item)
{
    const char *name = certbind_json_string(item, "event");
    const char *hex = certbind_json_string(item, "event_payload");
    struct sim_buffer payload = {0};
    uint8_t digest[CERTBIND_SHA384_LEN];
    int64_t imr = 0;
    int64_t type = 0;
    bool ok;

    if (name == NULL || hex == NULL || !certbind_json_hex(item, "digest", digest, sizeof digest) ||
        !certbind_json_integer(certbind_json_get(item, "imr"), 0, 3, &imr) ||
        !certbind_json_integer(certbind_json_get(item, "event_type"), 0, UINT32_MAX, &type))
        return false;
    sim_buffer_put_zeros(&payload, strlen(hex) / 2);
    ok = sim_buffer_ok(&payload) &&
         certbind_hex_decode(certbind_text(hex), payload.data, payload.len) &&
         sim_event_log_add_recorded(log, (unsigned)imr, (uint32_t)type, digest, name,
                                    sim_buffer_view(&payload));
    sim_buffer_cleanup(&payload);
    return ok;
}

/* 0.5.3: quote and log in files of their own. */
static certbind_status load_quote(const char *folder, struct sim_td *td, struct certbind_error *err)
{
    struct sim_buffer hex = {0};
    struct certbind_json json = {0};
    certbind_status status = CERTBIND_OK;
    const cJSON *item;
    bool ok =
        read_file(folder, "quote.hex", &hex) && read_file(folder, "eventlog.json", &td->log_text);

    while (hex.len > 0 && hex.data[hex.len - 1] == '\n')
        hex.len--;
    sim_buffer_put_zeros(&td->quote, hex.len / 2);
    ok = ok && sim_buffer_ok(&td->quote) &&
         certbind_hex_decode(sim_buffer_view(&hex), td->quote.data, td->quote.len);
    sim_buffer_cleanup(&hex);
    if (!ok)
        return malformed(err, "neither attestation.bin nor quote.hex with eventlog.json is there");
    td->before_0_5_4 = true;
    status = certbind_json_parse(sim_buffer_view(&td->log_text), &RULES, &json, err);
    if (status != CERTBIND_OK)
        return status;
    cJSON_ArrayForEach(item, json.root) ok = ok && add_json_event(&td->log, item);
    certbind_json_cleanup(&json);
    return ok ? CERTBIND_OK : malformed(err, "eventlog.json is of another form");
}

/* Returns: whether there is such an event of len bytes, or of none when it may be empty. */
static bool take_event(const struct sim_td *td, const char *name, uint8_t *out, size_t len)
{
    for (size_t i = 0; i < td->log.count; i++) {
        const struct sim_event *e = &td->log.events[i];

        if (e->imr != 3 || strcmp(e->name, name) != 0 || e->payload.len != len)
            continue;
        memcpy(out, e->payload.data, len);
        return true;
    }
    return false;
}

static void take_key_provider(struct sim_td *td)
{
    for (size_t i = 0; i < td->log.count; i++) {
        const struct sim_event *e = &td->log.events[i];

        if (e->imr == 3 && strcmp(e->name, "key-provider") == 0)
            sim_buffer_put_bytes(&td->key_provider, sim_buffer_view(&e->payload));
    }
}

/* What the quote and its log say of the TD. */
static certbind_status describe(struct sim_td *td, struct certbind_error *err)
{
    const uint8_t *q = td->quote.data;
    struct certbind_reader r;

    if (td->quote.len < SIM_QUOTE_SIGNED_LEN)
        return malformed(err, "the quote is too short");
    certbind_reader_init(&r, certbind_bytes(q + AT_ATTRIBUTES, 8));
    td->attributes = certbind_read_u64le(&r);
    memcpy(td->mrtd, q + AT_MRTD, sizeof td->mrtd);
    memcpy(td->mr_config_id, q + AT_MR_CONFIG_ID, sizeof td->mr_config_id);
    if (memcmp(td->log.rtmr, q + AT_RTMR0, sizeof td->log.rtmr) != 0)
        return malformed(err, "the log does not replay to the registers of the quote");
    if (!take_event(td, "app-id", td->keys.app_id, sizeof td->keys.app_id) ||
        !take_event(td, "compose-hash", td->compose_hash, sizeof td->compose_hash))
        return malformed(err, "the log names no app");
    td->has_instance_id = take_event(td, "instance-id", td->instance_id, sizeof td->instance_id);
    (void)take_event(td, "os-image-hash", td->os_image_hash, sizeof td->os_image_hash);
    take_key_provider(td);
    return sim_mr_aggregated(td->mrtd, (const uint8_t(*)[48])td->log.rtmr, td->mr_config_id,
                             td->mr_aggregated)
               ? CERTBIND_OK
               : certbind_fail(err, CERTBIND_E_INTERNAL, "cannot hash");
}

certbind_status sim_replay_load(const char *folder, struct sim_td *td, struct certbind_error *err)
{
    struct sim_buffer attestation = {0};
    certbind_status status;

    *td = (struct sim_td){.event_log_version = 1};
    status = load_keys(folder, td, err);
    if (status == CERTBIND_OK)
        status = load_texts(folder, td, err);
    if (status == CERTBIND_OK)
        status = read_file(folder, "attestation.bin", &attestation)
                     ? load_attestation(&attestation, td, err)
                     : load_quote(folder, td, err);
    sim_buffer_cleanup(&attestation);
    if (status == CERTBIND_OK)
        status = describe(td, err);
    if (status == CERTBIND_OK && !sim_buffer_ok(&td->key_provider))
        status = certbind_fail(err, CERTBIND_E_MEMORY, "no memory to replay");
    return status;
}
