/*
 * schedule: when evidence is due to be renewed, and how long to wait after a failure. Pure.
 */
#ifndef GATEWAY_CONTROL_SCHEDULE_H
#define GATEWAY_CONTROL_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

enum { GATEWAY_BACKOFF_FIRST_MS = 200, GATEWAY_BACKOFF_MAX_MS = 10000 };

enum gateway_due { GATEWAY_DUE_NOTHING = 1, GATEWAY_DUE_STATEMENT, GATEWAY_DUE_CERTIFICATE };

struct gateway_lifetimes {     /* Unix seconds; 0: there is none yet */
    int64_t issued_at;         /* of the statement */
    int64_t not_after;         /* of the statement */
    int64_t certificate_at;    /* when the certificate was made */
    int64_t certificate_until; /* its end */
};

/**
 * Returns: what is past half of its life, or from the future after the clock was set back. A due
 *          certificate includes the statement: both change as one.
 */
enum gateway_due gateway_schedule_due(const struct gateway_lifetimes *l, int64_t now);

/**
 * Returns: milliseconds to wait after that many failures in a row: 200 doubling to 10000, of which
 *          the upper half is spread by random
 */
uint32_t gateway_schedule_backoff_ms(unsigned failures, uint32_t random);

#endif
