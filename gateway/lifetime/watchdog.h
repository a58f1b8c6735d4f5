/*
 * watchdog: tells the service manager that the gateway lives, as long as the control loop and every
 * worker do: each worker answers a message before the next word goes out.
 */
#ifndef GATEWAY_LIFETIME_WATCHDOG_H
#define GATEWAY_LIFETIME_WATCHDOG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "gateway/core/server.h"
#include "gateway/log.h"
#include "gateway/lifetime/notify.h"

struct gateway_watchdog {
    uv_timer_t timer;
    const struct gateway_notify *notify;
    const struct gateway_log *log;
    struct gw_server *server; /* NULL: only the control loop is asked */
    atomic_uint asked;        /* workers that have not answered */
    bool late;
};

/**
 * Begin. The struct must outlive the loop and the server.
 *
 * Returns: false when interval_us is too short to be kept
 * In:      interval_us  within which the manager wants a word; 0: it wants none
 */
bool gateway_watchdog_start(struct gateway_watchdog *w, uv_loop_t *loop,
                            const struct gateway_notify *notify, const struct gateway_log *log,
                            uint64_t interval_us);

/** From now on these workers are asked; NULL: none. */
void gateway_watchdog_set_server(struct gateway_watchdog *w, struct gw_server *server);

/** Returns: how many workers did not answer in time. */
unsigned gateway_watchdog_stuck(const struct gateway_watchdog *w);

void gateway_watchdog_stop(struct gateway_watchdog *w);

/** Read the microseconds of an option. Returns: false for another form; empty is 0. */
bool gateway_watchdog_parse(const char *text, uint64_t *interval_us);

#endif
