#include <stdlib.h>
#include <string.h>

#include "certbind/attestation_form.h"
#include "certbind/msgpack.h"

/* What the members of one map are read into. */
struct reading {
    struct attestation_run *run;
    struct certbind_msgpack_room *room;
    struct certbind_event event; /* of an event's map */
    const char *const *kinds;    /* that `kind` may name; the first is the one wanted */
    size_t kind_count;
    size_t kind; /* 1-based; 0: not read yet */
};

struct member {
    const char *name;
    bool (*read)(struct reading *reading);
    bool optional;
};

static bool malformed(struct reading *reading, const char *what)
{
    return certbind_attestation_refuse(reading->run, CERTBIND_E_CERT_EVIDENCE, what);
}

/* One map: each of its members at most once, no others. */
static bool read_map(struct reading *reading, const struct member *members, size_t count)
{
    struct certbind_reader *r = &reading->run->r;
    struct certbind_msgpack map;
    uint32_t seen = 0;

    if (!certbind_msgpack_take(r, CERTBIND_MSGPACK_MAP, &map) || map.count > count)
        return malformed(reading, "a map is missing or has too many members");
    for (uint32_t i = 0; i < map.count; i++) {
        struct certbind_bytes key;
        size_t at = 0;

        if (!certbind_msgpack_text(r, &key))
            return malformed(reading, "a member's name is no text");
        while (at < count && !certbind_bytes_equal(key, certbind_text(members[at].name)))
            at++;
        if (at == count || (seen & 1u << at) != 0)
            return malformed(reading, "a member is unknown or stands twice");
        seen |= 1u << at;
        if (!members[at].read(reading))
            return malformed(reading, members[at].name);
    }
    for (size_t at = 0; at < count; at++)
        if (!members[at].optional && (seen & 1u << at) == 0)
            return malformed(reading, "a member is missing");
    return true;
}

static bool read_number(struct reading *reading, uint64_t max, uint32_t *out)
{
    struct certbind_msgpack item;

    if (!certbind_msgpack_take(&reading->run->r, CERTBIND_MSGPACK_UNSIGNED, &item) ||
        item.number > max)
        return false;
    *out = (uint32_t)item.number;
    return true;
}

static bool read_octets(struct reading *reading, struct certbind_bytes *out)
{
    return certbind_msgpack_octets(&reading->run->r, reading->room, out);
}

static bool event_imr(struct reading *reading)
{
    return read_number(reading, 3, &reading->event.imr);
}

static bool event_type(struct reading *reading)
{
    return read_number(reading, UINT32_MAX, &reading->event.type);
}

static bool event_digest(struct reading *reading)
{
    struct certbind_bytes digest;

    return read_octets(reading, &digest) && certbind_attestation_digest(digest, &reading->event);
}

static bool event_name(struct reading *reading)
{
    return certbind_msgpack_text(&reading->run->r, &reading->event.name);
}

static bool event_payload(struct reading *reading)
{
    return read_octets(reading, &reading->event.payload);
}

/* Version 1 is what an absent member means, and is never written. */
static bool event_version(struct reading *reading)
{
    return read_number(reading, 2, &reading->event.version) && reading->event.version == 2;
}

/* The canonical form is computed anew; what is written beside the event is not looked at. */
static bool event_preimage(struct reading *reading)
{
    struct certbind_bytes unused;

    return certbind_msgpack_text(&reading->run->r, &unused);
}

static const struct member log_event[] = {
    {"imr", event_imr, false},
    {"event_type", event_type, false},
    {"digest", event_digest, false},
    {"event", event_name, false},
    {"event_payload", event_payload, false},
    {"version", event_version, true},
    {"preimage", event_preimage, true},
};

static const struct member runtime_event[] = {{"event", event_name, false},
                                              {"payload", event_payload, false},
                                              {"version", event_version, true}};

enum {
    LOG_EVENT = sizeof log_event / sizeof log_event[0],
    RUNTIME_EVENT = sizeof runtime_event / sizeof runtime_event[0]
};

