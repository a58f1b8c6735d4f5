/*
 * upstream_http2: HTTP/2 towards an upstream: a connection that carries many exchanges, each as a
 * call. Private.
 *
 * Calls wait on the connection until it stands. Within the library's callbacks exchanges hear of
 * answers, but no call is freed there: that waits for gw_carriers_settle.
 */
#ifndef GW_CORE_UPSTREAM_HTTP2_H
#define GW_CORE_UPSTREAM_HTTP2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nghttp2/nghttp2.h>

#include "gateway/core/http2_budget.h"
#include "gateway/core/http2_outlet.h"
#include "gateway/core/http2_request.h"
#include "gateway/core/upstream_conn.h"

enum { GW_CARRIER_MAX_CALLS = 100 };

/* Why a connection is given up, and what its exchanges hear. */
struct gw_carrier_end {
    unsigned status;
    const char *proxy_status;
    const char *code;
    const char *message; /* for the log */
};

struct gw_carrier {
    struct gw_link *link; /* first member: what the session writes to */
    struct gw_upconn *up;
    nghttp2_session *session;       /* NULL: the connection does not stand yet */
    struct gw_carrier *prev, *next; /* of the backend's; not once it is going away */
    struct gw_carrier *next_dirty;
    struct gw_call *calls, *dead;
    size_t calls_count;
    struct gw_http2_head head; /* of the block under way */
    size_t block_bytes;        /* of it, decoded */
    struct gw_http2_budget frames;
    struct gw_deadline alive; /* when to ask whether the peer still lives, or to stop waiting */
    bool asked;               /* PING is out */
    bool dirty;
    bool busy; /* within the library */
    bool listed;
    bool going_away; /* no new calls; it closes with the last one */
    bool used;
    bool known;                       /* the peer's first SETTINGS have come */
    const struct gw_carrier_end *end; /* why it cannot go on; NULL: it can */
};

/* One exchange on a carrier. */
struct gw_call {
    struct gw_carrier *carrier;
    struct gw_call *prev, *next, *next_dead;
    struct gw_exchange *x; /* NULL: it has gone */
    struct gw_http2_outlet out;
    struct gw_bufq held;      /* of the answer, while the client takes no more */
    struct gw_deadline stuck; /* something waits in out and nothing goes */
    struct gw_head_block *trailers;
    size_t owed;   /* bytes of the answer that the client has not taken yet */
    uint32_t code; /* of the stream's end */
    unsigned interims;
    bool head_done;
    bool body;    /* the request has one */
    bool connect; /* it asks for a WebSocket, which has bytes both ways */
    bool closed;  /* nothing more can be sent or come */
};

/** Carry x on a connection to b that stands, or that is to be made, where b has room: ends in
 * gw_exchange_dialed or gw_exchange_up_failed, at once or later. */
void gw_call_begin(struct gw_backend *b, struct gw_exchange *x);

/** Send the request's head, which lies in the loop's buffer. Returns: whether it fits. */
bool gw_call_request(struct gw_call *call, size_t len);

/** Pieces of the request's body, its end. */
void gw_call_write(struct gw_call *call, const void *data, size_t len);
void gw_call_end(struct gw_call *call, const struct gw_http_fields *trailers);

/** Give the client what is held for it. */
void gw_call_pass_held(struct gw_call *call);

/** Returns: whether the call takes no more of the body for now. */
static inline bool gw_call_full(const struct gw_call *call)
{
    return call->out.marks.paused;
}

/** The client takes more of the answer again. */
void gw_call_resume(struct gw_call *call);

/** Returns: where a call that has not ended goes. */
struct gw_backend *gw_call_backend(const struct gw_call *call);

/** x has gone: the stream is reset if it has not ended. */
void gw_call_detach(struct gw_call *call);

/* From the connection. */
bool gw_carrier_new(struct gw_upconn *up);
void gw_carrier_free(struct gw_carrier *c);
void gw_carrier_ready(struct gw_carrier *c);
void gw_carrier_data(struct gw_carrier *c, const uint8_t *data, size_t len);
/** It takes no new calls. */
void gw_carrier_retire(struct gw_carrier *c);
/** Its connection closes: the backend forgets it and its calls. */
void gw_carrier_leave(struct gw_carrier *c);
/** Returns: whether a call still waits for the first byte of its answer. */
bool gw_carrier_owes(const struct gw_carrier *c);
void gw_carrier_mark(struct gw_carrier *c);
/** The peer's SETTINGS have come: those that had to wait for them go on. */
void gw_carrier_known(struct gw_carrier *c);
/** It cannot go on, and ends soon. The first reason counts. end: static */
void gw_carrier_give_up(struct gw_carrier *c, const struct gw_carrier_end *end);
/** Something came or ended: wait for the peer's next sign from now on. */
void gw_carrier_watch(struct gw_carrier *c);
/** Every exchange on it hears f. */
void gw_carrier_failed(struct gw_carrier *c, const struct gw_failure *f);

/** Returns: one of the backend's with room for a call; NULL: none. */
struct gw_carrier *gw_carrier_with_room(const struct gw_backend *b);
/** The backend is gone: no carrier of it takes new calls. */
void gw_carriers_retire(struct gw_backend *b);

/** The turn of the loop ends: write, and end what has ended. */
void gw_carriers_settle(struct gw_loop *loop);

/* Within the carriers' own files. */
extern const struct gw_carrier_end gw_carrier_no_memory, gw_carrier_flood;
/** The call ends without a whole answer, and its stream is reset. */
void gw_call_give_up(struct gw_call *call, const struct gw_carrier_end *end);
void gw_call_free(struct gw_call *call);
/** A new carrier is its backend's. */
void gw_carrier_list(struct gw_carrier *c);

/* upstream_http2_answer.c */
void gw_carrier_answer_callbacks(nghttp2_session_callbacks *callbacks);

#endif
