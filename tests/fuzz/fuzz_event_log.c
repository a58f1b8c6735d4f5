/* Event logs: what is accepted keeps the rules, and replays the same every time. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "certbind/event_log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct certbind_event_log log;
    struct certbind_identity identity;
    uint8_t rtmr3[CERTBIND_RTMR_LEN];

    if (certbind_event_log_parse(certbind_bytes(data, size), &log, NULL) != CERTBIND_OK)
        return 0;
    assert(log.count <= CERTBIND_EVENT_LOG_MAX_EVENTS);
    for (size_t i = 0; i < log.count; i++)
        assert((log.events[i].imr == 3) == (log.events[i].type == CERTBIND_RUNTIME_EVENT_TYPE));
    assert(certbind_event_log_replay(&log, rtmr3));
    if (certbind_event_log_check(&log, rtmr3, &identity, NULL) == CERTBIND_OK) {
        assert(identity.ready_at < log.count);
        rtmr3[0] ^= 1;
        assert(certbind_event_log_check(&log, rtmr3, &identity, NULL) ==
               CERTBIND_E_EVENT_LOG_RTMR3);
    }
    certbind_event_log_cleanup(&log);
    return 0;
}
