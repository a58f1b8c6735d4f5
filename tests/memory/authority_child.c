#include "tests/memory/authority_child.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "tests/support/cmocka_all.h"

enum { REQUEST_ROOM = 8192, DAY_S = 86400 };

struct authority {
    int listening;
    SSL_CTX *ctx;
    unsigned port;
};

static X509 *make_certificate(EVP_PKEY *key)
{
    X509 *x = X509_new();
    X509V3_CTX v3;
    X509_EXTENSION *name;

    assert_int_equal(1, X509_set_version(x, 2));
    assert_int_equal(1, ASN1_INTEGER_set(X509_get_serialNumber(x), 1));
    assert_int_equal(1, X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                                                   (const unsigned char *)"acme", -1, -1, 0));
    assert_int_equal(1, X509_set_issuer_name(x, X509_get_subject_name(x)));
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(x), -DAY_S));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(x), DAY_S));
    assert_int_equal(1, X509_set_pubkey(x, key));
    X509V3_set_ctx_nodb(&v3);
    name = X509V3_EXT_conf_nid(NULL, &v3, NID_subject_alt_name, "DNS:localhost");
    assert_non_null(name);
    assert_int_equal(1, X509_add_ext(x, name, -1));
    X509_EXTENSION_free(name);
    assert_true(X509_sign(x, key, EVP_sha256()) > 0);
    return x;
}

static void open_tls(struct authority *a, const char *ca_file)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    X509 *certificate = make_certificate(key);
    FILE *f = fopen(ca_file, "w");

    assert_non_null(f);
    assert_int_equal(1, PEM_write_X509(f, certificate));
    assert_int_equal(0, fclose(f));
    a->ctx = SSL_CTX_new(TLS_server_method());
    assert_int_equal(1, SSL_CTX_use_cert_and_key(a->ctx, certificate, key, NULL, 1));
    X509_free(certificate);
    EVP_PKEY_free(key);
}

static void open_port(struct authority *a)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;

    a->listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(0, bind(a->listening, (struct sockaddr *)&at, sizeof at));
    assert_int_equal(0, listen(a->listening, 8));
    assert_int_equal(0, getsockname(a->listening, (struct sockaddr *)&at, &len));
    a->port = ntohs(at.sin_port);
}

/* Read one request with its body. Returns: whether it came as a whole. */
static bool read_request(SSL *ssl, char text[REQUEST_ROOM])
{
    size_t len = 0;

    for (;;) {
        const int n = SSL_read(ssl, text + len, (int)(REQUEST_ROOM - 1 - len));
        const char *end, *field;

        if (n <= 0)
            return false;
        len += (size_t)n;
        text[len] = '\0';
        end = strstr(text, "\r\n\r\n");
        field = strcasestr(text, "\r\ncontent-length:");
        if (end != NULL &&
            len >= (size_t)(end + 4 - text) +
                       (field != NULL && field < end ? strtoul(field + 17, NULL, 10) : 0))
            return true;
    }
}

static void answer(const struct authority *a, SSL *ssl)
{
    char request[REQUEST_ROOM], body[300] = "", reply[600];
    bool is_directory;

    if (!read_request(ssl, request))
        return;
    is_directory = strncmp(request, "GET /dir ", 9) == 0;
    if (is_directory)
        (void)snprintf(body, sizeof body,
                       "{\"newNonce\":\"https://localhost:%u/nonce\",\"newAccount\":"
                       "\"https://localhost:%u/account\",\"newOrder\":\"https://localhost:%u/o\"}",
                       a->port, a->port, a->port);
    (void)snprintf(reply, sizeof reply,
                   "HTTP/1.1 %s\r\nReplay-Nonce: abc\r\nConnection: close\r\n"
                   "Content-Length: %zu\r\n\r\n%s",
                   strncmp(request, "POST ", 5) == 0 ? "403 Forbidden" : "200 OK", strlen(body),
                   body);
    (void)SSL_write(ssl, reply, (int)strlen(reply));
    (void)SSL_shutdown(ssl);
}

static void be_the_authority(const struct authority *a)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* it must not outlive a test that fails */
    (void)signal(SIGPIPE, SIG_IGN);
    for (;;) {
        const int fd = accept(a->listening, NULL, NULL);
        SSL *ssl = SSL_new(a->ctx);

        if (fd >= 0 && ssl != NULL && SSL_set_fd(ssl, fd) == 1 && SSL_accept(ssl) == 1)
            answer(a, ssl);
        SSL_free(ssl);
        if (fd >= 0)
            (void)close(fd);
    }
}

pid_t authority_child_start(struct authority_told *told)
{
    struct authority a = {.listening = -1};
    char folder[] = "/tmp/dp-unit-XXXXXX";
    pid_t pid;

    assert_non_null(mkdtemp(folder));
    (void)snprintf(told->ca_file, sizeof told->ca_file, "%s/ca.pem", folder);
    open_port(&a);
    open_tls(&a, told->ca_file);
    (void)snprintf(told->directory, sizeof told->directory, "https://localhost:%u/dir", a.port);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        be_the_authority(&a);
    SSL_CTX_free(a.ctx);
    (void)close(a.listening);
    return pid;
}

void authority_child_stop(pid_t child, const struct authority_told *told)
{
    char folder[80];

    assert_int_equal(0, kill(child, SIGKILL));
    assert_int_equal(child, waitpid(child, NULL, 0));
    (void)unlink(told->ca_file);
    (void)snprintf(folder, sizeof folder, "%s", told->ca_file);
    *strrchr(folder, '/') = '\0';
    (void)rmdir(folder);
}
