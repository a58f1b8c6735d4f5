/*
 * bucket: a rate with a burst, in one number: when all that was taken will have been made good.
 * Pure; time is an argument, of a clock that only goes forward.
 */
#ifndef GATEWAY_LIMITS_BUCKET_H
#define GATEWAY_LIMITS_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

struct gateway_rate {
    uint32_t per_s; /* 0: no limit */
    uint32_t burst; /* at once, after a pause; at least 1 is taken for it */
};

/* Microseconds; zero: nothing was taken yet. */
typedef uint64_t gateway_bucket;

/** Take one. Returns: 0: it was there; else after how many seconds, rounded up, one will be. */
unsigned gateway_bucket_take(gateway_bucket *bucket, const struct gateway_rate *rate,
                             uint64_t now_us);

/** Returns: whether it could be forgotten. */
bool gateway_bucket_is_full(gateway_bucket bucket, uint64_t now_us);

#endif
