#include "tests/simulator/agent.h"

#include <string.h>

#include <openssl/crypto.h>

#include "tests/simulator/app_certificate.h"
#include "tests/simulator/attestation.h"
#include "tests/simulator/params.h"
#include "tests/simulator/reply_json.h"

bool sim_agent_init(struct sim_agent *a, struct sim_td *td, const struct sim_quoter *quoter,
                    int64_t now)
{
    struct sim_app_leaf leaf = {.subject = "demo-cert",
                                .not_before = SIM_APP_NOT_BEFORE,
                                .not_after = now + SIM_APP_LIFETIME_S};
    struct sim_app_chain chain = {.count = 0};
    struct sim_p256 key;
    bool ok;

    *a = (struct sim_agent){.td = td, .quoter = quoter, .now = now};
    leaf.key = &key;
    ok = sim_p256_random(&key) && sim_app_chain_make(td, &leaf, now, &chain);
    for (size_t i = 0; i < chain.count; i++)
        sim_buffer_put_bytes(&a->app_cert, sim_buffer_view(&chain.pem[i]));
    sim_app_chain_cleanup(&chain);
    return ok && sim_buffer_ok(&a->app_cert);
}

void sim_agent_cleanup(struct sim_agent *a)
{
    sim_buffer_cleanup(&a->app_cert);
}

static bool algorithm_of(const char *name, enum sim_key_algorithm *out)
{
    *out = strcmp(name, "ed25519") == 0 ? SIM_KEY_ED25519 : SIM_KEY_SECP256K1;
    return *out == SIM_KEY_ED25519 || name[0] == '\0' || strcmp(name, "secp256k1") == 0 ||
           strcmp(name, "k256") == 0;
}

void sim_agent_derive(struct sim_agent *a, const cJSON *params, const char *key_name,
                      const char *chain_name, struct sim_reply *reply)
{
    const char *path = sim_params_string(params, "path", reply);
    const char *purpose = path == NULL ? NULL : sim_params_string(params, "purpose", reply);
    const char *name = purpose == NULL ? NULL : sim_params_string(params, "algorithm", reply);
    enum sim_key_algorithm algorithm;
    struct sim_app_key key;
    cJSON *object;
    cJSON *chain;

    if (name == NULL)
        return;
    if (!algorithm_of(name, &algorithm)) {
        sim_reply_error(reply, 400, "Unsupported algorithm");
        return;
    }
    if (!sim_app_keys_get(&a->td->keys, certbind_text(path), certbind_text(purpose), algorithm,
                          &key)) {
        sim_reply_error(reply, 400, "Failed to derive key");
        return;
    }
    object = cJSON_CreateObject();
    sim_json_add_hex(object, key_name, key.key, sizeof key.key);
    chain = cJSON_AddArrayToObject(object, chain_name);
    sim_json_add_hex_item(chain, key.app_signature, sizeof key.app_signature);
    sim_json_add_hex_item(chain, a->td->keys.kms_signature, sizeof a->td->keys.kms_signature);
    OPENSSL_cleanse(&key, sizeof key);
    sim_reply_object(reply, object);
}

void sim_agent_get_key(struct sim_agent *a, const cJSON *params, struct sim_reply *reply)
{
    sim_agent_derive(a, params, "key", "signature_chain", reply);
}

/* Report data of the new API: verbatim, zeros after it. */
static bool read_report_data(const cJSON *params, uint8_t report_data[SIM_QUOTE_REPORT_DATA_LEN],
                             struct sim_reply *reply)
{
    const char *text = sim_params_string(params, "report_data", reply);
    size_t len = 0;

    memset(report_data, 0, SIM_QUOTE_REPORT_DATA_LEN);
    return text != NULL && sim_params_hex(text, report_data, SIM_QUOTE_REPORT_DATA_LEN, &len,
                                          "Report data is too long", reply);
}

bool sim_agent_quote_check(const struct sim_agent *a, const cJSON *params, struct sim_reply *reply)
{
    uint8_t report_data[SIM_QUOTE_REPORT_DATA_LEN];

    (void)a;
    return read_report_data(params, report_data, reply);
}

/* Make the quote of a call. Returns: whether it was made; otherwise the refusal is in reply. */
static bool quote_for(const struct sim_agent *a, const cJSON *params,
                      uint8_t report_data[SIM_QUOTE_REPORT_DATA_LEN], struct sim_buffer *quote,
                      struct sim_reply *reply)
{
    if (!read_report_data(params, report_data, reply))
        return false;
    if (sim_quote_make(a->quoter, a->td, report_data, quote))
        return true;
    sim_reply_error(reply, 500, "Failed to get quote");
    return false;
}

void sim_agent_get_quote(struct sim_agent *a, const cJSON *params, struct sim_reply *reply)
{
    uint8_t report_data[SIM_QUOTE_REPORT_DATA_LEN];
    struct sim_buffer quote = {0};
    struct sim_buffer log = {0};
    cJSON *object;

    if (quote_for(a, params, report_data, &quote, reply)) {
        sim_td_put_log(a->td, &log);
        object = cJSON_CreateObject();
        sim_json_add_hex(object, "quote", quote.data, quote.len);
        sim_json_add_text(object, "event_log", &log);
        sim_json_add_hex(object, "report_data", report_data, SIM_QUOTE_REPORT_DATA_LEN);
        if (!a->td->before_0_5_4)
            sim_json_add_text(object, "vm_config", &a->td->vm_config);
        sim_reply_object(reply, object);
    }
    sim_buffer_cleanup(&log);
    sim_buffer_cleanup(&quote);
}

