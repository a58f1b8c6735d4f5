#include "gateway/core/conn.h"
#include "gateway/core/exchange_private.h"
#include "gateway/core/upstream_conn.h"

#include "tests/support/cmocka_all.h"

static void every_connection_state_may_close_and_none_follows(void **state)
{
    (void)state;
    for (unsigned s = 0; s < GW_CONN_STATE_COUNT; s++) {
        assert_non_null(gw_conn_state_name((enum gw_conn_state)s));
        assert_true(gw_conn_may_enter((enum gw_conn_state)s, GW_CONN_CLOSING));
        if (s != GW_CONN_CLOSING)
            assert_false(gw_conn_may_enter(GW_CONN_CLOSING, (enum gw_conn_state)s));
    }
}

static void a_request_begins_with_a_head_and_ends_idle_or_finished(void **state)
{
    (void)state;
    assert_true(gw_conn_may_enter(GW_CONN_HANDSHAKE, GW_CONN_IDLE));
    assert_true(gw_conn_may_enter(GW_CONN_PROXY, GW_CONN_HELLO));
    assert_true(gw_conn_may_enter(GW_CONN_HELLO, GW_CONN_HANDSHAKE));
    assert_false(gw_conn_may_enter(GW_CONN_HELLO, GW_CONN_HEAD));
    assert_true(gw_conn_may_enter(GW_CONN_IDLE, GW_CONN_HEAD));
    assert_false(gw_conn_may_enter(GW_CONN_IDLE, GW_CONN_EXCHANGE));
    assert_false(gw_conn_may_enter(GW_CONN_HANDSHAKE, GW_CONN_EXCHANGE));
    assert_true(gw_conn_may_enter(GW_CONN_HEAD, GW_CONN_EXCHANGE));
    assert_true(gw_conn_may_enter(GW_CONN_EXCHANGE, GW_CONN_IDLE));
    assert_true(gw_conn_may_enter(GW_CONN_EXCHANGE, GW_CONN_FINISH));
    assert_false(gw_conn_may_enter(GW_CONN_FINISH, GW_CONN_IDLE));
}

static void an_exchange_ends_once(void **state)
{
    (void)state;
    for (unsigned s = 0; s < GW_X_STATE_COUNT; s++) {
        assert_false(gw_exchange_may_enter(GW_X_OVER, (enum gw_exchange_state)s));
        if (s != GW_X_OVER)
            assert_true(gw_exchange_may_enter((enum gw_exchange_state)s, GW_X_OVER));
    }
    assert_false(gw_exchange_may_enter(GW_X_DECIDE, GW_X_RELAY));
    assert_false(gw_exchange_may_enter(GW_X_OWN, GW_X_DECIDE));
}

static void an_upstream_connection_is_proven_before_it_is_busy(void **state)
{
    (void)state;
    assert_false(gw_upconn_may_enter(GW_UP_CONNECT, GW_UP_BUSY));
    assert_false(gw_upconn_may_enter(GW_UP_HANDSHAKE, GW_UP_BUSY));
    assert_false(gw_upconn_may_enter(GW_UP_PROOF, GW_UP_BUSY));
    assert_true(gw_upconn_may_enter(GW_UP_PROOF, GW_UP_IDLE));
    assert_true(gw_upconn_may_enter(GW_UP_IDLE, GW_UP_BUSY));
    assert_true(gw_upconn_may_enter(GW_UP_IDLE, GW_UP_PROOF)); /* once more */
    assert_false(gw_upconn_may_enter(GW_UP_BUSY, GW_UP_PROOF));
    for (unsigned s = 0; s < GW_UP_CLOSING; s++) {
        assert_true(gw_upconn_may_enter((enum gw_upconn_state)s, GW_UP_CLOSING));
        assert_false(gw_upconn_may_enter(GW_UP_CLOSING, (enum gw_upconn_state)s));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_connection_state_may_close_and_none_follows),
        cmocka_unit_test(a_request_begins_with_a_head_and_ends_idle_or_finished),
        cmocka_unit_test(an_exchange_ends_once),
        cmocka_unit_test(an_upstream_connection_is_proven_before_it_is_busy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
