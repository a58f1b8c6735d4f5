#include <stdlib.h>
#include <string.h>

#include <openssl/ecdsa.h>

#include "certbind/hex.h"
#include "certbind/json.h"
#include "certbind/tls_key.h"
#include "gateway/acme/challenges.h"
#include "gateway/acme/jws.h"
#include "gateway/acme/keeper.h"
#include "tests/support/cmocka_all.h"

/* The key of RFC 7515 appendix A.3, and its thumbprint (RFC 7638). */
#define SCALAR "8e9b109e719098bf980487df1f5d77e9cb29606ebed2263b5f57c213df84f4b2"
#define THUMBPRINT "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"
#define JWK                                                                                        \
    "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","     \
    "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}"

static EVP_PKEY *make_key(void)
{
    uint8_t scalar[CERTBIND_P256_SCALAR_LEN];
    EVP_PKEY *key;

    assert_true(certbind_hex_decode(certbind_text(SCALAR), scalar, sizeof scalar));
    key = certbind_p256_key(scalar);
    assert_non_null(key);
    return key;
}

/* Returns: the length of what base64url text holds. */
static size_t decode(const char *text, uint8_t *out, size_t room)
{
    char padded[4096];
    size_t len = strlen(text);

    assert_true(len + 4 < sizeof padded && strchr(text, '=') == NULL);
    for (size_t i = 0; i < len; i++)
        padded[i] = text[i] == '-' ? '+' : (char)(text[i] == '_' ? '/' : text[i]);
    while (len % 4 != 0)
        padded[len++] = '=';
    assert_true(certbind_base64_decode(certbind_bytes(padded, len), out, room, &len));
    return len;
}

static void the_thumbprint_is_that_of_the_rfc(void **state)
{
    EVP_PKEY *key = make_key();
    char out[ACME_THUMBPRINT_ROOM];
    char authorization[ACME_AUTHORIZATION_ROOM];
    char token[ACME_TOKEN_ROOM + 1];

    (void)state;
    assert_true(acme_thumbprint(key, out));
    assert_string_equal(THUMBPRINT, out);
    assert_true(
        acme_key_authorization(key, "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA", authorization));
    assert_string_equal("evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA." THUMBPRINT, authorization);
    assert_false(acme_key_authorization(key, "", authorization));
    assert_false(acme_key_authorization(key, "a.b", authorization));
    memset(token, 'a', sizeof token);
    token[ACME_TOKEN_ROOM - 1] = '\0';
    assert_true(acme_key_authorization(key, token, authorization));
    token[ACME_TOKEN_ROOM - 1] = 'a';
    token[ACME_TOKEN_ROOM] = '\0';
    assert_false(acme_key_authorization(key, token, authorization));
    EVP_PKEY_free(key);
}

static void verify(EVP_PKEY *key, const char *input, const char *coded)
{
    uint8_t raw[64];
    uint8_t *der = NULL;
    ECDSA_SIG *sig = ECDSA_SIG_new();
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    int len;

    assert_int_equal(64, decode(coded, raw, sizeof raw));
    assert_int_equal(1,
                     ECDSA_SIG_set0(sig, BN_bin2bn(raw, 32, NULL), BN_bin2bn(raw + 32, 32, NULL)));
    len = i2d_ECDSA_SIG(sig, &der);
    assert_int_equal(1, EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key));
    assert_int_equal(
        1, EVP_DigestVerify(ctx, der, (size_t)len, (const uint8_t *)input, strlen(input)));
    OPENSSL_free(der);
    EVP_MD_CTX_free(ctx);
    ECDSA_SIG_free(sig);
}

