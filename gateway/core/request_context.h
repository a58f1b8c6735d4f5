/*
 * request_context: what a request says of the trace and the request that it is part of. Pure.
 *
 * Trace context is W3C's (https://www.w3.org/TR/trace-context/): the engine makes no spans, so
 * fields of the right form go on unchanged, and others do not go on.
 */
#ifndef GW_CORE_REQUEST_CONTEXT_H
#define GW_CORE_REQUEST_CONTEXT_H

#include <stdbool.h>

#include "gateway/core/http1_fields.h"

enum {
    GW_REQUEST_ID_MAX = 128,     /* characters of an id that is taken over */
    GW_TRACE_STATE_MEMBERS = 32, /* of all tracestate fields together */
    GW_TRACE_STATE_MAX_BYTES = 4096,
    GW_TRACE_PARENT_MAX_BYTES = 512 /* of a version to come */
};

/** Returns: whether a request has one X-Request-Id, of 1 to GW_REQUEST_ID_MAX letters, digits and
 * any of "-._~:@=+/". Out: id  the value, NUL-terminated */
bool gw_request_id_read(const struct gw_http_fields *fields, char id[GW_REQUEST_ID_MAX + 1]);

/** Remove traceparent and tracestate unless there is one traceparent and both have the right form;
 * a bad tracestate goes alone. */
void gw_trace_context_filter(struct gw_http_fields *fields);

#endif
