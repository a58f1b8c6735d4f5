/*
 * access_log: one JSON line on stdout for every request.
 *
 * The default fields say nothing of what a user did beyond the route: no path, no query, no
 * address, no user agent, unless the published configuration says so (docs/configuration.md). Each
 * loop has its own buffer; lines are written when it is full or at most a second old, and at the
 * end of the loop. While the disk or a pipe is full, lines wait in the buffer; then newer ones are
 * lost, which the diagnostics tell (access-log-full, access-log-resumed with their number). No
 * request waits, if fd does not. Lines of several loops never mix.
 */
#ifndef GATEWAY_SERVE_ACCESS_LOG_H
#define GATEWAY_SERVE_ACCESS_LOG_H

#include <stdbool.h>

#include <uv.h>

#include "gateway/config/config.h"
#include "gateway/core/record.h"
#include "gateway/log.h"

struct gateway_access_log;

/**
 * Start the access log of one loop, on its thread.
 *
 * Returns: to be given to gateway_access_log_stop; NULL when memory ran out
 * In:      config  borrowed
 *          fd      where lines go
 *          diagnostics  where lost lines are told; borrowed
 */
struct gateway_access_log *gateway_access_log_start(uv_loop_t *loop,
                                                    const struct gateway_config *config, int fd,
                                                    const struct gateway_log *diagnostics);

/** Add the line of a request. Returns: false when it was lost. NULL log: nothing is written. */
bool gateway_access_log_request(struct gateway_access_log *log, const struct gw_request_record *r);

/** Write what is left and end; the memory is freed by the loop. NULL does nothing. */
void gateway_access_log_stop(struct gateway_access_log *log);

#endif
