/*
 * engine: the gateway's configuration in the form the proxy engine takes.
 */
#ifndef GATEWAY_SERVE_ENGINE_H
#define GATEWAY_SERVE_ENGINE_H

#include <stdbool.h>

#include "gateway/serve/clients.h"
#include "gateway/config/config.h"
#include "gateway/core/server.h"
#include "gateway/upstream_attested/attested.h"
#include "gateway/serve/upstream_tls.h"

/* What an upstream with TLS needs: one of both, or none. Owned. */
struct gateway_engine_tls {
    struct gateway_upstream_tls *judged;
    struct attested_upstream *attested;
};

struct gateway_engine {
    struct gw_config config;
    struct gw_listener_config *listeners; /* owned */
    struct gw_upstream_config *upstreams; /* owned */
    struct gateway_engine_tls *tls;       /* one per upstream; owned */
    struct gateway_clients *clients;      /* one per listener, zeroed without client_auth; owned */
};

/**
 * Fill in everything but the callbacks, and read the files that the configuration names.
 *
 * Returns: false with a text in err
 * In:      config   borrowed until _cleanup
 *          threads  used when the configuration says auto
 */
bool gateway_engine_init(struct gateway_engine *engine, const struct gateway_config *config,
                         unsigned threads, char *err, size_t err_len);

/** Do on the control loop what attested upstreams and revocation lists need to have done. Returns:
 * whether it could. In: log  borrowed */
bool gateway_engine_watch(struct gateway_engine *engine, uv_loop_t *loop,
                          const struct gateway_log *log);

/** Read revocation lists again now. */
void gateway_engine_reload(struct gateway_engine *engine);

struct gateway_engine_crl_state {
    int64_t next_update; /* of the list that expires first, Unix seconds; 0: there is none */
    uint64_t errors;     /* files that could not be used, since start */
    uint64_t refused;    /* clients refused because memory for the lists ran out, since start */
};

void gateway_engine_crl_state(const struct gateway_engine *engine,
                              struct gateway_engine_crl_state *out);

/** End that; the loop has to run until its handles are closed. */
void gateway_engine_unwatch(struct gateway_engine *engine);

/** Returns: open files that so many clients and upstream connections can need. */
uint64_t gateway_engine_files(const struct gateway_engine *engine);

/** Accepts a zeroed struct. */
void gateway_engine_cleanup(struct gateway_engine *engine);

#endif
