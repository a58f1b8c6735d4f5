/* Quotes of version 5: the body descriptor, TD reports 1.0 and 1.5, and every confusion of them. */
#include <stdlib.h>
#include <string.h>

#include "certbind/hex.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/dcap_forge.h"
#include "tests/unit/dcap/fixture.h"

/* Offsets in a version 5 quote. */
enum {
    DESCRIPTOR = 48,
    BODY = 54,
    REPORT_DATA = BODY + 520,
    SVN_2 = BODY + 584,
    SERVICE_TD = BODY + 600,
    END_1_0 = BODY + 584,
    END_1_5 = BODY + 648
};

static const enum certbind_quote_body bodies[] = {CERTBIND_BODY_TD_1_0, CERTBIND_BODY_TD_1_5};

static size_t signed_length(enum certbind_quote_body body)
{
    return body == CERTBIND_BODY_TD_1_5 ? END_1_5 : END_1_0;
}

/* A copy of exactly len bytes, so that a sanitizer sees a read past the end. */
static certbind_status parse_copy(const uint8_t *data, size_t len)
{
    uint8_t *copy = malloc(len + (len == 0));
    struct certbind_quote q;
    certbind_status status;

    assert_non_null(copy);
    memcpy(copy, data, len);
    status = certbind_quote_parse(certbind_bytes(copy, len), &q, NULL);
    if (status != CERTBIND_OK)
        assert_true(certbind_is_zero((const uint8_t *)&q, sizeof q));
    free(copy);
    return status;
}

static void the_fields_are_where_the_specification_says(void **state)
{
    struct certbind_quote q;
    struct forge f;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        forge_init_v5(&f, bodies[i]);
        forge_patch(&f, FORGE_SIGNED, BODY + 136, "aa");
        forge_patch(&f, FORGE_SIGNED, BODY + 472, "bb");
        if (bodies[i] == CERTBIND_BODY_TD_1_5) {
            forge_patch(&f, FORGE_SIGNED, SVN_2, "070809");
            forge_patch(&f, FORGE_SIGNED, SERVICE_TD, "cc");
            forge_patch(&f, FORGE_SIGNED, SERVICE_TD + 47, "dd");
        }
        forge_build(&f);
        assert_int_equal(CERTBIND_OK,
                         certbind_quote_parse(certbind_bytes(f.quote, f.quote_len), &q, NULL));
        assert_int_equal(5, q.version);
        assert_int_equal(bodies[i], q.body_type);
        assert_int_equal(CERTBIND_TEE_TDX, q.tee_type);
        assert_int_equal(signed_length(bodies[i]), q.signed_range.len);
        assert_ptr_equal(f.quote, q.signed_range.data);
        assert_int_equal(f.quote_len - f.padding, q.canonical.len);
        assert_hex("05010200000000000000000000000000", q.td.tee_tcb_svn, 16);
        assert_int_equal(0x10000000, q.td.td_attributes);
        assert_int_equal(0x602e7, q.td.xfam);
        assert_int_equal(0xaa, q.td.mrtd[0]);
        assert_int_equal(0xbb, q.td.rtmr[3][0]);
        assert_ptr_equal(f.quote + signed_length(bodies[i]) + 4, q.signature.data);
        assert_memory_equal(f.quote + REPORT_DATA, certbind_quote_report_data(&q), 64);
        if (bodies[i] == CERTBIND_BODY_TD_1_5) {
            assert_hex("07080900000000000000000000000000", q.td.tee_tcb_svn_2, 16);
            assert_int_equal(0xcc, q.td.mr_service_td[0]);
            assert_int_equal(0xdd, q.td.mr_service_td[47]);
        } else {
            assert_true(certbind_is_zero(q.td.tee_tcb_svn_2, 16));
            assert_true(certbind_is_zero(q.td.mr_service_td, 48));
        }
        forge_cleanup(&f);
    }
}

static void both_reports_verify(void **state)
{
    struct forge f;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        forge_init_v5(&f, bodies[i]);
        assert_int_equal(CERTBIND_OK, forge_verify(&f));
        assert_int_equal(5, f.report.quote_version);
        assert_int_equal(bodies[i], f.report.body_type);
        assert_int_equal(CERTBIND_TCB_UP_TO_DATE, f.report.status);
        forge_cleanup(&f);
    }
}

static void every_truncation_is_refused(void **state)
{
    struct forge f;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        forge_init_v5(&f, bodies[i]);
        forge_build(&f);
        for (size_t len = 0; len < f.quote_len - f.padding; len++)
            assert_int_equal(CERTBIND_E_QUOTE_TRUNCATED, parse_copy(f.quote, len));
        for (size_t len = f.quote_len - f.padding; len <= f.quote_len; len++)
            assert_int_equal(CERTBIND_OK, parse_copy(f.quote, len));
        forge_cleanup(&f);
    }
}

