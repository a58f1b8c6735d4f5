/*
 * endpoint: what a request to an evidence endpoint asks for (binding.md 4). Pure.
 *
 * Order of judgement: name, method, query grammar, nonce.
 */
#ifndef GATEWAY_EVIDENCE_ENDPOINT_H
#define GATEWAY_EVIDENCE_ENDPOINT_H

#include <stdint.h>

#include "certbind/preimage.h"
#include "gateway/core/str.h"

enum gateway_endpoint {
    GATEWAY_ENDPOINT_REFUSED = 0, /* status, code and message say why */
    GATEWAY_ENDPOINT_OPTIONS,
    GATEWAY_ENDPOINT_BINDING,
    GATEWAY_ENDPOINT_BINDING_NONCE, /* nonce is set, as for the two below */
    GATEWAY_ENDPOINT_SESSION,
    GATEWAY_ENDPOINT_SESSION_QUOTE,
    GATEWAY_ENDPOINT_CONFIG
};

#define GATEWAY_ENDPOINT_ALLOW "GET, HEAD, OPTIONS"

struct gateway_endpoint_request {
    enum gateway_endpoint endpoint;
    unsigned status;
    const char *code;    /* static */
    const char *message; /* static */
    uint8_t nonce[CERTBIND_NONCE_LEN];
};

/**
 * Read a request.
 *
 * In:  name    of the endpoint, as gateway_route_find gives it
 *      query   with its '?', or empty
 */
void gateway_endpoint_read(const char *name, struct gw_str method, struct gw_str query,
                           struct gateway_endpoint_request *out);

#endif
