/*
 * retry: a far side that is away is looked for again, with growing pauses, while a client waits.
 */
#ifndef SHIM_RETRY_H
#define SHIM_RETRY_H

#include <stdbool.h>

#include "gateway/core/exchange.h"

/**
 * From on_failure: decide once more after a pause, when nobody was there who could have got
 * anything of the request, and the exchange is not older than total_ms.
 *
 * Returns: whether again(user, x) will be called, unless shim_retry_gone is before
 */
bool shim_retry_later(struct gw_exchange *x, const struct gw_failure *failure, unsigned total_ms,
                      void (*again)(void *user, struct gw_exchange *x), void *user);

/** An exchange that nobody decided is over. */
void shim_retry_gone(struct gw_exchange *x);

#endif
