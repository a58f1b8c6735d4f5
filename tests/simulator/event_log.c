#include "tests/simulator/event_log.h"

#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

static struct sim_event *add(struct sim_event_log *log, const char *name,
                             struct certbind_bytes payload)
{
    struct sim_event *e;

    if (log->count == SIM_EVENTS_MAX)
        return NULL;
    e = &log->events[log->count];
    *e = (struct sim_event){.name = strdup(name), .version = 1};
    sim_buffer_put_bytes(&e->payload, payload);
    if (e->name == NULL || !sim_buffer_ok(&e->payload)) {
        free(e->name);
        sim_buffer_cleanup(&e->payload);
        return NULL;
    }
    log->count++;
    return e;
}

bool sim_event_log_add_boot(struct sim_event_log *log, unsigned imr, uint32_t type,
                            struct certbind_bytes payload)
{
    struct sim_event *e = imr < 3 ? add(log, "", payload) : NULL;

    if (e == NULL)
        return false;
    e->imr = imr;
    e->type = type;
    return certbind_sha384_parts(&payload, 1, e->digest) &&
           certbind_rtmr_extend(log->rtmr[imr], e->digest);
}

bool sim_event_log_add_runtime(struct sim_event_log *log, unsigned version, const char *name,
                               struct certbind_bytes payload)
{
    struct sim_event *e = add(log, name, payload);
    struct certbind_bytes text = certbind_text(name);
    bool ok;

    if (e == NULL)
        return false;
    e->imr = 3;
    e->type = CERTBIND_RUNTIME_EVENT_TYPE;
    e->version = version;
    ok = version == 2 ? certbind_event_digest_v2(text, payload, e->digest)
                      : certbind_event_digest_v1(text, payload, e->digest);
    return ok && certbind_rtmr_extend(log->rtmr[3], e->digest);
}

bool sim_event_log_add_recorded(struct sim_event_log *log, unsigned imr, uint32_t type,
                                const uint8_t digest[CERTBIND_SHA384_LEN], const char *name,
                                struct certbind_bytes payload)
{
    struct sim_event *e = imr < SIM_RTMR_COUNT ? add(log, name, payload) : NULL;

    if (e == NULL)
        return false;
    e->imr = imr;
    e->type = type;
    memcpy(e->digest, digest, sizeof e->digest);
    return certbind_rtmr_extend(log->rtmr[imr], e->digest);
}

/* A JSON string with its quotes; an event's name may be any text. */
static void put_json_string(struct sim_buffer *out, const char *text)
{
    cJSON *item = cJSON_CreateString(text);
    char *printed = item == NULL ? NULL : cJSON_PrintUnformatted(item);

    if (printed == NULL)
        out->failed = true;
    else
        sim_buffer_put_text(out, printed);
    cJSON_free(printed);
    cJSON_Delete(item);
}

void sim_event_log_put_json(const struct sim_event_log *log, struct sim_buffer *out)
{
    sim_buffer_put_text(out, "[");
    for (size_t i = 0; i < log->count; i++) {
        const struct sim_event *e = &log->events[i];

        sim_buffer_printf(out, "%s{\"imr\":%u,\"event_type\":%u,\"digest\":\"", i == 0 ? "" : ",",
                          e->imr, (unsigned)e->type);
        sim_buffer_put_hex(out, certbind_bytes(e->digest, sizeof e->digest));
        sim_buffer_put_text(out, "\",\"event\":");
        put_json_string(out, e->name);
        sim_buffer_put_text(out, ",\"event_payload\":\"");
        sim_buffer_put_hex(out, sim_buffer_view(&e->payload));
        sim_buffer_put_text(out, e->version == 2 ? "\",\"version\":2}" : "\"}");
    }
    sim_buffer_put_text(out, "]");
}

void sim_event_log_cleanup(struct sim_event_log *log)
{
    for (size_t i = 0; i < log->count; i++) {
        free(log->events[i].name);
        sim_buffer_cleanup(&log->events[i].payload);
    }
    *log = (struct sim_event_log){0};
}
