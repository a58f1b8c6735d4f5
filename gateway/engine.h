/*
 * engine: the gateway's configuration in the form the proxy engine takes.
 */
#ifndef GATEWAY_ENGINE_H
#define GATEWAY_ENGINE_H

#include <stdbool.h>

#include "gateway/config.h"
#include "gateway/core/server.h"

struct gateway_engine {
    struct gw_config config;
    struct gw_listener_config *listeners; /* owned */
    struct gw_upstream_config *upstreams; /* owned */
};

/**
 * Fill in everything but the callbacks.
 *
 * Returns: false when memory ran out
 * In:      config   borrowed until _cleanup
 *          threads  used when the configuration says auto
 */
bool gateway_engine_init(struct gateway_engine *engine, const struct gateway_config *config,
                         unsigned threads);

/** Returns: open files that so many clients and upstream connections can need. */
uint64_t gateway_engine_files(const struct gateway_engine *engine);

/** Accepts a zeroed struct. */
void gateway_engine_cleanup(struct gateway_engine *engine);

#endif
