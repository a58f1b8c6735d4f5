/*
 * engine_loop: one loop of the engine without a server, for targets that feed it bytes by hand.
 */
#ifndef TESTS_FUZZ_ENGINE_LOOP_H
#define TESTS_FUZZ_ENGINE_LOOP_H

#include "gateway/core/upstream_conn.h"

enum { ENGINE_REQUESTS = 8 };

/** Returns: a loop on config, which is borrowed and whose listeners and upstreams are set. It makes
 * no active checks. */
struct gw_loop *engine_loop_new(const struct gw_config *config);

/** Returns: a connection of HTTP/2 as gw_conn_accept leaves it, which owns fd. */
struct gw_conn *engine_client_new(struct gw_loop *loop, int fd);

/** Have it ask GET, HEAD, POST without an end and a WebSocket, in turn, ENGINE_REQUESTS of them;
 * its window takes next to nothing. */
void engine_client_ask(struct gw_conn *c);

/** Returns: a connection of HTTP/2 to the first upstream, a unix socket, as gw_upconn_connect
 * leaves it; it owns fd. */
struct gw_upconn *engine_upstream_new(struct gw_loop *loop, int fd);

/** Run until no connection of a client is left. */
void engine_loop_end_clients(struct gw_loop *loop);

#endif
