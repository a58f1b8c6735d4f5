/*
 * server_private: what loops ask of their server. Private to the core.
 */
#ifndef GW_CORE_SERVER_PRIVATE_H
#define GW_CORE_SERVER_PRIVATE_H

#include <stddef.h>

struct gw_server;
struct gw_upstream_state;

/** Returns: the bound socket of a listener for one loop, which passes to the caller. */
int gw_server_take_fd(struct gw_server *server, size_t listener, unsigned loop);

/** Returns: the port of a listener as text (borrowed). */
const char *gw_server_port(const struct gw_server *server, size_t listener);

/** Keep what gw_server_upstream_state tells. Only the loop that makes the checks calls it. */
void gw_server_set_upstream_state(struct gw_server *server, size_t upstream,
                                  const struct gw_upstream_state *state);

#endif
