/* Connecting to a name that has several addresses. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ra-tls/dial.h"
#include "tests/support/cmocka_all.h"

enum { TOTAL_MS = 6000, FILL_MAX = 64 };

static struct sockaddr_in addresses[2];
static struct addrinfo list[2];

int __wrap_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                       struct addrinfo **out);
void __wrap_freeaddrinfo(struct addrinfo *of);

/* Whatever is asked for has the two addresses. */
int __wrap_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                       struct addrinfo **out)
{
    (void)node;
    (void)service;
    (void)hints;
    for (int i = 0; i < 2; i++)
        list[i] = (struct addrinfo){.ai_family = AF_INET,
                                    .ai_addr = (struct sockaddr *)&addresses[i],
                                    .ai_addrlen = sizeof addresses[i]};
    list[0].ai_next = &list[1];
    *out = list;
    return 0;
}

void __wrap_freeaddrinfo(struct addrinfo *of)
{
    (void)of;
}

static int listen_at(struct sockaddr_in *address, int backlog)
{
    socklen_t len = sizeof *address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    *address =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_true(fd >= 0);
    assert_int_equal(0, bind(fd, (struct sockaddr *)address, len));
    assert_int_equal(0, listen(fd, backlog));
    assert_int_equal(0, getsockname(fd, (struct sockaddr *)address, &len));
    return fd;
}

/* Connect until the queue of a listener that never accepts is full: it answers nobody from then on.
 * Returns: number of sockets */
static int fill(const struct sockaddr_in *address, int fds[FILL_MAX])
{
    struct pollfd p = {.events = POLLOUT};
    int n = 0;

    do {
        assert_true(n < FILL_MAX);
        p.fd = fds[n++] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        (void)connect(p.fd, (const struct sockaddr *)address, sizeof *address);
    } while (poll(&p, 1, 300) == 1);
    return n;
}

static void an_address_that_swallows_packets_leaves_time_for_the_next(void **state)
{
    struct certbind_error err = {0};
    int fds[FILL_MAX];
    int silent = listen_at(&addresses[0], 0);
    int good = listen_at(&addresses[1], 16);
    int count = fill(&addresses[0], fds);
    int fd;

    (void)state;
    assert_int_equal(CERTBIND_OK,
                     ratls_dial("two.test", 443, ratls_now_ms() + TOTAL_MS, &fd, &err));
    assert_true(fd >= 0);
    (void)close(fd);
    while (count > 0)
        (void)close(fds[--count]);
    (void)close(good);
    (void)close(silent);
}

static void the_time_is_a_total(void **state)
{
    struct certbind_error err = {0};
    int fds[FILL_MAX];
    int silent = listen_at(&addresses[0], 0);
    int count = fill(&addresses[0], fds);
    int64_t begin = ratls_now_ms();
    int fd;

    (void)state;
    addresses[1] = addresses[0];
    assert_int_equal(CERTBIND_E_TRANSPORT_TIMEOUT,
                     ratls_dial("two.test", 443, begin + 200, &fd, &err));
    assert_int_equal(-1, fd);
    assert_true(ratls_now_ms() - begin >= 200);
    while (count > 0)
        (void)close(fds[--count]);
    (void)close(silent);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_that_swallows_packets_leaves_time_for_the_next),
        cmocka_unit_test(the_time_is_a_total),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
