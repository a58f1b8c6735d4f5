#include "certbind/session_signer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certbind/hex.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/fixture.h"

/* RFC 8032 test 1: the key of the vectors. */
#define SECRET "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
#define PUB "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
#define SIGNATURE                                                                                  \
    "46ad94b302783061f0435bd47c4609a5ebfcc52298ca69b61877640545b1bacbdbb84cc0cd2ec0302ead53fd61b4" \
    "b2595f2f5ad2312f0d88ed12ed0e6c5cea0e"
#define REPLY                                                                                      \
    "{\"v\":1,\"statement_sha256\":\"" VECTOR_STATEMENT_SHA256 "\",\"nonce\":\"" VECTOR_NONCE      \
    "\",\"kind\":\"signature\",\"signature\":\"" SIGNATURE "\"}"

static void unhex(const char *hex, uint8_t *out, size_t len)
{
    assert_true(certbind_hex_decode(certbind_text(hex), out, len));
}

static struct certbind_session_inputs vector_inputs(const char *server_name)
{
    struct certbind_session_inputs in = {.server_name = server_name};

    unhex(VECTOR_STATEMENT_SHA256, in.statement_sha256, 32);
    unhex(VECTOR_NONCE, in.nonce, 32);
    for (uint8_t i = 0; i < 32; i++)
        in.exporter[i] = i;
    unhex("5cd252fb0ce8932436faf8ccd1040981b89ee4ad6b9fe9e2a2b7e71aacb27cd3", in.spki_sha256, 32);
    memset(in.leaf_sha256, 0x42, 32);
    return in;
}

static void values_are_the_vectors(void **state)
{
    struct certbind_session_inputs in = vector_inputs("gw.example.test");
    uint8_t s[64];

    (void)state;
    assert_true(certbind_session_value(&in, s));
    assert_hex_equal("bc7d667df779acf00202c846d473e1f416c3448bec511425434bd5cedbacc486"
                     "e146cf3970d8c2987b9d424e8a6058abe5da2dc1fc03869cd499100c4412dc1c",
                     s, sizeof s);
    in.server_name = "";
    assert_true(certbind_session_value(&in, s));
    assert_hex_equal("78526999a18d80a9f1432a73788c44d709843e554db391c89499e0a5ba768b05"
                     "bdb9d3110ad51205c6791c5eff316ea50b55df3d2172d72506e57b588633ad02",
                     s, sizeof s);
}

static EVP_PKEY *vector_key(void)
{
    uint8_t secret[32];

    unhex(SECRET, secret, sizeof secret);
    return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret, sizeof secret);
}

static void signing_gives_the_vector(void **state)
{
    struct certbind_session_inputs in = vector_inputs("gw.example.test");
    struct certbind_session_reply reply;
    char text[CERTBIND_SESSION_REPLY_ROOM];
    EVP_PKEY *key = vector_key();

    (void)state;
    assert_int_equal(CERTBIND_OK, certbind_session_sign(&in, key, &reply, NULL));
    assert_hex_equal(SIGNATURE, reply.signature, sizeof reply.signature);
    certbind_session_reply_encode(&reply, text);
    assert_string_equal(REPLY, text);
    EVP_PKEY_free(key);
}

static void one_signer_makes_many_signatures(void **state)
{
    const struct certbind_session_inputs in = vector_inputs("gw.example.test");
    const struct certbind_session_inputs other = vector_inputs("other.example.test");
    OSSL_LIB_CTX *libctx = OSSL_LIB_CTX_new();
    EVP_PKEY *key = vector_key();
    struct certbind_session_signer *signer = certbind_session_signer_new(libctx, key);
    struct certbind_session_reply reply;
    uint8_t pub[32];

    (void)state;
    EVP_PKEY_free(key);
    assert_non_null(signer);
    unhex(PUB, pub, sizeof pub);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(CERTBIND_OK, certbind_session_signer_sign(signer, &in, &reply, NULL));
        assert_hex_equal(SIGNATURE, reply.signature, sizeof reply.signature);
        assert_int_equal(CERTBIND_OK, certbind_session_signer_sign(signer, &other, &reply, NULL));
        assert_int_equal(CERTBIND_OK, certbind_session_check(&reply, &other, pub, NULL));
    }
    certbind_session_signer_free(signer);
    OSSL_LIB_CTX_free(libctx);
}

static void a_key_that_cannot_sign_is_refused(void **state)
{
    const struct certbind_session_inputs in = vector_inputs("");
    const struct certbind_session_reply none = {{0}, {0}, {0}};
    struct certbind_session_reply reply;
    uint8_t pub[32];
    EVP_PKEY *keys[3];

    (void)state;
    unhex(PUB, pub, sizeof pub);
    keys[0] = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, pub, sizeof pub);
    keys[1] = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, pub, sizeof pub);
    keys[2] = EVP_EC_gen("P-256");
    for (size_t i = 0; i < 3; i++) {
        assert_non_null(keys[i]);
        assert_null(certbind_session_signer_new(NULL, keys[i]));
        memset(&reply, 0xff, sizeof reply);
        assert_int_equal(CERTBIND_E_INTERNAL, certbind_session_sign(&in, keys[i], &reply, NULL));
        assert_memory_equal(&none, &reply, sizeof reply);
        EVP_PKEY_free(keys[i]);
    }
}

