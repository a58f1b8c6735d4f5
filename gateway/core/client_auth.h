/*
 * client_auth: certificates that clients show, verified in the handshake, and the fields in which
 * the upstream hears of them (RFC 9440).
 */
#ifndef GW_CORE_CLIENT_AUTH_H
#define GW_CORE_CLIENT_AUTH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include <openssl/ssl.h>

enum {
    GW_CLIENT_CHAIN_BYTES = 10 * 1024, /* of a client's certificate message */
    GW_CLIENT_CHAIN_DEPTH = 4,         /* certificates between the leaf and its root */
    /* what both fields add to a head: base64 of such a chain, colons and commas, names */
    GW_CLIENT_FIELDS_BYTES = GW_CLIENT_CHAIN_BYTES / 3 * 4 + 512
};

struct gw_client_auth {
    /** Make the store of trusted authorities of one loop, on its thread: before the server starts,
     * and before a handshake when version has changed. The store passes to the core. NULL: the
     * server does not start, or the connection ends with `memory` and the next one tries again. */
    X509_STORE *(*make_store)(void *user, OSSL_LIB_CTX *libctx);
    const atomic_uint *version; /* of what make_store makes; any thread may read; NULL: the only */
    void *user;
    bool required; /* else a client without a certificate is let in too; never one with a bad one */
};

/* The values of both fields, as Byte Sequences of RFC 8941. Owned; NULL: the field is left out. */
struct gw_client_fields {
    char *cert;
    char *chain; /* the verified chain without leaf and root */
};

/** Ask the client of a handshake that has not begun for a certificate. Returns: false when memory
 * ran out. In: store  gets one more reference */
bool gw_client_auth_ask(SSL *ssl, X509_STORE *store, bool required);

/** Why a handshake failed, if that is for the client's revocation. Returns: a stable code (static);
 * NULL: it is not */
const char *gw_client_auth_reason(const SSL *ssl);

/** The handshake is complete. Returns: false when memory ran out; both are NULL when the client
 * showed nothing. Out: to be given to gw_client_fields_cleanup */
bool gw_client_fields_read(SSL *ssl, struct gw_client_fields *out);

/** Accepts a zeroed struct. */
void gw_client_fields_cleanup(struct gw_client_fields *fields);

#endif
