#include "certbind/same_td.h"

#include <string.h>

#include "tests/support/cmocka_all.h"

/* Every fact that binding.md 5 names, each as the only difference. */
static void each_fact_counts(void **state)
{
    struct certbind_td_report td = {.td_attributes = 1};
    struct certbind_td_report other_td = td;
    struct certbind_identity id = {.has_instance_id = true};
    struct certbind_identity other_id = id;
    const struct certbind_td_state a = {&td, &id};
    const struct certbind_td_state b = {&other_td, &other_id};
    struct {
        void *at;
        const char *name;
    } facts[] = {{other_td.mrtd, "MRTD"},
                 {other_td.rtmr[0], "RTMR0"},
                 {other_td.rtmr[1], "RTMR1"},
                 {other_td.rtmr[2], "RTMR2"},
                 {other_td.rtmr[3], "RTMR3"},
                 {other_td.mr_config_id, "MR_CONFIG_ID"},
                 {&other_td.td_attributes, "the TD attributes"},
                 {&other_td.xfam, "XFAM"},
                 {other_id.app_id, "the app id"},
                 {other_id.compose_hash, "the compose hash"},
                 {other_id.instance_id, "the instance id"}};

    (void)state;
    assert_null(certbind_td_difference(&a, &b));
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        uint8_t *byte = facts[i].at;

        *byte ^= 1;
        assert_string_equal(facts[i].name, certbind_td_difference(&a, &b));
        assert_string_equal(facts[i].name, certbind_td_difference(&b, &a));
        *byte ^= 1;
        assert_null(certbind_td_difference(&a, &b));
    }
    other_id.has_instance_id = false;
    assert_string_equal("the instance id", certbind_td_difference(&a, &b));
}

/* What a quote says of itself alone does not make another TD of it. */
static void report_data_does_not_count(void **state)
{
    struct certbind_td_report td = {.xfam = 3};
    struct certbind_td_report other = td;
    const struct certbind_identity id = {.has_instance_id = false};

    (void)state;
    memset(other.report_data, 7, sizeof other.report_data);
    assert_null(certbind_td_difference(&(struct certbind_td_state){&td, &id},
                                       &(struct certbind_td_state){&other, &id}));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fact_counts),
        cmocka_unit_test(report_data_does_not_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
