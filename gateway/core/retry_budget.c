#include "gateway/core/retry_budget.h"

static void turn(struct gw_retry_budget *b, uint64_t now_ms)
{
    if (now_ms < b->until)
        return;
    *b = (struct gw_retry_budget){.until = now_ms + GW_RETRY_WINDOW_MS};
}

void gw_retry_budget_request(struct gw_retry_budget *b, uint64_t now_ms)
{
    turn(b, now_ms);
    b->requests++;
}

bool gw_retry_budget_take(struct gw_retry_budget *b, uint64_t now_ms)
{
    turn(b, now_ms);
    if (b->retries >= GW_RETRY_ALWAYS && b->retries >= b->requests / GW_RETRY_SHARE)
        return false;
    b->retries++;
    return true;
}
