#include "tests/unit/certbind/dice_sample.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/x509v3.h>

#include "tests/support/cmocka_all.h"

uint8_t *dice_sample_claims(struct certbind_bytes spki, unsigned hash, size_t *len)
{
    const size_t hash_len = hash == 1 ? 32 : hash == 7 ? 48 : 64;
    const uint8_t head[] = {0xa1, 0x6b};
    const uint8_t entry[] = {0x58, (uint8_t)(hash_len + 4), 0x82, (uint8_t)hash,
                             0x58, (uint8_t)hash_len};
    uint8_t *out = malloc(sizeof head + 11 + sizeof entry + hash_len);

    assert_non_null(out);
    memcpy(out, head, sizeof head);
    memcpy(out + 2, "pubkey-hash", 11);
    memcpy(out + 13, entry, sizeof entry);
    assert_true(hash == 1   ? certbind_sha256(spki, out + 19)
                : hash == 7 ? certbind_sha384_parts(&spki, 1, out + 19)
                            : certbind_sha512_parts(&spki, 1, out + 19));
    *len = 19 + hash_len;
    return out;
}

void dice_sample_report_data(struct certbind_bytes claims, uint8_t out[CERTBIND_REPORT_DATA_LEN])
{
    memset(out, 0, CERTBIND_REPORT_DATA_LEN);
    assert_true(certbind_sha256(claims, out));
}

uint8_t *dice_sample_encode(struct certbind_bytes quote, struct certbind_bytes claims, size_t *len)
{
    const uint8_t head[] = {
        0xd9, 0xea, 0x60, 0x82, 0x59, (uint8_t)(quote.len >> 8), (uint8_t)quote.len};
    uint8_t *out = malloc(sizeof head + quote.len + 2 + claims.len);
    uint8_t *at = out + sizeof head + quote.len;

    assert_non_null(out);
    memcpy(out, head, sizeof head);
    memcpy(out + sizeof head, quote.data, quote.len);
    at[0] = 0x58;
    at[1] = (uint8_t)claims.len;
    memcpy(at + 2, claims.data, claims.len);
    *len = sizeof head + quote.len + 2 + claims.len;
    return out;
}

uint8_t *dice_sample_add(struct certbind_bytes certificate, struct certbind_bytes evidence,
                         EVP_PKEY *key, size_t *len)
{
    const uint8_t *from = certificate.data;
    X509 *cert = d2i_X509(NULL, &from, (long)certificate.len);
    ASN1_OBJECT *oid = OBJ_txt2obj("2.23.133.5.4.9", 1);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    X509_EXTENSION *x;
    uint8_t *out;
    uint8_t *at;

    assert_int_equal(1, ASN1_OCTET_STRING_set(value, evidence.data, (int)evidence.len));
    x = X509_EXTENSION_create_by_OBJ(NULL, oid, 0, value);
    assert_int_equal(1, X509_add_ext(cert, x, -1));
    assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
    *len = (size_t)i2d_X509(cert, NULL);
    out = at = malloc(*len);
    assert_true(i2d_X509(cert, &at) > 0);
    X509_EXTENSION_free(x);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(oid);
    X509_free(cert);
    return out;
}
