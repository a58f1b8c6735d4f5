#include "certbind/session_signer.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

struct certbind_session_signer {
    EVP_MD *sha512;
    EVP_MD_CTX *begun; /* a signature that each one begins as a copy of */
};

static EVP_PKEY *copy_key(OSSL_LIB_CTX *libctx, EVP_PKEY *key)
{
    size_t len = CERTBIND_ED25519_KEY_LEN;
    uint8_t *raw = OPENSSL_secure_malloc(len);
    EVP_PKEY *copy = NULL;

    if (raw != NULL && EVP_PKEY_is_a(key, "ED25519") == 1 &&
        EVP_PKEY_get_raw_private_key(key, raw, &len) == 1)
        copy = EVP_PKEY_new_raw_private_key_ex(libctx, "ED25519", NULL, raw, len);
    OPENSSL_secure_clear_free(raw, CERTBIND_ED25519_KEY_LEN);
    return copy;
}

struct certbind_session_signer *certbind_session_signer_new(OSSL_LIB_CTX *libctx, EVP_PKEY *key)
{
    struct certbind_session_signer *s = calloc(1, sizeof *s);
    EVP_PKEY *copy = copy_key(libctx, key);
    bool ok = false;

    if (s != NULL && copy != NULL) {
        s->sha512 = EVP_MD_fetch(libctx, "SHA512", NULL);
        s->begun = EVP_MD_CTX_new();
        ok = s->sha512 != NULL && s->begun != NULL &&
             EVP_DigestSignInit_ex(s->begun, NULL, NULL, libctx, NULL, copy, NULL) == 1;
    }
    EVP_PKEY_free(copy);
    if (ok)
        return s;
    certbind_session_signer_free(s);
    return NULL;
}

void certbind_session_signer_free(struct certbind_session_signer *signer)
{
    if (signer == NULL)
        return;
    EVP_MD_CTX_free(signer->begun);
    EVP_MD_free(signer->sha512);
    free(signer);
}

certbind_status certbind_session_signer_sign(const struct certbind_session_signer *signer,
                                             const struct certbind_session_inputs *inputs,
                                             struct certbind_session_reply *reply,
                                             struct certbind_error *err)
{
    uint8_t value[CERTBIND_REPORT_DATA_LEN];
    size_t len = sizeof reply->signature;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok;

    memcpy(reply->statement_sha256, inputs->statement_sha256, sizeof reply->statement_sha256);
    memcpy(reply->nonce, inputs->nonce, sizeof reply->nonce);
    ok = ctx != NULL && certbind_session_value_with(signer->sha512, inputs, value) &&
         EVP_MD_CTX_copy_ex(ctx, signer->begun) == 1 &&
         EVP_DigestSign(ctx, reply->signature, &len, value, sizeof value) == 1 &&
         len == sizeof reply->signature;
    EVP_MD_CTX_free(ctx);
    if (!ok) {
        memset(reply, 0, sizeof *reply);
        return certbind_fail_crypto(err, CERTBIND_E_INTERNAL, "cannot sign the session");
    }
    return CERTBIND_OK;
}

certbind_status certbind_session_sign(const struct certbind_session_inputs *inputs, EVP_PKEY *key,
                                      struct certbind_session_reply *reply,
                                      struct certbind_error *err)
{
    struct certbind_session_signer *signer = certbind_session_signer_new(NULL, key);
    certbind_status status;

    if (signer == NULL) {
        memset(reply, 0, sizeof *reply);
        return certbind_fail_crypto(err, CERTBIND_E_INTERNAL, "cannot sign with this key");
    }
    status = certbind_session_signer_sign(signer, inputs, reply, err);
    certbind_session_signer_free(signer);
    return status;
}
