/*
 * http2_budget: how much a peer may do that carries no request: a bucket of tokens that fills with
 * time. Pure.
 */
#ifndef GW_CORE_HTTP2_BUDGET_H
#define GW_CORE_HTTP2_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

struct gw_http2_rate {
    uint32_t burst;      /* most tokens that are ever there; all of them at first */
    uint32_t per_second; /* tokens that come back */
};

struct gw_http2_budget {
    uint32_t spent; /* zeroed memory is a full bucket */
    uint64_t at_ms; /* up to when tokens have come back */
};

/** Returns: whether there was a token left. In: now_ms  of a clock that never goes back */
bool gw_http2_budget_spend(struct gw_http2_budget *b, const struct gw_http2_rate *rate,
                           uint64_t now_ms);

/** Give tokens back for work that was done. */
void gw_http2_budget_earn(struct gw_http2_budget *b, uint32_t tokens);

#endif
