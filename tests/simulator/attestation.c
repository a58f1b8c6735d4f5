#include "tests/simulator/attestation.h"

#include "tests/simulator/msgpack.h"
#include "tests/simulator/scale.h"

/* Variants of version 0. */
enum { VERSION_0 = 0, VARIANT_TDX = 0 };

static bool is_kept(const struct sim_event *e, enum sim_attestation_form form)
{
    return form == SIM_ATTESTATION_FULL || e->imr == 3;
}

static struct certbind_bytes digest_of(const struct sim_event *e, enum sim_attestation_form form)
{
    return certbind_bytes(e->digest, form == SIM_ATTESTATION_FULL ? sizeof e->digest : 0);
}

static size_t count_kept(const struct sim_event_log *log, enum sim_attestation_form form)
{
    size_t count = 0;

    for (size_t i = 0; i < log->count; i++)
        count += is_kept(&log->events[i], form) ? 1 : 0;
    return count;
}

static bool has_version_2(const struct sim_event_log *log)
{
    for (size_t i = 0; i < log->count; i++) {
        if (log->events[i].version == 2)
            return true;
    }
    return false;
}

static bool is_runtime(const struct sim_event *e)
{
    return e->imr == 3;
}

static void put_v0_events(struct sim_buffer *b, const struct sim_event_log *log,
                          enum sim_attestation_form form)
{
    sim_scale_put_compact(b, count_kept(log, form));
    for (size_t i = 0; i < log->count; i++) {
        const struct sim_event *e = &log->events[i];

        if (!is_kept(e, form))
            continue;
        sim_buffer_put_u32le(b, e->imr);
        sim_buffer_put_u32le(b, e->type);
        sim_scale_put_vector(b, digest_of(e, form));
        sim_scale_put_vector(b, certbind_text(e->name));
        sim_scale_put_vector(b, sim_buffer_view(&e->payload));
    }
    sim_scale_put_compact(b, count_kept(log, SIM_ATTESTATION_STRIPPED));
    for (size_t i = 0; i < log->count; i++) {
        const struct sim_event *e = &log->events[i];

        if (!is_runtime(e))
            continue;
        sim_scale_put_vector(b, certbind_text(e->name));
        sim_scale_put_vector(b, sim_buffer_view(&e->payload));
    }
}

static void put_v0(struct sim_buffer *b, const struct sim_td *td, struct certbind_bytes quote,
                   const uint8_t report_data[64], enum sim_attestation_form form)
{
    sim_buffer_put_u8(b, VERSION_0);
    sim_buffer_put_u8(b, VARIANT_TDX);
    sim_scale_put_vector(b, quote);
    put_v0_events(b, &td->log, form);
    sim_buffer_put(b, report_data, 64);
    sim_scale_put_vector(b, sim_buffer_view(&td->vm_config));
}

static void put_key(struct sim_buffer *b, const char *key)
{
    sim_msgpack_put_text(b, certbind_text(key));
}

static void put_v1_version(struct sim_buffer *b, unsigned version)
{
    if (version != 2)
        return;
    put_key(b, "version");
    sim_msgpack_put_unsigned(b, version);
}

static void put_v1_events(struct sim_buffer *b, const struct sim_event_log *log,
                          enum sim_attestation_form form)
{
    sim_msgpack_put_array(b, count_kept(log, form));
    for (size_t i = 0; i < log->count; i++) {
        const struct sim_event *e = &log->events[i];

        if (!is_kept(e, form))
            continue;
        sim_msgpack_put_map(b, e->version == 2 ? 6 : 5);
        put_key(b, "imr");
        sim_msgpack_put_unsigned(b, e->imr);
        put_key(b, "event_type");
        sim_msgpack_put_unsigned(b, e->type);
        put_key(b, "digest");
        sim_msgpack_put_bin(b, digest_of(e, form));
        put_key(b, "event");
        sim_msgpack_put_text(b, certbind_text(e->name));
        put_key(b, "event_payload");
        sim_msgpack_put_bin(b, sim_buffer_view(&e->payload));
        put_v1_version(b, e->version);
    }
}

static void put_v1_runtime_events(struct sim_buffer *b, const struct sim_event_log *log)
{
    sim_msgpack_put_array(b, count_kept(log, SIM_ATTESTATION_STRIPPED));
    for (size_t i = 0; i < log->count; i++) {
        const struct sim_event *e = &log->events[i];

        if (!is_runtime(e))
            continue;
        sim_msgpack_put_map(b, e->version == 2 ? 3 : 2);
        put_key(b, "event");
        sim_msgpack_put_text(b, certbind_text(e->name));
        put_key(b, "payload");
        sim_msgpack_put_bin(b, sim_buffer_view(&e->payload));
        put_v1_version(b, e->version);
    }
}

static void put_v1(struct sim_buffer *b, const struct sim_td *td, struct certbind_bytes quote,
                   const uint8_t report_data[64], enum sim_attestation_form form)
{
    sim_msgpack_put_map(b, 3);
    put_key(b, "version");
    sim_msgpack_put_unsigned(b, 1);
    put_key(b, "platform");
    sim_msgpack_put_map(b, 2);
    put_key(b, "kind");
    put_key(b, "tdx");
    put_key(b, "data");
    sim_msgpack_put_map(b, 2);
    put_key(b, "quote");
    sim_msgpack_put_byte_array(b, quote);
    put_key(b, "event_log");
    put_v1_events(b, &td->log, form);
    put_key(b, "stack");
    sim_msgpack_put_map(b, 2);
    put_key(b, "kind");
    put_key(b, "dstack");
    put_key(b, "data");
    sim_msgpack_put_map(b, 3);
    put_key(b, "report_data");
    sim_msgpack_put_byte_array(b, certbind_bytes(report_data, 64));
    put_key(b, "runtime_events");
    put_v1_runtime_events(b, &td->log);
    put_key(b, "config");
    sim_msgpack_put_text(b, sim_buffer_view(&td->vm_config));
}

bool sim_attestation_encode(const struct sim_td *td, struct certbind_bytes quote,
                            const uint8_t report_data[64], enum sim_attestation_form form,
                            struct sim_buffer *out)
{
    if (has_version_2(&td->log))
        put_v1(out, td, quote, report_data, form);
    else
        put_v0(out, td, quote, report_data, form);
    return sim_buffer_ok(out);
}
