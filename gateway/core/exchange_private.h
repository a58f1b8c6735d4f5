/*
 * exchange_private: the inside of one request and its answer. Private to the core.
 *
 * It stands between a client's protocol (conn.h) and an upstream connection (upstream_conn.h) and
 * knows neither's bytes. One exchange ends exactly once, in exchange.c, and is freed there.
 */
#ifndef GW_CORE_EXCHANGE_PRIVATE_H
#define GW_CORE_EXCHANGE_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/core/conn.h"
#include "gateway/core/exchange.h"
#include "gateway/core/http1_body.h"
#include "gateway/core/http1_forward.h"
#include "gateway/core/request_context.h"

struct gw_call;
struct gw_http2_stream;
struct gw_upconn;
struct gw_upstream;

enum gw_exchange_state {
    GW_X_DECIDE, /* on_request or on_failure has not decided yet */
    GW_X_DIAL,   /* waiting for an upstream connection */
    GW_X_RELAY,  /* both directions flow */
    GW_X_OWN,    /* an answer of ours goes out */
    GW_X_OVER,
    GW_X_STATE_COUNT
};

struct gw_exchange {
    struct gw_conn *conn;
    struct gw_http2_stream *stream; /* NULL: the connection carries no other exchange */
    const struct gw_marks *out;     /* paused: the client's side takes no more for now */
    struct gw_loop *loop;
    enum gw_exchange_state state;
    struct gw_deadline deadline;
    struct gw_head_block *head;            /* holds the request; NULL: a stream */
    struct gw_http1_body body;             /* decoder of the request's body, in HTTP/1.1 */
    const struct gw_http_fields *trailers; /* of the request, once it is done */
    struct gw_forward to;
    struct gw_tunnel tunnel;
    struct gw_upstream *upstream;
    unsigned tried;       /* number of the backend that it was dialed to last; 0: none */
    struct gw_upconn *up; /* over HTTP/1.1, or a tunnel */
    struct gw_call *call; /* over HTTP/2 */
    struct gw_exchange *wait_next, *wait_prev; /* in the upstream's queue */
    void *user;

    struct gw_response own; /* body and release of our answer */
    size_t own_sent;
    uint64_t discarded;

    unsigned callbacks;  /* of the decision under way: their caller flushes, and frees */
    bool head_refused;   /* the request must not be looked at */
    bool deferred;       /* on_failure decides later */
    bool waiting;        /* in the upstream's queue */
    bool request_done;   /* the whole request was received */
    bool body_forwarded; /* a byte of the body went upstream */
    bool response_begun; /* a final head went to the client */
    bool response_done;
    bool chunked_out;  /* the answer's body goes out in chunks */
    bool close_framed; /* its end is that of the connection */
    bool close_after;  /* the client's connection ends with this answer */
    bool retried;
    bool is_tunnel;
    bool wants_websocket;        /* the upstream was asked for one */
    bool client_ended, up_ended; /* of a tunnel's two sides */
    bool up_reused;

    uint64_t number;
    unsigned status;
    uint64_t bytes_in, bytes_out;
    uint64_t begun_us, dialed_us, first_byte_us;
    const char *reason;
    char id[GW_REQUEST_ID_MAX + 1];
};

/** A complete request head of HTTP/1.1: takes c->head over and asks for a decision. The exchange
 * may be over when this returns: look at c->x. */
void gw_exchange_begin(struct gw_conn *c);

/** Ask for a decision about a new exchange whose request_done is set. It may be over then. */
void gw_exchange_start(struct gw_exchange *x);

/** Answer a new exchange whose head is refused. It may be over then. */
void gw_exchange_refuse_head(struct gw_exchange *x, const struct gw_http_refusal *why);

/** A stream without HTTP: asks for a decision as gw_exchange_begin does. */
void gw_exchange_begin_stream(struct gw_conn *c);

