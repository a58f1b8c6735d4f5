/*
 * attested: an upstream that is an attested app: judged by libratls under a policy of the
 * gateway's configuration before a byte is forwarded.
 */
#ifndef ATTESTED_ATTESTED_H
#define ATTESTED_ATTESTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uv.h>

#include "certbind/digest.h"
#include "gateway/core/upstream_config.h"

struct attested_upstream;

/* Borrowed until attested_upstream_free. */
struct attested_options {
    const char *name;   /* server name that is asked for */
    const char *policy; /* JSON text */
    bool stream;        /* a TCP target: each connection is a stream of bytes (binding.md 4) */
    const char *collateral_url; /* asked when the far side sends none that helps; "": none */
    const uint8_t *root_sha256; /* of the policy's root_file, if it has one */
};

/**
 * Read the policy, and its root if it names one.
 *
 * Returns: to be given to attested_upstream_free; NULL with a text in err
 */
struct attested_upstream *attested_upstream_new(const struct attested_options *options, char *err,
                                                size_t err_len);

/** Returns: how the engine reaches it (borrowed). */
const struct gw_upstream_tls *attested_upstream_tls(const struct attested_upstream *a);

/** Have collateral that grows old fetched anew, off the loop. Returns: whether it could begin. */
bool attested_upstream_watch(struct attested_upstream *a, uv_loop_t *loop);

/** End that; the loop has to run until its handles are closed. */
void attested_upstream_unwatch(struct attested_upstream *a);

/** Free; no connection and no handle may be left. NULL does nothing. */
void attested_upstream_free(struct attested_upstream *a);

#endif
