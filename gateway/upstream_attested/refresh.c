#include "gateway/upstream_attested/refresh.h"

#include <time.h>

/* The wall clock is looked at each second: it may be set, and machines are suspended. The transfer
 * is short: the end of the program waits for it. */
enum { LOOK_MS = 1000, TRANSFER_MS = 10000 };

static uint64_t unix_now(void)
{
    time_t now = time(NULL);

    return now < 0 ? 0 : (uint64_t)now;
}

static void on_work(uv_work_t *work)
{
    const struct attested_refresh *r = work->data;

    ratls_collateral_refresh(r->prover->ctx, r->prover->target->sources, unix_now(), TRANSFER_MS);
}

static void on_worked(uv_work_t *work, int status)
{
    struct attested_refresh *r = work->data;

    (void)status;
    r->busy = false;
}

static void on_timer(uv_timer_t *timer)
{
    struct attested_refresh *r = timer->data;

    if (!r->busy && ratls_collateral_refresh_at(r->prover->ctx) <= unix_now())
        r->busy = uv_queue_work(timer->loop, &r->work, on_work, on_worked) == 0;
}

bool attested_refresh_start(struct attested_refresh *refresh, uv_loop_t *loop,
                            const struct attested_prover *prover)
{
    *refresh = (struct attested_refresh){.prover = prover};
    if (uv_timer_init(loop, &refresh->timer) != 0)
        return false;
    refresh->timer.data = refresh;
    refresh->work.data = refresh;
    return prover->target->sources == NULL || prover->target->sources->url_count == 0 ||
           uv_timer_start(&refresh->timer, on_timer, LOOK_MS, LOOK_MS) == 0;
}

void attested_refresh_stop(struct attested_refresh *refresh)
{
    uv_close((uv_handle_t *)&refresh->timer, NULL);
    if (refresh->busy)
        (void)uv_cancel((uv_req_t *)&refresh->work);
}
