/* A real server whose memory or descriptors are short when clients come. */
#include <errno.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <uv.h>

#include "gateway/core/conn.h"
#include "gateway/core/server.h"
#include "tests/support/cmocka_all.h"

enum { SEVERAL = 3, CLIENTS = 24, ROOM = 6, PATIENCE_S = 60 };

void *__real_calloc(size_t count, size_t size);
int __real_eventfd(unsigned value, int flags);
void *__wrap_calloc(size_t count, size_t size);
int __wrap_eventfd(unsigned value, int flags);

static atomic_bool without_memory;
static atomic_bool with_thief; /* takes what the spare descriptor was, before it comes back */
static atomic_int thief;
static uv_sem_t failed; /* once for each thing that there was not */

void *__wrap_calloc(size_t count, size_t size)
{
    if (!atomic_load(&without_memory) || count * size != sizeof(struct gw_conn))
        return __real_calloc(count, size);
    uv_sem_post(&failed);
    return NULL;
}

int __wrap_eventfd(unsigned value, int flags)
{
    int fd;

    if (atomic_exchange(&with_thief, false))
        atomic_store(&thief, dup(0));
    fd = __real_eventfd(value, flags);
    if (fd < 0)
        uv_sem_post(&failed);
    return fd;
}

static void on_request(void *user, struct gw_exchange *x, const struct gw_http1_request *req,
                       const struct gw_conn_info *conn)
{
    (void)user;
    (void)req;
    (void)conn;
    gw_exchange_respond(x, &(struct gw_response){.status = 204});
}

struct world {
    struct gw_server *server;
    struct rlimit files; /* as they were */
    int port;
};

static struct world world_open(unsigned threads)
{
    static const struct gw_listener_config listener = {.address = "127.0.0.1:0"};
    struct world w;
    struct gw_config config;
    char err[256] = "", address[64];

    gw_config_init(&config);
    config.threads = threads;
    config.listeners = &listener;
    config.listeners_count = 1;
    config.exchange.on_request = on_request;
    w.server = gw_server_start(&config, NULL, err, sizeof err);
    assert_non_null(w.server);
    gw_server_address(w.server, 0, address, sizeof address);
    w.port = (int)strtol(strrchr(address, ':') + 1, NULL, 10);
    assert_int_equal(0, getrlimit(RLIMIT_NOFILE, &w.files));
    assert_int_equal(0, uv_sem_init(&failed, 0));
    return w;
}

static void world_close(struct world *w)
{
    assert_int_equal(0, setrlimit(RLIMIT_NOFILE, &w->files));
    gw_server_stop(w->server);
    gw_server_join(w->server);
    gw_server_free(w->server);
    uv_sem_destroy(&failed);
}

/* No more descriptors than are open, and room. */
static void limit_files(const struct world *w, unsigned room)
{
    struct rlimit files = w->files;
    int next = dup(0);

    files.rlim_cur = (rlim_t)next + room;
    (void)close(next);
    assert_int_equal(0, setrlimit(RLIMIT_NOFILE, &files));
}

static int new_client(void)
{
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(0, setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience));
    return fd;
}

static void come(const struct world *w, int fd)
{
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)w->port),
                                   .sin_addr = {htonl(INADDR_LOOPBACK)}};

    assert_int_equal(0, connect(fd, (const struct sockaddr *)&to, sizeof to));
}

/* Returns: whether there was an answer; if not, the connection was closed. */
static bool is_served(int fd)
{
    static const char get[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n", no_content[] = "HTTP/1.1 204 ";
    char answer[512] = "";
    ssize_t n;

    (void)send(fd, get, sizeof get - 1, MSG_NOSIGNAL);
    n = recv(fd, answer, sizeof answer - 1, 0);
    if (n < 0)
        assert_int_equal(ECONNRESET, errno);
    if (n > 0)
        assert_memory_equal(no_content, answer, sizeof no_content - 1);
    return n > 0;
}

static void wait_failures(unsigned count)
{
    while (count-- > 0)
        uv_sem_wait(&failed);
}

static void a_loop_without_connections_takes_a_client_when_there_is_memory_again(void **state)
{
    struct world w = world_open(1);
    int client = new_client();

    (void)state;
    atomic_store(&without_memory, true);
    come(&w, client);
    wait_failures(SEVERAL);
    atomic_store(&without_memory, false);
    assert_true(is_served(client));
    (void)close(client);
    world_close(&w);
}

static void a_server_ends_while_a_client_waits_for_memory(void **state)
{
    struct world w = world_open(1);
    int client = new_client();

    (void)state;
    atomic_store(&without_memory, true);
    come(&w, client);
    wait_failures(1);
    world_close(&w);
    atomic_store(&without_memory, false);
    assert_false(is_served(client));
    (void)close(client);
}

static void without_files_who_comes_is_turned_away_and_who_is_served_stays(void **state)
{
    struct world w = world_open(SEVERAL);
    int clients[CLIENTS];
    bool served[CLIENTS];
    size_t count = 0;

    (void)state;
    for (size_t i = 0; i < CLIENTS; i++)
        clients[i] = new_client();
    limit_files(&w, ROOM);
    for (size_t i = 0; i < CLIENTS; i++)
        come(&w, clients[i]);
    for (size_t i = 0; i < CLIENTS; i++)
        count += served[i] = is_served(clients[i]);
    assert_in_range(count, 1, ROOM);
    for (size_t i = 0; i < CLIENTS; i++)
        assert_int_equal(served[i], is_served(clients[i]));
    assert_int_equal(0, setrlimit(RLIMIT_NOFILE, &w.files));
    for (size_t i = 0; i < CLIENTS; i++)
        (void)close(clients[i]);
    clients[0] = new_client();
    come(&w, clients[0]);
    assert_true(is_served(clients[0]));
    (void)close(clients[0]);
    world_close(&w);
}

static void without_the_spare_file_who_comes_waits_until_it_is_back(void **state)
{
    struct world w = world_open(1);
    int served = new_client(), first = new_client(), second = new_client();
    char byte;

    (void)state;
    come(&w, served);
    assert_true(is_served(served));
    limit_files(&w, 0);
    atomic_store(&with_thief, true);
    come(&w, first);
    assert_false(is_served(first));
    wait_failures(1);
    come(&w, second);
    wait_failures(SEVERAL);
    assert_int_equal(-1, recv(second, &byte, 1, MSG_DONTWAIT));
    assert_int_equal(EAGAIN, errno);
    assert_true(is_served(served));
    (void)close(atomic_load(&thief));
    assert_false(is_served(second));
    assert_true(is_served(served));
    (void)close(served);
    (void)close(first);
    (void)close(second);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loop_without_connections_takes_a_client_when_there_is_memory_again),
        cmocka_unit_test(a_server_ends_while_a_client_waits_for_memory),
        cmocka_unit_test(without_files_who_comes_is_turned_away_and_who_is_served_stays),
        cmocka_unit_test(without_the_spare_file_who_comes_waits_until_it_is_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
