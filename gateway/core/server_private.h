/*
 * server_private: what loops ask of their server. Private to the core.
 */
#ifndef GW_CORE_SERVER_PRIVATE_H
#define GW_CORE_SERVER_PRIVATE_H

#include <stddef.h>

struct gw_server;

/** Returns: the bound socket of a listener for one loop, which passes to the caller. */
int gw_server_take_fd(struct gw_server *server, size_t listener, unsigned loop);

/** Returns: the port of a listener as text (borrowed). */
const char *gw_server_port(const struct gw_server *server, size_t listener);

#endif
