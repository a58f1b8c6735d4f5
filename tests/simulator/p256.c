#include "tests/simulator/p256.h"

#include <stdio.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <openssl/rand.h>

#include "certbind/digest.h"
#include "tests/simulator/der.h"
#include "tests/simulator/rfc6979.h"

static const uint8_t SPKI_PREFIX[SIM_P256_SPKI_LEN - SIM_P256_POINT_LEN] = {
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
    0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00};

/* The numbers of one operation. */
struct work {
    EC_GROUP *group;
    BN_CTX *ctx;
    EC_POINT *point;
    const BIGNUM *order;
};

static bool work_init(struct work *w)
{
    w->group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    w->ctx = BN_CTX_new();
    w->point = w->group == NULL ? NULL : EC_POINT_new(w->group);
    w->order = w->group == NULL ? NULL : EC_GROUP_get0_order(w->group);
    return w->ctx != NULL && w->point != NULL && w->order != NULL;
}

static void work_cleanup(struct work *w)
{
    EC_POINT_free(w->point);
    BN_CTX_free(w->ctx);
    EC_GROUP_free(w->group);
}

bool sim_p256_init(const uint8_t scalar[SIM_P256_SCALAR_LEN], struct sim_p256 *out)
{
    struct work w = {0};
    BIGNUM *d = BN_bin2bn(scalar, SIM_P256_SCALAR_LEN, NULL);
    bool ok = false;

    if (!work_init(&w) || d == NULL || BN_is_zero(d) || BN_cmp(d, w.order) >= 0)
        goto done;
    if (EC_POINT_mul(w.group, w.point, d, NULL, NULL, w.ctx) != 1 ||
        EC_POINT_point2oct(w.group, w.point, POINT_CONVERSION_UNCOMPRESSED, out->point,
                           SIM_P256_POINT_LEN, w.ctx) != SIM_P256_POINT_LEN)
        goto done;
    memcpy(out->scalar, scalar, SIM_P256_SCALAR_LEN);
    ok = true;
done:
    BN_clear_free(d);
    work_cleanup(&w);
    return ok;
}

bool sim_p256_from_seed(const struct sim_seed *seed, const char *label, struct sim_p256 *out)
{
    uint8_t scalar[SIM_P256_SCALAR_LEN];
    char text[64];

    for (unsigned counter = 0; counter < 8; counter++) {
        (void)snprintf(text, sizeof text, "%s/%u", label, counter);
        if (!sim_seed_derive(seed, text, scalar, sizeof scalar))
            return false;
        if (sim_p256_init(scalar, out))
            return true;
    }
    return false;
}

bool sim_p256_random(struct sim_p256 *out)
{
    uint8_t scalar[SIM_P256_SCALAR_LEN];

    for (int tries = 0; tries < 8; tries++) {
        if (RAND_priv_bytes(scalar, sizeof scalar) != 1)
            return false;
        if (sim_p256_init(scalar, out))
            return true;
    }
    return false;
}

/* r = (kG).x mod n; s = (hash + r d) / k mod n. Returns: false too when k, r or s is unusable. */
static bool sign_with(struct work *w, const BIGNUM *d, const BIGNUM *hash, const BIGNUM *k,
                      uint8_t out[64])
{
    BIGNUM *r = BN_CTX_get(w->ctx);
    BIGNUM *s = BN_CTX_get(w->ctx);
    BIGNUM *inverse = BN_CTX_get(w->ctx);

    if (inverse == NULL || BN_is_zero(k) || BN_cmp(k, w->order) >= 0)
        return false;
    if (EC_POINT_mul(w->group, w->point, k, NULL, NULL, w->ctx) != 1 ||
        EC_POINT_get_affine_coordinates(w->group, w->point, r, NULL, w->ctx) != 1 ||
        BN_nnmod(r, r, w->order, w->ctx) != 1)
        return false;
    if (BN_mod_mul(s, r, d, w->order, w->ctx) != 1 ||
        BN_mod_add(s, s, hash, w->order, w->ctx) != 1 ||
        BN_mod_inverse(inverse, k, w->order, w->ctx) == NULL ||
        BN_mod_mul(s, s, inverse, w->order, w->ctx) != 1)
        return false;
    return !BN_is_zero(r) && !BN_is_zero(s) && BN_bn2binpad(r, out, 32) == 32 &&
           BN_bn2binpad(s, out + 32, 32) == 32;
}

