/* The bytes of a forged quote. */
#include <stdlib.h>
#include <string.h>

#include <openssl/ec.h>

#include "certbind/digest.h"
#include "certbind/hex.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/dcap_forge.h"

void forge_sign(EVP_PKEY *key, const uint8_t *data, size_t len, uint8_t out[64])
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    uint8_t der[80];
    size_t der_len = sizeof der;
    const uint8_t *at = der;
    ECDSA_SIG *sig;

    assert_int_equal(1, EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key));
    assert_int_equal(1, EVP_DigestSign(ctx, der, &der_len, data, len));
    sig = d2i_ECDSA_SIG(NULL, &at, (long)der_len);
    assert_non_null(sig);
    assert_int_equal(32, BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, 32));
    assert_int_equal(32, BN_bn2binpad(ECDSA_SIG_get0_s(sig), out + 32, 32));
    ECDSA_SIG_free(sig);
    EVP_MD_CTX_free(ctx);
}

static void patch(const struct forge *f, enum forge_stage stage, uint8_t *data, size_t len)
{
    for (size_t i = 0; i < FORGE_EDITS && f->patch[i].hex != NULL; i++) {
        size_t n = strlen(f->patch[i].hex) / 2;

        if (f->patch[i].stage != stage)
            continue;
        assert_true(f->patch[i].at + n <= len);
        assert_true(certbind_hex_decode(certbind_text(f->patch[i].hex), data + f->patch[i].at, n));
    }
}

static void put(uint8_t *at, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

static void fill_td(const struct forge *f, uint8_t *body)
{
    body[0] = 5;
    body[1] = 1;
    body[2] = 2;
    put(body + 120, 0x10000000, 8);
    put(body + 128, 0x602e7, 8);
    memset(body + 136, 0x11, 48);
    memset(body + 520, 0x22, 64);
    if (f->body == CERTBIND_BODY_TD_1_5)
        memcpy(body + 584, body, 16);
}

static size_t body_length(const struct forge *f)
{
    if (f->sgx)
        return 384;
    return f->body == CERTBIND_BODY_TD_1_5 ? 648 : 584;
}

/* Header and body; returns how many bytes the attestation key signs. */
static size_t fill_signed(const struct forge *f, uint8_t *out)
{
    static const uint8_t vendor[] = {0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
                                     0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07};
    size_t at = f->body != 0 ? 54 : 48;
    size_t len = at + body_length(f);

    put(out, f->sgx ? 3 : f->body != 0 ? 5 : 4, 2);
    put(out + 2, 2, 2);
    put(out + 4, f->sgx ? 0 : 0x81, 4);
    memcpy(out + 12, vendor, sizeof vendor);
    if (f->sgx) {
        out[at + 48] = 0x05;
    } else {
        fill_td(f, out + at);
    }
    if (f->body != 0) {
        put(out + 48, f->body, 2);
        put(out + 50, body_length(f), 4);
    }
    patch(f, FORGE_SIGNED, out, len);
    return len;
}

static void fill_qe_report(const struct forge *f, const uint8_t *key, const uint8_t *auth,
                           uint8_t *out)
{
    const struct certbind_bytes parts[] = {certbind_bytes(key, 64),
                                           certbind_bytes(auth, f->auth_len)};

    out[48] = 0x15;
    assert_true(certbind_hex_decode(certbind_text(FORGE_QE_SIGNER_HEX), out + 128, 32));
    put(out + 256, 2, 2);
    put(out + 258, 4, 2);
    assert_true(certbind_sha256_parts(parts, 2, out + 320));
    if (f->bind_other_key)
        out[320] ^= 0x01;
    patch(f, FORGE_QE_REPORT, out, 384);
}

static void raw_point(const struct forge *f, uint8_t out[64])
{
    uint8_t *point = NULL;

    if (f->attestation_point != NULL) {
        assert_true(certbind_hex_decode(certbind_text(f->attestation_point), out, 64));
        return;
    }
    assert_int_equal(65, EVP_PKEY_get1_encoded_public_key(f->attestation_key, &point));
    memcpy(out, point + 1, 64);
    OPENSSL_free(point);
}

void forge_build_quote(struct forge *f)
{
    char *pem = forge_chain_pem(f, f->quote_chain, f->quote_pem_junk);
    size_t pem_len = strlen(pem) + 1; /* real ones end with one NUL */
    uint8_t *q = calloc(1, 2048 + f->auth_len + pem_len + f->padding);
    size_t n;
    size_t sized;
    uint8_t *at;

    assert_non_null(q);
    n = fill_signed(f, q);
    sized = n;
    at = q + n + 4;
    forge_sign(f->attestation_key, q, n, at);
    raw_point(f, at + 64);
    at += 128;
    if (!f->sgx) {
        put(at, 6, 2);
        put(at + 2, 456 + f->auth_len + pem_len, 4);
        at += 6;
    }
    for (size_t i = 0; i < f->auth_len; i++)
        at[384 + 64 + 2 + i] = (uint8_t)i;
    fill_qe_report(f, q + n + 4 + 64, at + 450, at);
    forge_sign(f->key[f->qe_report_key], at, 384, at + 384);
    put(at + 448, f->auth_len, 2);
    at += 450 + f->auth_len;
    put(at, 5, 2);
    put(at + 2, pem_len, 4);
    memcpy(at + 6, pem, pem_len);
    at += 6 + pem_len;
    put(q + sized, (uint64_t)(at - q) - sized - 4, 4);
    free(f->quote);
    f->quote = q;
    f->quote_len = (size_t)(at - q) + f->padding;
    patch(f, FORGE_AFTER, q, f->quote_len);
    free(pem);
}
