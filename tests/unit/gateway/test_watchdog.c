/* Workers of a real server; one of them does not answer until it may. */
#include "gateway/lifetime/watchdog.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/cmocka_all.h"

enum { INTERVAL_US = 30000 };

struct world {
    uv_loop_t loop;
    struct gateway_notify notify;
    int manager; /* what is told arrives here */
    struct gateway_log log;
    struct gateway_watchdog watchdog;
    struct gw_server *server;
    uv_sem_t go;
};

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    struct gw_config config;
    char err[256] = "";
    int fds[2];

    gw_config_init(&config);
    config.threads = 2;
    if (w == NULL || uv_loop_init(&w->loop) != 0 || uv_sem_init(&w->go, 0) != 0 ||
        socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, fds) != 0)
        return -1;
    w->notify.fd = fds[0];
    w->manager = fds[1];
    w->log = (struct gateway_log){GATEWAY_LOG_TEXT, STDERR_FILENO, NULL};
    w->server = gw_server_start(&config, NULL, err, sizeof err);
    *state = w;
    return w->server != NULL ? 0 : -1;
}

static int teardown(void **state)
{
    struct world *w = *state;

    gateway_watchdog_stop(&w->watchdog);
    gw_server_stop(w->server);
    gw_server_join(w->server);
    gw_server_free(w->server);
    (void)uv_run(&w->loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&w->loop);
    uv_sem_destroy(&w->go);
    gateway_notify_close(&w->notify);
    (void)close(w->manager);
    free(w);
    return 0;
}

/* Returns: how many words have come; each must be the same. */
static unsigned words(const struct world *w)
{
    char text[64];
    unsigned n = 0;
    ssize_t len;

    while ((len = recv(w->manager, text, sizeof text - 1, 0)) >= 0) {
        text[len] = '\0';
        assert_string_equal("WATCHDOG=1", text);
        n++;
    }
    assert_int_equal(EAGAIN, errno);
    return n;
}

static void wait_here(struct gw_loop *loop, void *arg)
{
    (void)loop;
    uv_sem_wait(arg);
}

static void a_worker_that_does_not_answer_silences_it(void **state)
{
    struct world *w = *state;

    assert_true(gateway_watchdog_start(&w->watchdog, &w->loop, &w->notify, &w->log, INTERVAL_US));
    gateway_watchdog_set_server(&w->watchdog, w->server);
    for (unsigned seen = 0; seen < 3; seen += words(w))
        (void)uv_run(&w->loop, UV_RUN_ONCE);
    assert_true(gw_loop_post(gw_server_loop(w->server, 1), wait_here, &w->go));
    assert_int_equal(0, gateway_watchdog_stuck(&w->watchdog));
    while (!w->watchdog.late)
        (void)uv_run(&w->loop, UV_RUN_ONCE);
    assert_int_equal(1, gateway_watchdog_stuck(&w->watchdog));
    (void)words(w);
    for (int turns = 0; turns < 5; turns++)
        (void)uv_run(&w->loop, UV_RUN_ONCE);
    assert_int_equal(0, words(w));
    assert_int_equal(1, atomic_load(&w->watchdog.asked));
    uv_sem_post(&w->go);
    while (words(w) == 0)
        (void)uv_run(&w->loop, UV_RUN_ONCE);
    assert_false(w->watchdog.late);
}

static void nothing_is_told_unasked(void **state)
{
    struct world *w = *state;

    assert_true(gateway_watchdog_start(&w->watchdog, &w->loop, &w->notify, &w->log, 0));
    (void)uv_run(&w->loop, UV_RUN_DEFAULT); /* there is no timer to wait for */
    assert_int_equal(0, words(w));
}

static void an_interval_is_a_number_that_can_be_kept(void **state)
{
    struct world *w = *state;
    uint64_t us = 1;

    assert_true(gateway_watchdog_parse("", &us));
    assert_int_equal(0, us);
    assert_true(gateway_watchdog_parse("30000000", &us));
    assert_int_equal(30000000, us);
    assert_false(gateway_watchdog_parse("-1", &us));
    assert_false(gateway_watchdog_parse("1s", &us));
    assert_false(gateway_watchdog_parse("1000000000000000", &us));
    assert_int_equal(0, us);
    assert_false(gateway_watchdog_start(&w->watchdog, &w->loop, &w->notify, &w->log, 2999));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_worker_that_does_not_answer_silences_it, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_is_told_unasked, setup, teardown),
        cmocka_unit_test_setup_teardown(an_interval_is_a_number_that_can_be_kept, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
