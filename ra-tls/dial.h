/*
 * dial: a TCP connection and a TLS handshake under one deadline, blocking. Private to libratls.
 */
#ifndef RATLS_DIAL_H
#define RATLS_DIAL_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "certbind/status.h"

/** Returns: milliseconds of a clock that never jumps. */
int64_t ratls_now_ms(void);

/**
 * Connect to host and port, trying every address it resolves to.
 *
 * Returns: CERTBIND_OK, CERTBIND_E_TRANSPORT_CONNECT or CERTBIND_E_TRANSPORT_TIMEOUT
 * Out:     fd  non-blocking; -1 on failure
 */
CERTBIND_MUST_CHECK certbind_status ratls_dial(const char *host, uint16_t port, int64_t deadline_ms,
                                               int *fd, struct certbind_error *err);

/** The same codes, and CERTBIND_E_TRANSPORT_VERSION and _ALPN, for the handshake. */
CERTBIND_MUST_CHECK certbind_status ratls_handshake(SSL *ssl, int64_t deadline_ms,
                                                    struct certbind_error *err);

/** Wait until fd can do what an SSL call said it wants. Returns: false at the deadline. */
bool ratls_wait_for(int fd, int ssl_error, int64_t deadline_ms);

#endif
