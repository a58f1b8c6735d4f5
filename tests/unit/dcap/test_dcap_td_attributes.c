/* Row 24 and the td part of the policy: how the TD, its module or the enclave was launched. */
#include <string.h>

#include "certbind/dcap/td_attributes.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/dcap_forge.h"

/* Offsets in a version 4 quote. */
enum { MRSIGNERSEAM = 112, SEAMATTRIBUTES = 160, TDATTRIBUTES = 168, XFAM = 176 };

static struct forge f;

static int start(void **state)
{
    (void)state;
    forge_init(&f);
    return 0;
}

static int end(void **state)
{
    (void)state;
    forge_cleanup(&f);
    return 0;
}

static certbind_status with_attributes(uint64_t attributes)
{
    char hex[17];

    for (size_t i = 0; i < 8; i++)
        snprintf(hex + 2 * i, 3, "%02x", (unsigned)(attributes >> (8 * i)) & 0xff);
    memset(f.patch, 0, sizeof f.patch);
    forge_patch(&f, FORGE_SIGNED, TDATTRIBUTES, hex);
    return forge_verify(&f);
}

static void every_attribute_bit_has_its_rule(void **state)
{
    (void)state;
    for (unsigned bit = 0; bit < 64; bit++) {
        uint64_t attributes = UINT64_C(0x10000000) ^ (UINT64_C(1) << bit);
        certbind_status expected = CERTBIND_E_TD_ATTRIBUTES_RESERVED_BIT_SET;

        if (bit == 0)
            expected = CERTBIND_E_TD_ATTRIBUTES_DEBUG_SET;
        else if (bit == 28)
            expected = CERTBIND_E_TD_ATTRIBUTES_SEPT_VE_CLEAR;
        else if (bit == 29)
            expected = CERTBIND_E_TD_ATTRIBUTES_MIGRATABLE;
        else if (bit == 30 || bit == 31)
            expected = CERTBIND_OK;
        else if (bit == 63)
            expected = CERTBIND_E_TD_ATTRIBUTES_PERFMON;
        assert_int_equal(expected, with_attributes(attributes));
    }
}

static void each_permission_permits_its_bit_alone(void **state)
{
    (void)state;
    f.policy.td.allow_debug = true;
    assert_int_equal(CERTBIND_OK, with_attributes(0x10000001));
    assert_int_equal(CERTBIND_E_TD_ATTRIBUTES_RESERVED_BIT_SET, with_attributes(0x10000003));
    assert_int_equal(CERTBIND_E_TD_ATTRIBUTES_MIGRATABLE, with_attributes(0x30000000));
    f.policy.td.allow_migratable = true;
    assert_int_equal(CERTBIND_OK, with_attributes(0x30000000));
    assert_int_equal(CERTBIND_E_TD_ATTRIBUTES_PERFMON, with_attributes(0x8000000010000000));
    f.policy.td.allow_perfmon = true;
    assert_int_equal(CERTBIND_OK, with_attributes(0x8000000010000000));
}

static void fixed_attributes_must_be_equal(void **state)
{
    (void)state;
    f.policy.td.check_attributes = true;
    f.policy.td.attributes = 0x10000000;
    assert_int_equal(CERTBIND_OK, with_attributes(0x10000000));
    assert_int_equal(CERTBIND_E_TD_ATTRIBUTES_MISMATCH, with_attributes(0x50000000));
    f.policy.td.attributes = 0;
    assert_int_equal(CERTBIND_E_TD_ATTRIBUTES_MISMATCH, with_attributes(0x10000000));
}

static void a_failed_attribute_leaves_the_other_steps_passed(void **state)
{
    (void)state;
    assert_int_equal(CERTBIND_E_TD_ATTRIBUTES_DEBUG_SET, with_attributes(0x10000001));
    assert_false(f.report.verified);
    assert_int_equal(CERTBIND_PASSED, f.report.quote);
    assert_int_equal(CERTBIND_PASSED, f.report.collateral);
    assert_int_equal(CERTBIND_PASSED, f.report.tcb);
    assert_int_equal(CERTBIND_FAILED, f.report.td_attributes);
}

static void xfam_needs_its_two_bits(void **state)
{
    (void)state;
    forge_patch(&f, FORGE_SIGNED, XFAM, "e6");
    assert_int_equal(CERTBIND_E_XFAM_REQUIRED_BIT_CLEAR, forge_verify(&f));
}

