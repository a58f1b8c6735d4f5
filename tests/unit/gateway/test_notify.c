/* A service manager that reads late, or never. */
#include "gateway/lifetime/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <uv.h>

#include "tests/support/cmocka_all.h"

struct world {
    struct gateway_notify notify;
    int manager;
    uv_sem_t go;
    char last[64]; /* what came last */
};

static int setup(void **state)
{
    const struct timeval wait = {.tv_sec = 20};
    struct world *w = calloc(1, sizeof *w);
    int fds[2];

    if (w == NULL || uv_sem_init(&w->go, 0) != 0 ||
        socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds) != 0 ||
        fcntl(fds[0], F_SETFL, O_NONBLOCK) != 0)
        return -1;
    w->notify = (struct gateway_notify){.fd = fds[0]};
    w->manager = fds[1];
    *state = w;
    return setsockopt(fds[1], SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
}

static int teardown(void **state)
{
    struct world *w = *state;

    gateway_notify_close(&w->notify);
    (void)close(w->manager);
    uv_sem_destroy(&w->go);
    free(w);
    return 0;
}

/* Until no more fits. */
static void fill(const struct world *w)
{
    while (send(w->notify.fd, "x", 1, MSG_DONTWAIT) == 1)
        continue;
    assert_int_equal(EAGAIN, errno);
}

static void read_all(void *arg)
{
    struct world *w = arg;
    ssize_t n = 1;

    uv_sem_wait(&w->go);
    while (n > 0 && strncmp(w->last, "READY=1", 7) != 0) {
        n = recv(w->manager, w->last, sizeof w->last - 1, 0);
        w->last[n > 0 ? n : 0] = '\0';
    }
}

static void what_is_said_once_waits_for_a_late_manager(void **state)
{
    struct world *w = *state;
    uv_thread_t reader;

    assert_int_equal(0, uv_thread_create(&reader, read_all, w));
    fill(w);
    uv_sem_post(&w->go);
    gateway_notify_ready(&w->notify);
    assert_int_equal(0, uv_thread_join(&reader));
    assert_string_equal("READY=1\nSTATUS=Serving", w->last);
}

static void nobody_waits_long_for_one_that_never_reads(void **state)
{
    struct world *w = *state;
    const uint64_t from = uv_hrtime();

    fill(w);
    gateway_notify_alive(&w->notify);
    gateway_notify_stopping(&w->notify);
    assert_true(uv_hrtime() - from < UINT64_C(10000000000));
}

static void a_successor_is_silent_until_it_succeeds_and_a_predecessor_from_then_on(void **state)
{
    struct world *w = *state;
    char text[128], expected[128];
    ssize_t n;

    w->notify.silent = true;
    gateway_notify_ready(&w->notify);
    gateway_notify_stopping(&w->notify);
    gateway_notify_succeed(&w->notify);
    n = recv(w->manager, text, sizeof text - 1, 0);
    assert_true(n > 0);
    text[n] = '\0';
    (void)snprintf(expected, sizeof expected, "MAINPID=%ld\nREADY=1\nSTATUS=Serving",
                   (long)getpid());
    assert_string_equal(expected, text);
    gateway_notify_hand_over(&w->notify, 17);
    gateway_notify_stopping(&w->notify);
    n = recv(w->manager, text, sizeof text - 1, 0);
    assert_true(n > 0);
    text[n] = '\0';
    assert_string_equal("MAINPID=17", text);
    assert_int_equal(-1, recv(w->manager, text, sizeof text, MSG_DONTWAIT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_said_once_waits_for_a_late_manager, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(nobody_waits_long_for_one_that_never_reads, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            a_successor_is_silent_until_it_succeeds_and_a_predecessor_from_then_on, setup,
            teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
