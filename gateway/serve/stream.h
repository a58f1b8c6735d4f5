/*
 * stream: bytes between a client and the upstream of its server name: from the beginning, or
 * from a request on that begins them once the client has seen the proof (binding.md 4).
 */
#ifndef GATEWAY_SERVE_STREAM_H
#define GATEWAY_SERVE_STREAM_H

#include "gateway/config/config.h"
#include "gateway/core/exchange.h"

#define GATEWAY_STREAM_ALPN "devproof-tcp/1"
#define GATEWAY_STREAM_ENDPOINT "tunnel"
#define GATEWAY_ACME_ALPN "acme-tls/1" /* of challenges (RFC 8737): never passed on */

/** Returns: whether a client's TLS is passed on unread. */
bool gateway_stream_passes(const struct gateway_config *config, const struct gw_client_hello *hello,
                           const struct gw_conn_info *conn);

/** Connect a stream to its upstream, or close it when its name leads nowhere.
 * In: reply  what the client gets before the first byte (borrowed); NULL: nothing */
void gateway_stream_begin(const struct gateway_config *config, struct gw_exchange *x,
                          const char *reply);

/** Answer a request for GATEWAY_STREAM_ENDPOINT on a listener of streams. */
void gateway_stream_request(const struct gateway_config *config, struct gw_exchange *x);

#endif