static void a_fixed_xfam_must_be_equal(void **state)
{
    (void)state;
    f.policy.td.check_xfam = true;
    f.policy.td.xfam = 0x602e7;
    assert_int_equal(CERTBIND_OK, forge_verify(&f));
    f.policy.td.xfam = 0x602e6;
    assert_int_equal(CERTBIND_E_XFAM_MISMATCH, forge_verify(&f));
}

static void the_module_has_intels_signer(void **state)
{
    (void)state;
    forge_patch(&f, FORGE_SIGNED, MRSIGNERSEAM + 47, "01");
    assert_int_equal(CERTBIND_E_MR_SIGNER_SEAM_MISMATCH, forge_verify(&f));
}

static void the_module_has_the_attributes_of_its_identity(void **state)
{
    (void)state;
    forge_patch(&f, FORGE_SIGNED, SEAMATTRIBUTES, "01");
    assert_int_equal(CERTBIND_E_SEAM_ATTRIBUTES_MISMATCH, forge_verify(&f));
}

static void seam_attributes_outside_the_mask_must_be_zero(void **state)
{
    (void)state;
    forge_patch(&f, FORGE_SIGNED, SEAMATTRIBUTES, "01");
    forge_edit_tcb(&f, "\"attributesMask\":\"FFFFFFFFFFFFFFFF\",\"tcbLevels\"",
                   "\"attributesMask\":\"0000000000000000\",\"tcbLevels\"");
    assert_int_equal(CERTBIND_E_SEAM_ATTRIBUTES_MISMATCH, forge_verify(&f));
}

static void the_module_must_be_in_the_policys_list(void **state)
{
    static const uint8_t modules[2][CERTBIND_MR_LEN] = {{1}, {0}};

    (void)state;
    f.policy.td.mr_seam = modules;
    f.policy.td.mr_seam_count = 2;
    assert_int_equal(CERTBIND_OK, forge_verify(&f));
    f.policy.td.mr_seam_count = 1;
    assert_int_equal(CERTBIND_E_MR_SEAM_NOT_ALLOWED, forge_verify(&f));
}

static void a_bound_service_td_is_refused(void **state)
{
    struct certbind_td_report td = {.td_attributes = 0x10000000, .xfam = 3};
    struct certbind_td_policy policy = {0};

    (void)state;
    assert_int_equal(CERTBIND_OK, certbind_td_check_attributes(&td, &policy, NULL));
    td.mr_service_td[47] = 1;
    assert_int_equal(CERTBIND_E_MR_SERVICE_TD_SET,
                     certbind_td_check_attributes(&td, &policy, NULL));
    policy.allow_migratable = true;
    assert_int_equal(CERTBIND_OK, certbind_td_check_attributes(&td, &policy, NULL));
}

static void an_enclave_is_initialised_and_not_in_debug_mode(void **state)
{
    (void)state;
    forge_cleanup(&f);
    forge_init_sgx(&f);
    forge_patch(&f, FORGE_SIGNED, 48 + 48, "07");
    assert_int_equal(CERTBIND_E_ENCLAVE_DEBUG, forge_verify(&f));
    f.policy.td.allow_debug = true;
    assert_int_equal(CERTBIND_OK, forge_verify(&f));
    forge_patch(&f, FORGE_SIGNED, 48 + 48, "04");
    assert_int_equal(CERTBIND_E_ENCLAVE_NOT_INITIALISED, forge_verify(&f));
}

#define WITH_FORGE(test) cmocka_unit_test_setup_teardown(test, start, end)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        WITH_FORGE(every_attribute_bit_has_its_rule),
        WITH_FORGE(each_permission_permits_its_bit_alone),
        WITH_FORGE(fixed_attributes_must_be_equal),
        WITH_FORGE(a_failed_attribute_leaves_the_other_steps_passed),
        WITH_FORGE(xfam_needs_its_two_bits),
        WITH_FORGE(a_fixed_xfam_must_be_equal),
        WITH_FORGE(the_module_has_intels_signer),
        WITH_FORGE(the_module_has_the_attributes_of_its_identity),
        WITH_FORGE(seam_attributes_outside_the_mask_must_be_zero),
        WITH_FORGE(the_module_must_be_in_the_policys_list),
        WITH_FORGE(a_bound_service_td_is_refused),
        WITH_FORGE(an_enclave_is_initialised_and_not_in_debug_mode),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
