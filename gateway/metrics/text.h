/*
 * text: the Prometheus text format, version 0.0.4, into a growing buffer. Pure.
 *
 * A failed allocation sticks: nothing is written any more and gateway_metrics_text_take gives NULL.
 */
#ifndef GATEWAY_METRICS_TEXT_H
#define GATEWAY_METRICS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/metrics/histogram.h"
#include "gateway/metrics/list.h"

#define GATEWAY_METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

enum { GATEWAY_METRICS_MAX_BYTES = 32 << 20 };

struct gateway_metrics_text {
    char *text; /* owned */
    size_t len, room;
    bool failed;
    enum gateway_metric metric; /* that is being written */
};

struct gateway_metric_label {
    const char *name;  /* NULL ends a list */
    const char *value; /* escaped here */
};

/** Begin a metric: its HELP and TYPE lines. Each metric once. */
void gateway_metrics_text_begin(struct gateway_metrics_text *t, enum gateway_metric metric);

/** One sample of it. In: labels  may be NULL */
void gateway_metrics_text_add(struct gateway_metrics_text *t,
                              const struct gateway_metric_label *labels, uint64_t value);

/** The same for a value with a fraction. */
void gateway_metrics_text_add_us(struct gateway_metrics_text *t, uint64_t value_us);

/** A metric of one sample without labels. */
void gateway_metrics_text_one(struct gateway_metrics_text *t, enum gateway_metric metric,
                              uint64_t value);

/** The samples of a histogram: buckets, sum and count, in seconds. */
void gateway_metrics_text_histogram(struct gateway_metrics_text *t,
                                    const struct gateway_metric_label *labels,
                                    const struct gateway_histogram_sum *sum);

/** Returns: the text, to be freed; NULL when it could not be written. t is empty then. */
char *gateway_metrics_text_take(struct gateway_metrics_text *t, size_t *len);

#endif
