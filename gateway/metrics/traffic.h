/*
 * traffic: what each worker counts of requests and connections.
 *
 * Every counter has a place of its own from the start: labels are the routes and upstreams of the
 * configuration, the registered status codes, and the reason codes of the source. Each worker
 * writes its own counters without locks or allocation; gateway_traffic_write sums them.
 */
#ifndef GATEWAY_METRICS_TRAFFIC_H
#define GATEWAY_METRICS_TRAFFIC_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/config/config.h"
#include "gateway/core/record.h"
#include "gateway/core/upstream_config.h"
#include "gateway/metrics/text.h"

struct gateway_traffic;

/** Returns: counters for so many workers, all 0; NULL when memory ran out. In: config  borrowed */
struct gateway_traffic *gateway_traffic_new(const struct gateway_config *config, unsigned workers);

/** NULL does nothing. */
void gateway_traffic_free(struct gateway_traffic *traffic);

/* On the worker's own thread. NULL does nothing. */
void gateway_traffic_request(struct gateway_traffic *traffic, unsigned worker,
                             const struct gw_request_record *r);
void gateway_traffic_conn(struct gateway_traffic *traffic, unsigned worker,
                          const struct gw_conn_record *r);
void gateway_traffic_failure(struct gateway_traffic *traffic, unsigned worker, size_t upstream);
void gateway_traffic_ejection(struct gateway_traffic *traffic, unsigned worker, size_t upstream);
/** A line of the access log was lost. */
void gateway_traffic_line_lost(struct gateway_traffic *traffic, unsigned worker);

/** Returns: the lines that were lost; NULL gives 0. Any thread. */
uint64_t gateway_traffic_lines_lost(const struct gateway_traffic *traffic);

/** Write the metrics that are counted here. Any thread. */
void gateway_traffic_write(const struct gateway_traffic *traffic, struct gateway_metrics_text *out);

/**
 * The label of a status: its number when it is registered, else its class.
 *
 * Returns: a number below GATEWAY_TRAFFIC_CODES; Out: text  "404", "5xx", "0"
 */
size_t gateway_traffic_code(unsigned status);
void gateway_traffic_code_name(size_t code, char text[8]);

enum { GATEWAY_TRAFFIC_CODES = 68 };

#endif
