/*
 * http1_message: the rules that requests and responses share. Private to http1_request.c,
 * http1_response.c and http2_request.c.
 */
#ifndef GW_CORE_HTTP1_MESSAGE_H
#define GW_CORE_HTTP1_MESSAGE_H

#include "gateway/core/http1_head.h"

/* What the framing fields of a head say, before the method or status is looked at. */
struct gw_http1_framing_fields {
    bool has_length;
    uint64_t length;
    bool chunked;
};

/** Record a refusal. Returns: false, so that a caller can write `return gw_http_refuse(...)`. */
bool gw_http_refuse(struct gw_http_refusal *why, unsigned status, const char *code);

/** Cut the first line off a head. Returns: whether it ends in CRLF; rest: the field lines without
 * the empty line at the end. */
bool gw_http1_first_line(struct gw_str head, struct gw_str *line, struct gw_str *rest);

/** Returns: whether the framing fields are unambiguous (RFC 9112 section 6.3). */
bool gw_http1_framing_read(const struct gw_http_fields *fields, unsigned minor,
                           struct gw_http1_framing_fields *out, struct gw_http_refusal *why);

/** Returns: whether Connection names no more fields than it may. */
bool gw_http1_options_check(const struct gw_http_fields *fields, struct gw_http_refusal *why);

/** Returns: whether the connection may carry another message (RFC 9112 section 9.3). */
bool gw_http1_persistent(const struct gw_http_fields *fields, unsigned minor);

/* The rules of a request that both versions share; each records a refusal in why. */

/** Read out->method: is_head, idempotent. Returns: whether it is one that is passed on. */
bool gw_http_method_read(struct gw_http1_request *out, struct gw_http_refusal *why);

/** Returns: whether a request target has a permitted length and no byte that may not stand there.
 */
bool gw_http_target_check(struct gw_str target, const struct gw_http1_limits *limits,
                          struct gw_http_refusal *why);

/** Read out->target in origin form, or `*` of OPTIONS: path, query. Returns: whether it is that. */
bool gw_http_origin_form_read(struct gw_http1_request *out);

/** Read Expect. Returns: whether it asks for nothing unknown. */
bool gw_http_expect_read(struct gw_http1_request *out, struct gw_http_refusal *why);

/** Returns: whether no field name has an underscore. */
bool gw_http_names_check(const struct gw_http_fields *fields, struct gw_http_refusal *why);

#endif
