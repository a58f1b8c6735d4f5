/*
 * target: one far side of the local proxy, as the engine knows it: an upstream whose connections
 * are proven.
 */
#ifndef SHIM_TARGET_H
#define SHIM_TARGET_H

#include <stdbool.h>

#include "gateway/core/server.h"
#include "ra-tls/ratls.h"
#include "gateway/upstream_attested/prove.h"

/* Must not move once it is initialised; outlives the server. */
struct shim_target {
    char authority[300]; /* Host of forwarded requests */
    char origin[310];    /* "https://" and the authority */
    struct gw_upstream_config upstream;
    /* private */
    struct attested_prover prover;
    char server[300]; /* where connections go */
    const char *servers[1];
    const char *alpn[2];
    struct gw_upstream_tls tls;
};

/**
 * Prepare a target.
 *
 * Returns: false when its name is too long
 * In:      ctx, target  borrowed while the server lives
 *          stream       a TCP target: connections become streams of bytes
 */
bool shim_target_init(struct shim_target *t, struct ratls_ctx *ctx,
                      const struct ratls_target *target, bool stream);

#endif
