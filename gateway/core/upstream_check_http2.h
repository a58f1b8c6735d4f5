/*
 * upstream_check_http2: the request of an active check over HTTP/2: one stream on a connection of
 * its own, of whose answer the status alone counts. Private.
 */
#ifndef GW_CORE_UPSTREAM_CHECK_HTTP2_H
#define GW_CORE_UPSTREAM_CHECK_HTTP2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/core/str.h"

struct gw_check_http2;
struct gw_upconn;

/* What came of it, once it is over. */
struct gw_check_http2_result {
    unsigned status;  /* 200 to 999 */
    const char *code; /* static; not NULL: there is no status, and why */
};

/**
 * Begin on a connection that stands.
 *
 * Returns: NULL when memory ran out
 * In:      up    borrowed, as long as the result lives
 *          head  request line and Host, each with CRLF, and an empty line (borrowed for the call)
 */
struct gw_check_http2 *gw_check_http2_new(struct gw_upconn *up, struct gw_str head);

/**
 * Take bytes of the server.
 *
 * Returns: whether it is over
 * Out:     result  when it is
 */
bool gw_check_http2_data(struct gw_check_http2 *c, const uint8_t *data, size_t len,
                         struct gw_check_http2_result *result);

/** Say GOAWAY, as far as the connection takes bytes, and free. c may be NULL. */
void gw_check_http2_free(struct gw_check_http2 *c);

#endif
