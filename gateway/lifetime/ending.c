#include "gateway/lifetime/ending.h"

#include <unistd.h>

static void on_timer(uv_timer_t *timer)
{
    const struct gateway_ending *e = timer->data;

    GATEWAY_LOG(e->log, GATEWAY_LOG_INFO, "stopped", {"exit", NULL, 0},
                {"detail", "around a thread that still waits, for a resolver perhaps", 0});
    _exit(0);
}

void gateway_ending_init(struct gateway_ending *e, uv_loop_t *loop, const struct gateway_log *log)
{
    (void)uv_timer_init(loop, &e->timer);
    e->timer.data = e;
    e->log = log;
}

void gateway_ending_begin(struct gateway_ending *e, uint32_t drain_ms)
{
    if (!uv_is_closing((uv_handle_t *)&e->timer))
        (void)uv_timer_start(&e->timer, on_timer, (uint64_t)drain_ms + GATEWAY_ENDING_MS, 0);
}

void gateway_ending_stop(struct gateway_ending *e)
{
    uv_close((uv_handle_t *)&e->timer, NULL);
}
