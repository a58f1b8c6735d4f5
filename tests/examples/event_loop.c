/*
 * event_loop: the same over a non-blocking socket and poll(), with libratls as bytes in, bytes out.
 *
 *   event_loop POLICY ROOT COLLATERAL_URL HOST PORT
 */
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "ra-tls/policy_file.h"
#include "ra-tls/ratls.h"

enum { REQUEST_MS = 10000, VERDICT_MS = 30000, COLLATERAL_MS = 20000 };

struct client {
    struct ratls_ctx *ctx;
    SSL_CTX *ssl_ctx;
    SSL *ssl;
    struct ratls_session *session;
    struct ratls_sources sources;
    int fd;
    int64_t deadline_ms; /* of what is under way, as a total: no byte now and then moves it */
};

static int64_t now_ms(void)
{
    struct timespec t = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Wait for what an SSL call said it needs. Returns: false when it failed or time is up. */
static bool wait_for(struct client *c, int result)
{
    int want = SSL_get_error(c->ssl, result);
    struct pollfd p = {.fd = c->fd, .events = want == SSL_ERROR_WANT_WRITE ? POLLOUT : POLLIN};
    int64_t left = c->deadline_ms - now_ms();

    return (want == SSL_ERROR_WANT_READ || want == SSL_ERROR_WANT_WRITE) && left > 0 &&
           poll(&p, 1, (int)left) == 1;
}

/* Returns: whether nothing has come unasked; what did refuses the connection. */
static bool is_quiet(struct client *c)
{
    char byte;
    size_t n = 0;
    int rc = SSL_peek_ex(c->ssl, &byte, 1, &n);

    return rc != 1 && SSL_get_error(c->ssl, rc) == SSL_ERROR_WANT_READ;
}

static bool send_all(struct client *c, const void *data, size_t len)
{
    const char *at = data;
    size_t n = 0;

    for (; len > 0; at += n, len -= n) {
        int rc = SSL_write_ex(c->ssl, at, len, &n);

        if (rc == 1)
            continue;
        n = 0;
        if (!wait_for(c, rc))
            return false;
    }
    return true;
}

static size_t receive(struct client *c, void *data, size_t room)
{
    size_t n = 0;
    int rc;

    while ((rc = SSL_read_ex(c->ssl, data, room, &n)) != 1)
        if (!wait_for(c, rc))
            return 0;
    return n;
}

/* Collateral that the server did not send. It blocks: a real loop asks a thread of its own. */
static void find_collateral(struct client *c)
{
    struct ratls_tried tried;
    char *bundle = NULL;
    size_t len = 0;
    const struct ratls_search search = {
        .sources = &c->sources,
        .quote = ratls_session_quote(c->session),
        .now = (uint64_t)time(NULL),
        .timeout_ms = COLLATERAL_MS,
    };

    if (ratls_collateral_find(c->ctx, &search, &bundle, &len, &tried, NULL) != CERTBIND_OK)
        len = 0; /* an empty bundle says that there is none: the session refuses */
    ratls_session_tell_tried(c->session, &tried);
    ratls_session_give_collateral(c->session, certbind_bytes(bundle, len));
    free(bundle);
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Drive the session until it has an opinion. Returns: whether the connection is proven. */
static bool prove(struct client *c)
{
    const int64_t verdict_by = now_ms() + VERDICT_MS;
    uint8_t data[4096];
    size_t len = 0;

    for (;;) {
        struct ratls_output out;
        uint64_t now = (uint64_t)time(NULL);
        enum ratls_want want = ratls_session_step(c->session, data, len, now, &out);

        len = 0;
        if (want == RATLS_WANT_COLLATERAL) {
            if (!ratls_collateral_give_kept(c->ctx, c->session, now))
                find_collateral(c);
            continue;
        }
        if (want == RATLS_WANT_TIME) {
            (void)poll(NULL, 0, (int)out.wait_ms); /* a real loop sets a timer */
            continue;
        }
        if (want != RATLS_WANT_BYTES)
            break;
        if (out.send_len > 0)
            c->deadline_ms = sooner(now_ms() + REQUEST_MS, verdict_by);
        if (out.send_len > 0 && !is_quiet(c))
            ratls_session_fail(c->session, CERTBIND_E_HTTP_UNSOLICITED,
                               "unasked bytes, or the end");
        else if (!send_all(c, out.send, out.send_len) || (len = receive(c, data, sizeof data)) == 0)
            ratls_session_fail(c->session, CERTBIND_E_HTTP_TRUNCATED, "no whole reply in time");
    }
    if (!is_quiet(c))
        ratls_session_fail(c->session, CERTBIND_E_HTTP_UNSOLICITED, "unasked bytes, or the end");
    return ratls_session_usable(c->session, (uint64_t)time(NULL));
}

static bool dial(struct client *c, const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;

    if (getaddrinfo(host, port, &hints, &list) != 0)
        return false;
    for (struct addrinfo *a = list; a != NULL && c->fd < 0; a = a->ai_next) {
        c->fd = socket(a->ai_family, a->ai_socktype, 0);
        if (c->fd >= 0 && connect(c->fd, a->ai_addr, a->ai_addrlen) != 0) {
            (void)close(c->fd);
            c->fd = -1;
        }
    }
    freeaddrinfo(list);
    return c->fd >= 0 && fcntl(c->fd, F_SETFL, O_NONBLOCK) == 0;
}

static bool handshake(struct client *c, const char *host)
{
    int rc;

    c->ssl_ctx = ratls_ssl_ctx_new(c->ctx, NULL); /* TLS 1.3 alone, no tickets */
    c->ssl = c->ssl_ctx == NULL ? NULL : SSL_new(c->ssl_ctx);
    if (c->ssl == NULL || SSL_set_fd(c->ssl, c->fd) != 1 || !ratls_ssl_set_name(c->ssl, host))
        return false;
    while ((rc = SSL_connect(c->ssl)) != 1)
        if (!wait_for(c, rc))
            return false;
    return true;
}

static int run(struct client *c, const char *host, const char *port)
{
    const struct certbind_report *report;
    char data[4096];
    int len = snprintf(data, sizeof data, "GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n",
                       host);
    size_t n;

    c->deadline_ms = now_ms() + VERDICT_MS;
    if (!dial(c, host, port) || !handshake(c, host))
        return 1;
    c->session = ratls_session_new(c->ctx, c->ssl, host, (uint16_t)strtoul(port, NULL, 10));
    if (c->session == NULL)
        return 1;
    if (!prove(c)) {
        report = ratls_session_report(c->session);
        (void)fprintf(stderr, "refused %s: %s\n", certbind_status_name(report->code),
                      report->detail);
        return 10;
    }
    c->deadline_ms = now_ms() + VERDICT_MS; /* of the whole answer */
    if (!send_all(c, data, (size_t)len))
        return 1;
    while ((n = receive(c, data, sizeof data)) > 0)
        (void)fwrite(data, 1, n, stdout);
    return 0;
}

static void cleanup(struct client *c)
{
    ratls_session_free(c->session); /* before the SSL object and the context */
    SSL_free(c->ssl);
    SSL_CTX_free(c->ssl_ctx);
    ratls_ctx_free(c->ctx);
    if (c->fd >= 0)
        (void)close(c->fd);
}

int main(int argc, char **argv)
{
    struct certbind_problems *problems = calloc(1, sizeof *problems);
    struct certbind_policy policy = {0};
    struct ratls_options options = {.policy = &policy};
    struct client c = {.fd = -1};
    uint8_t *root = NULL;
    size_t root_len = 0;
    int code = 30;

    if (argc != 6 || problems == NULL)
        return 2;
    (void)signal(SIGPIPE, SIG_IGN);
    c.sources.urls[c.sources.url_count++] = argv[3];
    if (ratls_policy_load(argv[1], &policy, problems, NULL) == CERTBIND_OK &&
        ratls_root_load(argv[2], &root, &root_len, NULL) == CERTBIND_OK) {
        options.root_der = certbind_bytes(root, root_len);
        code = ratls_ctx_new(&options, &c.ctx, NULL) == CERTBIND_OK ? run(&c, argv[4], argv[5]) : 1;
    }
    cleanup(&c);
    free(root);
    certbind_policy_cleanup(&policy);
    free(problems);
    return code;
}
