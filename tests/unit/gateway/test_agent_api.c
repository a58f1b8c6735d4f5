#include "gateway/agent/api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/support/cmocka_all.h"

static const char *const paths[] = {
    "/var/run/dstack.sock",       "/run/dstack.sock",       "/var/run/dstack/dstack.sock",
    "/run/dstack/dstack.sock",    "/var/run/tappd.sock",    "/run/tappd.sock",
    "/var/run/dstack/tappd.sock", "/run/dstack/tappd.sock",
};

static const char *const folders[] = {"/var", "/var/run", "/var/run/dstack", "/run", "/run/dstack"};

enum { PATHS = sizeof paths / sizeof paths[0], FOLDERS = sizeof folders / sizeof folders[0] };

static void join(const char *root, const char *path, char out[GATEWAY_AGENT_SOCKET_ROOM])
{
    (void)snprintf(out, GATEWAY_AGENT_SOCKET_ROOM, "%s%s", root, path);
}

/* A socket file; what listened on it is gone. */
static void make_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    assert_true(fd >= 0);
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    assert_int_equal(0, bind(fd, (struct sockaddr *)&address, sizeof address));
    (void)close(fd);
}

static void the_newer_sockets_come_before_those_of_tappd(void **state)
{
    char root[] = "/tmp/dp-unit-XXXXXX";
    char path[GATEWAY_AGENT_SOCKET_ROOM];
    char found[GATEWAY_AGENT_SOCKET_ROOM];

    (void)state;
    assert_non_null(mkdtemp(root));
    for (size_t i = 0; i < FOLDERS; i++) {
        join(root, folders[i], path);
        assert_int_equal(0, mkdir(path, 0700));
    }
    for (size_t i = 0; i < PATHS; i++) {
        join(root, paths[i], path);
        make_socket(path);
    }
    for (size_t i = 0; i < PATHS; i++) {
        join(root, paths[i], path);
        gateway_agent_find_socket(root, found);
        assert_string_equal(path, found);
        assert_int_equal(0, unlink(path));
    }
    join(root, paths[0], path);
    gateway_agent_find_socket(root, found);
    assert_string_equal(path, found);
    for (size_t i = FOLDERS; i > 0; i--) {
        join(root, folders[i - 1], path);
        assert_int_equal(0, rmdir(path));
    }
    assert_int_equal(0, rmdir(root));
}

static void a_file_that_is_no_socket_is_passed_over(void **state)
{
    char root[] = "/tmp/dp-unit-XXXXXX";
    char folder[GATEWAY_AGENT_SOCKET_ROOM];
    char path[GATEWAY_AGENT_SOCKET_ROOM];
    char found[GATEWAY_AGENT_SOCKET_ROOM];
    FILE *file;

    (void)state;
    assert_non_null(mkdtemp(root));
    join(root, "/run", folder);
    assert_int_equal(0, mkdir(folder, 0700));
    join(root, "/run/dstack.sock", path);
    file = fopen(path, "w");
    assert_non_null(file);
    (void)fclose(file);
    join(root, "/run/tappd.sock", path);
    make_socket(path);
    gateway_agent_find_socket(root, found);
    assert_string_equal(path, found);
    assert_int_equal(0, unlink(path));
    join(root, "/run/dstack.sock", path);
    assert_int_equal(0, unlink(path));
    assert_int_equal(0, rmdir(folder));
    assert_int_equal(0, rmdir(root));
}

static void each_api_has_its_request_line(void **state)
{
    static const struct {
        enum gateway_agent_api api;
        const char *method, *line;
    } rows[] = {
        {GATEWAY_AGENT_API_UNKNOWN, "Info", "POST /Info HTTP/1.1\r\n"},
        {GATEWAY_AGENT_API_DSTACK, "GetKey", "POST /GetKey HTTP/1.1\r\n"},
        {GATEWAY_AGENT_API_TAPPD, "Info", "POST /prpc/Tappd.Info HTTP/1.1\r\n"},
        {GATEWAY_AGENT_API_TAPPD, "GetKey", "POST /prpc/Tappd.DeriveK256Key HTTP/1.1\r\n"},
        {GATEWAY_AGENT_API_TAPPD, "GetQuote", "POST /prpc/Tappd.RawQuote HTTP/1.1\r\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t room = gateway_agent_request_room(rows[i].method, "{\"a\":1}");
        char *request = malloc(room);
        size_t len;

        assert_non_null(request);
        len = gateway_agent_request_encode(rows[i].api, rows[i].method, "{\"a\":1}", request, room);
        assert_true(len < room);
        assert_memory_equal(rows[i].line, request, strlen(rows[i].line));
        assert_string_equal("{\"a\":1}", request + len - 7);
        free(request);
    }
}

static void a_url_has_a_host_and_perhaps_a_port(void **state)
{
    static const struct {
        const char *url;
        bool ok;
        const char *host, *port;
    } rows[] = {
        {"http://agent", true, "agent", "80"},
        {"http://agent/", true, "agent", "80"},
        {"http://127.0.0.1:1", true, "127.0.0.1", "1"},
        {"http://", false, "", ""},
        {"http://agent:", false, "", ""},
        {"http://agent:123456", false, "", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char host[GATEWAY_AGENT_HOST_ROOM] = "";
        char port[GATEWAY_AGENT_PORT_ROOM] = "";

        assert_int_equal(rows[i].ok, gateway_agent_split_url(rows[i].url, host, port));
        assert_string_equal(rows[i].host, host);
        assert_string_equal(rows[i].port, port);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newer_sockets_come_before_those_of_tappd),
        cmocka_unit_test(a_file_that_is_no_socket_is_passed_over),
        cmocka_unit_test(each_api_has_its_request_line),
        cmocka_unit_test(a_url_has_a_host_and_perhaps_a_port),
    };

    return cmocka_run_group_tests_name("agent_api", tests, NULL, NULL);
}
