/*
 * session_signer: signs the session proofs of one thread. What libcrypto has to look up for that is
 * looked up once, and the key is a copy of its own: signers of several threads share nothing.
 */
#ifndef CERTBIND_SESSION_SIGNER_H
#define CERTBIND_SESSION_SIGNER_H

#include <openssl/evp.h>

#include "certbind/session.h"

#ifdef __cplusplus
extern "C" {
#endif

struct certbind_session_signer;

/**
 * Returns: a signer, to be given to certbind_session_signer_free; NULL when key is no private
 *          Ed25519 key or libcrypto failed
 * In:      libctx  of the calling thread; outlives the signer. NULL: the default one
 *          key     copied, in secure memory
 */
struct certbind_session_signer *certbind_session_signer_new(OSSL_LIB_CTX *libctx, EVP_PKEY *key);

/** Accepts NULL. */
void certbind_session_signer_free(struct certbind_session_signer *signer);

/**
 * Make the signature of a session (gateway).
 *
 * Returns: CERTBIND_OK or CERTBIND_E_INTERNAL
 * Out:     reply  zeroed on failure
 */
CERTBIND_MUST_CHECK certbind_status certbind_session_signer_sign(
    const struct certbind_session_signer *signer, const struct certbind_session_inputs *inputs,
    struct certbind_session_reply *reply, struct certbind_error *err);

#ifdef __cplusplus
}
#endif

#endif
