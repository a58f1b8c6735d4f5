#include "gateway/metrics/histogram.h"

static const uint32_t bounds_us[GATEWAY_HISTOGRAM_BOUNDS] = {
    1000,   2500,   5000,    10000,   25000,   50000,    100000,
    250000, 500000, 1000000, 2500000, 5000000, 10000000, 30000000,
};

uint64_t gateway_histogram_bound_us(size_t bucket)
{
    return bounds_us[bucket];
}

void gateway_histogram_add(struct gateway_histogram *h, uint64_t us)
{
    size_t i = 0;

    while (i < GATEWAY_HISTOGRAM_BOUNDS && us > bounds_us[i])
        i++;
    gateway_counter_add(&h->buckets[i], 1);
    gateway_counter_add(&h->sum_us, us);
}

void gateway_histogram_merge(struct gateway_histogram_sum *sum, const struct gateway_histogram *h)
{
    for (size_t i = 0; i <= GATEWAY_HISTOGRAM_BOUNDS; i++)
        sum->buckets[i] += gateway_counter_read(&h->buckets[i]);
    sum->sum_us += gateway_counter_read(&h->sum_us);
}

bool gateway_histogram_is_empty(const struct gateway_histogram_sum *sum)
{
    for (size_t i = 0; i <= GATEWAY_HISTOGRAM_BOUNDS; i++)
        if (sum->buckets[i] != 0)
            return false;
    return true;
}
