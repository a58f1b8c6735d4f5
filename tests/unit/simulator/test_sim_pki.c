#include <string.h>

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include "tests/simulator/collateral.h"
#include "tests/unit/simulator/fixture.h"

#define NOW 1790000000

struct world {
    struct sim_platform platform;
    struct sim_pki pki;
    struct sim_collateral collateral;
};

static void make_world(struct world *w, const char *seed_hex, enum sim_revoke revoke)
{
    struct sim_seed seed = seed_of(seed_hex);
    struct sim_collateral_options options = {.tcb_status = "UpToDate", .revoke = revoke};

    memset(w, 0, sizeof *w);
    assert_true(sim_platform_init(&w->platform, &seed));
    assert_true(sim_pki_init(&w->pki, &seed, &w->platform));
    assert_true(sim_collateral_issue(&w->collateral, &w->pki, &w->platform, &options, NOW));
}

static void free_world(struct world *w)
{
    sim_collateral_cleanup(&w->collateral);
    sim_pki_cleanup(&w->pki);
}

static STACK_OF(X509) * read_chain(const struct sim_buffer *pem)
{
    BIO *bio = BIO_new_mem_buf(pem->data, (int)pem->len);
    STACK_OF(X509) *chain = sk_X509_new_null();
    X509 *x;

    while ((x = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL)
        (void)sk_X509_push(chain, x);
    BIO_free(bio);
    return chain;
}

static X509_CRL *read_crl(const struct sim_buffer *der)
{
    const uint8_t *at = der->data;
    X509_CRL *crl = d2i_X509_CRL(NULL, &at, (long)der->len);

    assert_non_null(crl);
    assert_ptr_equal(der->data + der->len, at);
    return crl;
}

/* Returns: the X509_V_ code of the chain under the root, with both CRLs, strictly. */
static int verify(struct world *w, const struct sim_buffer *pem)
{
    STACK_OF(X509) *chain = read_chain(pem);
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    X509_CRL *crls[2] = {read_crl(&w->collateral.root_crl), read_crl(&w->collateral.pck_crl)};
    const uint8_t *at = w->pki.root_der.data;
    X509 *root = d2i_X509(NULL, &at, (long)w->pki.root_der.len);
    int code;

    assert_non_null(root);
    assert_true(sk_X509_num(chain) >= 2);
    (void)X509_STORE_add_cert(store, root);
    for (size_t i = 0; i < 2; i++) {
        (void)X509_STORE_add_crl(store, crls[i]);
        X509_CRL_free(crls[i]);
    }
    (void)X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL |
                                          X509_V_FLAG_X509_STRICT);
    X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), NOW);
    (void)X509_STORE_CTX_init(ctx, store, sk_X509_value(chain, 0), chain);
    (void)X509_verify_cert(ctx);
    code = X509_STORE_CTX_get_error(ctx);
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    X509_free(root);
    sk_X509_pop_free(chain, X509_free);
    return code;
}

static void openssl_accepts_both_chains_with_both_crls(void **state)
{
    struct world w;

    (void)state;
    make_world(&w, SIM_SEED_DEFAULT, SIM_REVOKE_NONE);
    assert_int_equal(X509_V_OK, verify(&w, &w.pki.pck_chain));
    assert_int_equal(X509_V_OK, verify(&w, &w.pki.tcb_issuer_chain));
    free_world(&w);
}

static void revoked_certificates_are_on_their_issuers_list(void **state)
{
    struct world w;

    (void)state;
    make_world(&w, SIM_SEED_DEFAULT, SIM_REVOKE_PCK);
    assert_int_equal(X509_V_ERR_CERT_REVOKED, verify(&w, &w.pki.pck_chain));
    assert_int_equal(X509_V_OK, verify(&w, &w.pki.pck_issuer_chain));
    free_world(&w);
    make_world(&w, SIM_SEED_DEFAULT, SIM_REVOKE_PLATFORM_CA);
    assert_int_equal(X509_V_ERR_CERT_REVOKED, verify(&w, &w.pki.pck_issuer_chain));
    assert_int_equal(X509_V_OK, verify(&w, &w.pki.tcb_issuer_chain));
    free_world(&w);
}

static void one_seed_is_one_root_and_two_are_two(void **state)
{
    struct world a;
    struct world again;
    struct world b;

    (void)state;
    make_world(&a, SIM_SEED_DEFAULT, SIM_REVOKE_NONE);
    make_world(&again, SIM_SEED_DEFAULT, SIM_REVOKE_NONE);
    make_world(&b, "02", SIM_REVOKE_NONE);
    assert_true(certbind_bytes_equal(sim_buffer_view(&a.pki.pck_chain),
                                     sim_buffer_view(&again.pki.pck_chain)));
    assert_false(
        certbind_bytes_equal(sim_buffer_view(&a.pki.root_der), sim_buffer_view(&b.pki.root_der)));
    /* Another seed's chain ends in another root. */
    assert_int_not_equal(X509_V_OK, verify(&a, &b.pki.pck_chain));
    free_world(&b);
    free_world(&again);
    free_world(&a);
}

static void collateral_is_issued_again_after_a_day(void **state)
{
    struct sim_collateral_options options = {.tcb_status = "OutOfDate", .revoke = SIM_REVOKE_NONE};
    struct world w;

    (void)state;
    make_world(&w, SIM_SEED_DEFAULT, SIM_REVOKE_NONE);
    assert_false(sim_collateral_is_stale(&w.collateral, &options, NOW + SIM_COLLATERAL_REISSUE_S));
    assert_true(
        sim_collateral_is_stale(&w.collateral, &options, NOW + SIM_COLLATERAL_REISSUE_S + 1));
    assert_true(sim_collateral_is_stale(&w.collateral, &options, NOW - 1));
    assert_true(sim_collateral_issue(&w.collateral, &w.pki, &w.platform, &options, NOW + 90000));
    assert_int_equal(NOW + 90000, w.collateral.made_at);
    /* One minute before. */
    assert_non_null(memmem(w.collateral.tcb_info.data, w.collateral.tcb_info.len,
                           "\"issueDate\":\"2026-09-22T15:12:20Z\"", 34));
    options.lifetime_s = 8;
    assert_true(sim_collateral_issue(&w.collateral, &w.pki, &w.platform, &options, NOW));
    assert_non_null(memmem(w.collateral.tcb_info.data, w.collateral.tcb_info.len,
                           "\"nextUpdate\":\"2026-09-21T14:13:28Z\"", 35));
    assert_false(sim_collateral_is_stale(&w.collateral, &options, NOW + 2));
    assert_true(sim_collateral_is_stale(&w.collateral, &options, NOW + 3));
    free_world(&w);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(openssl_accepts_both_chains_with_both_crls),
        cmocka_unit_test(revoked_certificates_are_on_their_issuers_list),
        cmocka_unit_test(one_seed_is_one_root_and_two_are_two),
        cmocka_unit_test(collateral_is_issued_again_after_a_day),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
