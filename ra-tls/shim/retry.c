#include "ra-tls/shim/retry.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <uv.h>

#include "gateway/core/server.h"

enum { FIRST_MS = 100, LONGEST_MS = 2000 };

struct retry {
    uv_timer_t timer;
    struct gw_exchange *x;
    void (*again)(void *user, struct gw_exchange *x);
    void *user;
};

static void on_closed(uv_handle_t *timer)
{
    free(timer->data);
}

static void on_timer(uv_timer_t *timer)
{
    struct retry *r = timer->data;

    gw_exchange_set_user(r->x, NULL);
    r->again(r->user, r->x);
    uv_close((uv_handle_t *)timer, on_closed);
}

static bool is_away(const struct gw_failure *f)
{
    static const char *const codes[] = {
        "upstream-refused",         "upstream-unreachable",       "upstream-resolve",
        "upstream-resolve-timeout", "upstream-connect-timeout",   "upstream-closed",
        "upstream-reset",           "upstream-handshake-timeout",
    };

    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (strcmp(f->code, codes[i]) == 0)
            return f->unsent;
    return false;
}

bool shim_retry_later(struct gw_exchange *x, const struct gw_failure *failure, unsigned total_ms,
                      void (*again)(void *user, struct gw_exchange *x), void *user)
{
    /* Each pause is as long as all before it together. */
    uint64_t pause = failure->age_ms < FIRST_MS ? FIRST_MS : failure->age_ms;
    struct retry *r;

    if (pause > LONGEST_MS)
        pause = LONGEST_MS;
    if (!is_away(failure) || failure->age_ms + pause > total_ms)
        return false;
    r = calloc(1, sizeof *r);
    if (r == NULL || uv_timer_init(gw_loop_uv(gw_exchange_conn(x)->loop), &r->timer) != 0) {
        free(r);
        return false;
    }
    r->timer.data = r;
    r->x = x;
    r->again = again;
    r->user = user;
    (void)uv_timer_start(&r->timer, on_timer, pause, 0);
    gw_exchange_set_user(x, r);
    gw_exchange_defer(x);
    return true;
}

void shim_retry_gone(struct gw_exchange *x)
{
    struct retry *r = gw_exchange_user(x);

    if (r == NULL)
        return;
    gw_exchange_set_user(x, NULL);
    uv_close((uv_handle_t *)&r->timer, on_closed);
}
