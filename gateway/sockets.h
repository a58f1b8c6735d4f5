/*
 * sockets: what the gateway listens on, bound before it gives up its rights.
 */
#ifndef GATEWAY_SOCKETS_H
#define GATEWAY_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/core/server.h"

struct gateway_sockets {
    int *fds; /* of the engine's listeners (core/sockets.h), then that of the admin listener; owned
               */
    size_t count;
};

/**
 * Bind them all.
 *
 * Returns: false with a text in err
 */
bool gateway_sockets_bind(struct gateway_sockets *sockets, const struct gw_config *engine,
                          const char *admin, char *err, size_t err_len);

/** Returns: the admin listener's, which passes to the caller. */
int gateway_sockets_take_admin(struct gateway_sockets *sockets);

/** Close what is left; once nobody else has them either, new clients are refused. */
void gateway_sockets_close(struct gateway_sockets *sockets);

#endif
