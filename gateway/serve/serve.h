/*
 * serve: what the gateway does with each request: forward it, answer it as evidence, or refuse it.
 *
 * The callbacks of the engine, on its worker threads. Each worker has its own pointer to the newest
 * evidence, swapped by a message to its loop; nothing is shared or locked per request.
 */
#ifndef GATEWAY_SERVE_SERVE_H
#define GATEWAY_SERVE_SERVE_H

#include <stdint.h>

#include "gateway/acme/challenges.h"
#include "gateway/config/config.h"
#include "gateway/core/server.h"
#include "gateway/evidence/evidence.h"
#include "gateway/log.h"
#include "gateway/limits/memory.h"
#include "gateway/evidence/quote_desk.h"
#include "gateway/metrics/traffic.h"

struct gateway_serve {
    const struct gateway_config *config;
    const struct gateway_log *log;
    struct gateway_evidence *first;     /* what workers start with; one reference */
    struct acme_challenges *challenges; /* borrowed; NULL: there is no ACME */
    struct gateway_quote_desk *desk;    /* borrowed; NULL: no nonce is answered with a quote */
    const struct gateway_memory *memory;
    struct gateway_traffic *traffic; /* borrowed; NULL: nothing is counted */
    int access_fd;                   /* where the access log goes */
};

/** Set the callbacks of an engine configuration; serve is borrowed until the server is freed. */
void gateway_serve_install(struct gateway_serve *serve, struct gw_config *engine);

/** From now on every worker answers with this evidence. Any thread. Each worker takes a reference.
 */
void gateway_serve_set_evidence(struct gw_server *server, struct gateway_evidence *evidence);

#endif
