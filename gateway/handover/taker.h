/*
 * taker: a starting gateway takes the descriptors of a running one.
 */
#ifndef GATEWAY_HANDOVER_TAKER_H
#define GATEWAY_HANDOVER_TAKER_H

#include <stdbool.h>
#include <stddef.h>

/**
 * Ask for them, and wait until they are here.
 *
 * Returns: the connection to the running one, to be given to handover_taker_ready or closed, which
 *          leaves it running; -1 with a text in err: nobody is there, or its plan is another
 * In:      plan  what is wanted (see packet.h)
 * Out:     fds   count descriptors, in the order of the plan; the caller's
 */
int handover_take(const char *path, const char *plan, int *fds, size_t count, char *err,
                  size_t err_len);

/** Tell the running one that its listeners are served, and close the connection. Returns: false
 * with errno when it could not be told: it is gone. In: managed  the service manager has been told
 * to follow this process */
bool handover_taker_ready(int fd, bool managed);

#endif
