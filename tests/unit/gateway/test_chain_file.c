/* Chains of public authorities: each rule by a chain that breaks it alone. */
#include <stdlib.h>
#include <string.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "certbind/tls_key.h"
#include "gateway/identity/chain_file.h"
#include "tests/support/cmocka_all.h"

enum { NOW = 1790000000, DAY = 86400 };

/* How a certificate is made; zeroed members take the good value. */
struct make {
    const char *subject;
    const char *san; /* NULL: a CA */
    EVP_PKEY *key;
    X509 *issuer; /* NULL: itself */
    EVP_PKEY *issuer_key;
    int64_t from, until;
};

static X509 *certificate(const struct make *m)
{
    X509 *x = X509_new();
    X509_NAME *name = X509_get_subject_name(x);
    X509V3_CTX ctx;
    X509_EXTENSION *e;

    assert_int_equal(1, X509_set_version(x, 2));
    assert_int_equal(1, ASN1_INTEGER_set(X509_get_serialNumber(x), 7));
    assert_int_equal(1, X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                                   (const unsigned char *)m->subject, -1, -1, 0));
    assert_int_equal(
        1, X509_set_issuer_name(x, m->issuer == NULL ? name : X509_get_subject_name(m->issuer)));
    assert_non_null(ASN1_TIME_set(X509_getm_notBefore(x), m->from == 0 ? NOW - DAY : m->from));
    assert_non_null(ASN1_TIME_set(X509_getm_notAfter(x), m->until == 0 ? NOW + DAY : m->until));
    assert_int_equal(1, X509_set_pubkey(x, m->key));
    X509V3_set_ctx_nodb(&ctx);
    e = m->san == NULL ? X509V3_EXT_conf_nid(NULL, &ctx, NID_basic_constraints, "critical,CA:TRUE")
                       : X509V3_EXT_conf_nid(NULL, &ctx, NID_subject_alt_name, m->san);
    assert_non_null(e);
    assert_int_equal(1, X509_add_ext(x, e, -1));
    X509_EXTENSION_free(e);
    assert_true(X509_sign(x, m->issuer == NULL ? m->key : m->issuer_key, EVP_sha256()) > 0);
    return x;
}

struct authority {
    EVP_PKEY *key, *leaf_key, *other_key;
    X509 *root;
    uint8_t spki_sha256[CERTBIND_SHA256_LEN];
};

static void authority_open(struct authority *a)
{
    a->key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    a->leaf_key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    a->other_key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    a->root = certificate(&(struct make){.subject = "root", .key = a->key});
    assert_true(certbind_spki_sha256(a->leaf_key, a->spki_sha256));
}

static void authority_close(struct authority *a)
{
    X509_free(a->root);
    EVP_PKEY_free(a->key);
    EVP_PKEY_free(a->leaf_key);
    EVP_PKEY_free(a->other_key);
}

static X509 *leaf(const struct authority *a, const struct make *more)
{
    struct make m = *more;

    m.subject = "leaf";
    m.san = more->san == NULL ? "DNS:gw.test,DNS:*.gw.test" : more->san;
    m.key = more->key == NULL ? a->leaf_key : more->key;
    m.issuer = a->root;
    m.issuer_key = more->issuer_key == NULL ? a->key : more->issuer_key;
    return certificate(&m);
}

/* The chain of these as PEM, parsed for name. Returns: NULL when it was taken, else why not. */
static const char *refusal(const struct authority *a, X509 *const *list, size_t count,
                           const char *name, const char *more)
{
    static char why[128];
    const struct gateway_chain_demand demand = {name, a->spki_sha256, NOW};
    struct gateway_chain chain;
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    long len;
    bool ok;

    for (size_t i = 0; i < count; i++)
        assert_int_equal(1, PEM_write_bio_X509(bio, list[i]));
    (void)BIO_puts(bio, more);
    len = BIO_get_mem_data(bio, &text);
    ok = gateway_chain_parse(text, (size_t)len, &demand, &chain, why);
    assert_int_equal(ok, chain.len > 0);
    assert_true(!ok || (chain.count == count && chain.not_after == NOW + DAY));
    free(chain.der);
    BIO_free(bio);
    return ok ? NULL : why;
}

