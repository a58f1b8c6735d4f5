#include "tests/simulator/td.h"

#include <stdio.h>
#include <string.h>

#include "certbind/digest.h"
#include "certbind/json.h"

#define BUILT_IN_COMPOSE                                                                           \
    "{\"allowed_envs\":[],\"docker_compose_file\":\"services:\\n  app:\\n"                         \
    "    image: sample-app\\n\",\"kms_enabled\":true,\"manifest_version\":2,"                      \
    "\"name\":\"simulated-app\",\"runner\":\"docker-compose\"}"

/* What the compose file says that changes the measurements. */
struct compose {
    unsigned event_log_version;
    bool no_instance_id;
    const char *storage_fs; /* static */
};

static certbind_status read_compose(struct sim_td *td, struct compose *out,
                                    struct certbind_error *err)
{
    static const struct certbind_json_rules rules = {
        SIM_COMPOSE_MAX, CERTBIND_E_MALFORMED, CERTBIND_E_MALFORMED, CERTBIND_E_MALFORMED, false};
    struct certbind_json json = {0};
    certbind_status status =
        certbind_json_parse(sim_buffer_view(&td->app_compose), &rules, &json, err);
    const char *name;
    const char *storage_fs;
    int64_t version = 1;

    if (status != CERTBIND_OK)
        return status;
    name = certbind_json_string(json.root, "name");
    storage_fs = certbind_json_string(json.root, "storage_fs");
    sim_buffer_put_text(&td->app_name, name == NULL ? "" : name);
    out->storage_fs = storage_fs != NULL && strcmp(storage_fs, "ext4") == 0 ? "ext4" : "zfs";
    out->no_instance_id = cJSON_IsTrue(certbind_json_get(json.root, "no_instance_id"));
    if (!cJSON_IsObject(json.root))
        status = certbind_fail(err, CERTBIND_E_MALFORMED, "app-compose is no JSON object");
    else if (certbind_json_get(json.root, "event_log_version") != NULL &&
             !certbind_json_integer(certbind_json_get(json.root, "event_log_version"), 1, 2,
                                    &version))
        status = certbind_fail(err, CERTBIND_E_MALFORMED, "event_log_version is neither 1 nor 2");
    out->event_log_version = (unsigned)version;
    certbind_json_cleanup(&json);
    return status;
}

/* Firmware, kernel and command line of the OS image. */
static bool measure_os(struct sim_td *td, const struct sim_seed *os_seed)
{
    static const struct {
        unsigned imr;
        uint32_t type; /* TCG event types, as in real logs */
        const char *what;
    } events[] = {
        {0, 0x8000000b, "td-hob"},      {0, 0x8000000a, "cfv"},    {0, 0x00000004, "separator"},
        {0, 0x0000000a, "acpi-tables"}, {1, 0x80000003, "kernel"}, {1, 0x80000007, "exit-boot"},
        {2, 0x00000006, "cmdline"},     {2, 0x00000006, "initrd"},
    };
    uint8_t payload[48];

    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        if (!sim_seed_measurement(os_seed, events[i].what, payload) ||
            !sim_event_log_add_boot(&td->log, events[i].imr, events[i].type,
                                    certbind_bytes(payload, sizeof payload)))
            return false;
    }
    return sim_seed_measurement(os_seed, "mrtd", td->mrtd);
}

/* The runtime events of dstack 0.6 under a KMS, in their order. */
static bool measure_app(struct sim_td *td, const struct compose *compose)
{
    struct certbind_bytes none = certbind_bytes(NULL, 0);
    size_t instance_len = td->has_instance_id ? sizeof td->instance_id : 0;
    const struct {
        const char *name;
        struct certbind_bytes payload;
    } events[] = {
        {"system-preparing", none},
        {"app-id", certbind_bytes(td->keys.app_id, sizeof td->keys.app_id)},
        {"compose-hash", certbind_bytes(td->compose_hash, sizeof td->compose_hash)},
        {"instance-id", certbind_bytes(td->instance_id, instance_len)},
        {"boot-mr-done", none},
        {"os-image-hash", certbind_bytes(td->os_image_hash, sizeof td->os_image_hash)},
        {"key-provider", sim_buffer_view(&td->key_provider)},
        {"storage-fs", certbind_text(compose->storage_fs)},
        {"system-ready", none},
    };

    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        if (!sim_event_log_add_runtime(&td->log, compose->event_log_version, events[i].name,
                                       events[i].payload))
            return false;
    }
    return true;
}

