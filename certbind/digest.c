#include "certbind/digest.h"

#include <string.h>

#include <nettle/sha3.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

bool certbind_digest_parts(const EVP_MD *md, const struct certbind_bytes *parts, size_t count,
                           uint8_t *out, size_t out_len)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx != NULL && EVP_DigestInit_ex(ctx, md, NULL) == 1;

    for (size_t i = 0; ok && i < count; i++)
        ok = EVP_DigestUpdate(ctx, parts[i].data, parts[i].len) == 1;
    ok = ok && EVP_DigestFinal_ex(ctx, out, NULL) == 1;
    EVP_MD_CTX_free(ctx);
    if (!ok)
        memset(out, 0, out_len);
    return ok;
}

bool certbind_sha256(struct certbind_bytes data, uint8_t out[CERTBIND_SHA256_LEN])
{
    return certbind_digest_parts(EVP_sha256(), &data, 1, out, CERTBIND_SHA256_LEN);
}

bool certbind_sha256_parts(const struct certbind_bytes *parts, size_t count,
                           uint8_t out[CERTBIND_SHA256_LEN])
{
    return certbind_digest_parts(EVP_sha256(), parts, count, out, CERTBIND_SHA256_LEN);
}

bool certbind_sha384_parts(const struct certbind_bytes *parts, size_t count,
                           uint8_t out[CERTBIND_SHA384_LEN])
{
    return certbind_digest_parts(EVP_sha384(), parts, count, out, CERTBIND_SHA384_LEN);
}

bool certbind_sha512_parts(const struct certbind_bytes *parts, size_t count,
                           uint8_t out[CERTBIND_SHA512_LEN])
{
    return certbind_digest_parts(EVP_sha512(), parts, count, out, CERTBIND_SHA512_LEN);
}

void certbind_keccak256(struct certbind_bytes data, uint8_t out[CERTBIND_KECCAK256_LEN])
{
    certbind_keccak(data, out, CERTBIND_KECCAK256_LEN);
}

void certbind_keccak(struct certbind_bytes data, uint8_t *out, size_t out_len)
{
    enum { STATE_LEN = 200 };
    struct sha3_state state = {0};
    size_t rate = STATE_LEN - 2 * out_len;
    uint8_t block[STATE_LEN];
    size_t at = 0;

    for (;;) {
        size_t n = data.len - at < rate ? data.len - at : rate;

        memset(block, 0, sizeof block);
        if (n > 0)
            memcpy(block, data.data + at, n);
        at += n;
        if (n < rate) {
            block[n] ^= 0x01;
            block[rate - 1] ^= 0x80;
        }
        for (size_t i = 0; i < rate; i++)
            state.a[i / 8] ^= (uint64_t)block[i] << 8 * (i % 8);
        sha3_permute(&state);
        if (n < rate)
            break;
    }
    for (size_t i = 0; i < out_len; i++)
        out[i] = (uint8_t)(state.a[i / 8] >> 8 * (i % 8));
}

bool certbind_hkdf_sha256(struct certbind_bytes ikm, struct certbind_bytes salt,
                          struct certbind_bytes context, uint8_t *out, size_t out_len)
{
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *ctx = kdf == NULL ? NULL : EVP_KDF_CTX_new(kdf);
    /* The API takes pointers to non-const but only reads through them. */
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)"SHA256", 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)ikm.data, ikm.len),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)salt.data, salt.len),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)context.data, context.len),
        OSSL_PARAM_construct_end(),
    };
    bool ok = ctx != NULL && EVP_KDF_derive(ctx, out, out_len, params) == 1;

    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(kdf);
    if (!ok)
        memset(out, 0, out_len);
    return ok;
}