static void a_good_chain_is_taken(void **state)
{
    struct authority a;
    X509 *list[2];

    (void)state;
    authority_open(&a);
    list[0] = leaf(&a, &(struct make){0});
    list[1] = a.root;
    assert_null(refusal(&a, list, 1, "gw.test", ""));
    assert_null(refusal(&a, list, 2, "gw.test", ""));
    assert_null(refusal(&a, list, 2, "*.gw.test", ""));
    X509_free(list[0]);
    authority_close(&a);
}

static void each_broken_rule_has_its_sentence(void **state)
{
    struct authority a;

    (void)state;
    authority_open(&a);
    const struct {
        struct make make;
        const char *name;
        const char *why;
    } cases[] = {
        {{.key = a.other_key},
         "gw.test",
         "its first certificate is not for the gateway's current key: see csr"},
        {{0}, "other.test", "its first certificate does not cover the name"},
        {{.san = "DNS:gw.test"}, "*.gw.test", "its first certificate does not cover the name"},
        {{.from = NOW + 1}, "gw.test", "its first certificate is not valid yet"},
        {{.until = NOW - 1}, "gw.test", "its first certificate has expired"},
        {{.issuer_key = a.other_key}, "gw.test", "a certificate is not issued by the one after it"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        X509 *list[2] = {leaf(&a, &cases[i].make), a.root};

        assert_string_equal(cases[i].why, refusal(&a, list, 2, cases[i].name, ""));
        X509_free(list[0]);
    }
    authority_close(&a);
}

static void what_is_no_chain_is_refused(void **state)
{
    static const char not_pem[] = "it is not one to eight certificates in PEM";
    struct authority a;
    X509 *list[9];

    (void)state;
    authority_open(&a);
    for (size_t i = 0; i < 9; i++)
        list[i] = a.root;
    assert_string_equal(not_pem, refusal(&a, list, 0, "gw.test", ""));
    assert_string_equal(not_pem, refusal(&a, list, 0, "gw.test", "nothing"));
    assert_string_equal(not_pem, refusal(&a, list, 9, "gw.test", ""));
    assert_string_equal(not_pem, refusal(&a, list, 1, "gw.test",
                                         "-----BEGIN CERTIFICATE-----\nAAAA\n"
                                         "-----END CERTIFICATE-----\n"));
    authority_close(&a);
}

static void the_exact_name_wins_over_the_wildcard(void **state)
{
    struct gateway_chains *chains = gateway_chains_new(3);

    (void)state;
    assert_non_null(chains);
    chains->list[0] = (struct gateway_chain){.name = "*.gw.test", .len = 1, .der = malloc(1)};
    chains->list[1] = (struct gateway_chain){.name = "a.gw.test", .len = 1, .der = malloc(1)};
    chains->list[2] = (struct gateway_chain){.name = "empty.gw.test"};
    assert_ptr_equal(&chains->list[1], gateway_chains_find(chains, "a.gw.test"));
    assert_ptr_equal(&chains->list[0], gateway_chains_find(chains, "b.gw.test"));
    assert_ptr_equal(&chains->list[0], gateway_chains_find(chains, "empty.gw.test"));
    assert_null(gateway_chains_find(chains, "gw.test"));
    assert_null(gateway_chains_find(chains, "a.b.gw.test"));
    assert_null(gateway_chains_find(chains, ".gw.test"));
    assert_null(gateway_chains_find(chains, NULL));
    assert_null(gateway_chains_find(NULL, "a.gw.test"));
    gateway_chains_unref(chains);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_chain_is_taken),
        cmocka_unit_test(each_broken_rule_has_its_sentence),
        cmocka_unit_test(what_is_no_chain_is_refused),
        cmocka_unit_test(the_exact_name_wins_over_the_wildcard),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
