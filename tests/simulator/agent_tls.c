/* GetTlsKey of the guest agent, DeriveKey of tappd: a key with a certificate. */
#include <string.h>

#include <openssl/crypto.h>

#include "certbind/digest.h"
#include "tests/simulator/agent.h"
#include "tests/simulator/app_certificate.h"
#include "tests/simulator/attestation.h"
#include "tests/simulator/extension.h"
#include "tests/simulator/msgpack.h"
#include "tests/simulator/params.h"
#include "tests/simulator/reply_json.h"

/* The arguments that both methods have. */
struct tls_params {
    struct sim_app_leaf leaf;
    bool ra_tls;
    bool app_info;
};

static bool read_alt_names(const cJSON *params, struct sim_app_leaf *leaf, struct sim_reply *reply)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(params, "alt_names");
    const cJSON *item;

    if (list == NULL)
        return true;
    if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) > SIM_ALT_NAMES_MAX) {
        sim_reply_error(reply, 400, "Failed to decode the request: 'alt_names' is no short list");
        return false;
    }
    cJSON_ArrayForEach(item, list)
    {
        if (!cJSON_IsString(item)) {
            sim_reply_error(reply, 400, "Failed to decode the request: 'alt_names' holds no text");
            return false;
        }
        leaf->alt_names[leaf->alt_name_count++] = item->valuestring;
    }
    return true;
}

static bool read_params(const cJSON *params, int64_t now, struct tls_params *out,
                        struct sim_reply *reply)
{
    struct sim_app_leaf *leaf = &out->leaf;

    *out = (struct tls_params){
        .leaf = {.not_before = SIM_APP_NOT_BEFORE, .not_after = now + SIM_APP_LIFETIME_S}};
    leaf->subject = sim_params_string(params, "subject", reply);
    if (leaf->subject == NULL || !read_alt_names(params, leaf, reply) ||
        !sim_params_switch(params, "usage_ra_tls", &out->ra_tls, reply) ||
        !sim_params_switch(params, "usage_server_auth", &leaf->server_auth, reply) ||
        !sim_params_switch(params, "usage_client_auth", &leaf->client_auth, reply) ||
        !sim_params_switch(params, "with_app_info", &out->app_info, reply) ||
        !sim_params_time(params, "not_before", &leaf->not_before, reply) ||
        !sim_params_time(params, "not_after", &leaf->not_after, reply))
        return false;
    if (leaf->not_before < leaf->not_after)
        return true;
    sim_reply_error(reply, 400, "not_before must be earlier than not_after");
    return false;
}

bool sim_agent_tls_wants_quote(const cJSON *params)
{
    struct sim_reply reply = {0};
    bool wanted = false;

    (void)sim_params_switch(params, "usage_ra_tls", &wanted, &reply);
    sim_reply_cleanup(&reply);
    return wanted;
}

bool sim_agent_tls_check(const struct sim_agent *a, const cJSON *params, struct sim_reply *reply)
{
    struct tls_params p;

    return read_params(params, a->now, &p, reply);
}

/* The extensions with quote and log, in the form of this agent's release. */
static bool put_evidence(const struct sim_agent *a, const struct sim_p256 *key,
                         struct sim_buffer *out)
{
    uint8_t spki[SIM_P256_SPKI_LEN];
    struct certbind_bytes parts[] = {certbind_text("ratls-cert:"),
                                     certbind_bytes(spki, sizeof spki)};
    uint8_t report_data[SIM_QUOTE_REPORT_DATA_LEN];
    struct sim_buffer quote = {0};
    struct sim_buffer text = {0};
    bool ok;

    sim_p256_spki(key, spki);
    ok = certbind_sha512_parts(parts, 2, report_data) &&
         sim_quote_make(a->quoter, a->td, report_data, &quote);
    if (ok && a->legacy_evidence) {
        sim_td_put_log(a->td, &text);
        sim_extension_put_dstack(out, SIM_EXT_TDX_QUOTE, sim_buffer_view(&quote));
        sim_extension_put_dstack(out, SIM_EXT_EVENT_LOG, sim_buffer_view(&text));
    } else if (ok) {
        ok = sim_attestation_encode(a->td, sim_buffer_view(&quote), report_data,
                                    SIM_ATTESTATION_STRIPPED, &text);
        sim_extension_put_dstack(out, SIM_EXT_ATTESTATION, sim_buffer_view(&text));
    }
    ok = ok && sim_buffer_ok(&text);
    sim_buffer_cleanup(&text);
    sim_buffer_cleanup(&quote);
    return ok;
}

