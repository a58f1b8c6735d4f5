/* The listener for health checks when memory is short. */
#include "gateway/admin/admin.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/cmocka_all.h"

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);

static bool without_memory;

void *__wrap_calloc(size_t count, size_t size)
{
    return without_memory ? NULL : __real_calloc(count, size);
}

static int listening(struct sockaddr_in *address)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    socklen_t len = sizeof *address;

    *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    assert_int_equal(0, bind(fd, (struct sockaddr *)address, len));
    assert_int_equal(0, getsockname(fd, (struct sockaddr *)address, &len));
    return fd;
}

/* Returns: how many bytes the answer to a client has; 0: the connection was closed. */
static ssize_t ask(uv_loop_t *loop, const struct sockaddr_in *address, char *answer, size_t room)
{
    static const char get[] = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ssize_t n;

    assert_int_equal(0, connect(fd, (const struct sockaddr *)address, sizeof *address));
    assert_int_equal(sizeof get - 1, send(fd, get, sizeof get - 1, MSG_NOSIGNAL));
    while ((n = recv(fd, answer, room, MSG_DONTWAIT)) < 0 && errno == EAGAIN)
        (void)uv_run(loop, UV_RUN_NOWAIT);
    (void)close(fd);
    return n < 0 ? 0 : n;
}

static void who_comes_without_memory_is_closed_and_the_next_one_is_answered(void **state)
{
    static const char ok[] = "HTTP/1.1 200 OK\r\n";
    struct gateway_admin_options options = {0};
    struct gateway_admin *admin;
    struct sockaddr_in address;
    char err[200] = "", answer[512];
    uv_loop_t loop;

    (void)state;
    assert_int_equal(0, uv_loop_init(&loop));
    options.loop = &loop;
    options.fd = listening(&address);
    admin = gateway_admin_start(&options, err, sizeof err);
    assert_non_null(admin);
    without_memory = true;
    for (int i = 0; i < 2; i++)
        assert_int_equal(0, ask(&loop, &address, answer, sizeof answer));
    without_memory = false;
    assert_true(ask(&loop, &address, answer, sizeof answer) > (ssize_t)sizeof ok);
    assert_memory_equal(ok, answer, sizeof ok - 1);
    gateway_admin_stop(admin);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(0, uv_loop_close(&loop));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_comes_without_memory_is_closed_and_the_next_one_is_answered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
