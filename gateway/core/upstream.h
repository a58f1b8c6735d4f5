/*
 * upstream: where requests go. One object per loop and configured upstream: its servers, their
 * addresses with a pool each (upstream_backend.h), the queue of exchanges that wait. Private.
 */
#ifndef GW_CORE_UPSTREAM_H
#define GW_CORE_UPSTREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uv.h>

#include "gateway/core/loop.h"
#include "gateway/core/retry_budget.h"
#include "gateway/core/server.h"
#include "gateway/core/upstream_backend.h"
#include "gateway/core/upstream_resolve.h"

struct gw_exchange;
struct gw_upconn;

enum { GW_UPSTREAM_SERVERS = 16, GW_UPSTREAM_BACKENDS = GW_UPSTREAM_SERVERS * GW_SOURCE_ADDRESSES };

struct gw_upstream {
    struct gw_loop *loop;
    const struct gw_upstream_config *config;
    size_t index;
    size_t max_connections, max_idle, max_waiting;
    SSL_CTX *ctx;            /* NULL: plain */
    unsigned char alpn[256]; /* wire form of what to offer */
    unsigned alpn_len;

    struct gw_source *sources; /* as configured */
    size_t sources_count;
    size_t resolving;     /* names that are looked up just now */
    uint64_t resolve_due; /* when the first name is to be looked up again; GW_NEVER: no names */

    struct gw_backend *backends[GW_UPSTREAM_BACKENDS];
    size_t backends_count;
    size_t turn;              /* of the balance */
    unsigned last_number;     /* of a backend */
    struct gw_verdict *bad;   /* what active checks call down */
    struct gw_checks *checks; /* on the loop that makes them; else NULL */

    struct gw_retry_budget budget;
    struct gw_upconn *all; /* every connection */
    bool serving;          /* the queue is served further up the stack */
    struct gw_exchange *queue, **queue_end;
    size_t waiting;
};

bool gw_upstreams_init(struct gw_loop *loop, char *err, size_t err_len);
void gw_upstreams_close(struct gw_loop *loop);
void gw_upstreams_cleanup(struct gw_loop *loop);

/** Find or make a connection for x: ends in gw_exchange_dialed or gw_exchange_up_failed, at once or
 * later. A tunnel and a retry get one that was not used before, and not one to the server that x
 * was tried on, if there is another. */
void gw_upstream_dial(struct gw_upstream *u, struct gw_exchange *x);

/** Returns: whether x, which could not be connected, may be dialed again: there is another server
 * or there may be one soon. */
bool gw_upstream_has_other(const struct gw_upstream *u, const struct gw_exchange *x);

/** Returns: how long an exchange may wait in the queue, in milliseconds. */
uint32_t gw_upstream_wait_ms(const struct gw_upstream *u);

/** x has waited too long. */
void gw_upstream_wait_ended(struct gw_upstream *u, struct gw_exchange *x);

/** x no longer waits. */
void gw_upstream_forget(struct gw_upstream *u, struct gw_exchange *x);

/** A connection has become free or has gone, or servers have come: serve who waits. */
void gw_upstream_serve_queue(struct gw_upstream *u);

/** A look-up has ended or a server was judged: serve who waits, or fail it when no address is known
 * or all are down. */
void gw_upstream_changed(struct gw_upstream *u);

/** Tell the server how many backends there are, if this loop makes the checks. */
void gw_upstream_publish(const struct gw_upstream *u);

#endif