bool sim_p256_sign(const struct sim_p256 *key, struct certbind_bytes message, uint8_t out[64])
{
    struct work w = {0};
    struct sim_rfc6979 nonces;
    uint8_t digest[32];
    uint8_t octets[32];
    BIGNUM *d = NULL;
    BIGNUM *hash = NULL;
    BIGNUM *k = NULL;
    bool ok = false;

    if (!work_init(&w) || !certbind_sha256(message, digest))
        goto done;
    BN_CTX_start(w.ctx);
    d = BN_bin2bn(key->scalar, sizeof key->scalar, NULL);
    hash = BN_bin2bn(digest, sizeof digest, NULL);
    if (d == NULL || hash == NULL || BN_nnmod(hash, hash, w.order, w.ctx) != 1 ||
        BN_bn2binpad(hash, octets, 32) != 32 || !sim_rfc6979_init(&nonces, key->scalar, octets))
        goto end;
    for (int tries = 0; !ok && tries < 8; tries++) {
        if (!sim_rfc6979_next(&nonces, octets))
            break;
        k = BN_bin2bn(octets, sizeof octets, k);
        ok = k != NULL && sign_with(&w, d, hash, k, out);
    }
end:
    BN_CTX_end(w.ctx);
done:
    BN_clear_free(k);
    BN_free(hash);
    BN_clear_free(d);
    work_cleanup(&w);
    return ok;
}

/* An INTEGER of 32 unsigned bytes: no leading zeros, but one before a set top bit. */
static size_t encode_integer(const uint8_t value[32], uint8_t out[35])
{
    size_t skip = 0;
    size_t pad;

    while (skip < 31 && value[skip] == 0)
        skip++;
    pad = value[skip] >> 7;
    out[0] = 0x02;
    out[1] = (uint8_t)(32 - skip + pad);
    out[2] = 0;
    memcpy(out + 2 + pad, value + skip, 32 - skip);
    return 2 + pad + 32 - skip;
}

void sim_p256_put_signature(struct sim_buffer *b, const uint8_t signature[64])
{
    uint8_t r[35];
    uint8_t s[35];
    size_t r_len = encode_integer(signature, r);
    size_t s_len = encode_integer(signature + 32, s);

    sim_buffer_put_u8(b, 0x30);
    sim_buffer_put_u8(b, (uint8_t)(r_len + s_len));
    sim_buffer_put(b, r, r_len);
    sim_buffer_put(b, s, s_len);
}

void sim_p256_spki(const struct sim_p256 *key, uint8_t out[SIM_P256_SPKI_LEN])
{
    memcpy(out, SPKI_PREFIX, sizeof SPKI_PREFIX);
    memcpy(out + sizeof SPKI_PREFIX, key->point, sizeof key->point);
}

void sim_p256_put_pkcs8_pem(const struct sim_p256 *key, struct sim_buffer *out)
{
    /* The algorithm stands in the SubjectPublicKeyInfo too, after its first two bytes. */
    enum { ALGORITHM_AT = 2, ALGORITHM_LEN = 21 };
    struct sim_buffer der = {0};
    size_t outer = sim_der_open(&der, SIM_DER_SEQUENCE);
    size_t octets;
    size_t key_info;
    size_t public;
    size_t bits;

    sim_der_put_number(&der, SIM_DER_INTEGER, 0);
    sim_buffer_put(&der, SPKI_PREFIX + ALGORITHM_AT, ALGORITHM_LEN);
    octets = sim_der_open(&der, SIM_DER_OCTET_STRING);
    key_info = sim_der_open(&der, SIM_DER_SEQUENCE);
    sim_der_put_number(&der, SIM_DER_INTEGER, 1);
    sim_der_put(&der, SIM_DER_OCTET_STRING, certbind_bytes(key->scalar, sizeof key->scalar));
    public = sim_der_open(&der, SIM_DER_CONTEXT_CONSTRUCTED | 1);
    bits = sim_der_open(&der, SIM_DER_BIT_STRING);
    sim_buffer_put_u8(&der, 0);
    sim_buffer_put(&der, key->point, sizeof key->point);
    sim_der_close(&der, bits);
    sim_der_close(&der, public);
    sim_der_close(&der, key_info);
    sim_der_close(&der, octets);
    sim_der_close(&der, outer);
    if (sim_buffer_ok(&der))
        sim_pem_put(out, "PRIVATE KEY", sim_buffer_view(&der));
    else
        out->failed = true;
    sim_buffer_cleanup(&der);
}
