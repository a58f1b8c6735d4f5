/*
 * metrics: the text of GET /metrics. It counts and names nothing that clients choose but status
 * codes, and nothing that the access log does not say of each request.
 */
#ifndef GATEWAY_METRICS_METRICS_H
#define GATEWAY_METRICS_METRICS_H

#include <stdint.h>

#include "gateway/lifetime/succession.h"
#include "gateway/lifetime/watchdog.h"
#include "gateway/limits/memory.h"
#include "gateway/log.h"
#include "gateway/serve/engine.h"
#include "gateway/metrics/process_usage.h"
#include "gateway/control/readiness.h"
#include "gateway/metrics/traffic.h"

/* All borrowed for the call. */
struct gateway_metrics_inputs {
    const struct gateway_readiness *readiness;
    const struct gw_stats *stats; /* NULL: nothing serves yet, as traffic */
    const struct gateway_traffic *traffic;
    const struct gateway_process_usage *usage;
    uint64_t max_connections;
    const struct gateway_memory *memory;
    const struct gateway_engine *engine;
    const struct gateway_log *log;
    const struct gateway_succession *succession;
    const struct gateway_watchdog *watchdog;
};

/** Returns: the text, to be freed; NULL when memory ran out. Out: len  its bytes */
char *gateway_metrics_write(const struct gateway_metrics_inputs *in, size_t *len);

#endif
