/*
 * request: the text of the evidence requests, and the quote that collateral is wanted for. Private
 * to libratls.
 */
#ifndef RATLS_REQUEST_H
#define RATLS_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "certbind/bytes.h"
#include "certbind/status.h"

/** Write host[:port] as a Host field has it: brackets around IPv6, no port 443. Returns: whether it
 * fits. */
bool ratls_request_authority(const char *host, uint16_t port, char *out, size_t room);

/** Write the request for an endpoint: "binding", "session?nonce=...". Returns: its length, 0 when
 * it does not fit. Nothing of the application is in it. */
size_t ratls_request_write(const char *host, uint16_t port, const char *endpoint, char *out,
                           size_t room);

/**
 * Find the quote that a verdict will rest on: that of a binding reply, or without one that of the
 * certificate. Nothing is verified.
 *
 * Out: quote, len  a copy, to be freed; NULL on failure
 */
CERTBIND_MUST_CHECK certbind_status ratls_quote_of(struct certbind_bytes binding,
                                                   struct certbind_bytes leaf, uint8_t **quote,
                                                   size_t *len);

#endif
