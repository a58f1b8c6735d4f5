#include <string.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "certbind/digest.h"
#include "tests/simulator/quote.h"
#include "tests/unit/simulator/fixture.h"

/* Offsets of a version 4 quote with 32 bytes of QE auth data. */
enum {
    AT_TD_ATTRIBUTES = 168,
    AT_MRTD = 184,
    AT_MRCONFIGID = 232,
    AT_RTMR0 = 376,
    AT_RTMR3 = 520,
    AT_REPORT_DATA = 568,
    AT_SIG_DATA_LEN = 632,
    AT_SIGNATURE = 636,
    AT_KEY = 700,
    AT_OUTER_TYPE = 764,
    AT_QE_REPORT = 770,
    AT_QE_SIGNATURE = 1154,
    AT_AUTH_LEN = 1218,
    AT_INNER_TYPE = 1252,
    AT_PEM = 1258
};

struct world {
    struct sim_platform platform;
    struct sim_pki pki;
    struct sim_td td;
    struct sim_quoter quoter;
    struct sim_buffer quote;
    uint8_t report_data[64];
};

static int setup(void **state)
{
    static struct world w;
    struct sim_seed seed = seed_of(SIM_SEED_DEFAULT);

    memset(&w, 0, sizeof w);
    boot_td(&w.td, NULL);
    assert_true(sim_platform_init(&w.platform, &seed));
    assert_true(sim_pki_init(&w.pki, &seed, &w.platform));
    assert_true(sim_quoter_init(&w.quoter, &w.platform, &w.pki));
    memset(w.report_data, 0xab, sizeof w.report_data);
    assert_true(sim_quote_make(&w.quoter, &w.td, w.report_data, &w.quote));
    *state = &w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;

    sim_buffer_cleanup(&w->quote);
    sim_pki_cleanup(&w->pki);
    sim_td_cleanup(&w->td);
    return 0;
}

static uint32_t number_at(const struct world *w, size_t at, size_t len)
{
    uint32_t value = 0;

    for (size_t i = len; i-- > 0;)
        value = value << 8 | w->quote.data[at + i];
    return value;
}

static void fields_stand_where_the_format_says(void **state)
{
    const struct world *w = *state;
    const uint8_t *q = w->quote.data;

    assert_int_equal(4, number_at(w, 0, 2));
    assert_int_equal(2, number_at(w, 2, 2));
    assert_int_equal(0x81, number_at(w, 4, 4));
    assert_hex("939a7233f79c4ca9940a0db3957f0607", q + 12, 16);
    assert_int_equal(SIM_TD_ATTRIBUTES, number_at(w, AT_TD_ATTRIBUTES, 4));
    assert_memory_equal(w->td.mrtd, q + AT_MRTD, 48);
    assert_memory_equal(w->td.mr_config_id, q + AT_MRCONFIGID, 48);
    assert_memory_equal(w->td.log.rtmr[0], q + AT_RTMR0, 48);
    assert_memory_equal(w->td.log.rtmr[3], q + AT_RTMR3, 48);
    assert_memory_equal(w->report_data, q + AT_REPORT_DATA, 64);
    assert_int_equal(6, number_at(w, AT_OUTER_TYPE, 2));
    assert_int_equal(32, number_at(w, AT_AUTH_LEN, 2));
    assert_int_equal(5, number_at(w, AT_INNER_TYPE, 2));
}

static void lengths_add_up_and_the_rest_is_zero(void **state)
{
    const struct world *w = *state;
    size_t signature_data = number_at(w, AT_SIG_DATA_LEN, 4);
    size_t outer = number_at(w, AT_OUTER_TYPE + 2, 4);
    size_t inner = number_at(w, AT_INNER_TYPE + 2, 4);

    assert_int_equal(134 + outer, signature_data);
    assert_int_equal(456 + 32 + inner, outer);
    assert_int_equal(AT_PEM + inner, AT_SIGNATURE + signature_data);
    assert_int_equal(AT_SIGNATURE + signature_data + SIM_QUOTE_PADDING, w->quote.len);
    assert_true(certbind_is_zero(w->quote.data + AT_SIGNATURE + signature_data, SIM_QUOTE_PADDING));
    assert_memory_equal("-----BEGIN", w->quote.data + AT_PEM, 10);
    assert_int_equal(0, w->quote.data[AT_PEM + inner - 1]);
}

