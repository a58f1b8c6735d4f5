/*
 * server: the event-driven proxy engine. Listeners in, upstreams out, N worker threads.
 *
 * It knows bytes, TLS and HTTP; who may pass and where to is the caller's, in exchange.h. Each
 * worker has its own loop, sockets (SO_REUSEPORT), OSSL_LIB_CTX, SSL_CTX, pools and counters;
 * nothing is locked on the path of a request. The caller keeps the thread it started the server
 * from, usually for a control loop of its own.
 *
 * Life: gw_config_init, fill in, gw_server_start, ... gw_server_stop, gw_server_join, _free.
 */
#ifndef GW_CORE_SERVER_H
#define GW_CORE_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>
#include <uv.h>

#include "gateway/core/client_auth.h"
#include "gateway/core/exchange.h"
#include "gateway/core/identity.h"
#include "gateway/core/network.h"
#include "gateway/core/record.h"
#include "gateway/core/upstream_config.h"

#define GW_MUST_CHECK __attribute__((warn_unused_result))

struct gw_server;
struct gw_loop;

enum { GW_PATIENCE_MS = 5000 }; /* or half of timeouts.drain, if that is less */

enum gw_listener_mode {
    GW_LISTENER_HTTP = 0,
    GW_LISTENER_TCP, /* no HTTP: each connection is one exchange, see on_stream */
};

struct gw_listener_config {
    const char *address; /* "0.0.0.0:8443", "[::]:8443"; port 0: the kernel chooses */
    enum gw_listener_mode mode;
    bool tls;             /* false: plain bytes (the client-side proxy) */
    bool h2;              /* with TLS: HTTP/2 may be chosen by ALPN, and is preferred */
    bool hello;           /* with TLS: on_hello is asked first whether it ends here */
    bool connect;         /* without tls: CONNECT requests are taken (a proxy for clients) */
    const char *protocol; /* X-Forwarded-Proto; NULL: "https" with tls, else "http" */
    const struct gw_network *proxy_from; /* peers that must begin with a PROXY protocol header */
    size_t proxy_from_count;
    const struct gw_network *trusted; /* clients, as told by a relay where there is one, that say
                                         the truth in X-Request-Id and X-Forwarded-For */
    size_t trusted_count;
    const struct gw_client_auth *client_auth; /* with tls: clients are asked for a certificate */
    const char *stream_alpn; /* with tls and GW_LISTENER_TCP: a client that offers this ALPN name
                                alone speaks HTTP/1.1 until a request becomes a tunnel; one that
                                offers others is refused. NULL: those of HTTP mean nothing */
};

struct gw_timeouts {         /* milliseconds; gw_config_init sets the defaults given here */
    uint32_t handshake;      /* 10000: also the proof's side of the handshake */
    uint32_t head;           /* 10000: whole request head, from its first byte */
    uint32_t idle;           /* 75000: keep-alive between requests */
    uint32_t body;           /* 30000: between reads of a request body */
    uint32_t decision;       /* 30000: until an undecided exchange is answered 503 */
    uint32_t connect;        /* 5000: upstream */
    uint32_t proof;          /* 30000: upstream, from dialling to the end of the proof */
    uint32_t proof_request;  /* 10000: from each thing that a proof sends to the next */
    uint32_t first_byte;     /* 60000: upstream, after the request */
    uint32_t between_bytes;  /* 60000: upstream */
    uint32_t write_stuck;    /* 60000: no progress in writing to a peer */
    uint32_t upstream_idle;  /* 60000: pooled connection */
    uint32_t upstream_queue; /* 5000: waiting for a free upstream connection */
    uint32_t drain;          /* 30000: on stop */
    uint32_t linger;         /* 2000: reading on after an early answer */
    uint32_t resolve_again;  /* 30000: age of a resolved host name */
};

struct gw_limits {            /* gw_config_init sets the defaults given here */
    size_t max_connections;   /* 8192: of all loops */
    size_t max_head_bytes;    /* 16384 */
    size_t max_fields;        /* 100 */
    uint64_t max_body_bytes;  /* 0: no limit; else 413 */
    uint64_t max_requests;    /* 0: no limit; per connection */
    size_t max_discard_bytes; /* 65536: body dropped to keep a connection open */
    size_t queue_high;        /* 65536: write queue at which the other side's reads stop */
    size_t queue_low;         /* 16384: write queue at which they start again */
    unsigned max_interim;     /* 16: 1xx answers before the final one */
    int backlog;              /* 4096 */
};

struct gw_config {
    unsigned threads; /* 0: one */
    const struct gw_listener_config *listeners;
    size_t listeners_count;
    const int *sockets; /* bound ones (sockets.h), which the server duplicates; NULL: it binds */
    const struct gw_upstream_config *upstreams;
    size_t upstreams_count;
    struct gw_timeouts timeouts;
    struct gw_limits limits;
    const char *via; /* pseudonym of Via and Proxy-Status; NULL: no Via; "devproof" */
    struct gw_exchange_ops exchange;
    struct gw_record_ops record;
    void *user; /* first argument of all callbacks */

