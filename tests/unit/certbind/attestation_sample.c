#include "tests/unit/certbind/attestation_sample.h"

#include <stdlib.h>

#include "tests/support/cmocka_all.h"

void attestation_sample_open(struct attestation_sample *s)
{
    *s = (struct attestation_sample){.platform = "tdx",
                                     .stack = "dstack",
                                     .name = "app-id",
                                     .log_name = "app-id",
                                     .payload = "payload",
                                     .log_payload = "payload",
                                     .imr = 3,
                                     .type = CERTBIND_RUNTIME_EVENT_TYPE,
                                     .version = 1,
                                     .log_version = 1,
                                     .events = 1,
                                     .log_events = 1,
                                     .report_data_len = CERTBIND_REPORT_DATA_LEN};
}

static void octets(const struct attestation_sample *s, struct pack *out,
                   struct certbind_bytes value)
{
    if (s->binary)
        pack_binary(out, value);
    else
        pack_integers(out, value);
}

static void write_log(const struct attestation_sample *s, struct pack *out)
{
    static const uint8_t digest[64];

    pack_array(out, s->log_events);
    for (uint32_t i = 0; i < s->log_events; i++) {
        pack_map(out, s->log_version == 1 ? 5 : 7);
        pack_text(out, "imr");
        pack_number(out, s->imr);
        pack_text(out, "event_type");
        pack_number(out, s->type);
        pack_text(out, "digest");
        octets(s, out, certbind_bytes(digest, s->digest_len));
        pack_text(out, "event");
        pack_text(out, s->log_name);
        pack_text(out, "event_payload");
        octets(s, out, certbind_text(s->log_payload));
        if (s->log_version != 1) {
            pack_text(out, "version");
            pack_number(out, s->log_version);
            pack_text(out, "preimage");
            pack_text(out, "7b");
        }
    }
}

static void write_events(const struct attestation_sample *s, struct pack *out)
{
    pack_array(out, s->events);
    for (uint32_t i = 0; i < s->events; i++) {
        pack_map(out, s->version == 1 ? 2 : 3);
        pack_text(out, "event");
        pack_text(out, s->name);
        pack_text(out, "payload");
        octets(s, out, certbind_text(s->payload));
        if (s->version != 1) {
            pack_text(out, "version");
            pack_number(out, s->version);
        }
    }
}

static void write_kind(const char *kind, struct pack *out)
{
    pack_text(out, "kind");
    pack_text(out, kind);
}

static void write_stack(const struct attestation_sample *s, struct pack *out)
{
    const uint32_t members =
        2 + (s->without_config ? 0u : 1u) + (s->pod_payload != NULL) + (s->extra != NULL);

    pack_text(out, "stack");
    pack_map(out, 2);
    if (!s->stack_data_first)
        write_kind(s->stack, out);
    pack_text(out, "data");
    pack_map(out, members);
    pack_text(out, "report_data");
    octets(s, out, certbind_bytes(s->report_data, s->report_data_len));
    pack_text(out, "runtime_events");
    write_events(s, out);
    if (!s->without_config) {
        pack_text(out, "config");
        pack_text(out, "{}");
    }
    if (s->pod_payload != NULL) {
        pack_text(out, "report_data_payload");
        pack_text(out, s->pod_payload);
    }
    if (s->extra != NULL) {
        pack_text(out, s->extra);
        pack_text(out, "x");
    }
    if (s->stack_data_first)
        write_kind(s->stack, out);
}

void attestation_sample_write(const struct attestation_sample *s, struct pack *out)
{
    out->len = 0;
    pack_map(out, 3);
    pack_text(out, "version");
    pack_number(out, 1);
    pack_text(out, "platform");
    pack_map(out, 2);
    if (!s->data_first)
        write_kind(s->platform, out);
    pack_text(out, "data");
    pack_map(out, 2);
    pack_text(out, "quote");
    octets(s, out, certbind_text("a quote"));
    pack_text(out, "event_log");
    write_log(s, out);
    if (s->data_first)
        write_kind(s->platform, out);
    write_stack(s, out);
}

certbind_status attestation_sample_parse(const struct attestation_sample *s,
                                         struct certbind_error *err)
{
    struct pack *out = calloc(1, sizeof *out);
    struct certbind_attestation attestation;
    certbind_status status;

    assert_non_null(out);
    attestation_sample_write(s, out);
    status = certbind_attestation_parse(pack_bytes(out), &attestation, err);
    certbind_attestation_cleanup(&attestation);
    free(out);
    return status;
}