static void assert_signed(EVP_PKEY *key, const uint8_t signature[64], const uint8_t *data,
                          size_t len)
{
    struct sim_buffer der = {0};
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();

    sim_p256_put_signature(&der, signature);
    assert_int_equal(1, EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key));
    assert_int_equal(1, EVP_DigestVerify(ctx, der.data, der.len, data, len));
    EVP_MD_CTX_free(ctx);
    sim_buffer_cleanup(&der);
}

static void the_attestation_key_signs_and_the_qe_vouches_for_it(void **state)
{
    const struct world *w = *state;
    const uint8_t *q = w->quote.data;
    uint8_t spki[SIM_P256_SPKI_LEN];
    const uint8_t *at = spki;
    struct certbind_bytes parts[] = {certbind_bytes(q + AT_KEY, 64),
                                     certbind_bytes(q + AT_AUTH_LEN + 2, 32)};
    uint8_t binding[32];
    EVP_PKEY *key;

    sim_p256_spki(&w->quoter.attestation_key, spki);
    key = d2i_PUBKEY(NULL, &at, sizeof spki);
    assert_signed(key, q + AT_SIGNATURE, q, AT_SIG_DATA_LEN);
    EVP_PKEY_free(key);
    assert_true(certbind_sha256_parts(parts, 2, binding));
    assert_memory_equal(binding, q + AT_QE_REPORT + 320, 32);
    assert_true(certbind_is_zero(q + AT_QE_REPORT + 352, 32));
}

static void the_pck_in_the_quote_signs_the_qe_report(void **state)
{
    const struct world *w = *state;
    const uint8_t *q = w->quote.data;
    BIO *bio = BIO_new_mem_buf(q + AT_PEM, (int)number_at(w, AT_INNER_TYPE + 2, 4));
    X509 *pck = PEM_read_bio_X509(bio, NULL, NULL, NULL);

    assert_non_null(pck);
    assert_signed(X509_get0_pubkey(pck), q + AT_QE_SIGNATURE, q + AT_QE_REPORT, 384);
    X509_free(pck);
    BIO_free(bio);
}

static void every_start_has_another_attestation_key(void **state)
{
    struct world *w = *state;
    struct sim_quoter other;

    assert_true(sim_quoter_init(&other, &w->platform, &w->pki));
    assert_memory_not_equal(w->quoter.attestation_key.point, other.attestation_key.point,
                            SIM_P256_POINT_LEN);
}

static void version_5_has_a_descriptor_and_a_report_1_5(void **state)
{
    struct world *w = *state;
    struct sim_buffer made = {0};
    uint8_t spki[SIM_P256_SPKI_LEN];
    const uint8_t *at = spki;
    const uint8_t *q;
    EVP_PKEY *key;

    w->quoter.version = 5;
    assert_true(sim_quote_make(&w->quoter, &w->td, w->report_data, &made));
    w->quoter.version = 4;
    q = made.data;
    assert_hex("0500", q, 2);
    assert_hex("030088020000", q + 48, 6);
    assert_memory_equal(w->quote.data + 48, q + 54, 584);
    assert_memory_equal(w->platform.tee_tcb_svn, q + 54 + 584, 16);
    assert_true(certbind_is_zero(q + 54 + 600, 48));
    sim_p256_spki(&w->quoter.attestation_key, spki);
    key = d2i_PUBKEY(NULL, &at, sizeof spki);
    assert_signed(key, q + SIM_QUOTE_5_SIGNED_LEN + 4, q, SIM_QUOTE_5_SIGNED_LEN);
    EVP_PKEY_free(key);
    sim_buffer_cleanup(&made);
}

static void an_old_launch_differs_in_one_byte(void **state)
{
    struct world *w = *state;
    struct sim_buffer made = {0};

    w->quoter.old_launch = true;
    assert_true(sim_quote_make(&w->quoter, &w->td, w->report_data, &made));
    w->quoter.old_launch = false;
    assert_int_equal(SIM_TDX_MODULE_OLD_ISVSVN, made.data[48]);
    assert_int_equal(SIM_TDX_MODULE_ISVSVN, w->quote.data[48]);
    assert_memory_equal(w->quote.data + 49, made.data + 49, AT_SIG_DATA_LEN - 49);
    sim_buffer_cleanup(&made);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_stand_where_the_format_says),
        cmocka_unit_test(lengths_add_up_and_the_rest_is_zero),
        cmocka_unit_test(the_attestation_key_signs_and_the_qe_vouches_for_it),
        cmocka_unit_test(the_pck_in_the_quote_signs_the_qe_report),
        cmocka_unit_test(version_5_has_a_descriptor_and_a_report_1_5),
        cmocka_unit_test(an_old_launch_differs_in_one_byte),
        cmocka_unit_test(every_start_has_another_attestation_key),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
