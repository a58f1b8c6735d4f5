/* entry: how a scripted client comes in: over TLS or not, directly or through a relay that tells an
 * address of its own for it. */
#ifndef TESTS_SCHEDULE_ENTRY_H
#define TESTS_SCHEDULE_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/schedule/chan.h"

/**
 * Dial address, and begin as it wants.
 *
 * In:      http2  to offer it by ALPN, where there is TLS
 * Out:     told   the address that a relay told, 0: none
 * Returns: false when nobody listens there
 */
bool entry_open(struct chan *chan, const char *address, bool http2, uint32_t *told);

#endif
