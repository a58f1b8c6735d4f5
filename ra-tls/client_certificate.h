/*
 * client_certificate: what the client shows to a server that asks for it. Private to libratls.
 */
#ifndef RATLS_CLIENT_CERTIFICATE_H
#define RATLS_CLIENT_CERTIFICATE_H

#include <stdbool.h>

#include <openssl/ssl.h>

enum { RATLS_CLIENT_CHAIN_MAX = 10 }; /* certificates beside the leaf */

/* Zeroed: there is none. */
struct ratls_client_certificate {
    X509 *leaf;
    STACK_OF(X509) * chain; /* without the leaf */
    EVP_PKEY *key;
};

/** Have connections show it. Returns: false when OpenSSL fails. */
bool ratls_client_certificate_use(const struct ratls_client_certificate *c, SSL_CTX *ssl_ctx);

/** Returns: whether an error of OpenSSL is an alert of the server's about the client's certificate,
 * or about that there was none. With TLS 1.3 it comes after the client's side of the handshake. */
bool ratls_is_certificate_alert(unsigned long error);

/** Accepts a zeroed struct. */
void ratls_client_certificate_cleanup(struct ratls_client_certificate *c);

#endif