void sim_agent_attest(struct sim_agent *a, const cJSON *params, struct sim_reply *reply)
{
    uint8_t report_data[SIM_QUOTE_REPORT_DATA_LEN];
    struct sim_buffer quote = {0};
    struct sim_buffer attestation = {0};
    cJSON *object;

    if (quote_for(a, params, report_data, &quote, reply) &&
        sim_attestation_encode(a->td, sim_buffer_view(&quote), report_data, SIM_ATTESTATION_FULL,
                               &attestation)) {
        object = cJSON_CreateObject();
        sim_json_add_hex(object, "attestation", attestation.data, attestation.len);
        sim_reply_object(reply, object);
    }
    sim_buffer_cleanup(&attestation);
    sim_buffer_cleanup(&quote);
}

void sim_agent_emit_event(struct sim_agent *a, const cJSON *params, struct sim_reply *reply)
{
    const char *name = sim_params_string(params, "event", reply);
    struct sim_buffer payload = {0};

    if (!a->emit_event)
        sim_reply_error(reply, 404, "Service not found");
    else if (name != NULL && sim_params_bytes(params, "payload", &payload, reply)) {
        if (sim_td_emit_event(a->td, name, sim_buffer_view(&payload))) {
            reply->status = 200;
            sim_buffer_put_text(&reply->body, "null"); /* JSON of an empty message */
        } else {
            sim_reply_error(reply, 400, "The event log is full");
        }
    }
    sim_buffer_cleanup(&payload);
}

/* SHA-256 of nothing: what agents since 0.5.6 report for a device they did not verify. */
static const char *const UNVERIFIED_DEVICE =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

static void add_tcb_info(cJSON *object, const struct sim_td *td)
{
    static const char *const names[SIM_RTMR_COUNT] = {"rtmr0", "rtmr1", "rtmr2", "rtmr3"};
    cJSON *tcb = cJSON_CreateObject();
    struct sim_buffer log = {0};
    char *text;

    sim_json_add_hex(tcb, "mrtd", td->mrtd, sizeof td->mrtd);
    for (size_t i = 0; i < SIM_RTMR_COUNT; i++)
        sim_json_add_hex(tcb, names[i], td->log.rtmr[i], sizeof td->log.rtmr[i]);
    sim_json_add_hex(tcb, "mr_aggregated", td->mr_aggregated, sizeof td->mr_aggregated);
    sim_json_add_hex(tcb, "os_image_hash", td->os_image_hash, sizeof td->os_image_hash);
    sim_json_add_hex(tcb, "compose_hash", td->compose_hash, sizeof td->compose_hash);
    (void)cJSON_AddStringToObject(tcb, "device_id", UNVERIFIED_DEVICE);
    sim_td_put_log(td, &log);
    (void)cJSON_AddRawToObject(tcb, "event_log", sim_buffer_cstr(&log));
    sim_json_add_text(tcb, "app_compose", &td->app_compose);
    text = tcb == NULL ? NULL : cJSON_PrintUnformatted(tcb);
    (void)cJSON_AddStringToObject(object, "tcb_info", text == NULL ? "" : text);
    cJSON_free(text);
    sim_buffer_cleanup(&log);
    cJSON_Delete(tcb);
}

void sim_agent_info(struct sim_agent *a, const cJSON *params, struct sim_reply *reply)
{
    const struct sim_td *td = a->td;
    cJSON *object = cJSON_CreateObject();

    (void)params;
    sim_json_add_hex(object, "app_id", td->keys.app_id, sizeof td->keys.app_id);
    sim_json_add_hex(object, "instance_id", td->instance_id,
                     td->has_instance_id ? sizeof td->instance_id : 0);
    sim_json_add_text(object, "app_cert", &a->app_cert);
    add_tcb_info(object, td);
    sim_json_add_text(object, "app_name", &td->app_name);
    (void)cJSON_AddStringToObject(object, "device_id", UNVERIFIED_DEVICE);
    sim_json_add_hex(object, "mr_aggregated", td->mr_aggregated, sizeof td->mr_aggregated);
    sim_json_add_hex(object, "os_image_hash", td->os_image_hash, sizeof td->os_image_hash);
    sim_json_add_text(object, "key_provider_info", &td->key_provider);
    sim_json_add_hex(object, "compose_hash", td->compose_hash, sizeof td->compose_hash);
    sim_json_add_text(object, "vm_config", &td->vm_config);
    (void)cJSON_AddStringToObject(object, "cloud_vendor", "simulated");
    (void)cJSON_AddStringToObject(object, "cloud_product", "dstack-simulator");
    sim_reply_object(reply, object);
}

void sim_agent_gpu_info(struct sim_agent *a, const cJSON *params, struct sim_reply *reply)
{
    (void)a;
    (void)params;
    reply->status = 200;
    sim_buffer_put_text(&reply->body, "{\"attestation\":\"\"}"); /* no GPU */
}

void sim_agent_version(struct sim_agent *a, const cJSON *params, struct sim_reply *reply)
{
    (void)params;
    if (a->td->before_0_5_4) {
        sim_reply_error(reply, 404, "Service not found");
        return;
    }
    reply->status = 200;
    sim_buffer_put_text(&reply->body,
                        "{\"version\":\"" SIM_AGENT_VERSION "\",\"rev\":\"dstack-simulator\"}");
}
