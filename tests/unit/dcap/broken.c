#include "tests/unit/dcap/broken.h"

#include <stdlib.h>

#include "tests/support/cmocka_all.h"

static void the_start_is_valid(void **state)
{
    struct forge f;

    (void)state;
    forge_init(&f);
    assert_int_equal(CERTBIND_OK, forge_verify(&f));
    forge_cleanup(&f);
    forge_init_sgx(&f);
    assert_int_equal(CERTBIND_OK, forge_verify(&f));
    forge_cleanup(&f);
}

static void run_row(void **state)
{
    const struct broken *row = *state;
    struct forge f;
    certbind_status status;

    forge_init(&f);
    row->turn(&f);
    status = forge_verify(&f);
    if (status != row->status)
        fail_msg("%s (%s), expected %s", certbind_status_name(status), f.err.detail,
                 certbind_status_name(row->status));
    forge_cleanup(&f);
}

int run_broken(const struct broken *rows, size_t count)
{
    struct CMUnitTest *tests = calloc(count + 1, sizeof *tests);
    int failures;

    if (tests == NULL)
        return 1;
    tests[0] = (struct CMUnitTest)cmocka_unit_test(the_start_is_valid);
    for (size_t i = 0; i < count; i++) {
        union {
            const struct broken *row;
            void *state;
        } row = {&rows[i]};

        tests[i + 1] = (struct CMUnitTest){
            .name = rows[i].claim, .test_func = run_row, .initial_state = row.state};
    }
    failures = _cmocka_run_group_tests("broken", tests, count + 1, NULL, NULL);
    free(tests);
    return failures;
}