bool sim_mr_aggregated(const uint8_t mrtd[48], const uint8_t rtmr[4][48],
                       const uint8_t mr_config_id[48], uint8_t out[32])
{
    static const uint8_t zeros[96];
    struct certbind_bytes parts[] = {
        certbind_bytes(mrtd, 48),           certbind_bytes(rtmr[0], 48),
        certbind_bytes(rtmr[1], 48),        certbind_bytes(rtmr[2], 48),
        certbind_bytes(rtmr[3], 48),        certbind_bytes(mr_config_id, 48),
        certbind_bytes(zeros, sizeof zeros)};

    return certbind_sha256_parts(parts, certbind_is_zero(mr_config_id, 48) ? 5 : 7, out);
}

static bool set_instance_id(struct sim_td *td, const struct sim_td_options *o)
{
    struct certbind_bytes parts[2];
    uint8_t seed[20];
    uint8_t digest[32];

    if (o->instance_id != NULL) {
        memcpy(td->instance_id, o->instance_id, sizeof td->instance_id);
        return true;
    }
    if (!sim_seed_derive(&o->seed, "instance", seed, sizeof seed))
        return false;
    parts[0] = certbind_bytes(seed, sizeof seed);
    parts[1] = certbind_bytes(td->keys.app_id, sizeof td->keys.app_id);
    if (!certbind_sha256_parts(parts, 2, digest))
        return false;
    memcpy(td->instance_id, digest, sizeof td->instance_id);
    return true;
}

static void write_texts(struct sim_td *td)
{
    sim_buffer_put_text(&td->key_provider, "{\"name\":\"kms\",\"id\":\"");
    sim_buffer_put_hex(&td->key_provider, certbind_bytes(td->kms.ca_spki, sizeof td->kms.ca_spki));
    sim_buffer_put_text(&td->key_provider, "\"}");
    sim_buffer_put_text(&td->vm_config, "{\"spec_version\":1,\"os_image_hash\":\"");
    sim_buffer_put_hex(&td->vm_config, certbind_bytes(td->os_image_hash, sizeof td->os_image_hash));
    sim_buffer_put_text(&td->vm_config, "\",\"cpu_count\":2,\"memory_size\":2147483648}");
}

/* Version 2 hashes the members themselves, version 3 a document that lists them. */
static bool set_mr_config_id(struct sim_td *td, unsigned version)
{
    static const char tag[] = "dstack-mr-config-v3:"; /* with its NUL */
    static const uint8_t kind_kms = 2;
    struct sim_buffer *d = &td->mr_config;
    struct sim_buffer preimage = {0};
    bool ok = true;

    td->mr_config_id[0] = (uint8_t)version;
    if (version == 1)
        memcpy(td->mr_config_id + 1, td->compose_hash, sizeof td->compose_hash);
    if (version == 2) {
        sim_buffer_put(&preimage, td->compose_hash, sizeof td->compose_hash);
        sim_buffer_put(&preimage, td->keys.app_id, sizeof td->keys.app_id);
        sim_buffer_put_u8(&preimage, kind_kms);
        sim_buffer_put(&preimage, td->kms.ca_spki, sizeof td->kms.ca_spki);
        ok = sim_buffer_ok(&preimage);
        if (ok)
            certbind_keccak256(sim_buffer_view(&preimage), td->mr_config_id + 1);
    }
    if (version == 3) {
        sim_buffer_put_text(d, "{\"app_id\":\"");
        sim_buffer_put_hex(d, certbind_bytes(td->keys.app_id, sizeof td->keys.app_id));
        sim_buffer_put_text(d, "\",\"compose_hash\":\"");
        sim_buffer_put_hex(d, certbind_bytes(td->compose_hash, sizeof td->compose_hash));
        sim_buffer_put_text(d, "\",\"key_provider\":\"kms\",\"key_provider_id\":\"");
        sim_buffer_put_hex(d, certbind_bytes(td->kms.ca_spki, sizeof td->kms.ca_spki));
        sim_buffer_put_text(d, "\",\"version\":3}");
        sim_buffer_put(&preimage, tag, sizeof tag);
        sim_buffer_put_bytes(&preimage, sim_buffer_view(d));
        ok = sim_buffer_ok(&preimage) &&
             certbind_sha256(sim_buffer_view(&preimage), td->mr_config_id + 1);
    }
    sim_buffer_cleanup(&preimage);
    return ok;
}

