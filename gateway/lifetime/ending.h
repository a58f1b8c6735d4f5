/*
 * ending: the process ends in time, whatever its threads still wait for. A look-up of a name that
 * runs in the C library cannot be called back, and a resolver may take minutes.
 */
#ifndef GATEWAY_LIFETIME_ENDING_H
#define GATEWAY_LIFETIME_ENDING_H

#include <stdint.h>

#include <uv.h>

#include "gateway/log.h"

enum { GATEWAY_ENDING_MS = 3000 /* beyond the time of draining: a second would write the logs */ };

struct gateway_ending {
    uv_timer_t timer;
    const struct gateway_log *log;
};

/** Make ready; nothing ends yet. Both borrowed for as long as the loop. */
void gateway_ending_init(struct gateway_ending *e, uv_loop_t *loop, const struct gateway_log *log);

/** The process is to end by itself. In: drain_ms  that connections may take. What is left behind
 * GATEWAY_ENDING_MS later ends with it, with exit code 0. */
void gateway_ending_begin(struct gateway_ending *e, uint32_t drain_ms);

/** Nothing is left that could wait. */
void gateway_ending_stop(struct gateway_ending *e);

#endif
