#include "certbind/event_log.h"

#include <string.h>

#include "certbind/hex.h"
#include "certbind/json.h"

static const struct certbind_json_rules provider_rules = {
    .max_bytes = 4096,
    .size = CERTBIND_E_EVENT_LOG_IDENTITY,
    .encoding = CERTBIND_E_EVENT_LOG_IDENTITY,
    .syntax = CERTBIND_E_EVENT_LOG_IDENTITY,
};

/* The events that say who a guest is: each exactly once, before system-ready. */
enum identity_event { APP_ID, COMPOSE_HASH, INSTANCE_ID, KEY_PROVIDER, IDENTITY_EVENTS };

static const char *const identity_names[IDENTITY_EVENTS] = {"app-id", "compose-hash", "instance-id",
                                                            "key-provider"};

static bool is_named(const struct certbind_event *event, const char *name)
{
    return event->imr == 3 && certbind_bytes_equal(event->name, certbind_text(name));
}

static bool recompute(const struct certbind_event *event, uint8_t digest[CERTBIND_SHA384_LEN])
{
    switch (event->version) {
    case 1:
        return certbind_event_digest_v1(event->name, event->payload, digest);
    case 2:
        return certbind_event_digest_v2(event->name, event->payload, digest);
    default:
        return false;
    }
}

bool certbind_event_log_replay(const struct certbind_event_log *log,
                               uint8_t rtmr[CERTBIND_RTMR_LEN])
{
    memset(rtmr, 0, CERTBIND_RTMR_LEN);
    for (size_t i = 0; i < log->count; i++) {
        const struct certbind_event *event = &log->events[i];
        uint8_t digest[CERTBIND_SHA384_LEN];

        if (event->imr != 3)
            continue;
        if (!recompute(event, digest) || !certbind_rtmr_extend(rtmr, digest))
            return false;
    }
    return true;
}

bool certbind_event_log_replay_boot(const struct certbind_event_log *log, uint32_t imr,
                                    uint8_t rtmr[CERTBIND_RTMR_LEN])
{
    size_t seen = 0;

    memset(rtmr, 0, CERTBIND_RTMR_LEN);
    if (imr > 2)
        return false;
    for (size_t i = 0; i < log->count; i++) {
        const struct certbind_event *event = &log->events[i];

        if (event->imr != imr)
            continue;
        if (!event->has_digest || !certbind_rtmr_extend(rtmr, event->digest))
            return false;
        seen++;
    }
    return seen > 0;
}

static certbind_status find_ready(const struct certbind_event_log *log,
                                  struct certbind_identity *out, struct certbind_error *err)
{
    size_t i = 0;

    while (i < log->count && !is_named(&log->events[i], "system-ready"))
        i++;
    if (i == log->count)
        return certbind_fail(err, CERTBIND_E_EVENT_LOG_IDENTITY, "no system-ready event");
    out->ready_at = i;
    for (i++; i < log->count; i++)
        if (log->events[i].imr == 3)
            out->later_events++;
    return CERTBIND_OK;
}

static certbind_status find_once(const struct certbind_event_log *log, const char *name,
                                 size_t ready_at, const struct certbind_event **out,
                                 struct certbind_error *err)
{
    *out = NULL;
    for (size_t i = 0; i < log->count; i++) {
        if (!is_named(&log->events[i], name))
            continue;
        if (*out != NULL)
            return certbind_fail(err, CERTBIND_E_EVENT_LOG_IDENTITY, "event '%s' is repeated",
                                 name);
        if (i > ready_at)
            return certbind_fail(err, CERTBIND_E_EVENT_LOG_IDENTITY,
                                 "event '%s' comes after system-ready", name);
        *out = &log->events[i];
    }
    if (*out == NULL)
        return certbind_fail(err, CERTBIND_E_EVENT_LOG_IDENTITY, "no event '%s'", name);
    return CERTBIND_OK;
}

static bool copy_exact(struct certbind_bytes payload, uint8_t *out, size_t len)
{
    if (payload.len != len)
        return false;
    memcpy(out, payload.data, len);
    return true;
}