static void requests_are_signed_over_head_and_payload(void **state)
{
    static const struct {
        struct acme_request request;
        const char *head;
    } rows[] = {
        {{"https://a/new", "n-_1", NULL, "{\"x\":1}"},
         "{\"alg\":\"ES256\",\"jwk\":" JWK ",\"nonce\":\"n-_1\",\"url\":\"https://a/new\"}"},
        {{"https://a/o", "n", "https://a/acct/1", ""},
         "{\"alg\":\"ES256\",\"kid\":\"https://a/acct/1\",\"nonce\":\"n\",\"url\":\"https://a/"
         "o\"}"},
    };
    static const struct certbind_json_rules rules = {.max_bytes = 65536};
    EVP_PKEY *key = make_key();

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char *text = acme_sign(key, &rows[i].request);
        struct certbind_json json = {0};
        const char *head, *payload;
        char input[4096];
        uint8_t plain[2048];

        assert_non_null(text);
        assert_int_equal(CERTBIND_OK,
                         certbind_json_parse(certbind_text(text), &rules, &json, NULL));
        head = certbind_json_string(json.root, "protected");
        payload = certbind_json_string(json.root, "payload");
        plain[decode(head, plain, sizeof plain)] = '\0';
        assert_string_equal(rows[i].head, (char *)plain);
        plain[decode(payload, plain, sizeof plain)] = '\0';
        assert_string_equal(rows[i].request.payload, (char *)plain);
        (void)snprintf(input, sizeof input, "%s.%s", head, payload);
        verify(key, input, certbind_json_string(json.root, "signature"));
        certbind_json_cleanup(&json);
        free(text);
    }
    EVP_PKEY_free(key);
}

static void texts_that_would_need_escapes_are_not_signed(void **state)
{
    static const struct acme_request bad[] = {
        {"http://a/x", "n", NULL, ""},           {"https://", "n", NULL, ""},
        {"https://a/\"", "n", NULL, ""},         {"https://a/\\", "n", NULL, ""},
        {"https://a/ b", "n", NULL, ""},         {"https://a/\x7f", "n", NULL, ""},
        {"https://a/x", "", NULL, ""},           {"https://a/x", "n\"", NULL, ""},
        {"https://a/x", "n=", NULL, ""},         {"https://a/x", "n", "https://a/\n", ""},
        {"https://a/x", "n", "javascript:", ""},
    };
    EVP_PKEY *key = make_key();

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_null(acme_sign(key, &bad[i]));
    EVP_PKEY_free(key);
}

static void every_token_is_answered_for_our_account_alone(void **state)
{
    static const char *const bad[] = {"",
                                      "too-short-for-128-bit",
                                      "evaGxfADs6pSRb2LAv9IZ.17Dt3juxGJ",
                                      "evaGxfADs6pSRb2LAv9IZ=17Dt3juxGJ",
                                      "evaGxfADs6pSRb2LAv9IZ/17Dt3juxGJ",
                                      "<evaGxfADs6pSRb2LAv9IZ17Dt3juxGJ>"};
    struct acme_challenges *table = acme_challenges_new();
    EVP_PKEY *key = make_key();
    char out[ACME_AUTHORIZATION_ROOM], longest[ACME_TOKEN_ROOM + 1];
    struct gw_str least = gw_str("AAAAAAAAAAAAAAAAAAAA-_"), whole;

    (void)state;
    assert_false(acme_challenges_authorize(table, least, out));
    assert_true(acme_challenges_set_account(table, key));
    assert_true(acme_challenges_authorize(table, least, out));
    assert_string_equal("AAAAAAAAAAAAAAAAAAAA-_." THUMBPRINT, out);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(acme_challenges_authorize(table, gw_str(bad[i]), out));
    assert_false(acme_challenges_authorize(table, (struct gw_str){least.at, 21}, out));
    assert_false(acme_challenges_authorize(
        table, (struct gw_str){"AAAAAAAAAAAAAAAAAAAAAAAA\0AAA", 28}, out));
    memset(longest, 'z', sizeof longest);
    whole = (struct gw_str){longest, ACME_TOKEN_ROOM - 1};
    assert_true(acme_challenges_authorize(table, whole, out));
    assert_int_equal(ACME_AUTHORIZATION_ROOM - 1, strlen(out));
    assert_string_equal("." THUMBPRINT, out + whole.len);
    whole.len++;
    assert_false(acme_challenges_authorize(table, whole, out));
    acme_challenges_free(table);
    EVP_PKEY_free(key);
}

