/*
 * session_key: the Ed25519 key of one gateway process (binding.md 1, 5).
 *
 * OpenSSL takes every 32 bytes as a public key. A point of small order has signatures that verify
 * for messages nobody signed, so such keys are refused before any signature is looked at. Pure.
 */
#ifndef CERTBIND_SESSION_KEY_H
#define CERTBIND_SESSION_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "certbind/bytes.h"
#include "certbind/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { CERTBIND_ED25519_KEY_LEN = 32, CERTBIND_ED25519_SIGNATURE_LEN = 64 };

/**
 * Returns: CERTBIND_OK, CERTBIND_E_SESSION_KEY_WEAK when pub is not the canonical encoding of a
 *          point on the curve or has order 1, 2, 4 or 8, or CERTBIND_E_INTERNAL
 */
CERTBIND_MUST_CHECK certbind_status
certbind_session_key_check(const uint8_t pub[CERTBIND_ED25519_KEY_LEN], struct certbind_error *err);

/**
 * Verify an Ed25519 signature; S must be below the group order (RFC 8032 5.1.7).
 *
 * Returns: CERTBIND_OK, CERTBIND_E_SESSION_SIGNATURE or CERTBIND_E_INTERNAL
 */
CERTBIND_MUST_CHECK certbind_status
certbind_session_key_verify(const uint8_t pub[CERTBIND_ED25519_KEY_LEN],
                            const uint8_t signature[CERTBIND_ED25519_SIGNATURE_LEN],
                            struct certbind_bytes message, struct certbind_error *err);

#ifdef __cplusplus
}
#endif

#endif
