/* Versioned attestations: every view lies inside the input or its copy, and every event in order.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "certbind/attestation.h"
#include "certbind/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_events(const struct certbind_event_log *log, bool runtime)
{
    assert(log->count <= CERTBIND_EVENT_LOG_MAX_EVENTS);
    for (size_t i = 0; i < log->count; i++) {
        const struct certbind_event *event = &log->events[i];

        assert(event->imr <= 3 && (event->version == 1 || event->version == 2));
        assert((event->imr == 3) == (event->type == CERTBIND_RUNTIME_EVENT_TYPE));
        assert(!runtime || event->imr == 3);
        assert(certbind_utf8_ok(event->name));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct certbind_attestation a;
    uint8_t rtmr[CERTBIND_RTMR_LEN];

    if (certbind_attestation_parse(certbind_bytes(data, size), &a, NULL) == CERTBIND_OK) {
        assert(a.version == (data[0] == 0 ? 0 : 1));
        assert(a.quote.len <= size && a.config.len <= CERTBIND_ATTESTATION_MAX_TEXT);
        check_events(&a.event_log, false);
        check_events(&a.runtime_events, true);
        assert(certbind_event_log_replay(&a.runtime_events, rtmr));
    }
    certbind_attestation_cleanup(&a);
    return 0;
}
