/*
 * serve: the answers below /.well-known/acme-challenge/, on every listener that speaks HTTP, and
 * all that the listener in clear says. Never forwarded, whether ACME is configured or not: who
 * answers there for a name gets certificates for it.
 */
#ifndef GATEWAY_ACME_SERVE_H
#define GATEWAY_ACME_SERVE_H

#include "gateway/acme/challenges.h"
#include "gateway/config/config.h"
#include "gateway/core/exchange.h"

/** Answer a request for a token: where http-01 is configured, for its names alone. In: table  NULL:
 * there is no ACME */
void acme_serve_challenge(struct acme_challenges *table, const struct gateway_acme_config *config,
                          const char *token, struct gw_exchange *x);

/** Send a request that came in clear to where TLS is, if its host is served there. */
void acme_serve_redirect(const struct gateway_config *config, struct gw_exchange *x);

#endif
