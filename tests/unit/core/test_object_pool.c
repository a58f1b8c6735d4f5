#include "gateway/core/object_pool.h"

#include <stdint.h>
#include <string.h>

#include "tests/support/cmocka_all.h"

enum { LARGEST = GW_OBJECT_STEP * (GW_OBJECT_SIZES - 1), KEPT = 8192 };

static void an_object_is_used_again_for_any_size_that_rounds_alike(void **state)
{
    struct gw_object_pool pool;
    void *first, *other, *second;

    (void)state;
    gw_object_pool_init(&pool, KEPT);
    first = gw_object_get(&pool, GW_OBJECT_STEP + 1);
    assert_non_null(first);
    assert_int_equal(0, (uintptr_t)first % _Alignof(max_align_t));
    gw_object_put(&pool, first);
    assert_int_equal(2 * GW_OBJECT_STEP, pool.kept_bytes);
    other = gw_object_get(&pool, GW_OBJECT_STEP);
    assert_ptr_not_equal(first, other);
    second = gw_object_get(&pool, 2 * GW_OBJECT_STEP);
    assert_ptr_equal(first, second);
    assert_int_equal(0, pool.kept_bytes);
    gw_object_put(&pool, other);
    gw_object_put(&pool, second);
    gw_object_pool_cleanup(&pool);
    assert_int_equal(0, pool.kept_bytes);
}

static void no_more_is_kept_than_it_may(void **state)
{
    struct gw_object_pool pool;
    void *objects[KEPT / GW_OBJECT_STEP + 1];
    const size_t n = sizeof(objects) / sizeof(objects[0]);

    (void)state;
    gw_object_pool_init(&pool, KEPT);
    for (size_t i = 0; i < n; i++) {
        objects[i] = gw_object_get(&pool, 1);
        assert_non_null(objects[i]);
    }
    for (size_t i = 0; i < n; i++)
        gw_object_put(&pool, objects[i]);
    assert_int_equal(KEPT, pool.kept_bytes);
    gw_object_pool_cleanup(&pool);
}

static void the_largest_is_kept_and_a_larger_one_is_not(void **state)
{
    struct gw_object_pool pool;

    (void)state;
    gw_object_pool_init(&pool, KEPT);
    gw_object_put(&pool, gw_object_get(&pool, LARGEST + 1));
    assert_int_equal(0, pool.kept_bytes);
    gw_object_put(&pool, gw_object_get(&pool, LARGEST));
    assert_int_equal(LARGEST, pool.kept_bytes);
    gw_object_pool_cleanup(&pool);
}

static void a_pool_of_zeros_keeps_nothing(void **state)
{
    struct gw_object_pool pool = {0};

    (void)state;
    gw_object_put(&pool, gw_object_get(&pool, 0));
    gw_object_put(&pool, gw_object_get(&pool, 100));
    gw_object_put(&pool, NULL);
    assert_int_equal(0, pool.kept_bytes);
}

static void zeroed_means_that_nothing_is_left_of_what_was_there(void **state)
{
    static const uint8_t zeros[100];
    struct gw_object_pool pool;
    void *object;

    (void)state;
    gw_object_pool_init(&pool, KEPT);
    object = gw_object_get(&pool, sizeof zeros);
    assert_non_null(object);
    memset(object, 0xaa, sizeof zeros);
    gw_object_put(&pool, object);
    assert_ptr_equal(object, gw_object_get_zeroed(&pool, sizeof zeros));
    assert_memory_equal(zeros, object, sizeof zeros);
    gw_object_put(&pool, object);
    gw_object_pool_cleanup(&pool);
}

static void growing_keeps_what_is_there_through_all_sizes(void **state)
{
    struct gw_object_pool pool;
    uint8_t *object = NULL;

    (void)state;
    gw_object_pool_init(&pool, KEPT);
    for (size_t size = 1; size <= 3 * LARGEST; size++) {
        object = gw_object_resize(&pool, object, size);
        assert_non_null(object);
        object[size - 1] = (uint8_t)(size * 7);
    }
    for (size_t size = 3 * LARGEST; size > 0; size /= 2) {
        object = gw_object_resize(&pool, object, size);
        assert_non_null(object);
        for (size_t i = 0; i < size; i++)
            assert_int_equal((uint8_t)((i + 1) * 7), object[i]);
    }
    gw_object_put(&pool, object);
    gw_object_pool_cleanup(&pool);
}

static void a_size_that_cannot_be_is_refused(void **state)
{
    struct gw_object_pool pool = {0};
    void *small = gw_object_get(&pool, 1);
    void *large = gw_object_get(&pool, 2 * LARGEST);

    (void)state;
    assert_non_null(small);
    assert_non_null(large);
    assert_null(gw_object_get(&pool, SIZE_MAX));
    assert_null(gw_object_resize(&pool, small, SIZE_MAX));
    assert_null(gw_object_resize(&pool, large, SIZE_MAX));
    gw_object_put(&pool, small);
    gw_object_put(&pool, large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_object_is_used_again_for_any_size_that_rounds_alike),
        cmocka_unit_test(no_more_is_kept_than_it_may),
        cmocka_unit_test(the_largest_is_kept_and_a_larger_one_is_not),
        cmocka_unit_test(a_pool_of_zeros_keeps_nothing),
        cmocka_unit_test(zeroed_means_that_nothing_is_left_of_what_was_there),
        cmocka_unit_test(growing_keeps_what_is_there_through_all_sizes),
        cmocka_unit_test(a_size_that_cannot_be_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
