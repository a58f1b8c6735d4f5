#include "certbind/tls_key.h"

#include <stdio.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

enum { P256_POINT_LEN = 65 };

bool certbind_key_label_ok(const char *label)
{
    size_t len = strlen(label);

    return len >= 1 && len <= CERTBIND_KEY_LABEL_MAX &&
           strspn(label, "abcdefghijklmnopqrstuvwxyz0123456789.-") == len;
}

bool certbind_key_path(const char *use, const char *label, unsigned epoch,
                       char out[CERTBIND_KEY_PATH_ROOM])
{
    int n;

    out[0] = '\0';
    if (!certbind_key_label_ok(label) || epoch < 1 || epoch > CERTBIND_KEY_EPOCH_MAX)
        return false;
    n = snprintf(out, CERTBIND_KEY_PATH_ROOM, "devproof/%s/v1/%s/%u", use, label, epoch);
    return n > 0 && n < CERTBIND_KEY_PATH_ROOM;
}

/* scalar = (okm mod (n - 1)) + 1: 384 bits over a 256-bit modulus leave no usable bias. */
static bool reduce(const uint8_t okm[CERTBIND_TLS_KEY_OKM_LEN],
                   uint8_t scalar[CERTBIND_P256_SCALAR_LEN])
{
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    BN_CTX *ctx = BN_CTX_secure_new();
    BIGNUM *wide = BN_secure_new();
    BIGNUM *order = group == NULL ? NULL : BN_dup(EC_GROUP_get0_order(group));
    bool ok = false;

    if (ctx == NULL || wide == NULL || order == NULL ||
        BN_bin2bn(okm, CERTBIND_TLS_KEY_OKM_LEN, wide) == NULL)
        goto done;
    BN_set_flags(wide, BN_FLG_CONSTTIME);
    ok = BN_sub_word(order, 1) == 1 && BN_mod(wide, wide, order, ctx) == 1 &&
         BN_add_word(wide, 1) == 1 && BN_bn2binpad(wide, scalar, CERTBIND_P256_SCALAR_LEN) > 0;
done:
    BN_free(order);
    BN_clear_free(wide);
    BN_CTX_free(ctx);
    EC_GROUP_free(group);
    return ok;
}

bool certbind_tls_key_scalar(const uint8_t k[CERTBIND_AGENT_KEY_LEN],
                             uint8_t scalar[CERTBIND_P256_SCALAR_LEN])
{
    uint8_t okm[CERTBIND_TLS_KEY_OKM_LEN];
    bool ok = certbind_hkdf_sha256(certbind_bytes(k, CERTBIND_AGENT_KEY_LEN),
                                   certbind_text("devproof/tls-key/v1"), certbind_text("p256"), okm,
                                   sizeof okm) &&
              reduce(okm, scalar);

    OPENSSL_cleanse(okm, sizeof okm);
    if (!ok)
        OPENSSL_cleanse(scalar, CERTBIND_P256_SCALAR_LEN);
    return ok;
}

/* The public point of a private scalar, uncompressed. False for 0 and for n and above. */
static bool public_point(const BIGNUM *scalar, uint8_t point[P256_POINT_LEN])
{
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    EC_POINT *at = group == NULL ? NULL : EC_POINT_new(group);
    BN_CTX *ctx = BN_CTX_secure_new();
    bool ok = at != NULL && ctx != NULL && !BN_is_zero(scalar) &&
              BN_ucmp(scalar, EC_GROUP_get0_order(group)) < 0 &&
              EC_POINT_mul(group, at, scalar, NULL, NULL, ctx) == 1 &&
              EC_POINT_point2oct(group, at, POINT_CONVERSION_UNCOMPRESSED, point, P256_POINT_LEN,
                                 ctx) == P256_POINT_LEN;

    BN_CTX_free(ctx);
    EC_POINT_clear_free(at);
    EC_GROUP_free(group);
    return ok;
}

static OSSL_PARAM *key_params(const BIGNUM *scalar, const uint8_t point[P256_POINT_LEN])
{
    OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
    OSSL_PARAM *params = NULL;

    if (bld != NULL &&
        OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, point, P256_POINT_LEN) ==
            1 &&
        /* padded: its length must not tell of leading zeros */
        OSSL_PARAM_BLD_push_BN_pad(bld, OSSL_PKEY_PARAM_PRIV_KEY, scalar,
                                   CERTBIND_P256_SCALAR_LEN) == 1)
        params = OSSL_PARAM_BLD_to_param(bld);
    OSSL_PARAM_BLD_free(bld);
    return params;
}

EVP_PKEY *certbind_p256_key(const uint8_t scalar[CERTBIND_P256_SCALAR_LEN])
{
    uint8_t point[P256_POINT_LEN];
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    BIGNUM *secret = BN_secure_new();
    OSSL_PARAM *params = NULL;

    if (ctx == NULL || secret == NULL ||
        BN_bin2bn(scalar, CERTBIND_P256_SCALAR_LEN, secret) == NULL)
        goto done;
    BN_set_flags(secret, BN_FLG_CONSTTIME);
    if (!public_point(secret, point))
        goto done;
    params = key_params(secret, point);
    if (params == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params) != 1) {
        EVP_PKEY_free(key);
        key = NULL;
    }
done:
    OSSL_PARAM_free(params);
    BN_clear_free(secret);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

EVP_PKEY *certbind_tls_key_derive(const uint8_t k[CERTBIND_AGENT_KEY_LEN])
{
    uint8_t scalar[CERTBIND_P256_SCALAR_LEN];
    EVP_PKEY *key = certbind_tls_key_scalar(k, scalar) ? certbind_p256_key(scalar) : NULL;

    OPENSSL_cleanse(scalar, sizeof scalar);
    return key;
}

bool certbind_spki_encode(const EVP_PKEY *key, uint8_t **spki, size_t *spki_len)
{
    int n;

    *spki = NULL;
    *spki_len = 0;
    n = i2d_PUBKEY(key, spki);
    if (n <= 0)
        return false;
    *spki_len = (size_t)n;
    return true;
}

bool certbind_spki_sha256(const EVP_PKEY *key, uint8_t out[CERTBIND_SHA256_LEN])
{
    uint8_t *spki = NULL;
    size_t len = 0;
    bool ok =
        certbind_spki_encode(key, &spki, &len) && certbind_sha256(certbind_bytes(spki, len), out);

    OPENSSL_free(spki);
    if (!ok)
        memset(out, 0, CERTBIND_SHA256_LEN);
    return ok;
}
