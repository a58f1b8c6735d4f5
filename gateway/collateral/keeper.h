/*
 * keeper: keeps the collateral of the gateway's quotes fresh.
 *
 * Fetched at start, then daily or at half of what is left of its validity, whichever comes first.
 * A failed fetch is tried again with growing pauses; what is there stays until it expires. Without
 * collateral the gateway serves null and says so (design: collateral is not part of the identity).
 */
#ifndef GATEWAY_COLLATERAL_KEEPER_H
#define GATEWAY_COLLATERAL_KEEPER_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "certbind/bytes.h"
#include "gateway/log.h"
#include "gateway/evidence/self_check.h"

struct gateway_collateral_keeper {
    const char *bundle; /* JSON text; NULL: none */
    size_t bundle_len;
    struct gateway_self_check check;
    bool asked;        /* the first fetch has ended, well or not, or there is none to make */
    unsigned failures; /* fetches in a row that failed */
    uint64_t fetches_ok, fetches_failed; /* since start */
    /* private */
    char *owned;
    struct gateway_keeper_handle *handle;
};

struct gateway_keeper_options {
    uv_loop_t *loop;
    const char *url; /* "": none */
    const struct gateway_log *log;
    int64_t (*now)(void); /* Unix seconds */
    void (*on_change)(void *user);
    void *user;
};

/**
 * Begin with a quote.
 *
 * Returns: false when memory ran out
 * Out:     keeper  read its members at any time; must not be moved
 */
bool gateway_keeper_start(struct gateway_collateral_keeper *keeper,
                          const struct gateway_keeper_options *options,
                          struct certbind_bytes quote);

/** The gateway has a new quote: check it with the collateral at hand. */
void gateway_keeper_set_quote(struct gateway_collateral_keeper *keeper,
                              struct certbind_bytes quote);

/** Returns: how long until the next fetch, in seconds. For tests and readers of the schedule. */
int64_t gateway_keeper_pause_s(int64_t now, uint64_t valid_until, unsigned failures);

/** End; accepts a zeroed struct. A transfer under way is forgotten. */
void gateway_keeper_stop(struct gateway_collateral_keeper *keeper);

#endif