static bool set_identity(struct sim_td *td, const struct sim_td_options *o)
{
    if (!certbind_sha256(sim_buffer_view(&td->app_compose), td->compose_hash))
        return false;
    return sim_kms_init(&td->kms, &o->seed) &&
           sim_kms_issue(&td->kms, o->app_id != NULL ? o->app_id : td->compose_hash, &td->keys) &&
           set_instance_id(td, o) &&
           set_mr_config_id(td, o->mr_config_version == 0 ? 1 : o->mr_config_version) &&
           sim_seed_derive(&o->seed, "os-image-hash", td->os_image_hash, sizeof td->os_image_hash);
}

certbind_status sim_td_init(struct sim_td *td, const struct sim_td_options *o,
                            struct certbind_error *err)
{
    struct compose compose = {0};
    certbind_status status;

    *td = (struct sim_td){.attributes = SIM_TD_ATTRIBUTES | (o->debug ? SIM_TD_DEBUG : 0)};
    sim_buffer_put_bytes(&td->app_compose, o->app_compose.len != 0
                                               ? o->app_compose
                                               : certbind_text(BUILT_IN_COMPOSE));
    status = read_compose(td, &compose, err);
    if (status != CERTBIND_OK)
        return status;
    if (o->event_log_version != 0)
        compose.event_log_version = o->event_log_version;
    td->event_log_version = compose.event_log_version;
    td->has_instance_id = !compose.no_instance_id;
    if (!set_identity(td, o))
        return certbind_fail_crypto(err, CERTBIND_E_INTERNAL, "cannot derive the app's keys");
    write_texts(td);
    if (!sim_buffer_ok(&td->key_provider) || !sim_buffer_ok(&td->vm_config) ||
        !sim_buffer_ok(&td->app_name))
        return certbind_fail(err, CERTBIND_E_MEMORY, "cannot describe the TD");
    if (!measure_os(td, &o->os_seed) || !measure_app(td, &compose) ||
        !sim_mr_aggregated(td->mrtd, (const uint8_t(*)[48])td->log.rtmr, td->mr_config_id,
                           td->mr_aggregated))
        return certbind_fail_crypto(err, CERTBIND_E_INTERNAL, "cannot measure the TD");
    return CERTBIND_OK;
}

void sim_td_put_log(const struct sim_td *td, struct sim_buffer *out)
{
    if (td->log_text.len != 0)
        sim_buffer_put_bytes(out, sim_buffer_view(&td->log_text));
    else
        sim_event_log_put_json(&td->log, out);
}

bool sim_td_emit_event(struct sim_td *td, const char *name, struct certbind_bytes payload)
{
    return sim_event_log_add_runtime(&td->log, td->event_log_version, name, payload) &&
           sim_mr_aggregated(td->mrtd, (const uint8_t(*)[48])td->log.rtmr, td->mr_config_id,
                             td->mr_aggregated);
}

void sim_td_cleanup(struct sim_td *td)
{
    sim_buffer_cleanup(&td->quote);
    sim_buffer_cleanup(&td->log_text);
    sim_buffer_cleanup(&td->local_ca);
    sim_buffer_cleanup(&td->mr_config);
    sim_buffer_cleanup(&td->vm_config);
    sim_buffer_cleanup(&td->key_provider);
    sim_buffer_cleanup(&td->app_name);
    sim_buffer_cleanup(&td->app_compose);
    sim_event_log_cleanup(&td->log);
}
