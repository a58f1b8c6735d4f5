/*
 * identity: what a TLS listener shows to clients. An immutable, reference-counted object.
 *
 * The owner makes it (keys, certificates, evidence), hands it to gw_server_set_identity(), and
 * every loop builds its own SSL_CTX from it. A connection keeps the identity it started with until
 * it closes. Ticket keys belong to the identity: a ticket of another identity is not accepted.
 * Embed struct gw_identity as the first member of your own type.
 */
#ifndef GW_CORE_IDENTITY_H
#define GW_CORE_IDENTITY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>

#define GW_TICKET_KEYS_LEN 80

struct gw_loop;
struct gw_identity;

struct gw_identity_ops {
    /**
     * Make the SSL_CTX of one loop: SSL_CTX_new_ex(libctx, NULL, TLS_server_method()),
     * certificates, private keys, groups, cipher suites. Versions, tickets, ALPN, SNI and modes are
     * set by the core afterwards. Called once per loop on the loop's thread, so whatever it reads
     * of the identity must be immutable.
     *
     * Returns: the context, which passes to the core; NULL: this loop keeps its old identity
     */
    SSL_CTX *(*make_ctx)(struct gw_identity *id, struct gw_loop *loop, OSSL_LIB_CTX *libctx);

    /**
     * Choose the certificate for a server name (lower case, already validated; NULL when the client
     * sent none), e.g. with SSL_use_cert_and_key(). May be NULL: the context's own certificate.
     *
     * Returns: false to refuse the handshake with unrecognized_name
     */
    bool (*select_name)(struct gw_identity *id, struct gw_loop *loop, SSL *ssl, const char *name);

    /** Free the object; called when the last reference goes, on whatever thread that happens. */
    void (*free)(struct gw_identity *id);

    /**
     * A client asks for the ALPN name acme-tls/1 alone: it wants to see the certificate of a
     * challenge (RFC 8737) and nothing else. May be NULL: there is none.
     *
     * Returns: false to refuse the handshake with unrecognized_name
     * In:      name  as in select_name
     */
    bool (*select_challenge)(struct gw_identity *id, struct gw_loop *loop, SSL *ssl,
                             const char *name);
};

struct gw_identity {
    const struct gw_identity_ops *ops;
    atomic_uint refs;
    uint8_t ticket_keys[GW_TICKET_KEYS_LEN]; /* secret; cleansed when the last reference goes */
};

/**
 * Start with one reference, the caller's, and random ticket keys.
 *
 * Returns: false when the random generator failed; then the object must not be used
 */
bool gw_identity_init(struct gw_identity *id, const struct gw_identity_ops *ops);

/** Returns: id with one more reference. */
struct gw_identity *gw_identity_ref(struct gw_identity *id);

/** Give back a reference; NULL does nothing. */
void gw_identity_unref(struct gw_identity *id);

#endif
