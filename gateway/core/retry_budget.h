/*
 * retry_budget: how many requests may be sent a second time.
 *
 * A fifth of the requests of the last ten seconds, and always a few: when an upstream is ill, what
 * it gets does not double. Pure: time is an argument.
 */
#ifndef GW_CORE_RETRY_BUDGET_H
#define GW_CORE_RETRY_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

enum { GW_RETRY_WINDOW_MS = 10000, GW_RETRY_SHARE = 5, GW_RETRY_ALWAYS = 10 };

/* Zeroed: nothing was asked yet. */
struct gw_retry_budget {
    uint64_t until; /* end of the window under way, in milliseconds */
    uint64_t requests, retries;
};

/** A request begins. */
void gw_retry_budget_request(struct gw_retry_budget *b, uint64_t now_ms);

/** Returns: whether one more may be sent again; then it is counted. */
bool gw_retry_budget_take(struct gw_retry_budget *b, uint64_t now_ms);

#endif
