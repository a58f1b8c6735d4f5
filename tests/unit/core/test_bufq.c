#include "gateway/core/bufq.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/cmocka_all.h"

static void bytes_come_out_in_order_whatever_the_pieces(void **state)
{
    struct gw_block_pool pool;
    struct gw_bufq q;
    uint8_t piece[4096];
    uint8_t in = 0, out = 0;

    (void)state;
    gw_block_pool_init(&pool, 4);
    gw_bufq_init(&q, &pool);
    for (size_t round = 0; round < 200; round++) {
        size_t n = (round * 977) % sizeof(piece) + 1;
        size_t len;
        const uint8_t *data;

        for (size_t i = 0; i < n; i++)
            piece[i] = in++;
        assert_true(gw_bufq_append(&q, piece, n));
        data = gw_bufq_peek(&q, &len);
        if (len > 3000)
            len = 3000;
        for (size_t i = 0; i < len; i++)
            assert_int_equal(out++, data[i]);
        gw_bufq_consume(&q, len);
    }
    while (q.len > 0) {
        size_t len;
        const uint8_t *data = gw_bufq_peek(&q, &len);

        for (size_t i = 0; i < len; i++)
            assert_int_equal(out++, data[i]);
        gw_bufq_consume(&q, len);
    }
    assert_int_equal(in, out);
    gw_block_pool_cleanup(&pool);
}

static void an_empty_queue_holds_no_block(void **state)
{
    struct gw_block_pool pool;
    struct gw_bufq q;
    size_t len = 1;

    (void)state;
    gw_block_pool_init(&pool, 4);
    gw_bufq_init(&q, &pool);
    assert_true(gw_bufq_append(&q, "abc", 3));
    gw_bufq_consume(&q, 3);
    assert_null(q.head);
    assert_int_equal(1, pool.kept);
    assert_null(gw_bufq_peek(&q, &len));
    assert_int_equal(0, len);
    gw_block_pool_cleanup(&pool);
}

static void the_pool_keeps_no_more_than_its_limit(void **state)
{
    struct gw_block_pool pool;
    struct gw_bufq q;
    uint8_t *big = calloc(1, 10 * GW_BLOCK_BYTES);

    (void)state;
    gw_block_pool_init(&pool, 3);
    gw_bufq_init(&q, &pool);
    assert_non_null(big);
    assert_true(gw_bufq_append(&q, big, (size_t)10 * GW_BLOCK_BYTES));
    gw_bufq_clear(&q);
    assert_int_equal(3, pool.kept);
    gw_block_pool_cleanup(&pool);
    free(big);
}

static void marks_stop_once_at_the_high_and_go_once_at_the_low_one(void **state)
{
    struct gw_marks m = {.high = 100, .low = 20};

    (void)state;
    assert_false(gw_marks_must_stop(&m, 99));
    assert_false(gw_marks_may_go(&m, 0));
    assert_true(gw_marks_must_stop(&m, 100));
    assert_false(gw_marks_must_stop(&m, 200));
    assert_false(gw_marks_may_go(&m, 21));
    assert_true(gw_marks_may_go(&m, 20));
    assert_false(gw_marks_may_go(&m, 0));
    assert_true(gw_marks_must_stop(&m, 101));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_come_out_in_order_whatever_the_pieces),
        cmocka_unit_test(an_empty_queue_holds_no_block),
        cmocka_unit_test(the_pool_keeps_no_more_than_its_limit),
        cmocka_unit_test(marks_stop_once_at_the_high_and_go_once_at_the_low_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
