/*
 * For memcheck: secrets count as undefined, so that every branch and every address that depends on
 * one is an error. What OpenSSL does inside is its own matter (constant_time.supp); what comes back
 * from it stays secret, but for the answers that are public by what they mean, given free below.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <valgrind/memcheck.h>

#include "certbind/session.h"
#include "certbind/tls_key.h"

static void hide(void *data, size_t len)
{
    (void)VALGRIND_MAKE_MEM_UNDEFINED(data, len);
}

static void show(const void *data, size_t len)
{
    (void)VALGRIND_MAKE_MEM_DEFINED(data, len);
}

static void check(bool ok, const char *what)
{
    if (ok)
        return;
    (void)fprintf(stderr, "%s\n", what);
    exit(2);
}

/* Public: whether two values are equal, and whether a scalar is in the range of keys. */
int __real_CRYPTO_memcmp(const void *a, const void *b, size_t len);
int __wrap_CRYPTO_memcmp(const void *a, const void *b, size_t len);
int __real_BN_ucmp(const BIGNUM *a, const BIGNUM *b);
int __wrap_BN_ucmp(const BIGNUM *a, const BIGNUM *b);
int __real_BN_is_zero(const BIGNUM *a);
int __wrap_BN_is_zero(const BIGNUM *a);

int __wrap_CRYPTO_memcmp(const void *a, const void *b, size_t len)
{
    int result = __real_CRYPTO_memcmp(a, b, len);

    show(&result, sizeof result);
    return result;
}

int __wrap_BN_ucmp(const BIGNUM *a, const BIGNUM *b)
{
    int result = __real_BN_ucmp(a, b) < 0 ? -1 : 1;

    show(&result, sizeof result);
    return result;
}

int __wrap_BN_is_zero(const BIGNUM *a)
{
    int result = __real_BN_is_zero(a);

    show(&result, sizeof result);
    return result;
}

static void derive_the_tls_key(void)
{
    uint8_t k[CERTBIND_AGENT_KEY_LEN], scalar[CERTBIND_P256_SCALAR_LEN];
    EVP_PKEY *key;

    memset(k, 0x42, sizeof k);
    hide(k, sizeof k);
    check(certbind_tls_key_scalar(k, scalar), "no scalar");
    hide(scalar, sizeof scalar);
    key = certbind_p256_key(scalar);
    check(key != NULL, "no key");
    EVP_PKEY_free(key);
}

static void sign_and_compare_a_session(void)
{
    struct certbind_session_inputs inputs = {.server_name = "gw.example.test"};
    struct certbind_session_reply reply;
    uint8_t seed[32], pub[32];
    size_t len = sizeof pub;
    EVP_PKEY *key;

    memset(seed, 0x17, sizeof seed);
    hide(seed, sizeof seed);
    hide(inputs.exporter, sizeof inputs.exporter);
    hide(inputs.nonce, sizeof inputs.nonce);
    key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, sizeof seed);
    check(key != NULL, "no session key");
    check(certbind_session_sign(&inputs, key, &reply, NULL) == CERTBIND_OK, "no signature");
    show(reply.signature, sizeof reply.signature);
    check(EVP_PKEY_get_raw_public_key(key, pub, &len) == 1, "no public key");
    show(pub, sizeof pub);
    check(certbind_session_check(&reply, &inputs, pub, NULL) == CERTBIND_OK, "not accepted");
    reply.nonce[31] ^= 1;
    check(certbind_session_check(&reply, &inputs, pub, NULL) == CERTBIND_E_SESSION_NONCE,
          "another nonce is accepted");
    EVP_PKEY_free(key);
}

/* One that leaks, to see that it would be seen. */
static void leak(void)
{
    uint8_t a[32] = {1}, b[32] = {1};

    hide(a, sizeof a);
    check(memcmp(a, b, sizeof a) == 0, "differ");
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "leak") == 0) {
        leak();
        return 0;
    }
    derive_the_tls_key();
    sign_and_compare_a_session();
    return 0;
}
