/* In a verify callback of OpenSSL any value but 0 accepts: it must be 0 or 1 and nothing else. */
#include <stdlib.h>

#include <openssl/x509v3.h>

#include "ra-tls/observe.h"
#include "ra-tls/ratls.h"
#include "tests/support/cmocka_all.h"

struct scene {
    struct certbind_policy policy;
    struct ratls_ctx *ctx;
    X509_STORE *store;
    X509 *cert; /* signed by itself */
};

static X509 *make_cert(void)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    X509 *cert = X509_new();

    assert_int_equal(1, X509_set_version(cert, X509_VERSION_3));
    assert_int_equal(1, ASN1_INTEGER_set(X509_get_serialNumber(cert), 1));
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(cert), -60));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(cert), 3600));
    assert_int_equal(1, X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
                                                   (const unsigned char *)"test", -1, -1, 0));
    assert_int_equal(1, X509_set_issuer_name(cert, X509_get_subject_name(cert)));
    assert_int_equal(1, X509_set_pubkey(cert, key));
    assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
    EVP_PKEY_free(key);
    return cert;
}

static void open_scene(struct scene *x, const char *policy)
{
    struct certbind_problems problems = {.count = 0};
    struct ratls_options options = {.policy = NULL};

    *x = (struct scene){.store = X509_STORE_new(), .cert = make_cert()};
    if (policy != NULL) {
        assert_int_equal(CERTBIND_OK,
                         certbind_policy_parse(certbind_text(policy), &x->policy, &problems));
        options.policy = &x->policy;
    }
    assert_int_equal(CERTBIND_OK, ratls_ctx_new(&options, &x->ctx, NULL));
}

static void close_scene(struct scene *x)
{
    ratls_ctx_free(x->ctx);
    certbind_policy_cleanup(&x->policy);
    X509_STORE_free(x->store);
    X509_free(x->cert);
}

/* Call it times times on one store context. Out: error, what SSL_get_verify_result would say. */
static int call(struct scene *x, X509 *cert, int times, int *error)
{
    X509_STORE_CTX *store = X509_STORE_CTX_new();
    int result = -1;

    assert_int_equal(1, X509_STORE_CTX_init(store, x->store, cert, NULL));
    for (int i = 0; i < times; i++)
        result = ratls_verify_callback(store, x->ctx);
    *error = X509_STORE_CTX_get_error(store);
    X509_STORE_CTX_free(store);
    return result;
}

static void without_a_chain_nothing_is_vouched_for(void **state)
{
    static const char *const policies[] = {NULL, "{}", "{\"name\":\"san\"}",
                                           "{\"name\":\"attestation-only\"}"};

    (void)state;
    for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++) {
        struct scene x;
        int error;

        open_scene(&x, policies[i]);
        assert_int_equal(1, X509_STORE_add_cert(x.store, x.cert)); /* it must not even be asked */
        assert_int_equal(1, call(&x, x.cert, 1, &error));
        assert_int_equal(X509_V_ERR_APPLICATION_VERIFICATION, error);
        assert_int_equal(0, call(&x, NULL, 1, &error));
        close_scene(&x);
    }
}

static void a_demanded_chain_is_built_and_its_result_kept(void **state)
{
    struct scene x;
    int error;

    (void)state;
    open_scene(&x, "{\"name\":\"webpki\"}");
    assert_int_equal(1, call(&x, x.cert, 1, &error));
    assert_int_equal(X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, error);
    assert_int_equal(0, call(&x, x.cert, 2, &error)); /* OpenSSL itself answers -1 here */
    assert_int_not_equal(X509_V_OK, error);
    assert_int_equal(0, call(&x, NULL, 1, &error));
    assert_int_equal(1, X509_STORE_add_cert(x.store, x.cert));
    assert_int_equal(1, call(&x, x.cert, 1, &error));
    assert_int_equal(X509_V_OK, error);
    close_scene(&x);
}

static void only_the_result_ok_means_vouched_for(void **state)
{
    static const struct {
        long result;
        enum certbind_webpki webpki;
    } rows[] = {
        {X509_V_OK, CERTBIND_WEBPKI_VALID},
        {X509_V_ERR_APPLICATION_VERIFICATION, CERTBIND_WEBPKI_NOT_TRIED},
        {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, CERTBIND_WEBPKI_INVALID},
        {X509_V_ERR_UNSPECIFIED, CERTBIND_WEBPKI_INVALID},
    };
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    SSL *ssl = SSL_new(ctx);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct certbind_transport transport = {0};

        SSL_set_verify_result(ssl, rows[i].result);
        ratls_observe_transport(ssl, NULL, &transport);
        assert_int_equal(rows[i].webpki, transport.webpki);
        assert_false(transport.tls13);
    }
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_chain_nothing_is_vouched_for),
        cmocka_unit_test(a_demanded_chain_is_built_and_its_result_kept),
        cmocka_unit_test(only_the_result_ok_means_vouched_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
