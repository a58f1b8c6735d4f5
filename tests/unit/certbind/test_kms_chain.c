/* The chain of a KMS: each rule broken alone. */
#include <string.h>

#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/chain_sample.h"
#include "tests/unit/certbind/fixture.h"

#define NOW UINT64_C(1790000000)

static const uint8_t app_id[20] = {1, 2, 3};
static const uint8_t other_id[20] = {1, 2, 4};

static void open_sample(struct chain_sample *s)
{
    chain_sample_open(s, EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256"), app_id, NOW);
    assert_int_equal(CERTBIND_OK, chain_sample_check(s));
}

static void it_has_three_certificates(void **state)
{
    struct chain_sample s;

    (void)state;
    open_sample(&s);
    for (s.chain.count = 0; s.chain.count < 3; s.chain.count++)
        assert_int_equal(CERTBIND_E_KMS_CHAIN, certbind_kms_chain_check(&s.chain, NULL));
    for (int i = 0; i < CERTBIND_KMS_CHAIN_LEN; i++) {
        s.der[i].len--;
        assert_int_equal(CERTBIND_E_KMS_CHAIN, certbind_kms_chain_check(&s.chain, NULL));
        s.der[i].len++;
    }
    assert_int_equal(CERTBIND_OK, certbind_kms_chain_check(&s.chain, NULL));
    chain_sample_close(&s);
}

static void each_is_issued_by_the_next(void **state)
{
    struct chain_sample s;

    (void)state;
    open_sample(&s);
    for (int i = 0; i < CERTBIND_KMS_CHAIN_LEN; i++) {
        struct chain_knobs *k = &s.knobs[i];
        const struct chain_knobs kept = *k;

        k->signer = i == CHAIN_ROOT ? CHAIN_APP_CA : CHAIN_LEAF;
        assert_int_equal(CERTBIND_E_KMS_CHAIN, chain_sample_check(&s));
        *k = kept;
        k->issuer = "Somebody";
        assert_int_equal(CERTBIND_E_KMS_CHAIN, chain_sample_check(&s));
        *k = kept;
        k->sha384 = true;
        assert_int_equal(CERTBIND_E_KMS_CHAIN, chain_sample_check(&s));
        *k = kept;
    }
    s.chain.root_spki_sha256 = s.root_spki_sha256 + 1;
    assert_int_equal(CERTBIND_E_KMS_ROOT, chain_sample_check(&s));
    chain_sample_close(&s);
}

static void only_cas_issue(void **state)
{
    static const struct {
        enum chain_place place;
        const char *constraints;
        const char *key_usage;
    } cases[] = {
        {CHAIN_ROOT, "critical,CA:TRUE,pathlen:0", "critical,keyCertSign,cRLSign"},
        {CHAIN_ROOT, "critical,CA:FALSE", "critical,keyCertSign,cRLSign"},
        {CHAIN_ROOT, "critical,CA:TRUE", "critical,digitalSignature"},
        {CHAIN_APP_CA, "critical,CA:FALSE", "critical,keyCertSign,cRLSign"},
        {CHAIN_APP_CA, NULL, "critical,keyCertSign,cRLSign"},
        {CHAIN_APP_CA, "critical,CA:TRUE", "critical,digitalSignature"},
        {CHAIN_LEAF, "critical,CA:TRUE", "critical,digitalSignature,keyCertSign"},
    };
    struct chain_sample s;

    (void)state;
    open_sample(&s);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct chain_knobs *k = &s.knobs[cases[i].place];
        const struct chain_knobs kept = *k;

        k->constraints = cases[i].constraints;
        k->key_usage = cases[i].key_usage;
        if (chain_sample_check(&s) != CERTBIND_E_KMS_CHAIN)
            fail_msg("case %zu", i);
        *k = kept;
    }
    chain_sample_close(&s);
}

static void each_is_valid_now(void **state)
{
    struct chain_sample s;

    (void)state;
    open_sample(&s);
    for (int i = 0; i < CERTBIND_KMS_CHAIN_LEN; i++) {
        struct chain_knobs *k = &s.knobs[i];
        const struct chain_knobs kept = *k;

        k->until = (int64_t)NOW - 1;
        assert_int_equal(CERTBIND_E_CERT_VALIDITY, chain_sample_check(&s));
        *k = kept;
        k->from = (int64_t)NOW + 1;
        assert_int_equal(CERTBIND_E_CERT_VALIDITY, chain_sample_check(&s));
        *k = kept;
    }
    chain_sample_close(&s);
}

static void app_id_and_usage_are_those_expected(void **state)
{
    struct chain_sample s;

    (void)state;
    open_sample(&s);
    for (int i = CHAIN_LEAF; i <= CHAIN_APP_CA; i++) {
        struct chain_knobs *k = &s.knobs[i];
        const struct chain_knobs kept = *k;

        k->app_id = certbind_bytes(other_id, sizeof other_id);
        assert_int_equal(CERTBIND_E_KMS_CHAIN_APP, chain_sample_check(&s));
        k->app_id = certbind_bytes(NULL, 0);
        assert_int_equal(CERTBIND_E_KMS_CHAIN_APP, chain_sample_check(&s));
        *k = kept;
        k->usage = i == CHAIN_LEAF ? "app:ca" : "app:custom";
        assert_int_equal(CERTBIND_E_KMS_CHAIN_APP, chain_sample_check(&s));
        k->usage = NULL;
        assert_int_equal(CERTBIND_E_KMS_CHAIN_APP, chain_sample_check(&s));
        *k = kept;
        k->unwrapped = true;
        assert_int_equal(CERTBIND_E_KMS_CHAIN_APP, chain_sample_check(&s));
        *k = kept;
    }
    s.chain.app_id = other_id;
    assert_int_equal(CERTBIND_E_KMS_CHAIN_APP, chain_sample_check(&s));
    chain_sample_close(&s);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_has_three_certificates),
        cmocka_unit_test(each_is_issued_by_the_next),
        cmocka_unit_test(only_cas_issue),
        cmocka_unit_test(each_is_valid_now),
        cmocka_unit_test(app_id_and_usage_are_those_expected),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
