/*
 * limits: who may connect and ask, on one worker: by client prefix where a client's address is
 * known, by server name, and by the memory that is left.
 *
 * Each worker counts for itself, in tables of a fixed size; nothing is shared but the level of the
 * memory, which the control loop writes.
 */
#ifndef GATEWAY_LIMITS_LIMITS_H
#define GATEWAY_LIMITS_LIMITS_H

#include <stdbool.h>

#include "gateway/config/config.h"
#include "gateway/core/server.h"
#include "gateway/limits/memory.h"

struct gateway_limits;

/* Why a request is not served; code NULL: it is. */
struct gateway_limit {
    unsigned status; /* 429, 503 */
    const char *code;
    const char *message;
    unsigned retry_s; /* Retry-After */
};

/** Returns: the limits of one worker of so many, to be given to _free; NULL when memory ran out.
 * In: config, memory  borrowed */
struct gateway_limits *gateway_limits_new(const struct gateway_config *config,
                                          const struct gateway_memory *memory, unsigned workers);

/** NULL does nothing. */
void gateway_limits_free(struct gateway_limits *limits);

/** Returns: why a connection is not admitted, as a stable code (static); NULL: it is, and counted
 * until gateway_limits_release. */
const char *gateway_limits_admit(struct gateway_limits *limits, const struct gw_conn_info *conn,
                                 enum gw_admission step, uint64_t now_us);

/** A connection has ended: it no longer counts for what it was admitted as. */
void gateway_limits_release(struct gateway_limits *limits, const struct gw_conn_info *conn,
                            uint64_t now_us);

/** A request, or a stream. Out: why */
void gateway_limits_request(struct gateway_limits *limits, const struct gw_conn_info *conn,
                            uint64_t now_us, struct gateway_limit *why);

/** Returns: 0: the client may ask for a quote; else after how many seconds it may. */
unsigned gateway_limits_nonce(struct gateway_limits *limits, const struct gw_conn_info *conn,
                              uint64_t now_us);

#endif
