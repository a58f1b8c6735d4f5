#include "tests/unit/ratls/slow_server.h"

#include <stdbool.h>
#include <string.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/x509.h>

#include "tests/support/cmocka_all.h"

#define HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

static void pause_ms(long ms)
{
    const struct timespec t = {.tv_nsec = ms * 1000000};

    (void)nanosleep(&t, NULL);
}

static bool write_text(SSL *ssl, const char *text)
{
    return SSL_write(ssl, text, (int)strlen(text)) > 0;
}

static void trickle(const struct slow_server *s, SSL *ssl)
{
    static const struct {
        const char *start;
        const char *again;
    } texts[] = {
        [SLOW_HEAD] = {HEAD "X: ", "y"},
        [SLOW_BODY] = {HEAD "Content-Length: 100000\r\n\r\n", " "},
        [SLOW_CHUNKS] = {HEAD "Transfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n"},
        [SLOW_INTERIM] = {"", "HTTP/1.1 102 Wait\r\n\r\n"},
    };
    char request[2048];

    if (SSL_read(ssl, request, sizeof request) <= 0 || !write_text(ssl, texts[s->kind].start))
        return;
    while (write_text(ssl, texts[s->kind].again))
        pause_ms(10);
}

/* What is said before the client's Finished came, in the same segment as ours. */
static void speak_first(const struct slow_server *s, SSL *ssl)
{
    static const char answer[] = HEAD "Content-Length: 2\r\n\r\n{}";
    const int on = 1;
    const int off = 0;
    size_t n;
    char byte;

    (void)setsockopt(SSL_get_fd(ssl), IPPROTO_TCP, TCP_CORK, &on, sizeof on);
    if (SSL_read_early_data(ssl, &byte, 1, &n) == SSL_READ_EARLY_DATA_FINISH &&
        s->kind == SLOW_TOO_EARLY)
        (void)SSL_write_early_data(ssl, answer, sizeof answer - 1, &n);
    (void)setsockopt(SSL_get_fd(ssl), IPPROTO_TCP, TCP_CORK, &off, sizeof off);
    if (SSL_accept(ssl) == 1 && s->kind == SLOW_SOON_CLOSED)
        (void)SSL_shutdown(ssl);
}

static void *serve(void *arg)
{
    const struct slow_server *s = arg;
    int fd = accept(s->listener, NULL, NULL);
    SSL *ssl = SSL_new(s->ctx);
    char byte;

    (void)SSL_set_fd(ssl, fd);
    if (s->kind == SLOW_TOO_EARLY || s->kind == SLOW_SOON_CLOSED)
        speak_first(s, ssl);
    else if (s->kind != SLOW_NO_TLS && SSL_accept(ssl) == 1 && s->kind != SLOW_SILENT)
        trickle(s, ssl);
    while (recv(fd, &byte, 1, 0) > 0)
        continue;
    SSL_free(ssl);
    (void)close(fd);
    return NULL;
}

static void make_identity(SSL_CTX *ctx)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    X509 *cert = X509_new();

    assert_int_equal(1, X509_set_version(cert, X509_VERSION_3));
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(cert), -60));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(cert), 3600));
    assert_int_equal(1, X509_set_pubkey(cert, key));
    assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
    assert_int_equal(1, SSL_CTX_use_certificate(ctx, cert));
    assert_int_equal(1, SSL_CTX_use_PrivateKey(ctx, key));
    X509_free(cert);
    EVP_PKEY_free(key);
}

void slow_server_start(struct slow_server *s, enum slow_server_kind kind)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;

    *s = (struct slow_server){.kind = kind, .listener = socket(AF_INET, SOCK_STREAM, 0)};
    assert_int_equal(0, bind(s->listener, (struct sockaddr *)&address, len));
    assert_int_equal(0, listen(s->listener, 1));
    assert_int_equal(0, getsockname(s->listener, (struct sockaddr *)&address, &len));
    s->port = ntohs(address.sin_port);
    s->ctx = SSL_CTX_new(TLS_server_method());
    make_identity(s->ctx);
    assert_int_equal(0, pthread_create(&s->thread, NULL, serve, s));
}

void slow_server_stop(struct slow_server *s)
{
    assert_int_equal(0, pthread_join(s->thread, NULL));
    SSL_CTX_free(s->ctx);
    (void)close(s->listener);
}
