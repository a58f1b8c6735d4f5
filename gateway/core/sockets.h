/*
 * sockets: the bound sockets of a server's listeners, made before it starts or taken from
 * elsewhere.
 *
 * For a program that gives up the right to bind before it serves. Bound is not listening: nobody
 * can connect until the server starts.
 */
#ifndef GW_CORE_SOCKETS_H
#define GW_CORE_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/core/server.h"

/** Returns: how many sockets the listeners of a configuration need: one each for every thread. */
size_t gw_sockets_count(const struct gw_config *config);

/**
 * Bind every listener.
 *
 * Returns: false with a text in err; then none is left open
 * Out:     fds  gw_sockets_count descriptors, those of one listener side by side; the caller's
 */
GW_MUST_CHECK bool gw_sockets_bind(const struct gw_config *config, int *fds, char *err,
                                   size_t err_len);

/** Out: text  the address that a socket is bound to. Returns: false with errno. */
bool gw_socket_address(int fd, char *text, size_t len);

/** Close descriptors that are not -1, and make them so. */
void gw_sockets_close(int *fds, size_t count);

#endif
