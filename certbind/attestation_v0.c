#include "certbind/attestation_form.h"
#include "certbind/scale.h"

enum { VARIANT_DSTACK_TDX = 0, VARIANT_LAST = 4 };

/* { imr u32; event_type u32; C digest; C event; C event_payload }, always of version 1 */
static bool read_log_event(struct attestation_run *run)
{
    struct certbind_event event = {.version = 1};
    struct certbind_bytes digest;

    event.imr = certbind_read_u32le(&run->r);
    event.type = certbind_read_u32le(&run->r);
    digest = certbind_scale_octets(&run->r);
    event.name = certbind_scale_octets(&run->r);
    event.payload = certbind_scale_octets(&run->r);
    if (event.imr > 3 || !certbind_attestation_digest(digest, &event))
        return certbind_attestation_refuse(run, CERTBIND_E_CERT_EVIDENCE,
                                           "an event of register 4 or above, or a digest of "
                                           "another length");
    return certbind_attestation_add(run, &event, &run->out->event_log);
}

/* { C event; C payload } */
static bool read_runtime_event(struct attestation_run *run)
{
    struct certbind_event event = {.version = 1, .imr = 3, .type = CERTBIND_RUNTIME_EVENT_TYPE};

    event.name = certbind_scale_octets(&run->r);
    event.payload = certbind_scale_octets(&run->r);
    return certbind_attestation_add(run, &event, &run->out->runtime_events);
}

static bool read_events(struct attestation_run *run, struct certbind_event_log *log,
                        bool (*read)(struct attestation_run *run))
{
    const uint32_t count = certbind_scale_compact(&run->r);

    if (!certbind_attestation_room(run, count, log))
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (!read(run))
            return false;
    return true;
}

void certbind_attestation_read_v0(struct attestation_run *run)
{
    const uint8_t variant = certbind_read_u8(&run->r);

    if (variant != VARIANT_DSTACK_TDX) {
        (void)certbind_attestation_refuse(
            run,
            variant <= VARIANT_LAST ? CERTBIND_E_CERT_EVIDENCE_PLATFORM : CERTBIND_E_CERT_EVIDENCE,
            variant <= VARIANT_LAST ? "of another platform than TDX" : "of an unknown variant");
        return;
    }
    run->out->quote = certbind_scale_octets(&run->r);
    if (!read_events(run, &run->out->event_log, read_log_event) ||
        !read_events(run, &run->out->runtime_events, read_runtime_event))
        return;
    certbind_read_to(&run->r, run->out->report_data, sizeof run->out->report_data);
    run->out->config = certbind_scale_octets(&run->r);
}
