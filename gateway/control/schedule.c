#include "gateway/control/schedule.h"

/* Clients refuse what begins later than this after their now (binding.md 2). */
enum { SKEW_S = 300 };

static bool is_due(int64_t from, int64_t until, int64_t now)
{
    return from == 0 || now < from - SKEW_S || now >= from + (until - from) / 2;
}

enum gateway_due gateway_schedule_due(const struct gateway_lifetimes *l, int64_t now)
{
    if (is_due(l->certificate_at, l->certificate_until, now))
        return GATEWAY_DUE_CERTIFICATE;
    return is_due(l->issued_at, l->not_after, now) ? GATEWAY_DUE_STATEMENT : GATEWAY_DUE_NOTHING;
}

uint32_t gateway_schedule_backoff_ms(unsigned failures, uint32_t random)
{
    uint32_t ms = GATEWAY_BACKOFF_FIRST_MS;

    for (unsigned i = 1; i < failures && ms < GATEWAY_BACKOFF_MAX_MS; i++)
        ms *= 2;
    if (ms > GATEWAY_BACKOFF_MAX_MS)
        ms = GATEWAY_BACKOFF_MAX_MS;
    return ms / 2 + random % (ms / 2 + 1);
}
