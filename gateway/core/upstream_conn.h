/*
 * upstream_conn: one connection to an upstream: connect, TLS, proof, then one exchange after the
 * other. Private.
 */
#ifndef GW_CORE_UPSTREAM_CONN_H
#define GW_CORE_UPSTREAM_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/core/exchange_private.h"
#include "gateway/core/head_block.h"
#include "gateway/core/http1_body.h"
#include "gateway/core/link.h"
#include "gateway/core/proof.h"
#include "gateway/core/upstream.h"

enum gw_upconn_state {
    GW_UP_NEW,
    GW_UP_CONNECT,
    GW_UP_HANDSHAKE,
    GW_UP_PROOF,
    GW_UP_IDLE,
    GW_UP_BUSY,
    GW_UP_CLOSING,
    GW_UP_STATE_COUNT
};

/* The handle that the proof's side knows. */
struct gw_proof {
    struct gw_upconn *up;
    void *state; /* of the proof's side; NULL: not begun or ended */
    bool waiting;
    struct gw_bufq held; /* received while waiting */
    size_t stepping;     /* bytes of held that step is looking at */
};

struct gw_carrier;

struct gw_upconn {
    struct gw_link link; /* first member */
    struct gw_upstream *upstream;
    struct gw_backend *backend;              /* NULL once it is closing */
    struct gw_check *check;                  /* it is made for that alone; NULL: for exchanges */
    struct gw_upconn *prev, *next;           /* of all */
    struct gw_upconn *idle_prev, *idle_next; /* of the pool */
    enum gw_upconn_state state;
    struct gw_deadline deadline;
    uv_connect_t connect;
    struct gw_exchange *x;
    struct gw_carrier *carrier; /* HTTP/2: it carries many exchanges, and x is not used */
    struct gw_proof proof;

    struct gw_head_block *head; /* of an answer under way */
    struct gw_http1_body body;
    uint64_t quiet;   /* bytes_in when an exchange was assigned or the proof sent something: what
                         is not newer was not asked for */
    uint64_t created; /* gw_loop_now(); or when its proof was begun anew */
    uint64_t proven_until; /* gw_loop_now() at the end of its proof, as last seen while busy */
    unsigned helpers;      /* connections made to find a later end */
    unsigned interims;
    bool first_byte;
    bool head_done;
    bool reusable; /* by the answer's head and framing */
    bool used;     /* has carried an exchange */
};

/** Returns: a connection that is not open yet, listed and counted; NULL when memory ran out. */
struct gw_upconn *gw_upconn_new(struct gw_backend *b);

/** Begin a new connection for x, or for the pool when x is NULL. Failure is told through
 * gw_exchange_up_failed. */
void gw_upconn_open(struct gw_backend *b, struct gw_exchange *x);

/** Begin to connect; ends in gw_upconn_ready or gw_upconn_fail, perhaps within this call. */
void gw_upconn_connect(struct gw_upconn *up);

/** It took too long to connect. */
void gw_upconn_connect_late(struct gw_upconn *up);

/* upstream_pool.c */
/** Around the state GW_UP_IDLE: the backend keeps it, or no longer. */
void gw_upconn_pool_add(struct gw_upconn *up);
void gw_upconn_pool_remove(struct gw_upconn *up);

/** Read the answer to x as soon as its client takes bytes: the one before may still fill the queue.
 */
void gw_upconn_read_for(struct gw_upconn *up, const struct gw_exchange *x);

/** Carry x on this idle (or just proven) connection. */
void gw_upconn_assign(struct gw_upconn *up, struct gw_exchange *x);

/** Prove this idle connection once more, then carry x on it. */
void gw_upconn_reprove(struct gw_upconn *up, struct gw_exchange *x);

/** Returns: whether the peer of an idle connection is still there. In: careful  look at the socket
 * too */
bool gw_upconn_alive(struct gw_upconn *up, bool careful);

/** Returns: whether its proof lets an idle connection carry one more request. */
bool gw_upconn_usable(struct gw_upconn *up);

/* upstream_conn.c */
/** Connected, secured and proven. */
void gw_upconn_ready(struct gw_upconn *up);

/** x has gone. A connection in the making goes on to the pool; a busy one, or one for a tunnel,
 * closes. */
void gw_upconn_detach(struct gw_upconn *up);

/** End it and tell its exchange. */
void gw_upconn_fail(struct gw_upconn *up, unsigned status, const char *proxy_status,
                    const char *code, const char *message);

void gw_upconn_close(struct gw_upconn *up);

void gw_upconn_enter(struct gw_upconn *up, enum gw_upconn_state next);
bool gw_upconn_may_enter(enum gw_upconn_state state, enum gw_upconn_state next);

/* upstream_http1.c: the answers. */
void gw_upconn_response_begin(struct gw_upconn *up);
void gw_upconn_response_data(struct gw_upconn *up, const char *data, size_t len);
void gw_upconn_response_eof(struct gw_upconn *up, enum gw_link_eof how);

/* upstream_proof.c */
void gw_upconn_proof_begin(struct gw_upconn *up);
void gw_upconn_proof_data(struct gw_upconn *up, const uint8_t *data, size_t len);
void gw_upconn_proof_end(struct gw_upconn *up);
/** Step without bytes. */
void gw_upconn_proof_step(struct gw_upconn *up);

/* upstream_renew.c */
/** An exchange begins. Returns: milliseconds until gw_upconn_go_on is to be asked; 0: never. */
uint32_t gw_upconn_watch(struct gw_upconn *up);
/** Returns: whether a busy connection may go on; sets its deadline. */
bool gw_upconn_go_on(struct gw_upconn *up);
/** Returns: whether an idle connection that is not usable is ready to be proven once more. */
bool gw_upconn_can_renew(struct gw_upconn *up);

#endif
