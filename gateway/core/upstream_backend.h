/*
 * upstream_backend: one address of an upstream on one loop: its pool, what is known of its health,
 * and the choice among several. Private.
 *
 * Ejection, the one simple rule: `eject_failures` failures in a row (connecting, TLS, proof, first
 * byte) eject for `eject_ms`; a first byte of an answer ends the row. When every server that is up
 * is ejected they are all used anyway.
 */
#ifndef GW_CORE_UPSTREAM_BACKEND_H
#define GW_CORE_UPSTREAM_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/socket.h>

#include "gateway/core/upstream_config.h"

struct gw_carrier;
struct gw_loop;
struct gw_source;
struct gw_upconn;
struct gw_upstream;

enum { GW_BACKEND_TEXT = 128 };

struct gw_backend {
    struct gw_upstream *upstream;
    struct gw_source *source;
    struct sockaddr_storage address; /* zeroed for a unix socket */
    unsigned number;                 /* of its own on this upstream and loop; from 1 */
    bool down;                       /* active checks say so */
    bool refused;                    /* could not be connected; its name is being looked up */
    bool gone;         /* no address of its name any more: ends with its connections */
    unsigned failures; /* in a row */
    uint64_t ejected_until;
    struct gw_upconn *idle; /* the one used last comes first */
    size_t count, idle_count;
    struct gw_carrier *carriers; /* over HTTP/2: those that may still be given a call */
    size_t calls;                /* on all of its carriers */
    unsigned streak;             /* checks in a row that ended other than its state */
    struct gw_check *check;      /* under way; on the loop that makes them */
};

/* What active checks found out about one address; posted to every loop. */
struct gw_verdict {
    struct gw_verdict *next;
    size_t upstream, source; /* indexes */
    struct sockaddr_storage address;
    bool down;
};

/** A new address. Returns: false when memory ran out or there are too many. */
bool gw_backend_add(struct gw_upstream *u, struct gw_source *source,
                    const struct sockaddr_storage *address);

/** It is no address any more: close what is idle, let the rest end. */
void gw_backend_remove(struct gw_backend *b);

/** One of its connections is gone: frees a backend that has gone with its last one. */
void gw_backend_drop(struct gw_backend *b);

/** Returns: whether both are the same address and port. */
bool gw_backend_same_address(const struct sockaddr_storage *a, const struct sockaddr_storage *b);

/**
 * Choose one with room for one more exchange.
 *
 * Returns: NULL when there is none now
 * In:      avoid  number of one that is taken only for want of others; 0: none
 */
struct gw_backend *gw_backend_choose(struct gw_upstream *u, unsigned avoid, uint64_t now);

/** A connection to it could not be made, or it did not answer. In: code  static */
void gw_backend_failed(struct gw_backend *b, const char *code);

/** Take in what active checks found out. The verdict passes to the upstream. */
void gw_backend_judge(struct gw_upstream *u, struct gw_verdict *verdict);

/** Forget every verdict. */
void gw_backend_forget_verdicts(struct gw_upstream *u);

/** Returns: how many connections count against max_connections: a check's does not. */
size_t gw_backend_places_taken(const struct gw_backend *b);

/** Tell the caller of the engine. */
void gw_backend_tell(const struct gw_backend *b, enum gw_backend_change change, const char *reason);

#endif
