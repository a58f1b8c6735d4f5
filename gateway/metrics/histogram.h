/*
 * histogram: how many of something took how long. One thread adds, any thread reads.
 */
#ifndef GATEWAY_METRICS_HISTOGRAM_H
#define GATEWAY_METRICS_HISTOGRAM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GATEWAY_HISTOGRAM_BOUNDS = 14 };

struct gateway_histogram {
    _Atomic uint64_t buckets[GATEWAY_HISTOGRAM_BOUNDS + 1]; /* the last one: longer than all */
    _Atomic uint64_t sum_us;
};

/* The same, summed over threads. */
struct gateway_histogram_sum {
    uint64_t buckets[GATEWAY_HISTOGRAM_BOUNDS + 1];
    uint64_t sum_us;
};

/** Returns: the upper bound of a bucket in microseconds; it belongs to the bucket. */
uint64_t gateway_histogram_bound_us(size_t bucket);

/** Only its own thread may call it. */
void gateway_histogram_add(struct gateway_histogram *h, uint64_t us);

/** Add what was counted to a sum. Any thread. */
void gateway_histogram_merge(struct gateway_histogram_sum *sum, const struct gateway_histogram *h);

/** Returns: whether nothing was counted. */
bool gateway_histogram_is_empty(const struct gateway_histogram_sum *sum);

/** Add to a counter that only one thread writes and others may read. */
static inline void gateway_counter_add(_Atomic uint64_t *counter, uint64_t n)
{
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n,
                          memory_order_relaxed);
}

static inline uint64_t gateway_counter_read(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

#endif
