#include "gateway/lifetime/watchdog.h"

#include <stdlib.h>
#include <string.h>

enum { WORDS = 3, US_PER_MS = 1000, MAX_DIGITS = 15 };

bool gateway_watchdog_parse(const char *text, uint64_t *interval_us)
{
    size_t len = strlen(text);

    *interval_us = 0;
    if (strspn(text, "0123456789") != len || len > MAX_DIGITS)
        return false;
    *interval_us = len > 0 ? strtoull(text, NULL, 10) : 0;
    return true;
}

static void on_asked(struct gw_loop *loop, void *arg)
{
    struct gateway_watchdog *w = arg;

    (void)loop;
    (void)atomic_fetch_sub(&w->asked, 1);
}

static void ask_workers(struct gateway_watchdog *w)
{
    const unsigned count = w->server != NULL ? gw_server_threads(w->server) : 0;

    atomic_store(&w->asked, count);
    for (unsigned i = 0; i < count; i++)
        if (!gw_loop_post(gw_server_loop(w->server, i), on_asked, w))
            (void)atomic_fetch_sub(&w->asked, 1); /* it has ended */
}

static void on_timer(uv_timer_t *timer)
{
    struct gateway_watchdog *w = timer->data;
    const unsigned missing = atomic_load(&w->asked);

    if (missing == 0) {
        w->late = false;
        gateway_notify_alive(w->notify);
        ask_workers(w);
        return;
    }
    if (!w->late)
        GATEWAY_LOG(w->log, GATEWAY_LOG_ERROR, "worker-stuck", {"workers", NULL, missing},
                    {"detail", "the service manager is not told that the gateway lives", 0});
    w->late = true;
}

bool gateway_watchdog_start(struct gateway_watchdog *w, uv_loop_t *loop,
                            const struct gateway_notify *notify, const struct gateway_log *log,
                            uint64_t interval_us)
{
    const uint64_t ms = interval_us / US_PER_MS / WORDS;

    w->notify = notify;
    w->log = log;
    atomic_store(&w->asked, 0);
    (void)uv_timer_init(loop, &w->timer);
    w->timer.data = w;
    if (interval_us == 0)
        return true;
    return ms > 0 && uv_timer_start(&w->timer, on_timer, 0, ms) == 0;
}

void gateway_watchdog_set_server(struct gateway_watchdog *w, struct gw_server *server)
{
    w->server = server;
}

unsigned gateway_watchdog_stuck(const struct gateway_watchdog *w)
{
    return w->late ? atomic_load(&w->asked) : 0;
}

void gateway_watchdog_stop(struct gateway_watchdog *w)
{
    if (!uv_is_closing((uv_handle_t *)&w->timer))
        uv_close((uv_handle_t *)&w->timer, NULL);
}
