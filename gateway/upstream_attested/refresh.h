/*
 * refresh: has the kept collateral fetched anew before it expires, off every event loop.
 */
#ifndef ATTESTED_REFRESH_H
#define ATTESTED_REFRESH_H

#include <stdbool.h>

#include <uv.h>

#include "gateway/upstream_attested/prove.h"

struct attested_refresh {
    uv_timer_t timer;
    uv_work_t work;
    bool busy; /* work is under way on a thread of the pool */
    const struct attested_prover *prover;
};

/** Begin on a loop; refresh must not move. Returns: whether it could. */
bool attested_refresh_start(struct attested_refresh *refresh, uv_loop_t *loop,
                            const struct attested_prover *prover);

/** End; the loop has to run until its handles are closed. */
void attested_refresh_stop(struct attested_refresh *refresh);

#endif
