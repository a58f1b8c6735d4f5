/* A far side that wastes time or speaks out of turn: both limits hold as totals. */
#include <signal.h>
#include <string.h>
#include <time.h>

#include "ra-tls/ratls.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/ratls/slow_server.h"

enum { SHORT_MS = 300, LONG_MS = 20000, ROOM_MS = 5000 };

static long now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Connect to a server of that kind. Out: took, in milliseconds */
static certbind_status try_connect(enum slow_server_kind kind, unsigned total_ms,
                                   unsigned request_ms, long *took)
{
    struct ratls_options options = {.policy = NULL};
    struct slow_server server;
    struct ratls_ctx *ctx;
    struct ratls_conn *conn;
    struct certbind_report report;
    long start;
    certbind_status status;

    slow_server_start(&server, kind);
    assert_int_equal(CERTBIND_OK, ratls_ctx_new(&options, &ctx, NULL));
    const struct ratls_target target = {.host = "gw.example.test",
                                        .port = 443,
                                        .address = "127.0.0.1",
                                        .address_port = server.port,
                                        .timeout_ms = total_ms,
                                        .request_timeout_ms = request_ms};

    start = now_ms();
    status = ratls_connect(ctx, &target, &conn, &report, NULL);
    *took = now_ms() - start;
    assert_null(conn);
    assert_false(report.accepted);
    assert_int_equal(status, report.code);
    slow_server_stop(&server);
    ratls_ctx_free(ctx);
    return status;
}

static void each_request_has_a_limit_of_its_own(void **state)
{
    long took;

    (void)state;
    for (enum slow_server_kind kind = SLOW_SILENT; kind <= SLOW_INTERIM; kind++) {
        assert_int_equal(CERTBIND_E_HTTP_TIMEOUT, try_connect(kind, LONG_MS, SHORT_MS, &took));
        assert_in_range(took, SHORT_MS, ROOM_MS);
    }
}

static void the_verdict_has_a_limit_over_all(void **state)
{
    long took;

    (void)state;
    for (enum slow_server_kind kind = SLOW_SILENT; kind <= SLOW_INTERIM; kind++) {
        assert_int_equal(CERTBIND_E_HTTP_TIMEOUT, try_connect(kind, SHORT_MS, LONG_MS, &took));
        assert_in_range(took, SHORT_MS, ROOM_MS);
    }
    assert_int_equal(CERTBIND_E_TRANSPORT_TIMEOUT,
                     try_connect(SLOW_NO_TLS, SHORT_MS, LONG_MS, &took));
    assert_in_range(took, SHORT_MS, ROOM_MS);
}

static void an_answer_before_the_request_refuses(void **state)
{
    long took;

    (void)state;
    assert_int_equal(CERTBIND_E_HTTP_UNSOLICITED, try_connect(SLOW_TOO_EARLY, 0, 0, &took));
    assert_int_equal(CERTBIND_E_HTTP_TRUNCATED, try_connect(SLOW_SOON_CLOSED, 0, 0, &took));
}

static void a_name_that_tls_cannot_send_is_said(void **state)
{
    struct ratls_ctx *ctx;
    struct ratls_conn *conn;
    struct certbind_report report;
    char name[257] = "";

    (void)state;
    assert_int_equal(CERTBIND_OK, ratls_ctx_new(&(struct ratls_options){0}, &ctx, NULL));
    for (int i = 0; i < 2; i++) {
        const struct ratls_target target = {.host = name, .port = 443, .address = "127.0.0.1"};

        assert_int_equal(CERTBIND_E_NAME_SYNTAX, ratls_connect(ctx, &target, &conn, &report, NULL));
        assert_int_equal(CERTBIND_E_NAME_SYNTAX, report.code);
        assert_null(conn);
        memset(name, 'a', sizeof name - 1);
    }
    ratls_ctx_free(ctx);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_request_has_a_limit_of_its_own),
        cmocka_unit_test(the_verdict_has_a_limit_over_all),
        cmocka_unit_test(an_answer_before_the_request_refuses),
        cmocka_unit_test(a_name_that_tls_cannot_send_is_said),
    };

    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
