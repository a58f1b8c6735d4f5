/*
 * scene: what a schedule knows of every request, whoever sees it: the client that sent it, the
 * gateway's callbacks, the upstream that got it. The invariants are checked where they can break.
 */
#ifndef TESTS_SCHEDULE_SCENE_H
#define TESTS_SCHEDULE_SCENE_H

#include <openssl/ssl.h>

#include "gateway/core/server.h"
#include "tests/schedule/chan.h"

enum { SCENE_REQUESTS = 64, SCENE_UPSTREAMS = 5, SCENE_ECHO = 3, SCENE_TLS_UPSTREAM = 4 };

#define SCENE_HTTP "127.0.0.1:8001"
#define SCENE_STREAM "127.0.0.1:8002"
#define SCENE_TLS "127.0.0.1:8003"
#define SCENE_RELAYED "127.0.0.1:8004"
#define SCENE_RELAYED_TLS "127.0.0.1:8005"

struct scene_request {
    size_t body_len;
    bool idempotent, chunked;
    bool may_be_short; /* an upstream cut an answer whose end only the connection tells */
    unsigned decided;  /* on_request calls */
    unsigned records;  /* on_request_end calls */
    unsigned arrived;  /* heads that an upstream got */
    unsigned answered; /* complete answers that its client got */
    unsigned status;   /* of that answer */
    unsigned recorded; /* status in the record */
    size_t got;        /* body bytes of that answer */
    size_t told_out;   /* body bytes in the record */
    uint32_t told;     /* the relay told this address of its client, 0: none */
};

struct scene {
    struct gw_server *server;
    struct scene_request requests[SCENE_REQUESTS + 1]; /* by number, from 1 */
    unsigned requests_count;
    unsigned clients; /* that are not done */
    unsigned peers;   /* scripted upstream connections */
    unsigned late;    /* undecided exchanges */
    unsigned conns, conn_records, turned_away;
    uint64_t wire_in, wire_out; /* of the records */
    unsigned streams, records;
    SSL_CTX *upstream_ctx;
    bool stopped;    /* on_stopped was called */
    bool only_first; /* clients ask for /up/0 alone */
    bool websockets; /* clients ask for them too */
    bool quiet;      /* the schedule stops: scripts come to an end */
    uint64_t stopped_at;
    unsigned stalls; /* as given to sim_set_stalls */
};

extern struct scene scene;

/** Returns: the number of a new request, 0 when there are enough. */
unsigned scene_new_request(void);

/** Start the server, plan, run until it has stopped and all peers have left, and check everything.
 * In: id  its reference is taken over; plan  is to call scene_stop at some time */
void scene_play(const struct gw_config *config, struct gw_identity *id, void (*plan)(void));

/** Draw what every schedule bounds: bodies, timeouts; and set what follows from queue_high, and the
 * owner. */
void scene_bounds(struct gw_config *config);

/** Plan the stop at a time, perhaps a second one after it, and draw how the machine stalls. */
void scene_plan_end(uint64_t end);

/** Events of a plan. */
void scene_change_identity(void);
void scene_retire(void);
void scene_stop(void);

/** The callbacks of the gateway's owner (owner.c). */
void owner_fill(struct gw_config *config);

/** One scripted client; it frees itself when it is done. In: address to dial */
void client_start(const char *address);

/** One of HTTP/2, over TLS. */
void client_http2_start(const char *address);

/** One scripted upstream connection. In: echo  sends back what it gets */
void upstream_start(struct sim_wire_end *end, SSL_CTX *ctx, bool echo);

/** One of HTTP/2, which begins with it. */
void upstream_http2_start(struct sim_wire_end *end, SSL_CTX *ctx);

#endif
