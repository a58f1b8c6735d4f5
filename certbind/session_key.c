#include "certbind/session_key.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>

/* Little-endian, as RFC 8032 encodes them. */
static const uint8_t field_prime[32] = {
    0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f};
static const uint8_t group_order[32] = {
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10};
static const uint8_t curve_d[32] = {
    0xa3, 0x78, 0x59, 0x13, 0xca, 0x4d, 0xeb, 0x75, 0xab, 0xd8, 0x41, 0x41, 0x4d, 0x0a, 0x70, 0x00,
    0x98, 0xe8, 0x79, 0x77, 0x79, 0x40, 0xc7, 0x8c, 0x73, 0xfe, 0x6f, 0x2b, 0xee, 0x6c, 0x03, 0x52};
/* The y of the eight points whose order divides 8: 1, -1, 0, and the two of order 8. */
static const uint8_t small_order_y[][32] = {
    {1},
    {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
    {0},
    {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
     0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
     0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
    {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
     0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
     0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a}};

static bool is_below(const uint8_t value[32], const uint8_t limit[32])
{
    for (int i = 31; i >= 0; i--)
        if (value[i] != limit[i])
            return value[i] < limit[i];
    return false;
}

static bool has_small_order(const uint8_t y[32])
{
    for (size_t i = 0; i < sizeof small_order_y / sizeof small_order_y[0]; i++)
        if (memcmp(y, small_order_y[i], 32) == 0)
            return true;
    return false;
}

/*
 * x^2 = (y^2 - 1) / (d y^2 + 1) must be a square. The quotient is one exactly when the product
 * is, because the denominator is never zero; Euler's criterion decides. -1: libcrypto failed.
 */
static int is_on_curve(const uint8_t y_bytes[32])
{
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *p = BN_lebin2bn(field_prime, 32, NULL);
    BIGNUM *d = BN_lebin2bn(curve_d, 32, NULL);
    BIGNUM *y = BN_lebin2bn(y_bytes, 32, NULL);
    BIGNUM *u = BN_new();
    BIGNUM *v = BN_new();
    BIGNUM *e = p == NULL ? NULL : BN_dup(p);
    int result = -1;

    if (ctx != NULL && d != NULL && y != NULL && u != NULL && v != NULL && e != NULL &&
        BN_mod_sqr(y, y, p, ctx) == 1 && BN_mod_mul(v, d, y, p, ctx) == 1 &&
        BN_add_word(v, 1) == 1 && BN_mod_sub(u, y, BN_value_one(), p, ctx) == 1 &&
        BN_mod_mul(u, u, v, p, ctx) == 1 && BN_rshift1(e, e) == 1 &&
        BN_mod_exp(u, u, e, p, ctx) == 1)
        result = BN_is_one(u) || BN_is_zero(u);
    BN_free(e);
    BN_free(v);
    BN_free(u);
    BN_free(y);
    BN_free(d);
    BN_free(p);
    BN_CTX_free(ctx);
    return result;
}

certbind_status certbind_session_key_check(const uint8_t pub[CERTBIND_ED25519_KEY_LEN],
                                           struct certbind_error *err)
{
    uint8_t y[32];
    int on_curve;

    memcpy(y, pub, sizeof y);
    y[31] &= 0x7f; /* the top bit is the sign of x */
    if (!is_below(y, field_prime))
        return certbind_fail(err, CERTBIND_E_SESSION_KEY_WEAK, "the key is not canonical");
    if (has_small_order(y))
        return certbind_fail(err, CERTBIND_E_SESSION_KEY_WEAK, "the key has small order");
    on_curve = is_on_curve(y);
    if (on_curve < 0)
        return certbind_fail_crypto(err, CERTBIND_E_INTERNAL, "cannot check the session key");
    if (on_curve == 0)
        return certbind_fail(err, CERTBIND_E_SESSION_KEY_WEAK, "the key is no point");
    return CERTBIND_OK;
}

certbind_status certbind_session_key_verify(const uint8_t pub[CERTBIND_ED25519_KEY_LEN],
                                            const uint8_t signature[CERTBIND_ED25519_SIGNATURE_LEN],
                                            struct certbind_bytes message,
                                            struct certbind_error *err)
{
    EVP_PKEY *key = NULL;
    EVP_MD_CTX *ctx = NULL;
    certbind_status status;

    if (!is_below(signature + 32, group_order))
        return certbind_fail(err, CERTBIND_E_SESSION_SIGNATURE, "S is not below the group order");
    key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, pub, CERTBIND_ED25519_KEY_LEN);
    ctx = EVP_MD_CTX_new();
    if (key == NULL || ctx == NULL || EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) != 1) {
        status = certbind_fail_crypto(err, CERTBIND_E_INTERNAL, "cannot verify");
    } else if (EVP_DigestVerify(ctx, signature, CERTBIND_ED25519_SIGNATURE_LEN, message.data,
                                message.len) == 1) {
        status = CERTBIND_OK;
    } else {
        ERR_clear_error();
        status = certbind_fail(err, CERTBIND_E_SESSION_SIGNATURE, "the signature does not verify");
    }
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    return status;
}
