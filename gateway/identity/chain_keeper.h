/*
 * chain_keeper: reads the configured chain files, at start, when they change, and when asked to.
 * Control loop only. A file that cannot be used leaves what was read before it, if that still
 * suits; without any, the name is served with the RA-TLS certificate.
 */
#ifndef GATEWAY_IDENTITY_CHAIN_KEEPER_H
#define GATEWAY_IDENTITY_CHAIN_KEEPER_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "gateway/identity/chain_file.h"
#include "gateway/config/config.h"
#include "gateway/log.h"

struct gateway_chain_keeper;

struct gateway_chain_keeper_options {
    uv_loop_t *loop;
    const struct gateway_config *config; /* borrowed, like log */
    const struct gateway_log *log;
    int64_t (*now)(void);       /* Unix seconds */
    const uint8_t *spki_sha256; /* 32 bytes, copied: of the key that certificates must be for */

    /** The set has changed: gateway_chain_keeper_get gives the new one. */
    void (*on_change)(void *user);
    void *user;
};

/** Read all files and watch them. Returns: to be given to _stop; NULL when memory ran out. */
struct gateway_chain_keeper *
gateway_chain_keeper_start(const struct gateway_chain_keeper_options *options);

/** Returns: the newest set (borrowed until it changes). */
struct gateway_chains *gateway_chain_keeper_get(const struct gateway_chain_keeper *keeper);

/** Returns: how often a file could not be used. NULL gives 0. */
uint64_t gateway_chain_keeper_errors(const struct gateway_chain_keeper *keeper);

/** Read all files again now; on_change is called if that changed something. NULL does nothing. */
void gateway_chain_keeper_reload(struct gateway_chain_keeper *keeper);

/** End; the memory goes with the loop. NULL does nothing. */
void gateway_chain_keeper_stop(struct gateway_chain_keeper *keeper);

#endif
