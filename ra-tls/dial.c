#include "ra-tls/dial.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>

#include "ra-tls/client_certificate.h"

int64_t ratls_now_ms(void)
{
    struct timespec t = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool wait_events(int fd, short events, int64_t deadline_ms)
{
    for (;;) {
        struct pollfd p = {.fd = fd, .events = events};
        int64_t left = deadline_ms - ratls_now_ms();
        int n;

        if (left <= 0)
            return false;
        n = poll(&p, 1, left > 60000 ? 60000 : (int)left);
        if (n > 0)
            return true;
        if (n < 0 && errno != EINTR)
            return false;
    }
}

bool ratls_wait_for(int fd, int ssl_error, int64_t deadline_ms)
{
    return wait_events(fd, ssl_error == SSL_ERROR_WANT_WRITE ? POLLOUT : POLLIN, deadline_ms);
}

/* Returns 0, ETIMEDOUT, or the errno of the connection. */
static int connect_one(const struct addrinfo *address, int64_t deadline_ms, int *fd)
{
    int one = 1;
    int failure = 0;
    socklen_t len = sizeof failure;

    *fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (*fd < 0)
        return errno;
    (void)setsockopt(*fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(*fd, address->ai_addr, address->ai_addrlen) != 0)
        failure = errno;
    if (failure == EINPROGRESS && !wait_events(*fd, POLLOUT, deadline_ms))
        failure = ETIMEDOUT;
    else if (failure == EINPROGRESS && getsockopt(*fd, SOL_SOCKET, SO_ERROR, &failure, &len) != 0)
        failure = errno;
    if (failure != 0) {
        (void)close(*fd);
        *fd = -1;
    }
    return failure;
}

certbind_status ratls_dial(const char *host, uint16_t port, int64_t deadline_ms, int *fd,
                           struct certbind_error *err)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *list = NULL;
    char service[8];
    int left = 0;
    int failure = 0;
    int rc;

    *fd = -1;
    (void)snprintf(service, sizeof service, "%u", (unsigned)port);
    rc = getaddrinfo(host, service, &hints, &list);
    if (rc != 0)
        return certbind_fail(err, CERTBIND_E_TRANSPORT_CONNECT, "cannot resolve '%.80s': %s", host,
                             gai_strerror(rc));
    for (const struct addrinfo *a = list; a != NULL; a = a->ai_next)
        left++;
    /* Each address gets its share of the time that is left: one that swallows packets, as IPv6 does
     * where it is broken, does not starve the next. */
    for (const struct addrinfo *a = list; a != NULL && *fd < 0; a = a->ai_next, left--) {
        const int64_t now_ms = ratls_now_ms();

        failure = connect_one(a, now_ms + (deadline_ms - now_ms) / left, fd);
    }
    freeaddrinfo(list);
    if (*fd >= 0)
        return CERTBIND_OK;
    return certbind_fail(
        err, failure == ETIMEDOUT ? CERTBIND_E_TRANSPORT_TIMEOUT : CERTBIND_E_TRANSPORT_CONNECT,
        "cannot connect to '%.80s' port %s: %s", host, service, strerror(failure));
}

static certbind_status handshake_failure(struct certbind_error *err)
{
    unsigned long e = ERR_peek_error();
    int reason = ERR_GET_REASON(e);

    if (reason == SSL_R_UNSUPPORTED_PROTOCOL || reason == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION ||
        reason == SSL_R_WRONG_VERSION_NUMBER)
        return certbind_fail_crypto(err, CERTBIND_E_TRANSPORT_VERSION, "no TLS 1.3 handshake");
    if (ratls_is_certificate_alert(e))
        return certbind_fail_crypto(err, CERTBIND_E_TRANSPORT_CLIENT_CERTIFICATE,
                                    "the handshake failed");
    if (reason == SSL_AD_REASON_OFFSET + SSL_AD_NO_APPLICATION_PROTOCOL)
        return certbind_fail_crypto(err, CERTBIND_E_TRANSPORT_ALPN, "the handshake failed");
    return certbind_fail_crypto(err, CERTBIND_E_TRANSPORT_CONNECT, "the handshake failed");
}

certbind_status ratls_handshake(SSL *ssl, int64_t deadline_ms, struct certbind_error *err)
{
    for (;;) {
        int rc;
        int why;

        ERR_clear_error();
        rc = SSL_connect(ssl);
        if (rc == 1)
            return CERTBIND_OK;
        why = SSL_get_error(ssl, rc);
        if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
            return handshake_failure(err);
        if (!ratls_wait_for(SSL_get_fd(ssl), why, deadline_ms))
            return certbind_fail(err, CERTBIND_E_TRANSPORT_TIMEOUT,
                                 "the handshake did not end in time");
    }
}
