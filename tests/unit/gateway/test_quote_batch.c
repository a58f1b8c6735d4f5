#include "gateway/evidence/quote_batch.h"

#include <stdlib.h>

#include "tests/support/cmocka_all.h"

static struct gateway_waiting *make(size_t count)
{
    struct gateway_waiting *all = calloc(count, sizeof *all);

    assert_non_null(all);
    return all;
}

static size_t length(const struct gateway_waiting_list *list)
{
    size_t n = 0;

    for (const struct gateway_waiting *w = list->first; w != NULL; w = w->next)
        n++;
    assert_int_equal(list->count, n);
    return n;
}

static void one_quote_is_made_while_the_next_gathers(void **state)
{
    struct gateway_quote_batch batch = {.gathering = {NULL, NULL, 0}};
    struct gateway_waiting_list gone = {NULL, NULL, 0};
    struct gateway_waiting *w = make(5);

    (void)state;
    assert_false(gateway_quote_batch_begin(&batch, false, &gone));
    for (int i = 0; i < 2; i++)
        assert_true(gateway_quote_batch_add(&batch, &w[i], &gone));
    assert_true(gateway_quote_batch_begin(&batch, false, &gone));
    assert_int_equal(2, length(&batch.making));
    for (int i = 2; i < 5; i++)
        assert_true(gateway_quote_batch_add(&batch, &w[i], &gone));
    assert_false(gateway_quote_batch_begin(&batch, false, &gone));
    assert_ptr_equal(&w[0], gateway_waiting_take(&batch.making));
    assert_ptr_equal(&w[1], gateway_waiting_take(&batch.making));
    assert_null(gateway_waiting_take(&batch.making));
    assert_true(gateway_quote_batch_begin(&batch, false, &gone));
    assert_int_equal(3, length(&batch.making));
    assert_int_equal(0, length(&batch.gathering));
    assert_int_equal(0, length(&gone));
    free(w);
}

static void renewals_go_first(void **state)
{
    struct gateway_quote_batch batch = {.gathering = {NULL, NULL, 0}};
    struct gateway_waiting_list gone = {NULL, NULL, 0};
    struct gateway_waiting *w = make(1);

    (void)state;
    assert_true(gateway_quote_batch_add(&batch, w, &gone));
    assert_false(gateway_quote_batch_begin(&batch, true, &gone));
    assert_int_equal(1, length(&batch.gathering));
    assert_true(gateway_quote_batch_begin(&batch, false, &gone));
    free(w);
}

static void the_queue_has_an_end_and_the_gone_make_room(void **state)
{
    struct gateway_quote_batch batch = {.gathering = {NULL, NULL, 0}};
    struct gateway_waiting_list gone = {NULL, NULL, 0};
    struct gateway_waiting *w = make(GATEWAY_QUOTE_QUEUE + 2);

    (void)state;
    for (int i = 0; i < GATEWAY_QUOTE_QUEUE; i++)
        assert_true(gateway_quote_batch_add(&batch, &w[i], &gone));
    assert_false(gateway_quote_batch_add(&batch, &w[GATEWAY_QUOTE_QUEUE], &gone));
    assert_int_equal(GATEWAY_QUOTE_QUEUE, length(&batch.gathering));
    atomic_store(&w[7].gone, true);
    assert_true(gateway_quote_batch_add(&batch, &w[GATEWAY_QUOTE_QUEUE], &gone));
    assert_ptr_equal(&w[7], gateway_waiting_take(&gone));
    assert_false(gateway_quote_batch_add(&batch, &w[GATEWAY_QUOTE_QUEUE + 1], &gone));
    assert_int_equal(GATEWAY_QUOTE_QUEUE, length(&batch.gathering));
    free(w);
}

static void no_quote_is_made_for_those_who_went_away(void **state)
{
    struct gateway_quote_batch batch = {.gathering = {NULL, NULL, 0}};
    struct gateway_waiting_list gone = {NULL, NULL, 0};
    struct gateway_waiting *w = make(3);

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_true(gateway_quote_batch_add(&batch, &w[i], &gone));
    atomic_store(&w[0].gone, true);
    atomic_store(&w[2].gone, true);
    assert_true(gateway_quote_batch_begin(&batch, false, &gone));
    assert_int_equal(1, length(&batch.making));
    assert_ptr_equal(&w[1], gateway_waiting_take(&batch.making));
    assert_int_equal(2, length(&gone));
    gone = (struct gateway_waiting_list){NULL, NULL, 0};
    assert_true(gateway_quote_batch_add(&batch, &w[0], &gone));
    assert_false(gateway_quote_batch_begin(&batch, false, &gone));
    assert_int_equal(1, length(&gone));
    free(w);
}