static bool is_shown(struct acme_challenges *table, SSL_CTX *ctx, const char *name)
{
    SSL *ssl = SSL_new(ctx);
    bool shown = acme_challenges_show(table, ssl, name);

    assert_int_equal(shown, SSL_get_certificate(ssl) != NULL);
    SSL_free(ssl);
    return shown;
}

static void a_certificate_is_shown_until_its_challenge_is_dropped(void **state)
{
    struct acme_challenges *table = acme_challenges_new();
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    EVP_PKEY *key = make_key();
    char name[] = "a.test", out[ACME_AUTHORIZATION_ROOM];

    (void)state;
    assert_int_equal(1, SSL_CTX_use_PrivateKey(ctx, key));
    assert_false(is_shown(table, ctx, "a.test"));
    assert_true(acme_challenges_put(table, "a.test", "t1", key, key));
    assert_true(acme_challenges_put(table, "a.test", "t2", key, key));
    assert_true(is_shown(table, ctx, "a.test"));
    assert_false(is_shown(table, ctx, "b.test"));
    assert_false(is_shown(table, ctx, NULL));
    assert_false(acme_challenges_authorize(table, gw_str("AAAAAAAAAAAAAAAAAAAA-_"), out));
    acme_challenges_drop(table, "a.test");
    assert_false(is_shown(table, ctx, "a.test"));
    for (unsigned i = 0; i < ACME_CHALLENGES_MAX; i++, name[0]++)
        assert_true(acme_challenges_put(table, name, "t", key, key));
    assert_false(acme_challenges_put(table, name, "t", key, key));
    assert_false(acme_challenges_put(table, "", "t", key, key));
    assert_false(acme_challenges_put(table, "a.test", "t.", key, key));
    acme_challenges_free(table);
    SSL_CTX_free(ctx);
    EVP_PKEY_free(key);
}

static void renewal_and_pauses_follow_their_rules(void **state)
{
    (void)state;
    assert_int_equal(1000 + 60 * 86400, acme_renew_at(1000, 1000 + 90 * 86400));
    assert_int_equal(60, acme_pause_s(60, 1, 0));
    assert_int_equal(120, acme_pause_s(60, 2, 0));
    assert_int_equal(480, acme_pause_s(60, 4, 30));
    assert_int_equal(3600, acme_pause_s(60, 4, 3600));
    assert_int_equal(86400, acme_pause_s(60, 1000, 0));
    assert_int_equal(86400, acme_pause_s(60, 1, 1000000));
    assert_int_equal(86400, acme_pause_s(86400, 1, 0));
}

static void a_failure_counts_under_its_code(void **state)
{
    (void)state;
    for (int i = ACME_OUTCOME_TRANSPORT; i < ACME_OUTCOMES; i++)
        assert_int_equal(i, acme_outcome_of(acme_outcome_name((enum acme_outcome)i)));
    assert_int_equal(ACME_OUTCOME_AGENT, acme_outcome_of("agent-timeout"));
    assert_int_equal(ACME_OUTCOME_AGENT, acme_outcome_of("ok"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_thumbprint_is_that_of_the_rfc),
        cmocka_unit_test(requests_are_signed_over_head_and_payload),
        cmocka_unit_test(texts_that_would_need_escapes_are_not_signed),
        cmocka_unit_test(every_token_is_answered_for_our_account_alone),
        cmocka_unit_test(a_certificate_is_shown_until_its_challenge_is_dropped),
        cmocka_unit_test(renewal_and_pauses_follow_their_rules),
        cmocka_unit_test(a_failure_counts_under_its_code),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
