/*
 * http1_fields: the field lines of a head or a trailer section.
 *
 * The grammar of RFC 9112 section 5 without its tolerances: no blank before the colon, no
 * obs-fold, CRLF only, names are tokens, values hold no control byte but HTAB. Pure, zero-copy.
 */
#ifndef GW_CORE_HTTP1_FIELDS_H
#define GW_CORE_HTTP1_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/core/str.h"

/* X(symbol, "name in lower case", class) of the fields a proxy has to know; each stands in
 * of_length of http1_fields.c too. */
#define GW_FIELD_LIST(X)                                                                           \
    X(GW_FIELD_OTHER, "", GW_FIELD_END_TO_END)                                                     \
    X(GW_FIELD_CONNECTION, "connection", GW_FIELD_HOP)                                             \
    X(GW_FIELD_KEEP_ALIVE, "keep-alive", GW_FIELD_HOP)                                             \
    X(GW_FIELD_PROXY_CONNECTION, "proxy-connection", GW_FIELD_HOP)                                 \
    X(GW_FIELD_TE, "te", GW_FIELD_HOP)                                                             \
    X(GW_FIELD_TRANSFER_ENCODING, "transfer-encoding", GW_FIELD_HOP)                               \
    X(GW_FIELD_UPGRADE, "upgrade", GW_FIELD_HOP)                                                   \
    X(GW_FIELD_HTTP2_SETTINGS, "http2-settings", GW_FIELD_HOP)                                     \
    X(GW_FIELD_PROXY_AUTHENTICATE, "proxy-authenticate", GW_FIELD_HOP)                             \
    X(GW_FIELD_PROXY_AUTHORIZATION, "proxy-authorization", GW_FIELD_HOP)                           \
    X(GW_FIELD_CONTENT_LENGTH, "content-length", GW_FIELD_FRAMING)                                 \
    X(GW_FIELD_HOST, "host", GW_FIELD_ROUTING)                                                     \
    X(GW_FIELD_MAX_FORWARDS, "max-forwards", GW_FIELD_ROUTING)                                     \
    X(GW_FIELD_EXPECT, "expect", GW_FIELD_ROUTING)                                                 \
    X(GW_FIELD_VIA, "via", GW_FIELD_ROUTING)                                                       \
    X(GW_FIELD_FORWARDED, "forwarded", GW_FIELD_RESERVED)                                          \
    X(GW_FIELD_X_FORWARDED_FOR, "x-forwarded-for", GW_FIELD_RESERVED)                              \
    X(GW_FIELD_X_FORWARDED_PROTO, "x-forwarded-proto", GW_FIELD_RESERVED)                          \
    X(GW_FIELD_X_FORWARDED_HOST, "x-forwarded-host", GW_FIELD_RESERVED)                            \
    X(GW_FIELD_X_FORWARDED_PORT, "x-forwarded-port", GW_FIELD_RESERVED)                            \
    X(GW_FIELD_X_REAL_IP, "x-real-ip", GW_FIELD_RESERVED)                                          \
    X(GW_FIELD_X_REQUEST_ID, "x-request-id", GW_FIELD_RESERVED)                                    \
    X(GW_FIELD_CLIENT_CERT, "client-cert", GW_FIELD_RESERVED)                                      \
    X(GW_FIELD_CLIENT_CERT_CHAIN, "client-cert-chain", GW_FIELD_RESERVED)                          \
    X(GW_FIELD_ATTESTATION, "", GW_FIELD_RESERVED) /* X-Devproof-*, Devproof-*, X-Flashbots-* */   \
    X(GW_FIELD_AUTHORIZATION, "authorization", GW_FIELD_NO_TRAILER)                                \
    X(GW_FIELD_COOKIE, "cookie", GW_FIELD_NO_TRAILER)                                              \
    X(GW_FIELD_SET_COOKIE, "set-cookie", GW_FIELD_NO_TRAILER)                                      \
    X(GW_FIELD_CONTENT_TYPE, "content-type", GW_FIELD_NO_TRAILER)                                  \
    X(GW_FIELD_CONTENT_ENCODING, "content-encoding", GW_FIELD_NO_TRAILER)                          \
    X(GW_FIELD_TRAILER, "trailer", GW_FIELD_NO_TRAILER)                                            \
    X(GW_FIELD_TRACEPARENT, "traceparent", GW_FIELD_NO_TRAILER)                                    \
    X(GW_FIELD_TRACESTATE, "tracestate", GW_FIELD_NO_TRAILER)                                      \
    X(GW_FIELD_DATE, "date", GW_FIELD_END_TO_END)                                                  \
    X(GW_FIELD_ORIGIN, "origin", GW_FIELD_END_TO_END)                                              \
    X(GW_FIELD_REFERER, "referer", GW_FIELD_END_TO_END)                                            \
    X(GW_FIELD_LOCATION, "location", GW_FIELD_END_TO_END)                                          \
    X(GW_FIELD_ALT_SVC, "alt-svc", GW_FIELD_END_TO_END)

