/* The local proxy keeps the same limits as a blocking client, and says so in its answer. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "ra-tls/shim/shim.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/ratls/slow_server.h"

enum { SHORT_MS = 300, LONG_MS = 20000 };

struct proxy {
    struct slow_server server;
    struct ratls_ctx *ctx;
    struct ratls_target target;
    char ready_file[64];
    struct shim_options options;
    pthread_t thread;
};

static void *run(void *arg)
{
    return shim_run(arg) ? arg : NULL;
}

/* Returns: the port that the ready file names. */
static uint16_t wait_for_port(const char *path)
{
    const struct timespec pause = {.tv_nsec = 20000000};
    unsigned port = 0;

    for (int i = 0; i < 500 && port == 0; i++) {
        FILE *f = fopen(path, "r");

        if (f != NULL && fscanf(f, "{\"listen\":\"127.0.0.1:%u\"", &port) != 1)
            port = 0;
        if (f != NULL)
            (void)fclose(f);
        (void)nanosleep(&pause, NULL);
    }
    assert_int_not_equal(0, port);
    return (uint16_t)port;
}

static void ask(uint16_t port, char *answer, size_t room)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    char request[200];
    size_t len = 0;
    ssize_t n;

    assert_int_equal(0, connect(fd, (struct sockaddr *)&address, sizeof address));
    n = snprintf(request, sizeof request,
                 "POST / HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nConnection: close\r\n"
                 "Content-Length: 6\r\n\r\nsecret",
                 port);
    assert_int_equal(n, write(fd, request, (size_t)n));
    while (len < room - 1 && (n = read(fd, answer + len, room - 1 - len)) > 0)
        len += (size_t)n;
    answer[len] = '\0';
    (void)close(fd);
}

/* Ask through a local proxy whose far side is of that kind. */
static void answer_of(enum slow_server_kind kind, unsigned total_ms, unsigned request_ms,
                      char *answer, size_t room)
{
    const struct ratls_options options = {.policy = NULL};
    struct proxy p = {.ready_file = "/tmp/shim-limits-XXXXXX"};
    sigset_t term;
    void *ended;
    int fd = mkstemp(p.ready_file);

    assert_true(fd >= 0);
    (void)close(fd);
    slow_server_start(&p.server, kind);
    assert_int_equal(CERTBIND_OK, ratls_ctx_new(&options, &p.ctx, NULL));
    p.target = (struct ratls_target){.host = "gw.example.test",
                                     .port = 443,
                                     .address = "127.0.0.1",
                                     .address_port = p.server.port,
                                     .timeout_ms = total_ms,
                                     .request_timeout_ms = request_ms};
    p.options = (struct shim_options){
        .ctx = p.ctx, .listen = "127.0.0.1:0", .target = &p.target, .ready_file = p.ready_file};
    /* The signal is for the shim, which reads it, and not for this thread. */
    (void)sigemptyset(&term);
    (void)sigaddset(&term, SIGTERM);
    assert_int_equal(0, pthread_sigmask(SIG_BLOCK, &term, NULL));
    assert_int_equal(0, pthread_create(&p.thread, NULL, run, &p.options));
    ask(wait_for_port(p.ready_file), answer, room);
    slow_server_stop(&p.server);
    assert_int_equal(0, kill(getpid(), SIGTERM));
    assert_int_equal(0, pthread_join(p.thread, &ended));
    assert_non_null(ended);
    (void)unlink(p.ready_file);
    ratls_ctx_free(p.ctx);
}

static void an_answer_before_the_request_refuses(void **state)
{
    char answer[2000];

    (void)state;
    answer_of(SLOW_TOO_EARLY, LONG_MS, LONG_MS, answer, sizeof answer);
    assert_non_null(strstr(answer, " 502 "));
    assert_non_null(strstr(answer, "\"code\":\"http-unsolicited\""));
}

static void each_limit_ends_a_proof(void **state)
{
    char answer[2000];

    (void)state;
    for (int i = 0; i < 2; i++) {
        answer_of(SLOW_HEAD, i == 0 ? SHORT_MS : LONG_MS, i == 0 ? LONG_MS : SHORT_MS, answer,
                  sizeof answer);
        assert_non_null(strstr(answer, " 504 "));
        assert_non_null(strstr(answer, "\"code\":\"upstream-proof-timeout\""));
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_before_the_request_refuses),
        cmocka_unit_test(each_limit_ends_a_proof),
    };

    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
