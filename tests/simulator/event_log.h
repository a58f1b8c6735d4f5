/*
 * event_log: the measured events of the simulated TD and the four registers they add up to.
 */
#ifndef SIM_EVENT_LOG_H
#define SIM_EVENT_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "certbind/bytes.h"
#include "certbind/event_digest.h"
#include "tests/simulator/buffer.h"

enum { SIM_EVENTS_MAX = 64, SIM_RTMR_COUNT = 4 };

struct sim_event {
    unsigned imr; /* 0..3 */
    uint32_t type;
    unsigned version; /* 1 or 2: how a runtime event is hashed */
    char *name;       /* owned; empty for boot events that have none */
    struct sim_buffer payload;
    uint8_t digest[CERTBIND_SHA384_LEN];
};

struct sim_event_log {
    struct sim_event events[SIM_EVENTS_MAX];
    size_t count;
    uint8_t rtmr[SIM_RTMR_COUNT][CERTBIND_RTMR_LEN]; /* starts as zeros */
};

/** Add a boot event, digest SHA-384 of its payload, and extend its register. */
bool sim_event_log_add_boot(struct sim_event_log *log, unsigned imr, uint32_t type,
                            struct certbind_bytes payload);

/** Add a runtime event and extend RTMR3. In: version 1 or 2; name and payload are copied. */
bool sim_event_log_add_runtime(struct sim_event_log *log, unsigned version, const char *name,
                               struct certbind_bytes payload);

/** Add an event of somebody else's log as it stands there, and extend its register. */
bool sim_event_log_add_recorded(struct sim_event_log *log, unsigned imr, uint32_t type,
                                const uint8_t digest[CERTBIND_SHA384_LEN], const char *name,
                                struct certbind_bytes payload);

/** Append the log as the JSON array of TdxEvent objects that the guest agent gives. */
void sim_event_log_put_json(const struct sim_event_log *log, struct sim_buffer *out);

void sim_event_log_cleanup(struct sim_event_log *log);

#endif
