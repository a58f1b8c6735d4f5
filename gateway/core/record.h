/*
 * record: what the engine tells about an ended request, an ended connection, and its counters.
 *
 * The callbacks run on loop threads. Slices and texts are borrowed for the call. What of it is
 * written to a log is the caller's decision: the engine itself writes nothing.
 */
#ifndef GW_CORE_RECORD_H
#define GW_CORE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/core/exchange.h"

struct gw_request_record {
    const struct gw_conn_info *conn;
    const struct gw_http1_request *request; /* NULL when the head was refused */
    uint64_t number;                        /* of the request on its connection, from 1 */
    const char *id;                         /* request id; letters, digits, "-._~:@=+/" */
    const char *route;                      /* name given with gw_forward; NULL: none */
    size_t upstream;                        /* SIZE_MAX: not forwarded */
    bool upstream_reused;
    unsigned status;              /* 0: no answer was sent */
    uint64_t bytes_in, bytes_out; /* body bytes, decoded */
    uint64_t total_us;            /* first byte of the head to last byte of the answer */
    uint64_t dial_us;             /* until an upstream connection was there */
    uint64_t first_byte_us;       /* until the upstream's first byte; 0: none came */
    const char *reason;           /* stable code when it did not end well; NULL: it did */
};

struct gw_conn_record {
    const struct gw_conn_info *conn;
    const char *state;  /* last state before closing */
    const char *reason; /* stable code; "closed" and "client-eof" are normal ends */
    uint64_t requests;
    uint64_t bytes_in, bytes_out; /* on the wire */
    uint64_t total_us;
    uint64_t handshake_us; /* 0: without TLS, or it failed */
    char detail[96];       /* first reason of a TLS failure; empty otherwise */
};

enum { GW_STATS_STATES = 8 }; /* no connection has more states */

/* Counters since start, summed over the loops; gauges are marked. */
struct gw_stats {
    uint64_t accepted, handshakes, handshakes_resumed, handshakes_failed;
    uint64_t requests, requests_refused, responses_own, upstream_failures;
    uint64_t upstream_connects, upstream_reuses, upstream_retries, upstream_ejections;
    uint64_t proofs_ready, proofs_refused;
    uint64_t timeouts, accept_pauses, accept_errors;
    uint64_t connections_refused;          /* by on_admit */
    uint64_t wire_in, wire_out;            /* bytes of client connections, as they pass */
    uint64_t connections;                  /* gauge: open client connections */
    uint64_t conn_states[GW_STATS_STATES]; /* gauges: the same by their state */
    uint64_t upstream_connections;         /* gauge */
    uint64_t upstream_waiting;             /* gauge: requests that wait for one */
    uint64_t queue_peak_bytes;             /* highest length any one write queue ever had */
};

/** Returns: what element i of conn_states counts; NULL: nothing. Static. */
const char *gw_stats_state_name(size_t i);

struct gw_record_ops {
    void (*on_request_end)(void *user, struct gw_loop *loop, const struct gw_request_record *r);
    void (*on_conn_end)(void *user, struct gw_loop *loop, const struct gw_conn_record *r);
};

#endif
