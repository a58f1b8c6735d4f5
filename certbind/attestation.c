#include "certbind/attestation.h"

#include <stdlib.h>
#include <string.h>

#include "certbind/attestation_form.h"
#include "certbind/utf8.h"

bool certbind_attestation_refuse(struct attestation_run *run, certbind_status status,
                                 const char *what)
{
    if (run->status == CERTBIND_OK)
        run->status = certbind_fail(run->err, status, "the attestation: %s", what);
    return false;
}

bool certbind_attestation_room(struct attestation_run *run, uint64_t count,
                               struct certbind_event_log *log)
{
    if (count > CERTBIND_EVENT_LOG_MAX_EVENTS || count > certbind_reader_left(&run->r))
        return certbind_attestation_refuse(run, CERTBIND_E_CERT_EVIDENCE, "too many events");
    log->events = calloc((size_t)count + 1, sizeof *log->events);
    if (log->events == NULL)
        return certbind_attestation_refuse(run, CERTBIND_E_MEMORY, "memory ran out");
    return true;
}

bool certbind_attestation_add(struct attestation_run *run, const struct certbind_event *event,
                              struct certbind_event_log *log)
{
    struct certbind_error inner = {0};

    if (!certbind_reader_ok(&run->r) || !certbind_utf8_ok(event->name))
        return certbind_attestation_refuse(run, CERTBIND_E_CERT_EVIDENCE,
                                           "an event that cannot be read");
    if (certbind_event_check_place(event, log->count, &inner) != CERTBIND_OK)
        return certbind_attestation_refuse(run, CERTBIND_E_CERT_EVIDENCE, inner.detail);
    log->events[log->count++] = *event;
    return true;
}

bool certbind_attestation_digest(struct certbind_bytes digest, struct certbind_event *event)
{
    if (digest.len != 0 && digest.len != sizeof event->digest)
        return false;
    event->has_digest = digest.len != 0;
    if (event->has_digest)
        memcpy(event->digest, digest.data, sizeof event->digest);
    return true;
}

/* The same event twice; a digest is never looked at. */
static bool same_event(const struct certbind_event *a, const struct certbind_event *b)
{
    return a->version == b->version && certbind_bytes_equal(a->name, b->name) &&
           certbind_bytes_equal(a->payload, b->payload);
}

/* The log may leave register 3 out; what it holds of it must be what is replayed. */
static bool copies_agree(const struct certbind_attestation *a)
{
    size_t at = 0;

    for (size_t i = 0; i < a->event_log.count; i++) {
        const struct certbind_event *event = &a->event_log.events[i];

        if (event->imr != 3)
            continue;
        if (at == a->runtime_events.count || !same_event(event, &a->runtime_events.events[at]))
            return false;
        at++;
    }
    return at == 0 || at == a->runtime_events.count;
}

static bool check_pod(struct attestation_run *run)
{
    uint8_t expected[CERTBIND_REPORT_DATA_LEN];

    if (!run->out->is_pod)
        return true;
    if (!certbind_tagged_report_data("app-data", run->out->report_data_payload, expected))
        return certbind_attestation_refuse(run, CERTBIND_E_INTERNAL, "cannot hash");
    if (memcmp(expected, run->out->report_data, sizeof expected) != 0)
        return certbind_attestation_refuse(run, CERTBIND_E_CERT_EVIDENCE_REPORT_DATA,
                                           "the report data of a pod is not that of its payload");
    return true;
}

static void check_whole(struct attestation_run *run)
{
    if (!certbind_reader_done(&run->r))
        (void)certbind_attestation_refuse(run, CERTBIND_E_CERT_EVIDENCE,
                                          "cut off, or bytes follow it");
    else if (run->out->config.len > CERTBIND_ATTESTATION_MAX_TEXT ||
             run->out->report_data_payload.len > CERTBIND_ATTESTATION_MAX_TEXT ||
             !certbind_utf8_ok(run->out->config))
        (void)certbind_attestation_refuse(run, CERTBIND_E_CERT_EVIDENCE,
                                          "its configuration or payload is too long or no text");
    else if (!copies_agree(run->out))
        (void)certbind_attestation_refuse(run, CERTBIND_E_CERT_EVIDENCE_EVENT_LOG,
                                          "its two copies of the runtime events differ");
    else
        (void)check_pod(run);
}

static bool begins_a_map(uint8_t head)
{
    return (head & 0xf0) == 0x80 || head == 0xde || head == 0xdf;
}

certbind_status certbind_attestation_parse(struct certbind_bytes bytes,
                                           struct certbind_attestation *out,
                                           struct certbind_error *err)
{
    struct attestation_run run = {.out = out, .err = err, .status = CERTBIND_OK};

    *out = (struct certbind_attestation){0};
    if (bytes.len == 0 || bytes.len > CERTBIND_ATTESTATION_MAX_BYTES)
        return certbind_fail(err, CERTBIND_E_CERT_EVIDENCE, "an attestation of %zu bytes",
                             bytes.len);
    certbind_reader_init(&run.r, bytes);
    if (bytes.data[0] == 0) {
        (void)certbind_read_u8(&run.r);
        certbind_attestation_read_v0(&run);
    } else if (begins_a_map(bytes.data[0])) {
        out->version = 1;
        certbind_attestation_read_v1(&run);
    } else {
        (void)certbind_attestation_refuse(&run, CERTBIND_E_CERT_EVIDENCE, "of unknown version");
    }
    if (run.status == CERTBIND_OK)
        check_whole(&run);
    if (run.status != CERTBIND_OK)
        certbind_attestation_cleanup(out);
    return run.status;
}

void certbind_attestation_cleanup(struct certbind_attestation *attestation)
{
    certbind_event_log_cleanup(&attestation->event_log);
    certbind_event_log_cleanup(&attestation->runtime_events);
    free(attestation->memory);
    *attestation = (struct certbind_attestation){0};
}
