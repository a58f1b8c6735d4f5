#include "gateway/sandbox/privileges.h"
#include "gateway/sandbox/sandbox.h"

#include <string.h>

#include "tests/support/cmocka_all.h"

static void a_user_by_numbers_is_two_ids(void **state)
{
    uid_t uid = 1;
    gid_t gid = 1;

    (void)state;
    assert_true(sandbox_user_parse("0:0", &uid, &gid));
    assert_int_equal(0, uid);
    assert_int_equal(0, gid);
    assert_true(sandbox_user_parse("65532:100", &uid, &gid));
    assert_int_equal(65532, uid);
    assert_int_equal(100, gid);
    assert_true(sandbox_user_parse("4294967294:4294967294", &uid, &gid));
    assert_int_equal(UINT32_MAX - 1, gid);
}

static void anything_else_is_not(void **state)
{
    static const char *const texts[] = {"",
                                        ":",
                                        "1",
                                        "1:",
                                        ":1",
                                        "1:2:3",
                                        "1:2 ",
                                        " 1:2",
                                        "+1:2",
                                        "-1:2",
                                        "1:-2",
                                        "0x1:2",
                                        "a:1",
                                        "4294967295:1",
                                        "1:4294967295",
                                        "nobody",
                                        "1:nogroup",
                                        "99999999999999999999:1"};
    uid_t uid;
    gid_t gid;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_false(sandbox_user_parse(texts[i], &uid, &gid));
}

static void an_unknown_user_is_refused_before_anything_changes(void **state)
{
    const struct sandbox_options options = {.user = "no such user"};
    struct sandbox_report report;
    char err[200];

    (void)state;
    assert_false(sandbox_enter(&options, &report, err, sizeof err));
    assert_non_null(strstr(err, "no user 'no such user'"));
    for (int i = 0; i < SANDBOX_LAYERS; i++)
        assert_int_equal(SANDBOX_REFUSED, report.layers[i].state);
}

static void zeroed_memory_holds_nothing(void **state)
{
    const struct sandbox_report none = {0};

    (void)state;
    assert_string_equal("refused", sandbox_state_name(none.layers[SANDBOX_SYSCALLS].state));
    assert_string_equal("syscalls", sandbox_layer_name(SANDBOX_SYSCALLS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_user_by_numbers_is_two_ids),
        cmocka_unit_test(anything_else_is_not),
        cmocka_unit_test(an_unknown_user_is_refused_before_anything_changes),
        cmocka_unit_test(zeroed_memory_holds_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
