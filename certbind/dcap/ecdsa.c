#include "certbind/dcap/ecdsa.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/params.h>

/* The DER form of r, s, which is what libcrypto takes; 0 on failure. */
static size_t encode_signature(struct certbind_bytes signature, uint8_t **out)
{
    ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(signature.data, 32, NULL);
    BIGNUM *s = BN_bin2bn(signature.data + 32, 32, NULL);
    int len = 0;

    *out = NULL;
    if (sig != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(sig, r, s) == 1) {
        r = NULL; /* sig owns them now */
        s = NULL;
        len = i2d_ECDSA_SIG(sig, out);
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(sig);
    return len > 0 ? (size_t)len : 0;
}

bool certbind_ecdsa_verify_der(EVP_PKEY *key, struct certbind_bytes signature,
                               struct certbind_bytes data)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = false;

    if (ctx != NULL && EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1)
        ok = EVP_DigestVerify(ctx, signature.data, signature.len, data.data, data.len) == 1;
    EVP_MD_CTX_free(ctx);
    ERR_clear_error();
    return ok;
}

bool certbind_ecdsa_verify(EVP_PKEY *key, struct certbind_bytes signature,
                           struct certbind_bytes data)
{
    uint8_t *der = NULL;
    size_t der_len;
    bool ok;

    if (signature.len != CERTBIND_ECDSA_SIGNATURE_LEN)
        return false;
    der_len = encode_signature(signature, &der);
    ok = der_len > 0 && certbind_ecdsa_verify_der(key, certbind_bytes(der, der_len), data);
    OPENSSL_free(der);
    return ok;
}

static EVP_PKEY *import_key(EVP_PKEY_CTX *ctx, uint8_t point[65])
{
    char group[] = "prime256v1";
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, 65),
        OSSL_PARAM_construct_end(),
    };
    EVP_PKEY *key = NULL;

    if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
        return NULL;
    return key;
}

/* On the curve and not infinity; the curve's cofactor is one, so nothing more is needed. */
static bool is_good_point(EVP_PKEY *key)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
    bool ok = ctx != NULL && EVP_PKEY_public_check_quick(ctx) == 1;

    EVP_PKEY_CTX_free(ctx);
    return ok;
}

EVP_PKEY *certbind_ecdsa_key(struct certbind_bytes point)
{
    uint8_t encoded[65] = {0x04}; /* SEC 1: uncompressed */
    EVP_PKEY_CTX *ctx;
    EVP_PKEY *key;

    if (point.len != CERTBIND_ECDSA_KEY_LEN)
        return NULL;
    memcpy(encoded + 1, point.data, point.len);
    ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    key = import_key(ctx, encoded);
    if (key != NULL && !is_good_point(key)) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    EVP_PKEY_CTX_free(ctx);
    ERR_clear_error();
    return key;
}
