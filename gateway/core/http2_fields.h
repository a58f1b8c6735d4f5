/*
 * http2_fields: a head that http1_forward or http1_answer wrote, as a header list of HTTP/2.
 *
 * So both versions get their fields by the same rules from one place. Pure; nothing is copied.
 */
#ifndef GW_CORE_HTTP2_FIELDS_H
#define GW_CORE_HTTP2_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include <nghttp2/nghttp2.h>

#include "gateway/core/str.h"

/**
 * Read the head of an answer.
 *
 * Returns: the number of fields, `:status` first; 0 when room is too small
 * In:      head  status line and field lines, each with CRLF (borrowed as long as out is used)
 * Out:     out   names are not lowered yet: the library does that when it copies them
 */
size_t gw_http2_fields_of_answer(struct gw_str head, nghttp2_nv *out, size_t room);

/** The same for the head of a request: pseudo-fields first; Host becomes `:authority`, CONNECT has
 * the `:protocol` websocket. */
size_t gw_http2_fields_of_request(struct gw_str head, const char *scheme, nghttp2_nv *out,
                                  size_t room);

/** The same for trailers: lines that gw_http1_last_chunk wrote. */
size_t gw_http2_fields_of_trailers(struct gw_str text, nghttp2_nv *out, size_t room);

#endif
