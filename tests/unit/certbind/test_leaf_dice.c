/* DICE evidence in certificates: real ones, each binding broken alone, and beside the platform's.
 */
#include <stdlib.h>
#include <string.h>

#include "certbind/leaf.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/dice_sample.h"
#include "tests/unit/certbind/fixture.h"

#define DIR "attested-tls/tcg-dice-certs/"

static const char *const real[] = {DIR "gramine-cert.pem", DIR "intel-sgxsdk-cert.pem",
                                   DIR "rats-tls-cert.pem"};

enum { REAL = sizeof real / sizeof real[0], REPORT_DATA_SGX = 368, REPORT_DATA_TD = 568 };

/* The leaf's DICE evidence is a copy that a test may change. */
struct sample {
    uint8_t *der;
    struct certbind_leaf leaf;
    uint8_t *bytes;
};

static void open_sample(struct sample *s, const char *path)
{
    size_t len;

    s->der = fixture_certificate_der(path, &len);
    assert_int_equal(CERTBIND_OK, certbind_leaf_parse(certbind_bytes(s->der, len), &s->leaf, NULL));
    s->bytes = malloc(s->leaf.dice.len + 1);
    assert_non_null(s->bytes);
    if (s->leaf.has_dice)
        memcpy(s->bytes, s->leaf.dice.data, s->leaf.dice.len);
    s->leaf.dice.data = s->bytes;
}

static void close_sample(struct sample *s)
{
    certbind_leaf_cleanup(&s->leaf);
    free(s->bytes);
    free(s->der);
}

static certbind_status check(const struct sample *s)
{
    struct certbind_leaf_evidence found;

    return certbind_leaf_check_dice(&s->leaf, &found, NULL);
}

static certbind_status connection(const struct sample *s)
{
    struct certbind_leaf_evidence found;
    const certbind_status status = certbind_leaf_check_evidence(&s->leaf, &found, NULL);

    certbind_leaf_evidence_cleanup(&found);
    return status;
}

static void real_certificates_are_bound_to_their_keys(void **state)
{
    (void)state;
    for (int i = 0; i < REAL; i++) {
        struct certbind_leaf_evidence found;
        struct sample s;

        open_sample(&s, real[i]);
        assert_int_equal(CERTBIND_OK, certbind_leaf_check_dice(&s.leaf, &found, NULL));
        assert_int_equal(CERTBIND_BODY_SGX, found.dice_quote.body_type);
        assert_int_equal(i == 2 ? 2 : 0, found.dice.other_claims);
        assert_int_equal(CERTBIND_E_CERT_EVIDENCE_DICE, connection(&s));
        s.leaf.spki.len--;
        assert_int_equal(CERTBIND_E_CERT_EVIDENCE_REPORT_DATA, check(&s));
        s.leaf.has_dice = false;
        assert_int_equal(CERTBIND_E_CERT_EVIDENCE_MISSING, check(&s));
        assert_int_equal(CERTBIND_E_CERT_EVIDENCE_MISSING, connection(&s));
        close_sample(&s);
    }
}

static void every_byte_of_the_claims_counts(void **state)
{
    (void)state;
    for (int i = 0; i < REAL; i++) {
        struct certbind_dice dice;
        struct sample s;
        size_t from;

        open_sample(&s, real[i]);
        assert_int_equal(CERTBIND_OK, certbind_dice_parse(s.leaf.dice, &dice, NULL));
        from = (size_t)(dice.claims.data - s.bytes) - 2;
        for (size_t at = 0; at < s.leaf.dice.len; at++) {
            if (at == 7) /* behind tag, array and length: the quote, which others judge */
                at = from;
            s.bytes[at] ^= 1;
            assert_int_not_equal(CERTBIND_OK, check(&s));
            s.bytes[at] ^= 1;
        }
        for (size_t n = 0; n < s.leaf.dice.len; n++) {
            struct certbind_dice cut;

            assert_int_equal(CERTBIND_E_CERT_EVIDENCE,
                             certbind_dice_parse(certbind_bytes(s.bytes, n), &cut, NULL));
        }
        close_sample(&s);
    }
}

static void all_64_bytes_of_report_data_count(void **state)
{
    struct certbind_dice dice;
    struct sample s;

    (void)state;
    open_sample(&s, real[0]);
    assert_int_equal(CERTBIND_OK, certbind_dice_parse(s.leaf.dice, &dice, NULL));
    for (size_t i = 0; i < CERTBIND_REPORT_DATA_LEN; i++) {
        uint8_t *byte = s.bytes + (dice.quote.data - s.bytes) + REPORT_DATA_SGX + i;

        *byte ^= 1;
        assert_int_equal(CERTBIND_E_CERT_EVIDENCE_REPORT_DATA, check(&s));
        *byte ^= 1;
    }
    s.bytes[dice.quote.data - s.bytes] = 9; /* the version */
    assert_int_equal(CERTBIND_E_CERT_EVIDENCE, check(&s));
    close_sample(&s);
}