static certbind_status read_provider(struct certbind_bytes payload, struct certbind_identity *out,
                                     struct certbind_error *err)
{
    struct certbind_json json;
    certbind_status status = certbind_json_parse(payload, &provider_rules, &json, err);
    const char *name;
    const char *id;

    if (status != CERTBIND_OK)
        return status;
    name = certbind_json_string(json.root, "name");
    id = certbind_json_string(json.root, "id");
    if (name == NULL || id == NULL || strlen(name) >= sizeof out->key_provider ||
        strlen(id) / 2 > sizeof out->key_provider_id ||
        !certbind_hex_decode(certbind_text(id), out->key_provider_id, strlen(id) / 2)) {
        status = certbind_fail(err, CERTBIND_E_EVENT_LOG_IDENTITY,
                               "event 'key-provider' does not hold a name and a hex id");
    } else {
        memcpy(out->key_provider, name, strlen(name) + 1);
        out->key_provider_id_len = strlen(id) / 2;
        if (!certbind_sha256(certbind_bytes(out->key_provider_id, out->key_provider_id_len),
                             out->key_provider_id_sha256))
            status = certbind_fail_crypto(err, CERTBIND_E_INTERNAL, "cannot hash");
    }
    certbind_json_cleanup(&json);
    return status;
}

/* Set only with a key provider that told it; the first event of that name counts. */
static certbind_status read_os_image(const struct certbind_event_log *log,
                                     struct certbind_identity *out, struct certbind_error *err)
{
    for (size_t i = 0; i < out->ready_at && !out->has_os_image_hash; i++) {
        if (!is_named(&log->events[i], "os-image-hash"))
            continue;
        out->has_os_image_hash =
            copy_exact(log->events[i].payload, out->os_image_hash, sizeof out->os_image_hash);
        if (!out->has_os_image_hash)
            return certbind_fail(err, CERTBIND_E_EVENT_LOG_IDENTITY,
                                 "event 'os-image-hash' has another length");
    }
    return CERTBIND_OK;
}

static certbind_status read_identity(const struct certbind_event_log *log,
                                     struct certbind_identity *out, struct certbind_error *err)
{
    const struct certbind_event *events[IDENTITY_EVENTS];
    certbind_status status = find_ready(log, out, err);

    for (int i = 0; i < IDENTITY_EVENTS && status == CERTBIND_OK; i++)
        status = find_once(log, identity_names[i], out->ready_at, &events[i], err);
    if (status != CERTBIND_OK)
        return status;
    out->has_instance_id = events[INSTANCE_ID]->payload.len > 0;
    if (!copy_exact(events[APP_ID]->payload, out->app_id, sizeof out->app_id) ||
        !copy_exact(events[COMPOSE_HASH]->payload, out->compose_hash, sizeof out->compose_hash) ||
        (out->has_instance_id &&
         !copy_exact(events[INSTANCE_ID]->payload, out->instance_id, sizeof out->instance_id)))
        return certbind_fail(err, CERTBIND_E_EVENT_LOG_IDENTITY,
                             "app-id, compose-hash or instance-id has another length");
    status = read_provider(events[KEY_PROVIDER]->payload, out, err);
    return status == CERTBIND_OK ? read_os_image(log, out, err) : status;
}

certbind_status certbind_event_log_check(const struct certbind_event_log *log,
                                         const uint8_t rtmr3[CERTBIND_RTMR_LEN],
                                         struct certbind_identity *out, struct certbind_error *err)
{
    struct certbind_identity found = {0};
    certbind_status status;

    *out = (struct certbind_identity){0};
    if (!certbind_event_log_replay(log, found.rtmr3))
        return certbind_fail_crypto(err, CERTBIND_E_INTERNAL, "cannot replay the log");
    if (memcmp(found.rtmr3, rtmr3, CERTBIND_RTMR_LEN) != 0)
        return certbind_fail(err, CERTBIND_E_EVENT_LOG_RTMR3,
                             "%zu events do not replay to RTMR3 of the quote", log->count);
    status = read_identity(log, &found, err);
    if (status == CERTBIND_OK)
        *out = found;
    return status;
}