static bool read_events(struct reading *reading, struct certbind_event_log *log,
                        const struct member *members, size_t count)
{
    struct certbind_msgpack array;

    if (!certbind_msgpack_take(&reading->run->r, CERTBIND_MSGPACK_ARRAY, &array) ||
        !certbind_attestation_room(reading->run, array.count, log))
        return false;
    for (uint32_t i = 0; i < array.count; i++) {
        reading->event =
            (struct certbind_event){.version = 1, .imr = 3, .type = CERTBIND_RUNTIME_EVENT_TYPE};
        if (!read_map(reading, members, count) ||
            !certbind_attestation_add(reading->run, &reading->event, log))
            return false;
    }
    return true;
}

static bool tdx_quote(struct reading *reading)
{
    return read_octets(reading, &reading->run->out->quote);
}

static bool tdx_event_log(struct reading *reading)
{
    return read_events(reading, &reading->run->out->event_log, log_event, LOG_EVENT);
}

static bool stack_report_data(struct reading *reading)
{
    struct certbind_bytes value;

    if (!read_octets(reading, &value) || value.len != CERTBIND_REPORT_DATA_LEN)
        return false;
    memcpy(reading->run->out->report_data, value.data, value.len);
    return true;
}

static bool stack_runtime_events(struct reading *reading)
{
    return read_events(reading, &reading->run->out->runtime_events, runtime_event, RUNTIME_EVENT);
}

static bool stack_config(struct reading *reading)
{
    return certbind_msgpack_text(&reading->run->r, &reading->run->out->config);
}

static bool stack_payload(struct reading *reading)
{
    return certbind_msgpack_text(&reading->run->r, &reading->run->out->report_data_payload);
}

/* `kind` stands before `data`, or nobody knows how to read that. */
static bool read_kind(struct reading *reading)
{
    struct certbind_bytes name;

    if (!certbind_msgpack_text(&reading->run->r, &name))
        return false;
    for (size_t i = 0; i < reading->kind_count && reading->kind == 0; i++)
        if (certbind_bytes_equal(name, certbind_text(reading->kinds[i])))
            reading->kind = i + 1;
    return reading->kind != 0;
}

static bool platform_data(struct reading *reading)
{
    static const struct member members[] = {{"quote", tdx_quote, false},
                                            {"event_log", tdx_event_log, false}};

    if (reading->kind > 1)
        return certbind_attestation_refuse(reading->run, CERTBIND_E_CERT_EVIDENCE_PLATFORM,
                                           "of another platform than TDX");
    return reading->kind == 1 && read_map(reading, members, 2);
}

static bool stack_data(struct reading *reading)
{
    static const struct member members[] = {{"report_data", stack_report_data, false},
                                            {"runtime_events", stack_runtime_events, false},
                                            {"config", stack_config, false},
                                            {"report_data_payload", stack_payload, false}};

    reading->run->out->is_pod = reading->kind == 2;
    return reading->kind != 0 && read_map(reading, members, reading->run->out->is_pod ? 4 : 3);
}

static bool read_version(struct reading *reading)
{
    uint32_t version = 0;

    return read_number(reading, 1, &version) && version == 1;
}

static bool read_platform(struct reading *reading)
{
    static const char *const kinds[] = {"tdx", "gcp-tdx", "nitro-enclave", "aws-nitro-tpm",
                                        "sev-snp"};
    static const struct member members[] = {{"kind", read_kind, false},
                                            {"data", platform_data, false}};
    struct reading inner = {reading->run, reading->room, {0}, kinds, 5, 0};

    return read_map(&inner, members, 2);
}

static bool read_stack(struct reading *reading)
{
    static const char *const kinds[] = {"dstack", "dstack-pod"};
    static const struct member members[] = {{"kind", read_kind, false},
                                            {"data", stack_data, false}};
    struct reading inner = {reading->run, reading->room, {0}, kinds, 2, 0};

    return read_map(&inner, members, 2);
}

void certbind_attestation_read_v1(struct attestation_run *run)
{
    static const struct member members[] = {{"version", read_version, false},
                                            {"platform", read_platform, false},
                                            {"stack", read_stack, false}};
    const size_t len = certbind_reader_left(&run->r);
    struct certbind_msgpack_room room = {malloc(len), len};
    struct reading reading = {run, &room, {0}, NULL, 0, 0};

    run->out->memory = room.at;
    if (room.at == NULL)
        (void)certbind_attestation_refuse(run, CERTBIND_E_MEMORY, "memory ran out");
    else
        (void)read_map(&reading, members, 3);
}
