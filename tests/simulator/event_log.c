#include "tests/simulator/event_log.h"

#include <string.h>

static struct sim_event *add(struct sim_event_log *log, struct certbind_bytes payload)
{
    struct sim_event *e;

    if (log->count == SIM_EVENTS_MAX)
        return NULL;
    e = &log->events[log->count];
    *e = (struct sim_event){.name = "", .version = 1};
    sim_buffer_put_bytes(&e->payload, payload);
    if (!sim_buffer_ok(&e->payload)) {
        sim_buffer_cleanup(&e->payload);
        return NULL;
    }
    log->count++;
    return e;
}

bool sim_event_log_add_boot(struct sim_event_log *log, unsigned imr, uint32_t type,
                            struct certbind_bytes payload)
{
    struct sim_event *e = imr < 3 ? add(log, payload) : NULL;

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
    struct sim_event *e = add(log, payload);
    struct certbind_bytes text = certbind_text(name);
    bool ok;

    if (e == NULL)
        return false;
    e->imr = 3;
    e->type = CERTBIND_RUNTIME_EVENT_TYPE;
    e->version = version;
    e->name = name;
    ok = version == 2 ? certbind_event_digest_v2(text, payload, e->digest)
                      : certbind_event_digest_v1(text, payload, e->digest);
    return ok && certbind_rtmr_extend(log->rtmr[3], e->digest);
}

void sim_event_log_put_json(const struct sim_event_log *log, struct sim_buffer *out)
{
    sim_buffer_put_text(out, "[");
    for (size_t i = 0; i < log->count; i++) {
        const struct sim_event *e = &log->events[i];

        sim_buffer_printf(out, "%s{\"imr\":%u,\"event_type\":%u,\"digest\":\"", i == 0 ? "" : ",",
                          e->imr, (unsigned)e->type);
        sim_buffer_put_hex(out, certbind_bytes(e->digest, sizeof e->digest));
        sim_buffer_printf(out, "\",\"event\":\"%s\",\"event_payload\":\"", e->name);
        sim_buffer_put_hex(out, sim_buffer_view(&e->payload));
        sim_buffer_put_text(out, e->version == 2 ? "\",\"version\":2}" : "\"}");
    }
    sim_buffer_put_text(out, "]");
}

void sim_event_log_cleanup(struct sim_event_log *log)
{
    for (size_t i = 0; i < log->count; i++)
        sim_buffer_cleanup(&log->events[i].payload);
    *log = (struct sim_event_log){0};
}
