/*
 * http2_server: HTTP/2 towards clients, as the loop sees it. Private to the core.
 */
#ifndef GW_CORE_HTTP2_SERVER_H
#define GW_CORE_HTTP2_SERVER_H

#include <stdbool.h>

struct gw_http2_shared;
struct gw_http2_stream;
struct gw_loop;

/** Returns: what the connections of one loop share; NULL when memory ran out. */
struct gw_http2_shared *gw_http2_shared_new(struct gw_loop *loop);
void gw_http2_shared_free(struct gw_http2_shared *shared);

/** Returns: whether both sides of the stream have ended and everything is written. */
bool gw_http2_stream_is_over(const struct gw_http2_stream *s);

/** The turn of the loop ends: let every session that has something to do write it, and end what has
 * ended. */
void gw_http2_settle(struct gw_loop *loop);

#endif