enum gw_field_class {
    GW_FIELD_END_TO_END, /* forwarded as it is, in trailers too */
    GW_FIELD_HOP,        /* never forwarded (RFC 9110 section 7.6.1) */
    GW_FIELD_FRAMING,    /* written by us from what was decoded */
    GW_FIELD_ROUTING,    /* forwarded after a rule of its own */
    GW_FIELD_RESERVED,   /* set by us; a peer's own copy is dropped */
    GW_FIELD_NO_TRAILER  /* forwarded in heads, dropped in trailers (RFC 9110 section 6.5.1) */
};

enum gw_field_id {
#define X(symbol, name, class) symbol,
    GW_FIELD_LIST(X)
#undef X
        GW_FIELD_ID_COUNT
};

struct gw_http_field {
    struct gw_str name;
    struct gw_str value; /* trimmed */
    enum gw_field_id id;
};

/* Caller-owned array and how much of it is used. */
struct gw_http_fields {
    struct gw_http_field *list;
    size_t room;
    size_t count;
};

/* Why a message is refused: an HTTP status for the peer and a stable code for logs (static). */
struct gw_http_refusal {
    unsigned status;
    const char *code;
};

/** Returns: the class of a known field. */
enum gw_field_class gw_field_class(enum gw_field_id id);

/** Returns: which known field a name is; names are compared without case. */
enum gw_field_id gw_field_identify(struct gw_str name);

/** Returns: whether all of text are token characters (RFC 9110 section 5.6.2), and it has some. */
bool gw_http_is_token(struct gw_str text);

/** Returns: whether it is a token without A-Z, as names of HTTP/2 are. */
bool gw_http_is_lower_token(struct gw_str text);

/** Returns: whether value holds printable bytes, SP, HTAB and obs-text only (RFC 9110 section 5.5).
 */
bool gw_http_is_field_value(struct gw_str value);

/** Returns: the first field with that id, or NULL. */
const struct gw_http_field *gw_http_fields_find(const struct gw_http_fields *fields,
                                                enum gw_field_id id);

/* Fields that Connection may name: each field of a message is compared with each of them. */
enum { GW_HTTP1_MAX_OPTIONS = 32 };

/** Returns: how many options Connection has, in all of its lines; what is more than the most counts
 * as one. Out: options  the first of them */
size_t gw_http1_options_read(const struct gw_http_fields *fields,
                             struct gw_str options[GW_HTTP1_MAX_OPTIONS]);

/** Returns: whether a field with that id lists the token (without case), in any of its lines. */
bool gw_http_fields_list_has(const struct gw_http_fields *fields, enum gw_field_id id,
                             const char *token);

/**
 * Parse field lines.
 *
 * Returns: whether all lines have the strict form and fit
 * In:      text    the lines, each ending in CRLF, without the empty line after them (borrowed)
 * Out:     fields  filled; slices point into text
 *          why     when refused: 400 with the code, or 431 field-count
 */
bool gw_http1_fields_parse(struct gw_str text, struct gw_http_fields *fields,
                           struct gw_http_refusal *why);

#endif
