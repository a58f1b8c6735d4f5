/*
 * upstream_tls: TLS to an upstream whose certificate is judged in the handshake: by its chain and
 * name, by its key, or by both.
 *
 * Names are those of the SAN alone: whole left-most wildcards, IP addresses against iPAddress, no
 * common names. A pinned key needs no name and no dates: the key is the identity.
 */
#ifndef GATEWAY_SERVE_UPSTREAM_TLS_H
#define GATEWAY_SERVE_UPSTREAM_TLS_H

#include <stddef.h>

#include "gateway/config/config.h"
#include "gateway/core/upstream_config.h"

struct gateway_upstream_tls;

/**
 * Read the file of authorities, if there is one.
 *
 * Returns: to be given to gateway_upstream_tls_free; NULL with a text in err
 * In:      config  borrowed until then
 *          h2      HTTP/2 is offered by ALPN, in place of HTTP/1.1
 */
struct gateway_upstream_tls *
gateway_upstream_tls_new(const struct gateway_upstream_tls_config *config, bool h2, char *err,
                         size_t err_len);

/** Returns: how the engine reaches it (borrowed). */
const struct gw_upstream_tls *gateway_upstream_tls_of(const struct gateway_upstream_tls *t);

/** NULL does nothing. */
void gateway_upstream_tls_free(struct gateway_upstream_tls *t);

#endif
