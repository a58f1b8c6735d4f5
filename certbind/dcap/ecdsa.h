/*
 * ecdsa: P-256 with SHA-256 as quotes and Intel's documents use it, keys and signatures raw.
 */
#ifndef CERTBIND_DCAP_ECDSA_H
#define CERTBIND_DCAP_ECDSA_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/evp.h>

#include "certbind/bytes.h"

enum { CERTBIND_ECDSA_SIGNATURE_LEN = 64, CERTBIND_ECDSA_KEY_LEN = 64 };

/**
 * Returns: whether signature (r and s, 32 big-endian bytes each) is key's over the SHA-256 of data;
 *          false too when libcrypto fails
 */
bool certbind_ecdsa_verify(EVP_PKEY *key, struct certbind_bytes signature,
                           struct certbind_bytes data);

/** The same for a signature in its DER form, as in certificates. */
bool certbind_ecdsa_verify_der(EVP_PKEY *key, struct certbind_bytes signature,
                               struct certbind_bytes data);

/**
 * Returns: the key of a point X, Y, owned by the caller (EVP_PKEY_free); NULL when the point is not
 *          on the curve
 */
EVP_PKEY *certbind_ecdsa_key(struct certbind_bytes point);

#endif
