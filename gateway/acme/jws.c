#include "gateway/acme/jws.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>

#include "certbind/digest.h"
#include "certbind/hex.h"

enum { COORDINATE_LEN = 32, SIGNATURE_LEN = 64, JWK_ROOM = 160, HEAD_ROOM = 3072 };

bool acme_url_ok(const char *text)
{
    size_t len = strlen(text);

    if (len >= ACME_URL_ROOM || strncmp(text, "https://", 8) != 0 || len == 8)
        return false;
    for (; *text != '\0'; text++)
        if (*text <= ' ' || *text >= 0x7f || *text == '"' || *text == '\\')
            return false;
    return true;
}

bool acme_base64url_ok(const char *text, size_t room)
{
    size_t len = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    return len > 0 && len < room && text[len] == '\0';
}

char *acme_base64url(struct certbind_bytes bytes)
{
    char *out = malloc(certbind_base64_encoded_len(bytes.len) + 1);

    if (out == NULL)
        return NULL;
    certbind_base64_encode(bytes, out);
    for (char *c = out; *c != '\0'; c++) {
        if (*c == '+')
            *c = '-';
        else if (*c == '/')
            *c = '_';
        else if (*c == '=')
            *c = '\0'; /* only padding follows */
    }
    return out;
}

static bool coordinate(EVP_PKEY *key, const char *name, char out[ACME_THUMBPRINT_ROOM])
{
    uint8_t bytes[COORDINATE_LEN];
    BIGNUM *n = NULL;
    char *text = NULL;

    if (EVP_PKEY_get_bn_param(key, name, &n) == 1 &&
        BN_bn2binpad(n, bytes, sizeof bytes) == (int)sizeof bytes)
        text = acme_base64url(certbind_bytes(bytes, sizeof bytes));
    BN_free(n);
    if (text == NULL)
        return false;
    (void)snprintf(out, ACME_THUMBPRINT_ROOM, "%s", text);
    free(text);
    return true;
}

/* With its members in the order of RFC 7638. */
static bool jwk(EVP_PKEY *key, char out[JWK_ROOM])
{
    char x[ACME_THUMBPRINT_ROOM];
    char y[ACME_THUMBPRINT_ROOM];

    if (!coordinate(key, OSSL_PKEY_PARAM_EC_PUB_X, x) ||
        !coordinate(key, OSSL_PKEY_PARAM_EC_PUB_Y, y))
        return false;
    (void)snprintf(out, JWK_ROOM, "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"%s\",\"y\":\"%s\"}", x,
                   y);
    return true;
}

bool acme_thumbprint(EVP_PKEY *key, char out[ACME_THUMBPRINT_ROOM])
{
    uint8_t hash[CERTBIND_SHA256_LEN];
    char text[JWK_ROOM];
    char *coded = NULL;

    if (jwk(key, text) && certbind_sha256(certbind_text(text), hash))
        coded = acme_base64url(certbind_bytes(hash, sizeof hash));
    if (coded == NULL)
        return false;
    (void)snprintf(out, ACME_THUMBPRINT_ROOM, "%s", coded);
    free(coded);
    return true;
}

bool acme_key_authorization(EVP_PKEY *key, const char *token, char out[ACME_AUTHORIZATION_ROOM])
{
    char thumbprint[ACME_THUMBPRINT_ROOM];

    if (!acme_base64url_ok(token, ACME_TOKEN_ROOM) || !acme_thumbprint(key, thumbprint))
        return false;
    (void)snprintf(out, ACME_AUTHORIZATION_ROOM, "%s.%s", token, thumbprint);
    return true;
}

/* r and s, 32 bytes each (RFC 7518 section 3.4). Returns: its base64url; NULL on failure */
static char *signature(EVP_PKEY *key, const char *text)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    uint8_t der[128];
    uint8_t raw[SIGNATURE_LEN];
    const uint8_t *at = der;
    size_t len = sizeof der;
    ECDSA_SIG *sig = NULL;
    char *out = NULL;

    if (ctx != NULL && EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
        EVP_DigestSign(ctx, der, &len, (const uint8_t *)text, strlen(text)) == 1)
        sig = d2i_ECDSA_SIG(NULL, &at, (long)len);
    if (sig != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, COORDINATE_LEN) == COORDINATE_LEN &&
        BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + COORDINATE_LEN, COORDINATE_LEN) == COORDINATE_LEN)
        out = acme_base64url(certbind_bytes(raw, sizeof raw));
    ECDSA_SIG_free(sig);
    EVP_MD_CTX_free(ctx);
    return out;
}

static bool write_head(EVP_PKEY *key, const struct acme_request *r, char out[HEAD_ROOM])
{
    char shown[JWK_ROOM];

    if (!acme_url_ok(r->url) || !acme_base64url_ok(r->nonce, ACME_NONCE_ROOM))
        return false;
    if (r->account == NULL) {
        if (!jwk(key, shown))
            return false;
        (void)snprintf(out, HEAD_ROOM,
                       "{\"alg\":\"ES256\",\"jwk\":%s,\"nonce\":\"%s\",\"url\":\"%s\"}", shown,
                       r->nonce, r->url);
        return true;
    }
    if (!acme_url_ok(r->account))
        return false;
    (void)snprintf(out, HEAD_ROOM,
                   "{\"alg\":\"ES256\",\"kid\":\"%s\",\"nonce\":\"%s\",\"url\":\"%s\"}", r->account,
                   r->nonce, r->url);
    return true;
}

char *acme_sign(EVP_PKEY *key, const struct acme_request *request)
{
    static const char form[] = "{\"protected\":\"%s\",\"payload\":\"%s\",\"signature\":\"%s\"}";
    char head[HEAD_ROOM];
    char *protected = NULL, *payload = NULL, *input = NULL, *sig = NULL, *out = NULL;
    size_t room;

    if (!write_head(key, request, head))
        return NULL;
    protected = acme_base64url(certbind_text(head));
    payload = acme_base64url(certbind_text(request->payload));
    if (protected == NULL || payload == NULL)
        goto done;
    room = strlen(protected) + strlen(payload) + 2;
    input = malloc(room);
    if (input == NULL)
        goto done;
    (void)snprintf(input, room, "%s.%s", protected, payload);
    sig = signature(key, input);
    if (sig == NULL)
        goto done;
    room += sizeof form + strlen(sig);
    out = malloc(room);
    if (out != NULL)
        (void)snprintf(out, room, form, protected, payload, sig);
done:
    free(protected);
    free(payload);
    free(input);
    free(sig);
    return out;
}