    /** A connection has come so far: may it go on? On its loop's thread. May be NULL: all may.
     * Returns: NULL: yes, and conn->admitted says so when it ends; else a stable code, and it is
     * closed */
    const char *(*on_admit)(void *user, struct gw_loop *loop, const struct gw_conn_info *conn,
                            enum gw_admission step);
    /** On each worker's thread before it serves: returns what gw_loop_user() gives. May be NULL. */
    void *(*on_loop_start)(void *user, struct gw_loop *loop);
    /** On each worker's thread after the last connection. May be NULL. */
    void (*on_loop_stop)(void *user, struct gw_loop *loop);
    /** On each worker's thread when gw_server_set_identity has reached it. May be NULL.
     * In: err  NULL: new connections use it; else why the loop keeps its old identity */
    void (*on_identity)(void *user, struct gw_loop *loop, struct gw_identity *identity,
                        const char *err);
    /** The state of one address of an upstream changed, on that loop's thread. May be NULL. */
    void (*on_backend)(void *user, struct gw_loop *loop, const struct gw_backend_event *event);
    /** All workers have ended; called once, on one of their threads (e.g. to uv_async_send). */
    void (*on_stopped)(void *user);
};

/** Set every default. What config points to must outlive the server. */
void gw_config_init(struct gw_config *config);

/**
 * Bind every listener, start the workers, return when all of them serve.
 *
 * Returns: the server (free with gw_server_free), or NULL with a text in err
 * In:      config    copied; the arrays and texts in it are borrowed until gw_server_free
 *          identity  for TLS listeners; may be NULL without any; the server takes its own reference
 */
GW_MUST_CHECK struct gw_server *gw_server_start(const struct gw_config *config,
                                                struct gw_identity *identity, char *err,
                                                size_t err_len);

/** New connections use this identity from now on (within one turn of each loop). Any thread. */
void gw_server_set_identity(struct gw_server *server, struct gw_identity *identity);

/** The bound address of a listener. Out: text "127.0.0.1:8443" or "[::1]:8443". */
void gw_server_address(const struct gw_server *server, size_t listener, char *text, size_t len);

/** Stop accepting, close idle connections, let requests end within the drain timeout; the second
 * call closes everything at once. Any thread, also a signal callback of a loop; does not block. */
void gw_server_stop(struct gw_server *server);

/**
 * Another process accepts from the same sockets: stop as above, but lose nobody who meant well. For
 * GW_PATIENCE_MS idle connections and handshakes under way may begin one more request, whose answer
 * tells the client to close; then, and on gw_server_stop, it is as above. Any thread.
 */
void gw_server_retire(struct gw_server *server);

/** Block until every worker has ended. After gw_server_stop. */
void gw_server_join(struct gw_server *server);

/** Free a joined server; NULL does nothing. */
void gw_server_free(struct gw_server *server);

/** Sum the counters of all loops. Any thread. */
void gw_server_stats(const struct gw_server *server, struct gw_stats *out);

/** The addresses of a configured upstream and how many of them its active checks call up, as the
 * loop sees them that makes the checks. Any thread. */
void gw_server_upstream_state(const struct gw_server *server, size_t upstream,
                              struct gw_upstream_state *out);

/** Returns: number of worker loops. */
unsigned gw_server_threads(const struct gw_server *server);

/** Returns: worker loop i. */
struct gw_loop *gw_server_loop(struct gw_server *server, unsigned i);

/* Loops. Only gw_loop_post may be called from another thread. */
struct gw_server *gw_loop_server(struct gw_loop *loop);
unsigned gw_loop_index(const struct gw_loop *loop);
void *gw_loop_user(const struct gw_loop *loop);
uv_loop_t *gw_loop_uv(struct gw_loop *loop);
OSSL_LIB_CTX *gw_loop_libctx(struct gw_loop *loop);

/**
 * Add an upstream to one loop while it runs (for a proxy whose targets clients choose).
 *
 * Returns: false with a text in err
 * In:      config  borrowed until the loop ends
 * Out:     index   for gw_forward.upstream on this loop
 */
GW_MUST_CHECK bool gw_loop_add_upstream(struct gw_loop *loop,
                                        const struct gw_upstream_config *config, size_t *index,
                                        char *err, size_t err_len);

/**
 * Run fn(arg) on the loop's thread, soon, in order. Any thread.
 *
 * Returns: false when memory ran out or the loop has ended; then fn is never called
 */
GW_MUST_CHECK bool gw_loop_post(struct gw_loop *loop, void (*fn)(struct gw_loop *loop, void *arg),
                                void *arg);

#endif