/* Signed again after the change: the form alone refuses. */
static void other_descriptors_are_refused(void **state)
{
    static const struct {
        enum certbind_quote_body body;
        size_t at;
        const char *hex;
        certbind_status status;
    } rows[] = {
        {CERTBIND_BODY_TD_1_5, DESCRIPTOR, "0000", CERTBIND_E_QUOTE_FORMAT_UNSUPPORTED},
        {CERTBIND_BODY_TD_1_5, DESCRIPTOR, "0100", CERTBIND_E_WRONG_TEE_TYPE},
        {CERTBIND_BODY_TD_1_5, DESCRIPTOR, "010080010000", CERTBIND_E_WRONG_TEE_TYPE},
        {CERTBIND_BODY_TD_1_5, DESCRIPTOR, "0200", CERTBIND_E_QUOTE_MALFORMED},
        {CERTBIND_BODY_TD_1_0, DESCRIPTOR, "0300", CERTBIND_E_QUOTE_MALFORMED},
        {CERTBIND_BODY_TD_1_5, DESCRIPTOR, "0400", CERTBIND_E_QUOTE_FORMAT_UNSUPPORTED},
        {CERTBIND_BODY_TD_1_5, DESCRIPTOR, "0301", CERTBIND_E_QUOTE_FORMAT_UNSUPPORTED},
        {CERTBIND_BODY_TD_1_5, DESCRIPTOR, "030048020000", CERTBIND_E_QUOTE_MALFORMED},
        {CERTBIND_BODY_TD_1_5, DESCRIPTOR, "030087020000", CERTBIND_E_QUOTE_MALFORMED},
        {CERTBIND_BODY_TD_1_5, DESCRIPTOR, "030089020000", CERTBIND_E_QUOTE_MALFORMED},
        {CERTBIND_BODY_TD_1_5, DESCRIPTOR, "030000000000", CERTBIND_E_QUOTE_MALFORMED},
        {CERTBIND_BODY_TD_1_5, DESCRIPTOR, "030088020001", CERTBIND_E_QUOTE_MALFORMED},
        {CERTBIND_BODY_TD_1_5, DESCRIPTOR, "0300ffffff7f", CERTBIND_E_QUOTE_MALFORMED},
        {CERTBIND_BODY_TD_1_5, DESCRIPTOR, "0300ffffffff", CERTBIND_E_QUOTE_MALFORMED},
        {CERTBIND_BODY_TD_1_0, DESCRIPTOR, "020088020000", CERTBIND_E_QUOTE_MALFORMED},
        {CERTBIND_BODY_TD_1_0, DESCRIPTOR, "020047020000", CERTBIND_E_QUOTE_MALFORMED},
        {CERTBIND_BODY_TD_1_5, 4, "00000000", CERTBIND_E_WRONG_TEE_TYPE},
        {CERTBIND_BODY_TD_1_5, 0, "0600", CERTBIND_E_QUOTE_FORMAT_UNSUPPORTED},
        {CERTBIND_BODY_TD_1_5, 0, "0300", CERTBIND_E_WRONG_TEE_TYPE},
        {CERTBIND_BODY_TD_1_5, 2, "0300", CERTBIND_E_ATTESTATION_KEY_TYPE_UNSUPPORTED},
        {CERTBIND_BODY_TD_1_5, 12, "00", CERTBIND_E_QE_VENDOR_ID_MISMATCH},
    };
    struct forge f;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        forge_init_v5(&f, rows[i].body);
        forge_patch(&f, FORGE_SIGNED, rows[i].at, rows[i].hex);
        assert_int_equal(rows[i].status, forge_verify(&f));
        forge_cleanup(&f);
    }
}

/* A report 1.5 declared as 1.0, consistently: the lengths that follow do not fit. */
static void a_long_body_under_a_short_name_is_refused(void **state)
{
    struct forge f;

    (void)state;
    forge_init_v5(&f, CERTBIND_BODY_TD_1_5);
    forge_patch(&f, FORGE_SIGNED, DESCRIPTOR, "020048020000");
    assert_int_not_equal(CERTBIND_OK, forge_verify(&f));
    forge_cleanup(&f);
    forge_init_v5(&f, CERTBIND_BODY_TD_1_0);
    forge_patch(&f, FORGE_SIGNED, DESCRIPTOR, "030088020000");
    assert_int_not_equal(CERTBIND_OK, forge_verify(&f));
    forge_cleanup(&f);
}

