/*
 * challenges: what the gateway answers to an authority that asks whether it holds a name
 * (RFC 8555 section 8.3, RFC 8737). One table for the process; its lock is taken only where
 * somebody asks for a challenge.
 */
#ifndef GATEWAY_ACME_CHALLENGES_H
#define GATEWAY_ACME_CHALLENGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>
#include <openssl/ssl.h>

#include "gateway/acme/jws.h"
#include "gateway/core/str.h"

enum { ACME_CHALLENGES_MAX = 4, ACME_NAME_ROOM = 254 };

struct acme_challenges;

/** Returns: an empty table, to be given to free; NULL when memory ran out. */
struct acme_challenges *acme_challenges_new(void);

/** NULL does nothing. */
void acme_challenges_free(struct acme_challenges *table);

/**
 * From now on every token of http-01 is answered for this account: also one of an order that
 * another replica has begun, since all have the same key. Any thread.
 *
 * Returns: false when memory ran out
 */
bool acme_challenges_set_account(struct acme_challenges *table, EVP_PKEY *account);

/**
 * The key authorisation of a token (RFC 8555 section 8.1), which nobody has to have told us: it
 * says that this account may have certificates, whatever the token.
 *
 * Returns: false: it is no token that an authority gives, or the account is not known yet
 * In:      token  base64url of at least 128 bits
 */
bool acme_challenges_authorize(struct acme_challenges *table, struct gw_str token,
                               char out[ACME_AUTHORIZATION_ROOM]);

/** Returns: whether a token can be one of an authority: see above. */
bool acme_token_ok(struct gw_str token);

/**
 * Answer a challenge of tls-alpn-01 from now on, in place of another one of the name. Any thread.
 *
 * Returns: false when the table is full or the certificate cannot be made
 * In:      account  key whose authorisation is given
 *          tls_key  signs the certificate: the listeners' own, which acme_challenges_show finds in
 *                   their context
 */
bool acme_challenges_put(struct acme_challenges *table, const char *name, const char *token,
                         EVP_PKEY *account, EVP_PKEY *tls_key);

/** No longer answer tls-alpn-01 for a name. Any thread. */
void acme_challenges_drop(struct acme_challenges *table, const char *name);

/** Let a handshake show the certificate for this name's challenge. Returns: false when there is
 * none. Any thread. In: name  NULL: none was sent */
bool acme_challenges_show(struct acme_challenges *table, SSL *ssl, const char *name);

#endif
