#include "gateway/core/http2_budget.h"

enum { MS = 1000 };

bool gw_http2_budget_spend(struct gw_http2_budget *b, const struct gw_http2_rate *rate,
                           uint64_t now_ms)
{
    uint64_t back = (now_ms - b->at_ms) * rate->per_second / MS;

    if (b->spent == 0) {
        b->at_ms = now_ms;
    } else if (back > 0) {
        gw_http2_budget_earn(b, back < UINT32_MAX ? (uint32_t)back : UINT32_MAX);
        b->at_ms = now_ms;
    }
    if (b->spent >= rate->burst)
        return false;
    b->spent++;
    return true;
}

void gw_http2_budget_earn(struct gw_http2_budget *b, uint32_t tokens)
{
    b->spent = b->spent > tokens ? b->spent - tokens : 0;
}
