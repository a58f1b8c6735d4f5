/*
 * http2_request: one head of HTTP/2, collected field by field and read as strictly as one
 * of HTTP/1.1 (RFC 9113 sections 8.2 and 8.3).
 *
 * Pure. What the session library should have refused already is refused here again: nothing that
 * leaves this file depends on its version.
 */
#ifndef GW_CORE_HTTP2_REQUEST_H
#define GW_CORE_HTTP2_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/core/head_block.h"

enum { GW_HTTP2_FIELD_OVERHEAD = 32 /* of a field in a header list (RFC 9113 section 6.5.2) */ };

struct gw_http2_limits {
    size_t max_list_bytes; /* names, values and 32 for each field: else 431 */
    size_t max_fields;     /* else 431 */
    size_t max_target_bytes;
};

/* A header block under way; zero it and set block and its pool for each. */
struct gw_http2_head {
    struct gw_head_block *block;                   /* owned; holds names and values */
    struct gw_head_pool *pool;                     /* borrowed; what is built is put there */
    struct gw_str method, scheme, authority, path; /* of a request */
    struct gw_str protocol;                        /* of an extended CONNECT */
    struct gw_str websocket_key; /* borrowed: set by the caller, for the case that it asks for a
                                    WebSocket; empty: then that is refused */
    struct gw_str status;        /* of an answer */
    size_t count, list_bytes;
    size_t crumbs;              /* fields of Cookie */
    bool regular;               /* a field that is no pseudo-field was there */
    bool trailer;               /* no pseudo-field may be */
    bool answer;                /* of an upstream */
    struct gw_http_refusal why; /* status 0: nothing wrong so far */
};

/** Take one field. What is wrong is kept in head->why, and nothing is stored any more. */
void gw_http2_head_add(struct gw_http2_head *head, const struct gw_http2_limits *limits,
                       struct gw_str name, struct gw_str value);

/**
 * Read the collected head of a request.
 *
 * Returns: a block of its own with the request; NULL when memory ran out. With a refusal the
 * request says nothing but is_head. An extended CONNECT for a WebSocket becomes the request of
 * RFC 6455 that means the same, with head->websocket_key
 * In:      scheme  that of the connection; empty: http and https are both taken
 *          ended   no body follows
 * Out:     why     status 0: it may be processed
 */
struct gw_head_block *gw_http2_request_build(const struct gw_http2_head *head,
                                             const struct gw_http2_limits *limits,
                                             struct gw_str scheme, bool ended,
                                             struct gw_http_refusal *why);

/**
 * Read the collected head of an answer.
 *
 * Returns: a block of its own with the response, also when it is refused; NULL when memory ran out
 * In:      request_head  whether the request was HEAD
 *          ended         no body follows
 * Out:     why           status 0: it may be used
 */
struct gw_head_block *gw_http2_answer_build(const struct gw_http2_head *head, bool request_head,
                                            bool ended, struct gw_http_refusal *why);

/** Returns: a block whose request.fields are the collected trailers; NULL when memory ran out. */
struct gw_head_block *gw_http2_trailers_build(const struct gw_http2_head *head);

#endif
