/* Revocation lists: what is no file of them, and what a store does with those it has. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "gateway/serve/crl_file.h"
#include "tests/support/cmocka_all.h"

enum { NOW = 1790000000, DAY = 86400 };

/* Add a list to text. In: until  0: it does not say */
static void put_list(BIO *text, int64_t until)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    X509_CRL *crl = X509_CRL_new();
    X509_NAME *issuer = X509_NAME_new();
    ASN1_TIME *time = ASN1_TIME_set(NULL, NOW - DAY);

    assert_int_equal(1, X509_CRL_set_version(crl, 1));
    assert_int_equal(1, X509_NAME_add_entry_by_txt(issuer, "CN", MBSTRING_ASC,
                                                   (const unsigned char *)"root", -1, -1, 0));
    assert_int_equal(1, X509_CRL_set_issuer_name(crl, issuer));
    assert_int_equal(1, X509_CRL_set1_lastUpdate(crl, time));
    if (until != 0) {
        assert_non_null(ASN1_TIME_set(time, until));
        assert_int_equal(1, X509_CRL_set1_nextUpdate(crl, time));
    }
    assert_true(X509_CRL_sign(crl, key, EVP_sha256()) > 0);
    assert_int_equal(1, PEM_write_bio_X509_CRL(text, crl));
    ASN1_TIME_free(time);
    X509_NAME_free(issuer);
    X509_CRL_free(crl);
    EVP_PKEY_free(key);
}

/* Returns: whether a copy of the text was taken; then out is to be cleaned up. */
static bool parse(BIO *text, struct gateway_crl_file *out)
{
    char err[200] = "";
    char *at;
    long len = BIO_get_mem_data(text, &at);
    uint8_t *copy = malloc((size_t)len + 1);

    assert_non_null(copy);
    if (len > 0)
        memcpy(copy, at, (size_t)len);
    if (gateway_crl_file_parse(copy, (size_t)len, out, err, sizeof err))
        return true;
    assert_string_equal("no PEM file of at most 64 revocation lists that say when the next is due",
                        err);
    assert_null(out->pem);
    free(copy);
    return false;
}

static void lists_are_told_in_the_order_in_which_they_end(void **state)
{
    BIO *text = BIO_new(BIO_s_mem());
    struct gateway_crl_file crl;
    X509_STORE *store = X509_STORE_new();

    (void)state;
    put_list(text, NOW + 2 * DAY);
    put_list(text, NOW + DAY);
    put_list(text, NOW + 3 * DAY);
    assert_true(parse(text, &crl));
    assert_int_equal(3, crl.count);
    for (int i = 0; i < 3; i++)
        assert_int_equal(NOW + (i + 1) * DAY, crl.next_updates[i]);
    assert_true(gateway_crl_file_add(&crl, store, NULL));
    assert_int_equal(3, sk_X509_OBJECT_num(X509_STORE_get0_objects(store)));
    assert_int_equal(X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL,
                     X509_VERIFY_PARAM_get_flags(X509_STORE_get0_param(store)) &
                         (X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL));
    X509_STORE_free(store);
    gateway_crl_file_cleanup(&crl);
    BIO_free(text);
}

static void a_list_without_an_end_is_refused(void **state)
{
    BIO *text = BIO_new(BIO_s_mem());
    struct gateway_crl_file crl;

    (void)state;
    put_list(text, NOW + DAY);
    put_list(text, 0);
    assert_false(parse(text, &crl));
    BIO_free(text);
}

static void the_number_of_lists_is_bounded(void **state)
{
    BIO *text = BIO_new(BIO_s_mem());
    struct gateway_crl_file crl;

    (void)state;
    assert_false(parse(text, &crl));
    for (int i = 0; i < GATEWAY_CRL_MAX_COUNT; i++)
        put_list(text, NOW + DAY);
    assert_true(parse(text, &crl));
    assert_int_equal(GATEWAY_CRL_MAX_COUNT, crl.count);
    gateway_crl_file_cleanup(&crl);
    put_list(text, NOW + DAY);
    assert_false(parse(text, &crl));
    BIO_free(text);
}

static void a_malformed_list_after_a_good_one_is_refused(void **state)
{
    static const char *const tails[] = {
        "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n",
        "-----BEGIN X509 CRL-----\nAAAA\n",
        "-----BEGIN X509 CRL-----\n!\n-----END X509 CRL-----\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        BIO *text = BIO_new(BIO_s_mem());
        struct gateway_crl_file crl;

        put_list(text, NOW + DAY);
        assert_true(BIO_puts(text, tails[i]) > 0);
        assert_false(parse(text, &crl));
        BIO_free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_told_in_the_order_in_which_they_end),
        cmocka_unit_test(a_list_without_an_end_is_refused),
        cmocka_unit_test(the_number_of_lists_is_bounded),
        cmocka_unit_test(a_malformed_list_after_a_good_one_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
