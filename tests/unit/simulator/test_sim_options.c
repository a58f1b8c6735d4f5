#include <string.h>

#include "tests/simulator/options.h"
#include "tests/unit/simulator/fixture.h"

enum { ARGS_MAX = 9 };

/* Returns: the exit code, or -1 when the program would run. */
static int parse(struct sim_options *o, const char *const args[ARGS_MAX])
{
    char program[] = "dstack-simulator";
    char copies[ARGS_MAX][96];
    char *argv[ARGS_MAX + 2] = {program};
    int argc = 1;
    int exit_code = -1;

    for (size_t i = 0; i < ARGS_MAX && args[i] != NULL; i++) {
        memcpy(copies[i], args[i], strlen(args[i]) + 1);
        argv[argc++] = copies[i];
    }
    return sim_options_parse(argc, argv, o, &exit_code) ? -1 : exit_code;
}

static void wrong_command_lines_are_usage_errors(void **state)
{
    static const char *const cases[][ARGS_MAX] = {
        {NULL},
        {"--socket", "s", "extra"},
        {"--socket", "s", "--nonsense"},
        {"--socket"},
        {"--socket", "s", "--seed", "0"},
        {"--socket", "s", "--seed", ""},
        {"--socket", "s", "--app-id", "00"},
        {"--socket", "s", "--tcb-status", "Fine"},
        {"--socket", "s", "--revoke", "root"},
        {"--socket", "s", "--quote-version", "3"},
        {"--socket", "s", "--event-log-version", "3"},
        {"--socket", "s", "--mr-config", "0"},
        {"--socket", "s", "--tcb-evaluation", "0"},
        {"--socket", "s", "--tcb-evaluation", "65536"},
        {"--socket", "s", "--collateral-lifetime", "0"},
        {"--socket", "s", "--mr-config", "4"},
        {"--socket", "s", "--quote-delay-ms", "-1"},
        {"--socket", "s", "--now", "0"},
        {"--socket", "s", "--ratls-evidence", "none"},
        {"--socket", "s", "--replay", "d", "--emit-event"},
        {"--socket", "s", "--replay", "d", "--write-kms-root", "f"},
        {"--socket", "s", "--fail", "GetQuote"},
        {"--socket", "s", "--fail", "GetQuote:explode"},
        {"--socket", "s", "--fail", "Nothing:error"},
        {"--socket", "s", "--fail", "GetQuote:error:0"},
    };
    struct sim_options o;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(SIM_EXIT_USAGE, parse(&o, cases[i]));
}

static void options_land_in_their_places(void **state)
{
    static const char *const args[ARGS_MAX] = {"--socket",          "/s",
                                               "--td-debug",        "--revoke=pck",
                                               "--seed=aabb",       "--now=1700000000",
                                               "--quote-version=5", "--td-old-launch",
                                               "--emit-event"};
    struct sim_options o;

    (void)state;
    assert_int_equal(-1, parse(&o, args));
    assert_true(o.debug);
    assert_true(o.emit_event);
    assert_false(o.legacy_evidence);
    assert_true(o.old_launch);
    assert_int_equal(5, o.quote_version);
    assert_int_equal(SIM_REVOKE_PCK, o.collateral.revoke);
    assert_int_equal(2, o.seed.len);
    assert_int_equal(1700000000, o.now);
    assert_string_equal("UpToDate", o.collateral.tcb_status);
}

static void every_method_of_both_apis_can_fail(void **state)
{
    static const char *const rules[] = {
#define X(symbol, name) name ":garbage:1",
        SIM_METHOD_LIST(X)
#undef X
    };
    struct sim_faults f = {0};

    (void)state;
    for (int i = 0; i < SIM_METHOD_COUNT; i++)
        assert_true(sim_faults_add(&f, rules[i]));
    for (int i = 0; i < SIM_METHOD_COUNT; i++) {
        assert_int_equal(SIM_FAULT_GARBAGE, sim_faults_take(&f, (enum sim_method)i));
        assert_int_equal(SIM_FAULT_NONE, sim_faults_take(&f, (enum sim_method)i));
    }
}

static void the_first_rule_that_fits_fails_the_call(void **state)
{
    struct sim_faults f = {0};

    (void)state;
    assert_true(sim_faults_add(&f, "GetQuote:hang:2"));
    assert_true(sim_faults_add(&f, "any:500:1"));
    assert_int_equal(SIM_FAULT_HANG, sim_faults_take(&f, SIM_GET_QUOTE));
    assert_int_equal(SIM_FAULT_500, sim_faults_take(&f, SIM_INFO));
    assert_int_equal(SIM_FAULT_NONE, sim_faults_take(&f, SIM_INFO));
    assert_int_equal(SIM_FAULT_HANG, sim_faults_take(&f, SIM_GET_QUOTE));
    assert_int_equal(SIM_FAULT_NONE, sim_faults_take(&f, SIM_GET_QUOTE));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_command_lines_are_usage_errors),
        cmocka_unit_test(options_land_in_their_places),
        cmocka_unit_test(every_method_of_both_apis_can_fail),
        cmocka_unit_test(the_first_rule_that_fits_fails_the_call),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
