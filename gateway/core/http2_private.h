/*
 * http2_private: HTTP/2 on a client connection, shared by http2_server.c, http2_input.c,
 * http2_output.c and http2_stream.c.
 *
 * The session library is called from two places only: on_data, and gw_http2_settle at the end of
 * each turn of the loop. Within its callbacks exchanges may begin and send, but none is ended
 * there and no stream freed: that waits for gw_http2_settle.
 */
#ifndef GW_CORE_HTTP2_PRIVATE_H
#define GW_CORE_HTTP2_PRIVATE_H

#include <nghttp2/nghttp2.h>

#include "gateway/core/conn.h"
#include "gateway/core/exchange_private.h"
#include "gateway/core/http2_budget.h"
#include "gateway/core/http2_outlet.h"
#include "gateway/core/http2_request.h"

enum {
    GW_HTTP2_MAX_STREAMS = 100,
    GW_HTTP2_STREAM_WINDOW = 256 * 1024,
    GW_HTTP2_WINDOW = 1024 * 1024, /* of a connection; also the most that its streams hold */
    GW_HTTP2_MAX_CONTINUATIONS = 8,
    GW_HTTP2_BLOCK_FACTOR = 4 /* a header block this many times over its limit ends it all */
};

struct gw_http2_stream {
    struct gw_http2 *h2;
    struct gw_http2_stream *prev, *next; /* of the connection */
    struct gw_http2_stream *next_dead, *next_drained;
    struct gw_exchange *x; /* NULL: none yet, or it is over */
    int32_t id;
    struct gw_bufq in; /* DATA that the exchange does not take yet */
    struct gw_http2_outlet out;
    struct gw_deadline stuck; /* something waits in out and nothing goes */
    struct gw_head_block *trailers;
    const char *reset; /* why it ended before its time */
    bool closed;       /* the library has forgotten it */
    bool ended_in;     /* END_STREAM has come */
    bool feeding;
    bool no_body; /* the answer ended with its head */
    bool early;   /* the answer does not wait for the rest of the request */
    bool kept;    /* closed, but its tunnel still writes to the upstream */
    bool drained_listed;
};

struct gw_http2 {
    struct gw_link *link; /* first member: what the session writes to */
    struct gw_conn *conn;
    nghttp2_session *session;
    struct gw_http2 *next_dirty;
    struct gw_http2_stream *streams, *dead, *drained;
    size_t streams_count;
    struct gw_http2_head head; /* of the block under way */
    size_t block_bytes;
    struct gw_deadline block; /* until it is complete; at first for the client's preface */
    struct gw_http2_budget resets, frames;
    size_t held; /* bytes in the streams' in */
    size_t owed; /* of them not given back to the connection's window */
    uint64_t places_ms;
    size_t places; /* streams that were reset within places_ms: their work may not have ended yet */
    const char *ending; /* why the connection ends now */
    uint32_t end_code;
    bool dirty;
    bool busy;     /* within the library */
    bool shutdown; /* the client was told that the end is near */
    bool draining; /* no new streams */
};

/* What all connections of a loop use. */
struct gw_http2_shared {
    nghttp2_session_callbacks *callbacks; /* towards clients */
    nghttp2_session_callbacks *upstream;
    nghttp2_option *option;
    nghttp2_mem pool;
    nghttp2_mem *mem; /* pool; NULL: the library's own */
    nghttp2_nv *nv;   /* where header lists are built */
    size_t nv_room;
};

/** The session has something to do at the end of this callback of the loop. */
void gw_http2_mark(struct gw_http2 *h);

/** The connection ends with GOAWAY, soon. The first reason counts. reason: static text */
void gw_http2_end(struct gw_http2 *h, uint32_t code, const char *reason);

/** Whatever a client does that carries no request: may it? Otherwise the connection ends. */
bool gw_http2_may_reset(struct gw_http2 *h);
bool gw_http2_may_idle(struct gw_http2 *h);

/* http2_alloc.c */
/** Returns: an allocator for sessions; pool is borrowed and outlives them. */
nghttp2_mem gw_http2_alloc(struct gw_object_pool *pool);

/* http2_input.c */
void gw_http2_input_callbacks(nghttp2_session_callbacks *callbacks);

/* http2_output.c */
void gw_http2_output_callbacks(nghttp2_session_callbacks *callbacks);
void gw_http2_sent(struct gw_http2_outlet *o);
void gw_http2_send_interim(struct gw_exchange *x, const struct gw_http1_response *r);
bool gw_http2_send_head(struct gw_exchange *x, const struct gw_http1_response *r);
void gw_http2_send_data(struct gw_exchange *x, const void *data, size_t len);
void gw_http2_send_end(struct gw_exchange *x, const struct gw_http_fields *trailers);
void gw_http2_send_own(struct gw_exchange *x, const struct gw_http1_answer *answer);

/* http2_stream.c */
/** Returns: a new stream, listed and counted; NULL when memory ran out. */
struct gw_http2_stream *gw_http2_stream_new(struct gw_http2 *h, int32_t id);
/** Take it off the list and free it; its exchange must be over. */
void gw_http2_stream_free(struct gw_http2_stream *s);
/** DATA has come. */
void gw_http2_stream_data(struct gw_http2_stream *s, const uint8_t *data, size_t len);
/** Give the exchange what it takes of in, and the end. */
void gw_http2_stream_feed(struct gw_http2_stream *s);
/** End it before its time. */
void gw_http2_stream_reset(struct gw_http2_stream *s, uint32_t code, const char *reason);
/** Its exchange is over. */
void gw_http2_stream_ended(struct gw_exchange *x, bool cut);

#endif
