/*
 * meeting: the unix socket at which a running gateway can be met by the one that is to replace it.
 */
#ifndef GATEWAY_HANDOVER_MEETING_H
#define GATEWAY_HANDOVER_MEETING_H

#include <stdbool.h>
#include <stddef.h>

/**
 * Listen at a path, for this user alone. A file that a gateway left behind is replaced; one at
 * which somebody listens, or that is no socket, is not.
 *
 * Returns: a descriptor that does not block; -1 with a text in err
 */
int handover_listen(const char *path, char *err, size_t err_len);

/**
 * Connect to who listens there, when it runs as this user.
 *
 * Returns: a descriptor whose waits end after HANDOVER_WAIT_S; -1 with a text in err
 */
int handover_connect(const char *path, char *err, size_t err_len);

enum { HANDOVER_WAIT_S = 5 };

#endif
