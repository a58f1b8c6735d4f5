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

/** Answer a request for a token; table may be NULL: there is none. */
void acme_serve_challenge(struct acme_challenges *table, const char *token, struct gw_exchange *x);

/** Send a request that came in clear to where TLS is, if its host is served there. */
void acme_serve_redirect(const struct gateway_config *config, struct gw_exchange *x);

#endif
