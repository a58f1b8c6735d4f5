#include "certbind/event_log.h"

#include <stdlib.h>
#include <string.h>

#include "certbind/hex.h"
#include "certbind/json.h"

static const struct certbind_json_rules log_rules = {
    .max_bytes = CERTBIND_EVENT_LOG_MAX_BYTES,
    .size = CERTBIND_E_EVENT_LOG_SYNTAX,
    .encoding = CERTBIND_E_EVENT_LOG_SYNTAX,
    .syntax = CERTBIND_E_EVENT_LOG_SYNTAX,
};

static certbind_status refuse(struct certbind_error *err, size_t index, const char *what)
{
    return certbind_fail(err, CERTBIND_E_EVENT_LOG_SYNTAX, "event %zu: %s", index, what);
}

/* Version 1 is what an absent member means; version 2 hashes differently. */
static certbind_status read_version(const cJSON *item, size_t index, struct certbind_event *event,
                                    struct certbind_error *err)
{
    const cJSON *version = certbind_json_get(item, "version");
    int64_t value = 1;

    if (version != NULL && !certbind_json_integer(version, 0, INT32_MAX, &value))
        return refuse(err, index, "the version is no number");
    if (value != 1 && value != 2)
        return certbind_fail(err, CERTBIND_E_EVENT_LOG_VERSION, "event %zu has version %lld", index,
                             (long long)value);
    event->version = (uint32_t)value;
    return CERTBIND_OK;
}

certbind_status certbind_event_check_place(const struct certbind_event *event, size_t index,
                                           struct certbind_error *err)
{
    if ((event->imr == 3) != (event->type == CERTBIND_RUNTIME_EVENT_TYPE))
        return refuse(err, index,
                      event->imr == 3 ? "a foreign type in register 3"
                                      : "a runtime event outside register 3");
    if (event->imr == 3 && event->version == 1 && event->name.len > 0 &&
        memchr(event->name.data, ':', event->name.len) != NULL)
        return refuse(err, index, "a name with a colon");
    if (event->version == 2 && (event->name.len > CERTBIND_EVENT_V2_MAX_BYTES ||
                                event->payload.len > CERTBIND_EVENT_V2_MAX_BYTES))
        return refuse(err, index, "name or payload is over 1 MiB");
    return CERTBIND_OK;
}

static bool read_digest(const cJSON *item, struct certbind_event *event)
{
    const cJSON *digest = certbind_json_get(item, "digest");

    if (digest == NULL)
        return true;
    if (!cJSON_IsString(digest))
        return false;
    if (digest->valuestring[0] == '\0')
        return true;
    event->has_digest = certbind_hex_decode(certbind_text(digest->valuestring), event->digest,
                                            sizeof event->digest);
    return event->has_digest;
}

/* storage has room for what item holds; at moves behind it. */
static certbind_status read_event(const cJSON *item, size_t index, struct certbind_event *event,
                                  uint8_t **at, struct certbind_error *err)
{
    const char *name = certbind_json_string(item, "event");
    const char *payload = certbind_json_string(item, "event_payload");
    int64_t imr;
    int64_t type;
    certbind_status status = read_version(item, index, event, err);

    if (status != CERTBIND_OK)
        return status;
    if (!certbind_json_integer(certbind_json_get(item, "imr"), 0, 3, &imr) ||
        !certbind_json_integer(certbind_json_get(item, "event_type"), 0, UINT32_MAX, &type))
        return refuse(err, index, "register or type is no number in range");
    if (name == NULL || payload == NULL || !read_digest(item, event))
        return refuse(err, index, "name, payload or digest has another form");
    event->imr = (uint32_t)imr;
    event->type = (uint32_t)type;
    event->name = certbind_bytes(*at, strlen(name));
    memcpy(*at, name, event->name.len);
    *at += event->name.len;
    event->payload = certbind_bytes(*at, strlen(payload) / 2);
    if (!certbind_hex_decode(certbind_text(payload), *at, event->payload.len))
        return refuse(err, index, "the payload is not lowercase hex");
    *at += event->payload.len;
    return certbind_event_check_place(event, index, err);
}

static size_t storage_size(const cJSON *array)
{
    const cJSON *item;
    size_t total = 1;

    cJSON_ArrayForEach(item, array)
    {
        const char *name = certbind_json_string(item, "event");
        const char *payload = certbind_json_string(item, "event_payload");

        total += (name == NULL ? 0 : strlen(name)) + (payload == NULL ? 0 : strlen(payload) / 2);
    }
    return total;
}

static size_t count_items(const cJSON *array)
{
    size_t count = 0;

    for (const cJSON *item = array->child; item != NULL; item = item->next)
        count++;
    return count;
}

certbind_status certbind_event_log_read(const cJSON *array, struct certbind_event_log *out,
                                        struct certbind_error *err)
{
    certbind_status status = CERTBIND_OK;
    const cJSON *item;
    uint8_t *at;
    size_t count;

    *out = (struct certbind_event_log){0};
    if (!cJSON_IsArray(array))
        return certbind_fail(err, CERTBIND_E_EVENT_LOG_SYNTAX, "the log is no array");
    count = count_items(array);
    if (count > CERTBIND_EVENT_LOG_MAX_EVENTS)
        return certbind_fail(err, CERTBIND_E_EVENT_LOG_SYNTAX, "%zu events, at most %d are taken",
                             count, CERTBIND_EVENT_LOG_MAX_EVENTS);
    out->events = calloc(count + 1, sizeof *out->events);
    out->storage = at = malloc(storage_size(array));
    if (out->events == NULL || out->storage == NULL) {
        certbind_event_log_cleanup(out);
        return certbind_fail(err, CERTBIND_E_MEMORY, "memory ran out");
    }
    for (item = array->child; item != NULL && status == CERTBIND_OK; item = item->next) {
        status = read_event(item, out->count, &out->events[out->count], &at, err);
        out->count++;
    }
    if (status != CERTBIND_OK)
        certbind_event_log_cleanup(out);
    return status;
}

certbind_status certbind_event_log_parse(struct certbind_bytes text, struct certbind_event_log *out,
                                         struct certbind_error *err)
{
    struct certbind_json json;
    certbind_status status = certbind_json_parse(text, &log_rules, &json, err);

    *out = (struct certbind_event_log){0};
    if (status != CERTBIND_OK)
        return status;
    status = certbind_event_log_read(json.root, out, err);
    certbind_json_cleanup(&json);
    return status;
}

void certbind_event_log_cleanup(struct certbind_event_log *log)
{
    free(log->events);
    free(log->storage);
    *log = (struct certbind_event_log){0};
}
