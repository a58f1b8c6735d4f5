/*
 * route: which upstream a request belongs to, and what the gateway keeps for itself.
 *
 * Pure functions over a frozen configuration. Paths are matched in normal form; what is forwarded
 * is the target as received, so spellings that readers disagree on are refused unless every route
 * of the host leads to the same upstream (docs/configuration.md, "Routes"). Parameters (`;...`) are
 * such a spelling where a reader that drops them would find another upstream.
 */
#ifndef GATEWAY_CONFIG_ROUTE_H
#define GATEWAY_CONFIG_ROUTE_H

#include "gateway/config/config.h"
#include "gateway/core/http1_head.h"

#define GATEWAY_WELL_KNOWN "/.well-known/devproof/"
#define GATEWAY_CHALLENGES "/.well-known/acme-challenge/" /* RFC 8555 section 8.3 */

enum { GATEWAY_ENDPOINT_ROOM = 132 };

enum gateway_route_kind {
    GATEWAY_ROUTE_REFUSE = 0, /* status and code say why */
    GATEWAY_ROUTE_FORWARD,    /* to route */
    GATEWAY_ROUTE_CHALLENGE,  /* of ACME: endpoint is its token */
    GATEWAY_ROUTE_EVIDENCE    /* an endpoint below GATEWAY_WELL_KNOWN: endpoint is its name */
};

struct gateway_route_result {
    enum gateway_route_kind kind;
    unsigned status;
    const char *code; /* static */
    const struct gateway_route *route;
    char endpoint[GATEWAY_ENDPOINT_ROOM]; /* "binding"; "" when the prefix is asked for without its
                          slash or a name is too long to be one */
};

/**
 * Decide about a request.
 *
 * In:  request  its path is at most 16 KiB
 *      scratch  room for 2 * request->path.len bytes
 */
void gateway_route_find(const struct gateway_config *config, const struct gw_http1_request *request,
                        char *scratch, struct gateway_route_result *out);

/** Returns: where a stream for this server name goes (NULL: none was sent), by a route of its own
 * or one of *; NULL: nowhere. In: mode  not that of HTTP */
const struct gateway_route *gateway_route_stream(const struct gateway_config *config,
                                                 enum gateway_mode mode, const char *name);

/** Returns: whether this name's TLS is passed on unread, on every listener that serves it. */
bool gateway_route_passes(const struct gateway_config *config, struct gw_str name);

#endif
