#include "ra-tls/seen.h"

#include <string.h>

#include "tests/support/cmocka_all.h"

static struct certbind_collateral_facts facts(uint32_t tcb, uint32_t qe, const char *root_crl,
                                              const char *pck_crl)
{
    struct certbind_collateral_facts f = {
        .tee_type = 0x81, .fmspc = {1}, .tcb_evaluation_number = tcb, .qe_evaluation_number = qe};

    f.root_crl_number.len = strlen(root_crl);
    memcpy(f.root_crl_number.bytes, root_crl, strlen(root_crl));
    f.pck_crl_number.len = strlen(pck_crl);
    memcpy(f.pck_crl_number.bytes, pck_crl, strlen(pck_crl));
    return f;
}

static void no_number_goes_back(void **state)
{
    const struct certbind_collateral_facts first = facts(18, 18, "\x01\x80", "\x05");
    const struct certbind_collateral_facts lower[] = {
        facts(17, 18, "\x01\x80", "\x05"), facts(18, 17, "\x01\x80", "\x05"),
        facts(18, 18, "\x01\x7f", "\x05"), facts(18, 18, "\xff", "\x05"),
        facts(18, 18, "\x01\x80", "\x04"), facts(18, 18, "\x01\x80", ""),
        facts(19, 19, "\x01", "\x06"),
    };
    const struct certbind_collateral_facts newer = facts(19, 19, "\x02\x01", "\x01\x02\x03");
    struct ratls_seen seen;

    (void)state;
    ratls_seen_init(&seen);
    assert_true(ratls_seen_take(&seen, &first));
    for (size_t i = 0; i < sizeof lower / sizeof lower[0]; i++) {
        assert_false(ratls_seen_take(&seen, &lower[i]));
        assert_true(ratls_seen_take(&seen, &first)); /* what was refused left nothing behind */
    }
    assert_true(ratls_seen_take(&seen, &newer));
    assert_false(ratls_seen_take(&seen, &first));
    ratls_seen_cleanup(&seen);
}

/* A revocation list is its authority's, not a platform's: what was seen with one family counts for
 * all others. */
static void revocation_lists_do_not_go_back_with_another_family(void **state)
{
    const struct certbind_collateral_facts first = facts(18, 18, "\x02", "\x05");
    struct certbind_collateral_facts other = facts(18, 18, "\x01", "\x05");
    struct ratls_seen seen;

    (void)state;
    ratls_seen_init(&seen);
    assert_true(ratls_seen_take(&seen, &first));
    other.fmspc[0] = 9;
    assert_false(ratls_seen_take(&seen, &other)); /* the root's */
    other = facts(18, 18, "\x02", "\x04");
    other.fmspc[0] = 9;
    assert_false(ratls_seen_take(&seen, &other)); /* the PCK CA's */
    other.pck_ca_key_sha256[0] = 1;
    assert_true(ratls_seen_take(&seen, &other)); /* another CA counts for itself */
    for (uint8_t i = 2; i < 2 * RATLS_SEEN_PCK_CAS; i++) {
        other.pck_ca_key_sha256[1] = i;
        assert_true(ratls_seen_take(&seen, &other));
    }
    assert_int_equal(RATLS_SEEN_PCK_CAS, seen.pck_ca_count);
    ratls_seen_cleanup(&seen);
}

static void families_of_platforms_do_not_mix(void **state)
{
    const struct certbind_collateral_facts high = facts(18, 18, "\x02", "\x02");
    struct certbind_collateral_facts low = facts(17, 17, "\x02", "\x02");
    struct ratls_seen seen;

    (void)state;
    ratls_seen_init(&seen);
    assert_true(ratls_seen_take(&seen, &high));
    low.fmspc[5] = 1;
    assert_true(ratls_seen_take(&seen, &low));
    for (uint8_t i = 2; i < RATLS_SEEN_MAX; i++) {
        low.fmspc[4] = i;
        assert_true(ratls_seen_take(&seen, &low));
    }
    low = facts(17, 17, "\x02", "\x02");
    assert_false(ratls_seen_take(&seen, &low)); /* all have room */
    low.fmspc[3] = 1;
    assert_true(ratls_seen_take(&seen, &low)); /* one more makes the oldest go */
    assert_int_equal(RATLS_SEEN_MAX, seen.count);
    ratls_seen_cleanup(&seen);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_number_goes_back),
        cmocka_unit_test(revocation_lists_do_not_go_back_with_another_family),
        cmocka_unit_test(families_of_platforms_do_not_mix),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