/* From the client's side. */
/** Decode the body that follows a head of HTTP/1.1; sets request_done. */
void gw_exchange_body_begin(struct gw_exchange *x);
bool gw_exchange_body_too_long(const struct gw_exchange *x);
bool gw_exchange_wants_body(const struct gw_exchange *x);
/** Decode bytes of the body. Returns: how many were used. */
size_t gw_exchange_body(struct gw_exchange *x, const char *data, size_t len);
/** The same for bytes that need no decoding, which are all used. The exchange may be over then. */
void gw_exchange_body_piece(struct gw_exchange *x, const char *data, size_t len);
/** Such a body is complete. In: trailers  borrowed for the exchange */
void gw_exchange_body_end(struct gw_exchange *x, const struct gw_http_fields *trailers);
/** The rest of the body will not come, or must not be used. */
void gw_exchange_body_broken(struct gw_exchange *x, unsigned status, const char *code);
void gw_exchange_client_full(struct gw_exchange *x);
void gw_exchange_client_drained(struct gw_exchange *x);
void gw_exchange_client_gone(struct gw_exchange *x, const char *reason);

/* From the upstream's side. */
void gw_exchange_dialed(struct gw_exchange *x, struct gw_upconn *up, bool reused);
void gw_exchange_interim(struct gw_exchange *x, const struct gw_http1_response *r);
/** Returns: false when the head cannot be passed on; nothing was sent. */
bool gw_exchange_head(struct gw_exchange *x, const struct gw_http1_response *r);
void gw_exchange_data(struct gw_exchange *x, const char *data, size_t len);
void gw_exchange_end(struct gw_exchange *x, const struct gw_http_fields *trailers);
void gw_exchange_first_byte(struct gw_exchange *x);
/** The upstream connection is gone or unusable; it no longer refers to x. */
void gw_exchange_up_failed(struct gw_exchange *x, const struct gw_failure *f);

/* exchange_tunnel.c */
/** The upstream's 101 that was asked for. Returns: false when it cannot be passed on. */
bool gw_tunnel_upgraded(struct gw_exchange *x, const struct gw_http1_response *r);
void gw_tunnel_dialed(struct gw_exchange *x);
void gw_tunnel_client_data(struct gw_exchange *x, const char *data, size_t len);
void gw_tunnel_client_eof(struct gw_exchange *x);
void gw_tunnel_up_eof(struct gw_exchange *x, enum gw_link_eof how);
/** Everything for one side is with the kernel. */
void gw_tunnel_flushed(struct gw_exchange *x);

/* Within the exchange's own files. */
/** Returns: a new exchange that owns head, NULL when memory ran out (then head is the caller's). */
struct gw_exchange *gw_exchange_new(struct gw_conn *c, struct gw_head_block *head);
/** Around a callback of the engine's user: x stays until _leave, and may be over then. */
void gw_exchange_hold(struct gw_exchange *x);
void gw_exchange_leave(struct gw_exchange *x);
bool gw_exchange_may_enter(enum gw_exchange_state state, enum gw_exchange_state next);
void gw_exchange_enter(struct gw_exchange *x, enum gw_exchange_state next);
void gw_exchange_touch(struct gw_exchange *x);
/** Returns: whether the next bytes of a relay are the client's to send: not while it waits for a
 * 100 of the upstream. */
bool gw_exchange_waits_for_client(const struct gw_exchange *x);
/** Returns: whether the upstream takes no more for now. */
bool gw_exchange_up_full(const struct gw_exchange *x);
/** The upstream has got the whole body: the last chunk, where it is chunked. */
void gw_exchange_end_body(struct gw_exchange *x);
/** cut: the answer could not be completed. Frees x. */
void gw_exchange_finish(struct gw_exchange *x, bool cut, const char *reason);
void gw_exchange_fail(struct gw_exchange *x, const struct gw_failure *f);
void gw_exchange_own_continue(struct gw_exchange *x);
void gw_exchange_drop_upstream(struct gw_exchange *x);
void gw_exchange_on_deadline(struct gw_deadline *d);
/** Answer with a short text and close; also in the middle of a relay if no answer has begun. */
void gw_exchange_answer_error(struct gw_exchange *x, unsigned status, const char *reason,
                              const char *proxy_status);

#endif
