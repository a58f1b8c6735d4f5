/*
 * identity: the TLS key and the RA-TLS certificate that listeners show. Immutable, counted.
 *
 * Every loop makes its own key and certificate objects from the bytes kept here, in its own
 * OSSL_LIB_CTX, so that no lock is shared on the path of a handshake. The key's bytes are in secure
 * memory. Connections keep the identity they started with: spki_sha256 and leaf_sha256 are what a
 * session proof on such a connection names.
 */
#ifndef GATEWAY_IDENTITY_IDENTITY_H
#define GATEWAY_IDENTITY_IDENTITY_H

#include <stdint.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "certbind/digest.h"
#include "certbind/status.h"
#include "gateway/acme/challenges.h"
#include "gateway/identity/chain_file.h"
#include "gateway/config/config.h"
#include "gateway/core/identity.h"

enum { GATEWAY_CERTIFICATE_LIFETIME_S = 86400, GATEWAY_CERTIFICATE_BACKDATE_S = 300 };

struct gateway_identity {
    struct gw_identity base;
    const struct gateway_config *config; /* outlives every identity */
    uint8_t *key;                        /* PKCS#8 or SEC1 DER, in secure memory */
    size_t key_len;
    uint8_t *leaf; /* DER */
    size_t leaf_len;
    uint8_t leaf_sha256[CERTBIND_SHA256_LEN];
    uint8_t spki_sha256[CERTBIND_SHA256_LEN];
    struct gateway_chains *chains;      /* of public authorities, a reference; NULL: none */
    struct acme_challenges *challenges; /* outlives every identity; NULL: none */
    int chains_index;                   /* of each context's own copy of them */
};

/** Returns: an index for gateway_identity_material.chains_index, once for a process; -1 when
 * OpenSSL has none. */
int gateway_identity_chains_index(void);

/* What an identity is made of; all borrowed for the call. */
struct gateway_identity_material {
    EVP_PKEY *key;                 /* its bytes are copied */
    X509 *certificate;             /* RA-TLS; its bytes are copied */
    struct gateway_chains *chains; /* gets one more reference; NULL: none */
    int chains_index;
    struct acme_challenges *challenges; /* outlives the identity; NULL: none */
};

/**
 * Make an identity with one reference, the caller's; give it back with gw_identity_unref.
 *
 * Returns: CERTBIND_OK, CERTBIND_E_MEMORY or CERTBIND_E_INTERNAL; then *out is NULL
 * In:      config  borrowed
 */
CERTBIND_MUST_CHECK certbind_status gateway_identity_new(
    const struct gateway_config *config, const struct gateway_identity_material *material,
    struct gateway_identity **out, struct certbind_error *err);

/** Returns: SHA-256 of the leaf that a connection with this server name gets (NULL: none sent). */
const uint8_t *gateway_identity_leaf_sha256(const struct gateway_identity *identity,
                                            const char *name);

#endif
