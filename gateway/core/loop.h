/*
 * loop: one worker thread with everything it owns. Private to the core.
 *
 * All fields belong to the loop's thread except posts and counters. Each libuv callback of the
 * core ends with gw_loop_leave(), which writes out what was staged and reports failed links.
 */
#ifndef GW_CORE_LOOP_H
#define GW_CORE_LOOP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <uv.h>

#include "gateway/core/bufq.h"
#include "gateway/core/client_auth.h"
#include "gateway/core/deadline.h"
#include "gateway/core/head_block.h"
#include "gateway/core/object_pool.h"
#include "gateway/core/record.h"
#include "gateway/core/server.h"
#include "gateway/core/tls_context.h"

struct gw_carrier;
struct gw_conn;
struct gw_http2;
struct gw_http2_shared;
struct gw_link;
struct gw_listener;
struct gw_spare_file;
struct gw_upstream;

enum {
    GW_READ_BYTES = 64 * 1024,    /* one read of a socket */
    GW_PLAIN_BYTES = 64 * 1024,   /* plaintext of one read */
    GW_GATHER_BYTES = 16 * 1024,  /* one TLS record */
    GW_STAGING_BYTES = 96 * 1024, /* flushed when over 64 KiB; a record always fits */
    GW_STAGING_FLUSH = 64 * 1024,
    GW_RANDOM_BYTES = 512,
    GW_HEAD_GROWTH = 8 * 1024 /* what a rebuilt head may be longer than the received one */
};

/* What the link that is being written to has not passed to the kernel yet. */
struct gw_staging {
    struct gw_link *owner; /* NULL: empty */
    uint8_t *gather;       /* plaintext of one record */
    size_t gather_len;
    uint8_t *wire; /* bytes for the socket */
    size_t wire_len;
};

struct gw_post {
    struct gw_post *next;
    void (*fn)(struct gw_loop *loop, void *arg);
    void *arg;
};

struct gw_loop {
    struct gw_server *server;
    const struct gw_config *config;
    unsigned index;
    void *user;
    uv_thread_t thread;
    uv_loop_t uv;
    uv_async_t wake;
    uv_timer_t tick;
    uint64_t tick_at; /* when the tick timer fires; GW_NEVER: stopped */
    uv_timer_t turn;  /* runs when everything that was ready in this turn has been looked at */
    struct gw_wheel wheel;

    OSSL_LIB_CTX *libctx;
    BIO_METHOD *bio_method;
    struct gw_tls_context *tls; /* of the current identity */

    uint8_t *read_buf;
    uint8_t *plain_buf;
    char *head_buf;   /* where outgoing heads are built */
    size_t head_room; /* and GW_CLIENT_FIELDS_BYTES for a request of a client with a certificate */
    struct gw_staging staging;
    struct gw_http2_shared *http2;
    struct gw_http2 *http2_dirty; /* sessions that have something to do */
    struct gw_carrier *carriers_dirty;
    bool settling;          /* they are looked at soon */
    struct gw_link *failed; /* links whose owner must hear of an error */
    struct gw_block_pool blocks;
    struct gw_head_pool heads;
    struct gw_object_pool objects;

    struct gw_spare_file *spare;   /* of all loops; borrowed */
    struct gw_listener *listeners; /* one per configured listener */
    struct gw_deadline accept_again;
    struct gw_upstream **upstreams;
    size_t upstreams_count;
    struct gw_conn *conns; /* all client connections */
    size_t conns_count, max_conns;
    uint64_t next_conn_id;
    bool stopping;
    bool patient; /* stopping, but connections may begin one more request */
    bool uv_ready;
    struct gw_deadline drain, patience;

    uint8_t random[GW_RANDOM_BYTES]; /* for request ids and keys of WebSockets */
    size_t random_left;
    uint64_t date_second;
    char date[30]; /* IMF-fixdate of date_second */

    uv_mutex_t post_lock;
    struct gw_post *posts, **posts_end;
    bool posts_closed;

    _Atomic uint64_t counters[sizeof(struct gw_stats) / sizeof(uint64_t)];
};

#define GW_STAT(name) (offsetof(struct gw_stats, name) / sizeof(uint64_t))

/** Add to a counter. Only its own loop writes it; others may read. */
static inline void gw_count(struct gw_loop *loop, size_t stat, uint64_t n)
{
    _Atomic uint64_t *c = &loop->counters[stat];

    atomic_store_explicit(c, atomic_load_explicit(c, memory_order_relaxed) + n,
                          memory_order_relaxed);
}

static inline void gw_gauge_down(struct gw_loop *loop, size_t stat)
{
    gw_count(loop, stat, UINT64_MAX);
}

/** Raise a highest-value counter. */
static inline void gw_count_peak(struct gw_loop *loop, size_t stat, uint64_t value)
{
    _Atomic uint64_t *c = &loop->counters[stat];

    if (atomic_load_explicit(c, memory_order_relaxed) < value)
        atomic_store_explicit(c, value, memory_order_relaxed);
}

/** Returns: the loop's coarse clock in milliseconds. */
static inline uint64_t gw_loop_now(const struct gw_loop *loop)
{
    return uv_now(&loop->uv);
}

/** Prepare everything the loop owns. Returns: false with a text in err. Loop thread. */
bool gw_loop_init(struct gw_loop *loop, char *err, size_t err_len);

/** Run until stopped and every handle is closed. */
void gw_loop_run(struct gw_loop *loop);

/** Free everything gw_loop_init made. */
void gw_loop_cleanup(struct gw_loop *loop);

/** End of a libuv callback. */
void gw_loop_leave(struct gw_loop *loop);

/** Settle the sessions of HTTP/2 once this turn of the loop is over: whatever it brings them leaves
 * in one piece. */
void gw_loop_settle_soon(struct gw_loop *loop);

/** Do it now. */
void gw_loop_settle(struct gw_loop *loop);

/** Set a deadline ms from now. */
void gw_loop_deadline(struct gw_loop *loop, struct gw_deadline *d, uint64_t ms);

/** Returns: 16 fresh random bytes, until the next call. */
const uint8_t *gw_loop_random(struct gw_loop *loop);

/** Write 32 hex digits of fresh random to id. */
void gw_loop_request_id(struct gw_loop *loop, char id[33]);

/** Returns: the current IMF-fixdate, 29 characters. */
const char *gw_loop_date(struct gw_loop *loop);

/** Begin to stop, or when already stopping close everything. */
void gw_loop_stop(struct gw_loop *loop);

/** Begin to stop, with patience: see gw_server_retire. Nothing when already stopping. */
void gw_loop_retire(struct gw_loop *loop);

/** A client or upstream connection is gone: end the loop if it was the last of a stopping one. */
void gw_loop_check_end(struct gw_loop *loop);

#endif
