/*
 * http1_head: one HTTP/1.1 head, read strictly (RFC 9112 sections 2 to 6).
 *
 * Pure: bytes in, slices and a decision out; no allocation. What is ambiguous is refused: a head
 * that two parties could read differently never gets past this file. llhttp reads the same bytes
 * again (http1_body) and must agree.
 */
#ifndef GW_CORE_HTTP1_HEAD_H
#define GW_CORE_HTTP1_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/core/http1_fields.h"
#include "gateway/core/str.h"

enum gw_http1_scan_result {
    GW_HTTP1_REFUSED = 0, /* a line does not end in CRLF, or the head is too long */
    GW_HTTP1_MORE,
    GW_HTTP1_COMPLETE
};

/* Progress of the search for the end of a head; zero it for each message. */
struct gw_http1_scan {
    size_t skip; /* an empty line before the request line: 0 or 2 bytes that are not the head */
    size_t line; /* where the line under way begins */
    size_t end;  /* when complete: where the head ends, its empty line included */
};

enum gw_http_framing {
    GW_FRAMING_NONE,    /* no body */
    GW_FRAMING_LENGTH,  /* content_length bytes */
    GW_FRAMING_CHUNKED, /* chunked coding */
    GW_FRAMING_CLOSE    /* responses only: until the connection closes */
};

struct gw_http1_limits {
    size_t max_head_bytes;   /* whole head; default 16384: 431 */
    size_t max_target_bytes; /* default 8192: 414 */
    bool connect;            /* CONNECT is taken; else 501 */
};

struct gw_http1_request {
    struct gw_str head; /* the bytes that were parsed, empty line included */
    struct gw_str method;
    struct gw_str target; /* as received */
    struct gw_str
        authority;       /* of the target in absolute form, else of Host; empty on 1.0 without */
    struct gw_str host;  /* authority without its port; brackets kept */
    struct gw_str path;  /* of the target; "*" for OPTIONS *; "/" for an absolute form without */
    struct gw_str query; /* with its '?', empty when there is none */
    bool absolute_form;
    bool is_connect; /* authority is HOST:PORT, path is empty */
    unsigned minor;  /* HTTP/1.minor: 0 or 1; what came over HTTP/2 counts as 1 */
    bool http2;      /* it came over HTTP/2: head and target are empty */
    bool websocket;  /* by extended CONNECT (RFC 8441): goes on as GET */
    enum gw_http_framing framing;
    uint64_t content_length; /* with GW_FRAMING_LENGTH */
    bool keep_alive;
    bool expect_continue;
    bool is_head;
    bool idempotent; /* RFC 9110 section 9.2.2 */
    struct gw_http_fields fields;
};

struct gw_http1_response {
    struct gw_str head;
    unsigned status; /* 100..599 */
    struct gw_str reason;
    unsigned minor;
    enum gw_http_framing framing;
    uint64_t content_length; /* valid with has_length */
    bool has_length;         /* a Content-Length stood in the head, whatever the framing */
    bool request_head;       /* it answers a HEAD request */
    bool http2;              /* it came over HTTP/2: head is empty */
    bool keep_alive;
    struct gw_http_fields fields;
};

/**
 * Look for the end of a head in bytes that arrive bit by bit.
 *
 * Returns: MORE, COMPLETE (scan->end is set) or REFUSED (why is set: 400, 414 or 431)
 * In:      data  all bytes received so far, beginning with the same byte each time
 */
enum gw_http1_scan_result gw_http1_head_scan(struct gw_http1_scan *scan, struct gw_str data,
                                             size_t max_head_bytes, struct gw_http_refusal *why);

/**
 * Parse a complete request head.
 *
 * Returns: whether it may be processed
 * In:      head    from the request line to the empty line, both included (borrowed)
 *          limits  bounds
 * In/out:  out     out->fields.list and .room are set by the caller; all else is filled; slices
 *                  point into head
 * Out:     why     when refused: 400, 405, 414, 417, 431, 501 or 505, with a stable code
 */
bool gw_http1_request_parse(struct gw_str head, const struct gw_http1_limits *limits,
                            struct gw_http1_request *out, struct gw_http_refusal *why);

/**
 * Parse a complete response head of an upstream.
 *
 * Returns: whether it can be used; otherwise the answer to the client is 502
 * In:      head          from the status line to the empty line (borrowed)
 *          request_head  whether the request was HEAD: then there is no body
 */
bool gw_http1_response_parse(struct gw_str head, bool request_head, struct gw_http1_response *out,
                             struct gw_http_refusal *why);

/** Returns: whether text is host[:port] of RFC 3986 without userinfo; host gets the part before
 * the port. */
bool gw_http_authority_parse(struct gw_str text, struct gw_str *host);

#endif
