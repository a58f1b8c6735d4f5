/*
 * jws: requests signed with an account key (RFC 7515, RFC 7638, RFC 8555 section 6.2): ES256 alone.
 *
 * Pure. Texts of the server that stand in a request are checked first, so that nothing is escaped.
 */
#ifndef GATEWAY_ACME_JWS_H
#define GATEWAY_ACME_JWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>

#include "certbind/bytes.h"

enum {
    ACME_URL_ROOM = 1024,
    ACME_NONCE_ROOM = 256,
    ACME_TOKEN_ROOM = 129,
    ACME_THUMBPRINT_ROOM = 44,
    ACME_AUTHORIZATION_ROOM = ACME_TOKEN_ROOM + ACME_THUMBPRINT_ROOM
};

/** Returns: whether text is an https URL of printable ASCII without quotes and backslashes that
 * fits ACME_URL_ROOM. */
bool acme_url_ok(const char *text);

/** Returns: whether text is one or more characters of base64url, fewer than room. */
bool acme_base64url_ok(const char *text, size_t room);

/** Returns: the base64url of bytes, without padding, to be freed; NULL when memory ran out. */
char *acme_base64url(struct certbind_bytes bytes);

/** Returns: whether out holds the thumbprint of a P-256 key. */
bool acme_thumbprint(EVP_PKEY *key, char out[ACME_THUMBPRINT_ROOM]);

/** The key authorisation of a token (RFC 8555 section 8.1). Returns: false for no token. */
bool acme_key_authorization(EVP_PKEY *key, const char *token, char out[ACME_AUTHORIZATION_ROOM]);

struct acme_request {
    const char *url;
    const char *nonce;
    const char *account; /* URL; NULL: the key itself is shown, as for a new account */
    const char *payload; /* JSON; "": POST-as-GET */
};

/** Returns: the signed request, to be freed; NULL when a text has another form or memory ran out */
char *acme_sign(EVP_PKEY *key, const struct acme_request *request);

#endif
