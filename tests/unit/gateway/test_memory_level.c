#include "gateway/limits/memory.h"

#include "tests/support/cmocka_all.h"

static void memory_is_judged_with_a_step_back(void **state)
{
    const uint64_t limit = 1000;

    (void)state;
    assert_int_equal(GATEWAY_MEMORY_ENOUGH,
                     gateway_memory_judge(899, limit, GATEWAY_MEMORY_ENOUGH));
    assert_int_equal(GATEWAY_MEMORY_SHORT, gateway_memory_judge(900, limit, GATEWAY_MEMORY_ENOUGH));
    assert_int_equal(GATEWAY_MEMORY_SHORT, gateway_memory_judge(870, limit, GATEWAY_MEMORY_SHORT));
    assert_int_equal(GATEWAY_MEMORY_ENOUGH, gateway_memory_judge(869, limit, GATEWAY_MEMORY_SHORT));
    assert_int_equal(GATEWAY_MEMORY_FULL, gateway_memory_judge(970, limit, GATEWAY_MEMORY_SHORT));
    assert_int_equal(GATEWAY_MEMORY_FULL, gateway_memory_judge(940, limit, GATEWAY_MEMORY_FULL));
    assert_int_equal(GATEWAY_MEMORY_SHORT, gateway_memory_judge(939, limit, GATEWAY_MEMORY_FULL));
    assert_int_equal(GATEWAY_MEMORY_ENOUGH, gateway_memory_judge(0, limit, GATEWAY_MEMORY_FULL));
    assert_int_equal(800, gateway_memory_allowed("1000\n"));
    assert_int_equal(0, gateway_memory_allowed("max\n"));
    assert_int_equal(0, gateway_memory_allowed(""));
    assert_int_equal(0, gateway_memory_allowed("9223372036854771712\n"));
    assert_int_equal(GATEWAY_MEMORY_ENOUGH, gateway_memory_level(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_judged_with_a_step_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