/* dstack's mr_system: SHA-256 of MRTD, RTMR0-2 and the hash of the key provider. */
static bool mr_system(const struct sim_td *td, uint8_t out[32])
{
    uint8_t provider[32];
    struct certbind_bytes parts[] = {
        certbind_bytes(td->mrtd, 48), certbind_bytes(td->log.rtmr[0], 48),
        certbind_bytes(td->log.rtmr[1], 48), certbind_bytes(td->log.rtmr[2], 48),
        certbind_bytes(provider, sizeof provider)};

    return certbind_sha256(sim_buffer_view(&td->key_provider), provider) &&
           certbind_sha256_parts(parts, 5, out);
}

static bool put_app_info(const struct sim_td *td, struct sim_buffer *out)
{
    struct sim_buffer info = {0};
    uint8_t system[32];
    uint8_t device[32]; /* of a device that nobody verified: the hash of nothing */
    bool ok = mr_system(td, system) && certbind_sha256(certbind_bytes(NULL, 0), device);

    sim_msgpack_put_array(&info, 9);
    sim_msgpack_put_bin(&info, certbind_bytes(td->keys.app_id, sizeof td->keys.app_id));
    sim_msgpack_put_bin(&info, certbind_bytes(td->compose_hash, sizeof td->compose_hash));
    sim_msgpack_put_bin(
        &info, certbind_bytes(td->instance_id, td->has_instance_id ? sizeof td->instance_id : 0));
    sim_msgpack_put_bin(&info, certbind_bytes(device, sizeof device));
    sim_msgpack_put_bin(&info, certbind_bytes(system, sizeof system));
    sim_msgpack_put_bin(&info, certbind_bytes(td->mr_aggregated, sizeof td->mr_aggregated));
    sim_msgpack_put_bin(&info, certbind_bytes(td->os_image_hash, sizeof td->os_image_hash));
    sim_msgpack_put_bin(&info, sim_buffer_view(&td->key_provider));
    sim_msgpack_put_nil(&info); /* no init scripts are measured */
    sim_extension_put_dstack(out, SIM_EXT_APP_INFO, sim_buffer_view(&info));
    ok = ok && sim_buffer_ok(&info);
    sim_buffer_cleanup(&info);
    return ok;
}

static void answer(const struct sim_agent *a, struct tls_params *p, const struct sim_p256 *key,
                   struct sim_reply *reply)
{
    struct sim_buffer extensions = {0};
    struct sim_app_chain chain = {.count = 0};
    struct sim_buffer pem = {0};
    cJSON *object = cJSON_CreateObject();
    cJSON *list = cJSON_AddArrayToObject(object, "certificate_chain");
    bool ok = (!p->app_info || put_app_info(a->td, &extensions)) &&
              (!p->ra_tls || put_evidence(a, key, &extensions)) && sim_buffer_ok(&extensions);

    p->leaf.key = key;
    p->leaf.evidence = sim_buffer_view(&extensions);
    ok = ok && sim_app_chain_make(a->td, &p->leaf, a->now, &chain);
    for (size_t i = 0; ok && i < chain.count; i++)
        ok = cJSON_AddItemToArray(list, cJSON_CreateString(sim_buffer_cstr(&chain.pem[i])));
    if (ok) {
        sim_p256_put_pkcs8_pem(key, &pem);
        sim_json_add_text(object, "key", &pem);
        sim_reply_object(reply, object);
    } else {
        sim_reply_error(reply, 500, "Failed to issue a certificate");
        cJSON_Delete(object);
    }
    sim_buffer_cleanup(&pem);
    sim_app_chain_cleanup(&chain);
    sim_buffer_cleanup(&extensions);
}

void sim_agent_get_tls_key(struct sim_agent *a, const cJSON *params, struct sim_reply *reply)
{
    struct tls_params p;
    struct sim_p256 key;

    if (!read_params(params, a->now, &p, reply))
        return;
    if (sim_p256_random(&key))
        answer(a, &p, &key, reply);
    else
        sim_reply_error(reply, 500, "Failed to make a key");
    OPENSSL_cleanse(&key, sizeof key);
}

void sim_agent_derive_key(struct sim_agent *a, const cJSON *params, struct sim_reply *reply)
{
    const char *path = sim_params_string(params, "path", reply);
    struct certbind_bytes context = certbind_text(path == NULL ? "" : path);
    struct tls_params p;
    uint8_t scalar[SIM_P256_SCALAR_LEN];
    struct sim_p256 key;
    bool random_seed;
    bool ok;

    if (path == NULL || !sim_params_switch(params, "random_seed", &random_seed, reply) ||
        !read_params(params, a->now, &p, reply))
        return;
    ok = random_seed ? sim_p256_random(&key)
                     : sim_kms_derive(certbind_bytes(a->td->keys.key.scalar, 32), &context, 1,
                                      scalar, sizeof scalar) &&
                           sim_p256_init(scalar, &key);
    if (ok)
        answer(a, &p, &key, reply);
    else
        sim_reply_error(reply, 400, "Failed to derive key");
    OPENSSL_cleanse(scalar, sizeof scalar);
    OPENSSL_cleanse(&key, sizeof key);
}