static void other_evidence_is_not_taken_for_it(void **state)
{
    static const uint8_t oid[] = {0x06, 6, 0x67, 0x81, 0x05, 0x05, 0x04, 0x09};
    struct certbind_leaf leaf;
    struct sample s;
    size_t len;
    uint8_t *der = fixture_certificate_der(real[0], &len);
    uint8_t *at = memmem(der, len, oid, sizeof oid);

    (void)state;
    assert_non_null(at);
    at[sizeof oid - 1] = 8; /* an extension whose OID is as long */
    assert_int_equal(CERTBIND_OK, certbind_leaf_parse(certbind_bytes(der, len), &leaf, NULL));
    assert_false(leaf.has_dice);
    certbind_leaf_cleanup(&leaf);
    free(der);
    open_sample(&s, real[0]);
    s.bytes[2] = 0x61; /* the tag of a report, which is no quote */
    assert_int_equal(CERTBIND_E_CERT_EVIDENCE_PLATFORM, check(&s));
    close_sample(&s);
}

static void a_hash_of_no_known_algorithm_proves_nothing(void **state)
{
    struct certbind_dice dice;
    struct certbind_quote quote;
    struct sample s;

    (void)state;
    open_sample(&s, real[0]);
    assert_int_equal(CERTBIND_OK, certbind_dice_parse(s.leaf.dice, &dice, NULL));
    assert_int_equal(CERTBIND_OK, certbind_dice_check(&dice, s.leaf.spki, &quote, NULL));
    dice.hash = (enum certbind_dice_hash)0;
    dice.key_hash.len = 0; /* as long as a hash of no algorithm */
    assert_int_equal(CERTBIND_E_INTERNAL, certbind_dice_check(&dice, s.leaf.spki, &quote, NULL));
    assert_int_equal(0, quote.version);
    close_sample(&s);
}

/* DICE evidence for the leaf's key with a quote, its report data put in; hash 1, 7 or 8. */
static uint8_t *make_dice(const struct certbind_leaf *leaf, struct certbind_bytes from,
                          unsigned hash, size_t *len)
{
    const size_t report_data = from.data[0] == 3 ? REPORT_DATA_SGX : REPORT_DATA_TD;
    uint8_t *quote = malloc(from.len);
    uint8_t *claims = dice_sample_claims(leaf->spki, hash, len);
    const struct certbind_bytes view = certbind_bytes(claims, *len);
    uint8_t *out;

    assert_non_null(quote);
    memcpy(quote, from.data, from.len);
    dice_sample_report_data(view, quote + report_data);
    out = dice_sample_encode(certbind_bytes(quote, from.len), view, len);
    free(claims);
    free(quote);
    return out;
}

static void beside_other_evidence_it_must_hold_too(void **state)
{
    static const unsigned hashes[] = {1, 7, 8};
    struct sample s, sgx;
    struct certbind_dice enclave;
    uint8_t *dice;
    size_t len;

    (void)state;
    open_sample(&s, "dstack/ratls-certs/ratls-legacy-oids.crt.pem");
    open_sample(&sgx, real[0]);
    s.leaf.has_dice = true;
    for (int i = 0; i < 3; i++) {
        struct certbind_leaf_evidence found;

        dice = make_dice(&s.leaf, s.leaf.quote, hashes[i], &len);

        s.leaf.dice = certbind_bytes(dice, len);
        assert_int_equal(CERTBIND_OK, certbind_leaf_check_evidence(&s.leaf, &found, NULL));
        assert_int_equal(CERTBIND_OK, certbind_leaf_same_machine(&found, &found.quote.td,
                                                                 &found.identity, NULL));
        found.dice_quote.td.rtmr[1][0] ^= 1;
        assert_int_equal(
            CERTBIND_E_CERT_EVIDENCE_OTHER_MACHINE,
            certbind_leaf_same_machine(&found, &found.quote.td, &found.identity, NULL));
        certbind_leaf_evidence_cleanup(&found);
        dice[len - 1] ^= 1;
        assert_int_equal(CERTBIND_E_CERT_EVIDENCE_REPORT_DATA, connection(&s));
        free(dice);
    }
    assert_int_equal(CERTBIND_OK, certbind_dice_parse(sgx.leaf.dice, &enclave, NULL));
    dice = make_dice(&s.leaf, enclave.quote, 1, &len);
    s.leaf.dice = certbind_bytes(dice, len);
    assert_int_equal(CERTBIND_OK, check(&s));
    assert_int_equal(CERTBIND_E_CERT_EVIDENCE_DICE, connection(&s));
    free(dice);
    close_sample(&s);
    close_sample(&sgx);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_certificates_are_bound_to_their_keys),
        cmocka_unit_test(every_byte_of_the_claims_counts),
        cmocka_unit_test(all_64_bytes_of_report_data_count),
        cmocka_unit_test(other_evidence_is_not_taken_for_it),
        cmocka_unit_test(a_hash_of_no_known_algorithm_proves_nothing),
        cmocka_unit_test(beside_other_evidence_it_must_hold_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
