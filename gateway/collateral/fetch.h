/*
 * fetch: gets collateral for a quote without blocking the loop.
 *
 * The transfer blocks, so it runs on a thread of libuv's pool, and so does the check of the result.
 */
#ifndef GATEWAY_COLLATERAL_FETCH_H
#define GATEWAY_COLLATERAL_FETCH_H

#include <stddef.h>
#include <stdint.h>

#include <uv.h>

#include "certbind/bytes.h"
#include "gateway/evidence/self_check.h"

struct gateway_collateral_result {
    char *bundle; /* JSON text; passes to the callback; NULL when there is none */
    size_t bundle_len;
    struct gateway_self_check check; /* of the quote with this bundle */
    certbind_status status;          /* CERTBIND_OK with a bundle */
    const char *detail;              /* why there is none */
};

typedef void (*gateway_collateral_done)(void *user, const struct gateway_collateral_result *result);

struct gateway_collateral_job;

/**
 * Start a transfer.
 *
 * Returns: the job, which frees itself after done was called; NULL when memory ran out
 * In:      url    of the service; outlives the job
 *          quote  copied
 *          now    Unix seconds
 */
struct gateway_collateral_job *gateway_collateral_fetch(uv_loop_t *loop, const char *url,
                                                        struct certbind_bytes quote, uint64_t now,
                                                        gateway_collateral_done done, void *user);

/** Forget a job: done is not called any more. NULL does nothing. */
void gateway_collateral_forget(struct gateway_collateral_job *job);

#endif
