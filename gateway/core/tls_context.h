/*
 * tls_context: one loop's SSL_CTX for one identity, and the rules every listener has: TLS 1.3 only,
 * no early data, one ticket, ALPN, strict server names.
 *
 * Counted without locks: it never leaves its loop.
 */
#ifndef GW_CORE_TLS_CONTEXT_H
#define GW_CORE_TLS_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/ssl.h>

#include "gateway/core/identity.h"

struct gw_loop;

struct gw_tls_context {
    struct gw_identity *identity; /* one reference */
    struct gw_loop *loop;
    SSL_CTX *ctx;
    size_t refs;
};

/**
 * Build the context of an identity for a loop.
 *
 * Returns: the context with one reference; NULL with a text in err
 * In:      identity  gets one more reference
 */
struct gw_tls_context *gw_tls_context_new(struct gw_identity *identity, struct gw_loop *loop,
                                          OSSL_LIB_CTX *libctx, char *err, size_t err_len);

struct gw_tls_context *gw_tls_context_ref(struct gw_tls_context *c);
void gw_tls_context_unref(struct gw_tls_context *c);

/** Set what both roles share: version, modes, no renegotiation, no compression.
 * Returns: false when OpenSSL refuses */
bool gw_tls_context_harden(SSL_CTX *ctx);

#endif
