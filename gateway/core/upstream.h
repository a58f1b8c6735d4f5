/*
 * upstream: where requests go. One object per loop and configured upstream: addresses, a pool of
 * connections, the queue of exchanges that wait for one. Private.
 */
#ifndef GW_CORE_UPSTREAM_H
#define GW_CORE_UPSTREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/socket.h>
#include <uv.h>

#include "gateway/core/loop.h"
#include "gateway/core/server.h"

struct gw_exchange;
struct gw_upconn;

enum { GW_UPSTREAM_ADDRESSES = 8 };

enum gw_server_kind {
    GW_SERVER_ADDRESS, /* numeric */
    GW_SERVER_UNIX,
    GW_SERVER_NAME /* to be resolved */
};

struct gw_upstream {
    struct gw_loop *loop;
    const struct gw_upstream_config *config;
    size_t index;
    size_t max_connections, max_idle, max_waiting;
    SSL_CTX *ctx;            /* NULL: plain */
    unsigned char alpn[256]; /* wire form of what to offer */
    unsigned alpn_len;

    enum gw_server_kind kind;
    const char *unix_path;
    char host[256], port[8];
    struct sockaddr_storage addresses[GW_UPSTREAM_ADDRESSES];
    size_t addresses_count, next_address;
    uint64_t resolved_at;
    uv_getaddrinfo_t resolve;
    bool resolving, stale;
    bool serving; /* gw_upstream_serve_queue is at work further up the stack */

    struct gw_upconn *all;  /* every connection */
    struct gw_upconn *idle; /* the one used last comes first */
    size_t count, idle_count;
    struct gw_exchange *queue, **queue_end;
    size_t waiting;
};

bool gw_upstreams_init(struct gw_loop *loop, char *err, size_t err_len);
void gw_upstreams_close(struct gw_loop *loop);
void gw_upstreams_cleanup(struct gw_loop *loop);

/** Find or make a connection for x: ends in gw_exchange_dialed or gw_exchange_up_failed, at once or
 * later. In: fresh  not one that was used before */
void gw_upstream_dial(struct gw_upstream *u, struct gw_exchange *x, bool fresh);

/** x no longer waits. */
void gw_upstream_forget(struct gw_upstream *u, struct gw_exchange *x);

/** A connection has become free or has gone: serve who waits. */
void gw_upstream_serve_queue(struct gw_upstream *u);

/** Begin to resolve the name; ends in gw_upconn_resolved for every connection that waits for it. */
void gw_upstream_resolve(struct gw_upstream *u);

/** Returns: whether the addresses are there, and begins to resolve when they are old. */
bool gw_upstream_has_address(struct gw_upstream *u);

#endif
