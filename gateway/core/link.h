/*
 * link: one socket, with or without TLS, as a stream of bytes with backpressure. Private.
 *
 * Used on both sides: client connections and upstream connections embed one. Written bytes are
 * gathered to full records, staged in the loop's buffer and flushed at the end of the callback;
 * what the kernel does not take waits in a bounded queue.
 *
 * Every callback may call gw_link_close. The memory goes in on_closed, never before.
 */
#ifndef GW_CORE_LINK_H
#define GW_CORE_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uv.h>

#include "gateway/core/bufq.h"
#include "gateway/core/deadline.h"
#include "gateway/core/loop.h"
#include "gateway/core/tls_engine.h"

struct gw_link;

enum gw_link_eof {
    GW_EOF_CUT = 0, /* TLS without close_notify: the peer may not have meant it */
    GW_EOF_CLEAN    /* close_notify, or end of a plain stream */
};

struct gw_link_ops {
    void (*on_open)(struct gw_link *l); /* TLS handshake complete */
    /* Everything that was read, also after gw_link_read_stop() in the middle of it. */
    void (*on_data)(struct gw_link *l, const uint8_t *data, size_t len);
    void (*on_eof)(struct gw_link *l, enum gw_link_eof how);
    void (*on_full)(struct gw_link *l);    /* write queue over the high mark: stop the source */
    void (*on_drained)(struct gw_link *l); /* down to the low mark again */
    void (*on_flushed)(struct gw_link *l); /* after gw_link_finish: everything is with the kernel */
    /* reason: stable code (static). Reading may still work after a write error. */
    void (*on_error)(struct gw_link *l, const char *reason, bool write);
    void (*on_closed)(struct gw_link *l); /* last call */
};

struct gw_link {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } io;
    struct gw_loop *loop;
    const struct gw_link_ops *ops;
    struct gw_tls tls; /* tls.ssl NULL: plain */
    struct gw_bufq out;
    struct gw_marks marks;
    uv_write_t write;
    uv_shutdown_t shutdown;
    size_t in_flight; /* bytes of the write under way */
    struct gw_deadline stuck;
    struct gw_link *next_failed;
    const char *failure; /* of writing; reported by gw_loop_leave */
    uint64_t bytes_in, bytes_out;
    bool is_client; /* its bytes are counted in wire_in and wire_out */
    bool tls_server;
    bool reading;
    bool writing;    /* a uv_write is under way */
    bool write_dead; /* the peer takes no more */
    bool read_ended; /* EOF or error was reported */
    bool finishing;  /* nothing more will be written */
    bool half;       /* finishing ends with a shutdown of the sending side */
    bool finished;   /* on_flushed was called */
    bool failed_listed;
    bool closing;
    char tls_detail[96];
};

/** Prepare the fields; io is initialised by the caller with uv_tcp_init or uv_pipe_init before. */
void gw_link_init(struct gw_link *l, struct gw_loop *loop, const struct gw_link_ops *ops);

/** Put TLS on it, before anything is read or written. Returns: false when memory ran out. */
bool gw_link_use_tls(struct gw_link *l, SSL_CTX *ctx, bool server);

/** A client begins its handshake. */
void gw_link_handshake(struct gw_link *l);

/** Take bytes that were read from the socket before TLS was put on, as if they came now. */
void gw_link_feed(struct gw_link *l, const uint8_t *data, size_t len);

void gw_link_read_start(struct gw_link *l);
void gw_link_read_stop(struct gw_link *l);

/** Write plaintext: taken as a whole, now or never (closed and failed links drop it). */
void gw_link_write(struct gw_link *l, const void *data, size_t len);

/** Pass what is staged for any link to the kernel. */
void gw_link_flush_staging(struct gw_loop *loop);

/** No more will be written: close_notify, then on_flushed once the kernel has everything, perhaps
 * within this call. In: half  end the stream too and go on reading */
void gw_link_finish(struct gw_link *l, bool half);

/** What follows is a cut, not an end: close_notify will not be sent.
 * In: reset  a plain TCP stream ends with a reset, since nothing else would tell the peer */
void gw_link_abort(struct gw_link *l, bool reset);

/** Close now; idempotent. Staged bytes and close_notify go out if the kernel takes them at once. */
void gw_link_close(struct gw_link *l);

/** Returns: whether the write queue is over its high mark. */
static inline bool gw_link_full(const struct gw_link *l)
{
    return l->marks.paused;
}

#endif
