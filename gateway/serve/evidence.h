/*
 * evidence: answers requests to the evidence endpoints on a worker's loop.
 */
#ifndef GATEWAY_SERVE_EVIDENCE_H
#define GATEWAY_SERVE_EVIDENCE_H

#include <stdint.h>

#include "certbind/session_signer.h"
#include "gateway/config/config.h"
#include "gateway/core/exchange.h"
#include "gateway/evidence/evidence.h"
#include "gateway/limits/limits.h"
#include "gateway/evidence/quote_desk.h"

/* All borrowed for the call. */
struct gateway_evidence_serve {
    const struct gateway_config *config;
    struct gateway_evidence *evidence;            /* the newest; NULL: none yet */
    const struct certbind_session_signer *signer; /* with its key; NULL: memory ran out */
    struct gateway_quote_desk *desk;              /* NULL: no nonce is answered with a quote */
    struct gateway_limits *limits;                /* NULL: quotes are limited by connection alone */
    int64_t now;                                  /* Unix seconds */
};

/** Answer a request to the endpoint of that name; decides the exchange, or lets it wait for a
 * quote: gateway_nonce_gone must then hear of its end. */
void gateway_evidence_answer(const struct gateway_evidence_serve *serve, const char *endpoint,
                             struct gw_exchange *x);

#endif
