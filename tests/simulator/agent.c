#include "tests/simulator/agent.h"

#include <string.h>

#include <openssl/crypto.h>

#include "tests/simulator/params.h"

bool sim_agent_init(struct sim_agent *a, const struct sim_td *td, const struct sim_quoter *quoter,
                    int64_t now)
{
    *a = (struct sim_agent){.td = td, .quoter = quoter};
    return sim_kms_put_app_certificate(&td->kms, &td->keys, now, &a->app_cert);
}

void sim_agent_cleanup(struct sim_agent *a)
{
    sim_buffer_cleanup(&a->app_cert);
}

/* Answer with object, which is freed; NULL is a failure. */
static void reply_object(struct sim_reply *reply, cJSON *object)
{
    char *text = object == NULL ? NULL : cJSON_PrintUnformatted(object);

    if (text == NULL) {
        sim_reply_error(reply, 500, "out of memory");
    } else {
        reply->status = 200;
        sim_buffer_put_text(&reply->body, text);
        OPENSSL_cleanse(text, strlen(text));
    }
    cJSON_free(text);
    cJSON_Delete(object);
}

/* Add a member with the hex of bytes. */
static void add_hex(cJSON *object, const char *name, const void *data, size_t len)
{
    struct sim_buffer text = {0};

    sim_buffer_put_hex(&text, certbind_bytes(data, len));
    (void)cJSON_AddStringToObject(object, name, sim_buffer_cstr(&text));
    sim_buffer_cleanup(&text);
}

/* Add a member with a text that may hold no NUL yet. */
static void add_text(cJSON *object, const char *name, const struct sim_buffer *value)
{
    struct sim_buffer text = {0};

    sim_buffer_put_bytes(&text, sim_buffer_view(value));
    (void)cJSON_AddStringToObject(object, name, sim_buffer_cstr(&text));
    sim_buffer_cleanup(&text);
}

static bool algorithm_of(const char *name, enum sim_key_algorithm *out)
{
    *out = strcmp(name, "ed25519") == 0 ? SIM_KEY_ED25519 : SIM_KEY_SECP256K1;
    return *out == SIM_KEY_ED25519 || name[0] == '\0' || strcmp(name, "secp256k1") == 0 ||
           strcmp(name, "k256") == 0;
}

static void add_chain_link(cJSON *chain, const uint8_t signature[SIM_K256_SIGNATURE_LEN])
{
    struct sim_buffer text = {0};
    cJSON *item;

    sim_buffer_put_hex(&text, certbind_bytes(signature, SIM_K256_SIGNATURE_LEN));
    item = cJSON_CreateString(sim_buffer_cstr(&text));
    if (item != NULL && !cJSON_AddItemToArray(chain, item))
        cJSON_Delete(item);
    sim_buffer_cleanup(&text);
}

void sim_agent_get_key(const struct sim_agent *a, const cJSON *params, struct sim_reply *reply)
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
    add_hex(object, "key", key.key, sizeof key.key);
    chain = cJSON_AddArrayToObject(object, "signature_chain");
    add_chain_link(chain, key.app_signature);
    add_chain_link(chain, a->td->keys.kms_signature);
    OPENSSL_cleanse(&key, sizeof key);
    reply_object(reply, object);
}

bool sim_agent_quote_params(const cJSON *params, uint8_t report_data[SIM_QUOTE_REPORT_DATA_LEN],
                            struct sim_reply *reply)
{
    const char *text = sim_params_string(params, "report_data", reply);
    size_t len = 0;

    memset(report_data, 0, SIM_QUOTE_REPORT_DATA_LEN);
    return text != NULL && sim_params_hex(text, report_data, SIM_QUOTE_REPORT_DATA_LEN, &len,
                                          "Report data is too long", reply);
}

void sim_agent_get_quote(const struct sim_agent *a,
                         const uint8_t report_data[SIM_QUOTE_REPORT_DATA_LEN],
                         struct sim_reply *reply)
{
    struct sim_buffer quote = {0};
    struct sim_buffer log = {0};
    cJSON *object = cJSON_CreateObject();

    sim_event_log_put_json(&a->td->log, &log);
    if (object != NULL && sim_quote_make(a->quoter, a->td, report_data, &quote)) {
        add_hex(object, "quote", quote.data, quote.len);
        add_text(object, "event_log", &log);
        add_hex(object, "report_data", report_data, SIM_QUOTE_REPORT_DATA_LEN);
        add_text(object, "vm_config", &a->td->vm_config);
        reply_object(reply, object);
    } else {
        sim_reply_error(reply, 500, "Failed to get quote");
        cJSON_Delete(object);
    }
    sim_buffer_cleanup(&log);
    sim_buffer_cleanup(&quote);
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

    add_hex(tcb, "mrtd", td->mrtd, sizeof td->mrtd);
    for (size_t i = 0; i < SIM_RTMR_COUNT; i++)
        add_hex(tcb, names[i], td->log.rtmr[i], sizeof td->log.rtmr[i]);
    add_hex(tcb, "mr_aggregated", td->mr_aggregated, sizeof td->mr_aggregated);
    add_hex(tcb, "os_image_hash", td->os_image_hash, sizeof td->os_image_hash);
    add_hex(tcb, "compose_hash", td->compose_hash, sizeof td->compose_hash);
    (void)cJSON_AddStringToObject(tcb, "device_id", UNVERIFIED_DEVICE);
    sim_event_log_put_json(&td->log, &log);
    (void)cJSON_AddRawToObject(tcb, "event_log", sim_buffer_cstr(&log));
    add_text(tcb, "app_compose", &td->app_compose);
    text = tcb == NULL ? NULL : cJSON_PrintUnformatted(tcb);
    (void)cJSON_AddStringToObject(object, "tcb_info", text == NULL ? "" : text);
    cJSON_free(text);
    sim_buffer_cleanup(&log);
    cJSON_Delete(tcb);
}

void sim_agent_info(const struct sim_agent *a, struct sim_reply *reply)
{
    const struct sim_td *td = a->td;
    cJSON *object = cJSON_CreateObject();

    add_hex(object, "app_id", td->keys.app_id, sizeof td->keys.app_id);
    add_hex(object, "instance_id", td->instance_id,
            td->has_instance_id ? sizeof td->instance_id : 0);
    add_text(object, "app_cert", &a->app_cert);
    add_tcb_info(object, td);
    add_text(object, "app_name", &td->app_name);
    (void)cJSON_AddStringToObject(object, "device_id", UNVERIFIED_DEVICE);
    add_hex(object, "mr_aggregated", td->mr_aggregated, sizeof td->mr_aggregated);
    add_hex(object, "os_image_hash", td->os_image_hash, sizeof td->os_image_hash);
    add_text(object, "key_provider_info", &td->key_provider);
    add_hex(object, "compose_hash", td->compose_hash, sizeof td->compose_hash);
    add_text(object, "vm_config", &td->vm_config);
    (void)cJSON_AddStringToObject(object, "cloud_vendor", "simulated");
    (void)cJSON_AddStringToObject(object, "cloud_product", "dstack-simulator");
    reply_object(reply, object);
}

void sim_agent_version(struct sim_reply *reply)
{
    reply->status = 200;
    sim_buffer_put_text(&reply->body,
                        "{\"version\":\"" SIM_AGENT_VERSION "\",\"rev\":\"dstack-simulator\"}");
}
