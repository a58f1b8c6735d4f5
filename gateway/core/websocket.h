/*
 * websocket: the opening handshake of RFC 6455, as a proxy sees it: what a client may ask for, and
 * the answer that makes the connection a tunnel. Pure. Private to the core.
 */
#ifndef GW_CORE_WEBSOCKET_H
#define GW_CORE_WEBSOCKET_H

#include "gateway/core/http1_head.h"

enum gw_websocket_wish {
    GW_WEBSOCKET_REFUSED = 0, /* it is meant, and broken: 400 with a code */
    GW_WEBSOCKET_NONE,        /* an ordinary request, whatever its Upgrade field says */
    GW_WEBSOCKET_WANTED
};

enum { GW_WEBSOCKET_KEY_BYTES = 16, GW_WEBSOCKET_KEY_LEN = 24, GW_WEBSOCKET_ACCEPT_LEN = 28 };

/** Make a key for a request that came without one. */
void gw_websocket_key(const uint8_t random[GW_WEBSOCKET_KEY_BYTES],
                      char out[GW_WEBSOCKET_KEY_LEN + 1]);

/** Returns: what a request asks for: GET of HTTP/1.1 without a body, Connection: Upgrade, exactly
 * `Upgrade: websocket`, one version 13, one key of 16 bytes; or what extended CONNECT of HTTP/2 was
 * turned into. Out: why  of a refusal */
enum gw_websocket_wish gw_websocket_request(const struct gw_http1_request *request,
                                            struct gw_http_refusal *why);

/** Write the Sec-WebSocket-Accept that answers a request. Returns: false when it has no key. */
bool gw_websocket_accept(const struct gw_http1_request *request,
                         char out[GW_WEBSOCKET_ACCEPT_LEN + 1]);

/** Returns: whether an answer with status 101 is the one to that request (RFC 6455 section 4.1). */
bool gw_websocket_answer(const struct gw_http1_request *request,
                         const struct gw_http1_response *response);

#endif