static certbind_status check(const char *text, const struct certbind_session_inputs *in)
{
    struct certbind_session_reply reply;
    uint8_t pub[32];
    certbind_status status = certbind_session_reply_parse(certbind_text(text), &reply, NULL);

    unhex(PUB, pub, sizeof pub);
    return status == CERTBIND_OK ? certbind_session_check(&reply, in, pub, NULL) : status;
}

static void good_reply_is_accepted(void **state)
{
    const struct certbind_session_inputs in = vector_inputs("gw.example.test");

    (void)state;
    assert_int_equal(CERTBIND_OK, check(REPLY, &in));
}

static void each_input_is_covered(void **state)
{
    struct certbind_session_inputs in = vector_inputs("gw.example.test");
    const struct {
        uint8_t *at;
        certbind_status expected;
    } parts[] = {{in.statement_sha256, CERTBIND_E_SESSION_STATEMENT_UNKNOWN},
                 {in.nonce, CERTBIND_E_SESSION_NONCE},
                 {in.exporter, CERTBIND_E_SESSION_SIGNATURE},
                 {in.spki_sha256, CERTBIND_E_SESSION_SIGNATURE},
                 {in.leaf_sha256, CERTBIND_E_SESSION_SIGNATURE}};

    (void)state;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        parts[i].at[31] ^= 1;
        assert_int_equal(parts[i].expected, check(REPLY, &in));
        parts[i].at[31] ^= 1;
    }
    in.server_name = "";
    assert_int_equal(CERTBIND_E_SESSION_SIGNATURE, check(REPLY, &in));
    in.server_name = "other.example.test";
    assert_int_equal(CERTBIND_E_SESSION_SIGNATURE, check(REPLY, &in));
}

static void weak_key_is_refused_although_a_signature_fits(void **state)
{
    static const uint8_t weak[32] = {1};
    const struct certbind_session_inputs in = vector_inputs("gw.example.test");
    struct certbind_session_reply reply = {.signature = {1}};

    (void)state;
    memcpy(reply.nonce, in.nonce, sizeof reply.nonce);
    memcpy(reply.statement_sha256, in.statement_sha256, sizeof reply.statement_sha256);
    assert_int_equal(CERTBIND_E_SESSION_KEY_WEAK, certbind_session_check(&reply, &in, weak, NULL));
}

static void malformed_replies_have_their_codes(void **state)
{
    static const struct {
        const char *from;
        const char *to;
        certbind_status expected;
    } cases[] = {{"{\"v\":1,", "{", CERTBIND_E_EVIDENCE_JSON},
                 {"\"v\":1", "\"v\":1.0", CERTBIND_E_EVIDENCE_JSON},
                 {"\"v\":1", "\"v\":2", CERTBIND_E_EVIDENCE_VERSION},
                 {"\"signature\",", "\"quote\",", CERTBIND_E_SESSION_KIND},
                 {"\"kind\":\"signature\"", "\"kind\":1", CERTBIND_E_EVIDENCE_JSON},
                 {"deadbeef", "DEADBEEF", CERTBIND_E_EVIDENCE_JSON},
                 {"deadbeef", "deadbe", CERTBIND_E_EVIDENCE_JSON},
                 {"46ad94", "46ad", CERTBIND_E_EVIDENCE_JSON},
                 {"\"nonce\"", "\"nonces\"", CERTBIND_E_EVIDENCE_JSON},
                 {"\"}", "\"}x", CERTBIND_E_EVIDENCE_JSON},
                 {"{\"v\"", "{\"v\":1,\"v\"", CERTBIND_E_EVIDENCE_JSON},
                 {"{\"v\"", "\xef\xbb\xbf{\"v\"", CERTBIND_E_EVIDENCE_JSON}};
    const struct certbind_session_inputs in = vector_inputs("gw.example.test");

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = text_replace(REPLY, cases[i].from, cases[i].to);

        assert_int_equal(cases[i].expected, check(text, &in));
        free(text);
    }
    assert_int_equal(CERTBIND_E_EVIDENCE_JSON, check("", &in));
    assert_int_equal(CERTBIND_E_EVIDENCE_JSON, check("[]", &in));
}

static void replies_have_a_size_limit(void **state)
{
    char *text = malloc(CERTBIND_SESSION_REPLY_MAX_BYTES + 1);
    struct certbind_session_reply reply;

    (void)state;
    assert_non_null(text);
    memset(text, ' ', CERTBIND_SESSION_REPLY_MAX_BYTES + 1);
    memcpy(text, REPLY, strlen(REPLY));
    assert_int_equal(CERTBIND_OK,
                     certbind_session_reply_parse(
                         certbind_bytes(text, CERTBIND_SESSION_REPLY_MAX_BYTES), &reply, NULL));
    assert_int_equal(CERTBIND_E_HTTP_SIZE,
                     certbind_session_reply_parse(
                         certbind_bytes(text, CERTBIND_SESSION_REPLY_MAX_BYTES + 1), &reply, NULL));
    free(text);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_the_vectors),
        cmocka_unit_test(signing_gives_the_vector),
        cmocka_unit_test(one_signer_makes_many_signatures),
        cmocka_unit_test(a_key_that_cannot_sign_is_refused),
        cmocka_unit_test(good_reply_is_accepted),
        cmocka_unit_test(each_input_is_covered),
        cmocka_unit_test(weak_key_is_refused_although_a_signature_fits),
        cmocka_unit_test(malformed_replies_have_their_codes),
        cmocka_unit_test(replies_have_a_size_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
