#include "gateway/lifetime/standard_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/cmocka_all.h"

/* Write until nothing more is taken. */
static void assert_full_without_waiting(int fd)
{
    static const char bytes[4096];

    while (write(fd, bytes, sizeof bytes) > 0)
        ;
    assert_int_equal(EAGAIN, errno);
}

static void a_full_pipe_takes_nothing_and_others_wait_as_before(void **state)
{
    int ends[2];
    int other;

    (void)state;
    assert_int_equal(0, pipe(ends));
    other = dup(ends[1]);
    gateway_standard_file_never_waits(ends[1]);
    assert_full_without_waiting(ends[1]);
    assert_int_equal(0, fcntl(other, F_GETFL) & O_NONBLOCK);
    (void)close(other);
    (void)close(ends[1]);
    (void)close(ends[0]);
}

static void a_full_socket_takes_nothing(void **state)
{
    int ends[2];

    (void)state;
    assert_int_equal(0, socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    gateway_standard_file_never_waits(ends[1]);
    assert_full_without_waiting(ends[1]);
    (void)close(ends[1]);
    (void)close(ends[0]);
}

static void a_file_stays_as_it_is(void **state)
{
    FILE *file = tmpfile();

    (void)state;
    assert_non_null(file);
    gateway_standard_file_never_waits(fileno(file));
    assert_int_equal(0, fcntl(fileno(file), F_GETFL) & O_NONBLOCK);
    (void)fclose(file);
    gateway_standard_file_never_waits(-1);
}

static void what_was_closed_is_open_to_nothing(void **state)
{
    const int input = dup(STDIN_FILENO);
    int flags;

    (void)state;
    (void)close(STDIN_FILENO);
    assert_true(gateway_standard_files_open());
    flags = fcntl(STDIN_FILENO, F_GETFL);
    if (input >= 0)
        (void)dup2(input, STDIN_FILENO);
    assert_int_equal(O_RDWR, flags & O_ACCMODE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_pipe_takes_nothing_and_others_wait_as_before),
        cmocka_unit_test(a_full_socket_takes_nothing),
        cmocka_unit_test(a_file_stays_as_it_is),
        cmocka_unit_test(what_was_closed_is_open_to_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