/* Who waited goes before who came later, and not for ever. */
static void what_was_quoted_in_vain_waits_again(void **state)
{
    struct gateway_quote_batch batch = {.gathering = {NULL, NULL, 0}};
    struct gateway_waiting_list none = {NULL, NULL, 0};
    struct gateway_waiting *w = make(3);

    (void)state;
    assert_true(gateway_quote_batch_add(&batch, &w[0], &none));
    assert_true(gateway_quote_batch_add(&batch, &w[1], &none));
    for (int i = 1; i < GATEWAY_QUOTE_TRIES; i++) {
        assert_true(gateway_quote_batch_begin(&batch, false, &none));
        if (i == 1)
            assert_true(gateway_quote_batch_add(&batch, &w[2], &none));
        gateway_quote_batch_again(&batch, &none);
        assert_int_equal(0, length(&none));
        assert_int_equal(0, length(&batch.making));
        assert_int_equal(3, length(&batch.gathering));
        assert_ptr_equal(&w[0], batch.gathering.first);
    }
    assert_true(gateway_quote_batch_begin(&batch, false, &none));
    gateway_quote_batch_again(&batch, &none);
    assert_int_equal(2, length(&none));
    assert_ptr_equal(&w[0], none.first);
    assert_int_equal(1, length(&batch.gathering));
    assert_ptr_equal(&w[2], batch.gathering.first);
    free(w);
}

static void an_answer_must_be_one_that_clients_accept(void **state)
{
    static const struct {
        struct gateway_landing landing;
        enum gateway_landing_verdict verdict;
    } rows[] = {
        {{true, false, true}, GATEWAY_LANDING_DELIVER},
        {{false, false, true}, GATEWAY_LANDING_AGAIN},
        {{false, true, true}, GATEWAY_LANDING_AGAIN}, /* what is newest need not have expired */
        {{false, false, false}, GATEWAY_LANDING_AGAIN},
        {{true, true, true}, GATEWAY_LANDING_EXPIRED},
        {{true, true, false}, GATEWAY_LANDING_EXPIRED},
        {{true, false, false}, GATEWAY_LANDING_RENEW},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(rows[i].verdict, gateway_quote_batch_land(&rows[i].landing));
}

static void a_connection_waits_once_and_asks_once_a_second(void **state)
{
    gateway_nonce_mark mark = 0;
    gateway_nonce_mark other = 0;

    (void)state;
    assert_int_equal(0, gateway_nonce_ask(&mark, 5000));
    assert_int_equal(1, gateway_nonce_ask(&mark, 5000));
    assert_int_equal(1, gateway_nonce_ask(&mark, 9000)); /* still waiting */
    assert_int_equal(0, gateway_nonce_ask(&other, 5000));
    gateway_nonce_answered(&mark, 5000);
    assert_int_equal(1, gateway_nonce_ask(&mark, 5001));
    assert_int_equal(1, gateway_nonce_ask(&mark, 5999));
    assert_int_equal(0, gateway_nonce_ask(&mark, 6000));
    gateway_nonce_answered(&mark, 6000);
    assert_int_equal(0, gateway_nonce_ask(&mark, 60000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_quote_is_made_while_the_next_gathers),
        cmocka_unit_test(renewals_go_first),
        cmocka_unit_test(the_queue_has_an_end_and_the_gone_make_room),
        cmocka_unit_test(no_quote_is_made_for_those_who_went_away),
        cmocka_unit_test(what_was_quoted_in_vain_waits_again),
        cmocka_unit_test(an_answer_must_be_one_that_clients_accept),
        cmocka_unit_test(a_connection_waits_once_and_asks_once_a_second),
    };

    return cmocka_run_group_tests_name("quote_batch", tests, NULL, NULL);
}
