/*
 * refresh: has the kept collateral fetched anew before it expires, off every event loop.
 */
#ifndef SHIM_REFRESH_H
#define SHIM_REFRESH_H

#include <stdbool.h>

#include <uv.h>

#include "ra-tls/shim/prove.h"

struct shim_refresh {
    uv_timer_t timer;
    uv_work_t work;
    bool busy; /* work is under way on a thread of the pool */
    const struct shim_prover *prover;
};

/** Begin on a loop; refresh must not move. Returns: whether it could. */
bool shim_refresh_start(struct shim_refresh *refresh, uv_loop_t *loop,
                        const struct shim_prover *prover);

/** End; the loop has to run until its handles are closed. */
void shim_refresh_stop(struct shim_refresh *refresh);

#endif