static void versions_are_not_exchangeable(void **state)
{
    struct forge f;

    (void)state;
    forge_init_v5(&f, CERTBIND_BODY_TD_1_0);
    forge_patch(&f, FORGE_SIGNED, 0, "0400");
    assert_int_not_equal(CERTBIND_OK, forge_verify(&f));
    forge_cleanup(&f);
    forge_init(&f);
    forge_patch(&f, FORGE_SIGNED, 0, "0500");
    assert_int_not_equal(CERTBIND_OK, forge_verify(&f));
    forge_cleanup(&f);
}

static void every_wrong_size_is_refused(void **state)
{
    static const struct {
        size_t at, width;
    } fields[] = {{END_1_5, 4}, {END_1_5 + 4 + 130, 4}, {END_1_5 + 4 + 582, 2}};
    struct forge f;

    (void)state;
    forge_init_v5(&f, CERTBIND_BODY_TD_1_5);
    forge_build(&f);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        uint8_t *at = f.quote + fields[i].at;
        uint8_t saved[4];
        uint32_t good = (uint32_t)at[0] | (uint32_t)at[1] << 8;
        const uint32_t bad[] = {0, good - 1, good + 1, 0x7fffffff, 0xffffffff, 0x8000};

        memcpy(saved, at, sizeof saved);
        for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++) {
            for (size_t b = 0; b < fields[i].width; b++)
                at[b] = (uint8_t)(bad[k] >> (8 * b));
            assert_int_not_equal(CERTBIND_OK, parse_copy(f.quote, f.quote_len));
        }
        memcpy(at, saved, sizeof saved);
        assert_int_equal(CERTBIND_OK, parse_copy(f.quote, f.quote_len));
    }
    forge_cleanup(&f);
}

/* A signature over header and body alone would leave the descriptor to whoever carries the quote.
 */
static void the_signature_covers_the_descriptor(void **state)
{
    uint8_t without[END_1_5 - 6];
    struct forge f;

    (void)state;
    forge_init_v5(&f, CERTBIND_BODY_TD_1_5);
    forge_build(&f);
    assert_int_equal(CERTBIND_OK, forge_verify_built(&f));
    memcpy(without, f.quote, DESCRIPTOR);
    memcpy(without + DESCRIPTOR, f.quote + BODY, sizeof without - DESCRIPTOR);
    forge_sign(f.attestation_key, without, sizeof without, f.quote + END_1_5 + 4);
    assert_int_equal(CERTBIND_E_QUOTE_SIGNATURE_INVALID, forge_verify_built(&f));
    forge_cleanup(&f);
}

static void no_byte_of_the_quote_may_change(void **state)
{
    struct certbind_collateral *collateral = NULL;
    static struct certbind_dcap_report report;
    struct forge f;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        forge_init_v5(&f, bodies[i]);
        f.policy.accept = UINT32_MAX;
        assert_int_equal(CERTBIND_OK, forge_verify(&f));
        assert_int_equal(CERTBIND_OK, certbind_collateral_new(certbind_text(f.bundle),
                                                              certbind_bytes(f.root, f.root_len),
                                                              f.now, &collateral, NULL));
        /* All of the part that differs from version 4, every seventh byte of the rest. */
        for (size_t at = 0; at < f.quote_len; at += at < END_1_5 + 4 ? 1 : 7) {
            f.quote[at] ^= (uint8_t)(1u << (at % 8));
            if (certbind_dcap_verify(certbind_bytes(f.quote, f.quote_len), collateral, f.now,
                                     &f.policy, &report, NULL) == CERTBIND_OK ||
                report.verified)
                fail_msg("byte %zu may be changed", at);
            f.quote[at] ^= (uint8_t)(1u << (at % 8));
        }
        certbind_collateral_free(collateral);
        forge_cleanup(&f);
    }
}

static void a_bound_service_td_needs_permission(void **state)
{
    static const size_t at[] = {SERVICE_TD, SERVICE_TD + 47};
    struct forge f;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        forge_init_v5(&f, CERTBIND_BODY_TD_1_5);
        forge_patch(&f, FORGE_SIGNED, at[i], "01");
        assert_int_equal(CERTBIND_E_MR_SERVICE_TD_SET, forge_verify(&f));
        assert_string_equal("mr-service-td-set", certbind_status_name(f.report.code));
        f.policy.td.allow_migratable = true;
        assert_int_equal(CERTBIND_OK, forge_verify(&f));
        forge_cleanup(&f);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fields_are_where_the_specification_says),
        cmocka_unit_test(both_reports_verify),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(other_descriptors_are_refused),
        cmocka_unit_test(a_long_body_under_a_short_name_is_refused),
        cmocka_unit_test(versions_are_not_exchangeable),
        cmocka_unit_test(every_wrong_size_is_refused),
        cmocka_unit_test(the_signature_covers_the_descriptor),
        cmocka_unit_test(no_byte_of_the_quote_may_change),
        cmocka_unit_test(a_bound_service_td_needs_permission),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
