/*
 * meter: how the calls of the guest agent ended, and how long quotes took. Control loop only.
 */
#ifndef GATEWAY_AGENT_METER_H
#define GATEWAY_AGENT_METER_H

#include <stdint.h>

#include "gateway/agent/result.h"
#include "gateway/metrics/histogram.h"

struct gateway_agent_meter {
    uint64_t calls[GATEWAY_AGENT_RESULT_COUNT]; /* by their end */
    struct gateway_histogram quotes;            /* that were answered */
    uint64_t begun_ms;                          /* the call that is under way was dialed */
};

/** The call that was under way has ended. */
void gateway_agent_meter_add(struct gateway_agent_meter *meter, const char *method,
                             enum gateway_agent_result result, uint64_t now_ms);

#endif
