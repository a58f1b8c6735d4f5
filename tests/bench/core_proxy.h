/*
 * core_proxy: the engine alone as a program, for measuring and for tests of the engine.
 */
#ifndef TESTS_BENCH_CORE_PROXY_H
#define TESTS_BENCH_CORE_PROXY_H

#include <stdatomic.h>
#include <stdbool.h>

#include "gateway/core/server.h"

enum { CORE_PROXY_SERVERS = 18, CORE_PROXY_SIGNALS = 4 };

struct core_proxy {
    const char *cert, *key; /* PEM files; NULL: plain listener */
    const char *ready_file;
    bool log;         /* one JSON line per request and connection on stdout */
    bool log_failure; /* answer failures with JSON of our own */
    uint32_t between_ms;
    uint32_t proof_left_ms;           /* how long a proof is good for; 0: for ever */
    bool proof_shared;                /* what one connection proves lets the others go on */
    _Atomic uint64_t newest_proof_ms; /* when the last one was made */
    struct gw_config config;
    struct gw_listener_config listener;
    struct gw_upstream_config upstream;
    struct gw_upstream_tls upstream_tls;
    const char *servers[CORE_PROXY_SERVERS];
    struct gw_server *running;
    uv_loop_t control;
    uv_async_t stopped;
    uv_signal_t signals[CORE_PROXY_SIGNALS];
};

/** Returns: an identity from PEM files, or NULL. */
struct gw_identity *core_proxy_identity(const char *cert, const char *key);

/** From now on names have the addresses that the lines "NAME ADDRESS" of this file say. */
void core_proxy_use_names(const char *file);

/** Decides where requests go: /_own?N, /_late, /_refuse, /_stats are answered here. */
void core_proxy_on_request(void *user, struct gw_exchange *x, const struct gw_http1_request *req,
                           const struct gw_conn_info *conn);
void core_proxy_on_stream(void *user, struct gw_exchange *x, const struct gw_conn_info *conn);
void core_proxy_on_failure(void *user, struct gw_exchange *x, const struct gw_failure *f);
void core_proxy_on_gone(void *user, struct gw_exchange *x);
void core_proxy_log_request(void *user, struct gw_loop *loop, const struct gw_request_record *r);
void core_proxy_log_conn(void *user, struct gw_loop *loop, const struct gw_conn_record *r);

void core_proxy_log_backend(void *user, struct gw_loop *loop, const struct gw_backend_event *e);

/** A client context that judges nothing: for upstreams under test. */
SSL_CTX *core_proxy_client_ctx(void *user, struct gw_loop *loop, OSSL_LIB_CTX *libctx);

/** A proof of one line each way: "prove\n" is answered by "proven\n", else it refuses. */
extern const struct gw_proof_ops core_proxy_proof;

/** The same; an idle connection can be proven once more. */
extern const struct gw_proof_ops core_proxy_proof_renewed;

#endif
