/*
 * observe: what this side sees of its own TLS connection. Private to libratls.
 */
#ifndef RATLS_OBSERVE_H
#define RATLS_OBSERVE_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "certbind/session.h"
#include "certbind/verify.h"

/** Fill in what the handshake came to.
 * In: alpn  the one name that the peer must have chosen; NULL: http/1.1, or none */
void ratls_observe_transport(const SSL *ssl, const char *alpn, struct certbind_transport *out);

/** Returns: DER of the certificate that the peer presented, to be given to OPENSSL_free; NULL when
 * there is none. */
uint8_t *ratls_observe_leaf(const SSL *ssl, size_t *len);

/** Returns: the last second of a certificate's validity; 0 when it cannot be read. */
uint64_t ratls_leaf_not_after(struct certbind_bytes der);

/** Returns: whether out holds the exporter for a nonce (RFC 8446 section 7.5). */
bool ratls_observe_exporter(SSL *ssl, const uint8_t nonce[CERTBIND_NONCE_LEN],
                            uint8_t out[CERTBIND_EXPORTER_LEN]);

#endif
