#include "gateway/core/sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/core/server.h"
#include "tests/support/cmocka_all.h"

enum { THREADS = 3, LISTENERS = 2, ALL = THREADS * LISTENERS };

static const struct gw_listener_config listeners[] = {{.address = "127.0.0.1:0"},
                                                      {.address = "[::1]:0"}};

static struct gw_config config_of(const struct gw_listener_config *list, size_t count)
{
    struct gw_config config;

    gw_config_init(&config);
    config.threads = THREADS;
    config.listeners = list;
    config.listeners_count = count;
    return config;
}

/* Returns: the port that a socket is bound to. */
static int port_of(int fd)
{
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof address;

    assert_int_equal(0, getsockname(fd, (struct sockaddr *)&address, &len));
    return address.ss_family == AF_INET ? ntohs(((struct sockaddr_in *)&address)->sin_port)
                                        : ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
}

/* Returns: 0, or the errno of connecting to a port of 127.0.0.1. */
static int connect_to(int port)
{
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port),
                                   .sin_addr = {htonl(INADDR_LOOPBACK)}};
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int code = connect(fd, (const struct sockaddr *)&to, sizeof to) == 0 ? 0 : errno;

    (void)close(fd);
    return code;
}

static void each_thread_gets_a_socket_of_each_listener(void **state)
{
    const struct gw_config config = config_of(listeners, LISTENERS);
    char err[200] = "";
    int fds[ALL];

    (void)state;
    assert_int_equal(ALL, gw_sockets_count(&config));
    assert_true(gw_sockets_bind(&config, fds, err, sizeof err));
    for (size_t i = 0; i < ALL; i++) {
        assert_int_equal(port_of(fds[i - i % THREADS]), port_of(fds[i]));
        assert_int_equal(FD_CLOEXEC, fcntl(fds[i], F_GETFD));
    }
    assert_int_equal(ECONNREFUSED, connect_to(port_of(fds[0])));
    gw_sockets_close(fds, ALL);
    for (size_t i = 0; i < ALL; i++)
        assert_int_equal(-1, fds[i]);
    gw_sockets_close(fds, ALL);
}

static void clients_that_vanish_are_asked_for(void **state)
{
    const struct gw_config config = config_of(listeners, 1);
    char err[200] = "";
    int fds[THREADS];
    int on = 0;
    socklen_t len = sizeof on;
    int fd;

    (void)state;
    assert_true(gw_sockets_bind(&config, fds, err, sizeof err));
    assert_int_equal(0, listen(fds[0], 1));
    assert_int_equal(0, connect_to(port_of(fds[0])));
    fd = accept(fds[0], NULL, NULL);
    assert_int_equal(0, getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, &len));
    assert_int_equal(1, on);
    assert_int_equal(0, getsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &on, &len));
    assert_int_equal(60, on);
    (void)close(fd);
    gw_sockets_close(fds, THREADS);
}

static void a_failure_leaves_none_open(void **state)
{
    const struct gw_listener_config list[] = {{.address = "127.0.0.1:0"},
                                              {.address = "localhost:1"}};
    const struct gw_config config = config_of(list, LISTENERS);
    char err[200] = "";
    int fds[ALL];
    const int next = dup(0);

    (void)state;
    (void)close(next);
    assert_false(gw_sockets_bind(&config, fds, err, sizeof err));
    assert_string_equal("cannot read listen address 'localhost:1'", err);
    for (size_t i = 0; i < ALL; i++)
        assert_int_equal(-1, fds[i]);
    assert_int_equal(next, dup(0));
    (void)close(next);
}

static void a_server_serves_on_duplicates_of_the_callers(void **state)
{
    struct gw_config config = config_of(listeners, 1);
    char err[200] = "", address[64];
    int fds[THREADS];
    struct gw_server *server;
    int port;

    (void)state;
    assert_true(gw_sockets_bind(&config, fds, err, sizeof err));
    port = port_of(fds[0]);
    config.sockets = fds;
    server = gw_server_start(&config, NULL, err, sizeof err);
    assert_non_null(server);
    gw_server_address(server, 0, address, sizeof address);
    assert_int_equal(port, (int)strtol(strrchr(address, ':') + 1, NULL, 10));
    assert_int_equal(0, connect_to(port));
    gw_server_stop(server);
    gw_server_join(server);
    gw_server_free(server);
    assert_int_equal(0, connect_to(port)); /* the caller's still listen */
    gw_sockets_close(fds, THREADS);
    assert_int_equal(ECONNREFUSED, connect_to(port));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_thread_gets_a_socket_of_each_listener),
        cmocka_unit_test(clients_that_vanish_are_asked_for),
        cmocka_unit_test(a_failure_leaves_none_open),
        cmocka_unit_test(a_server_serves_on_duplicates_of_the_callers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
