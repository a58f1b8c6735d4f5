/* The store of clients' authorities that a real server takes for each handshake. */
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ec.h>
#include <openssl/x509.h>
#include <uv.h>

#include "gateway/core/identity.h"
#include "gateway/core/server.h"
#include "tests/support/cmocka_all.h"

static SSL_CTX *make_ctx(struct gw_identity *identity, struct gw_loop *loop, OSSL_LIB_CTX *libctx)
{
    SSL_CTX *ctx = SSL_CTX_new_ex(libctx, NULL, TLS_server_method());
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();

    (void)identity;
    (void)loop;
    assert_int_equal(1, X509_set_pubkey(cert, key));
    assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
    assert_int_equal(1, SSL_CTX_use_certificate(ctx, cert));
    assert_int_equal(1, SSL_CTX_use_PrivateKey(ctx, key));
    X509_free(cert);
    EVP_PKEY_free(key);
    return ctx;
}

static void free_identity(struct gw_identity *identity)
{
    free(identity);
}

static const struct gw_identity_ops ops = {.make_ctx = make_ctx, .free = free_identity};

static struct {
    struct gw_server *server;
    int port;
    atomic_uint version, made;
    atomic_bool fails;
    uv_sem_t ended;
    const char *reason; /* why the last connection ended */
} w;

static X509_STORE *make_store(void *user, OSSL_LIB_CTX *libctx)
{
    (void)user;
    (void)libctx;
    (void)atomic_fetch_add(&w.made, 1);
    return atomic_load(&w.fails) ? NULL : X509_STORE_new();
}

static void on_conn_end(void *user, struct gw_loop *loop, const struct gw_conn_record *r)
{
    (void)user;
    (void)loop;
    w.reason = r->reason;
    uv_sem_post(&w.ended);
}

static int setup(void **state)
{
    static const struct gw_client_auth auth = {
        .make_store = make_store, .version = &w.version, .required = true};
    static const struct gw_listener_config listener = {
        .address = "127.0.0.1:0", .tls = true, .client_auth = &auth};
    struct gw_identity *identity = calloc(1, sizeof *identity);
    struct gw_config config;
    char err[256] = "", address[64];

    (void)state;
    if (identity == NULL || !gw_identity_init(identity, &ops) || uv_sem_init(&w.ended, 0) != 0)
        return -1;
    gw_config_init(&config);
    config.listeners = &listener;
    config.listeners_count = 1;
    config.record.on_conn_end = on_conn_end;
    w.server = gw_server_start(&config, identity, err, sizeof err);
    gw_identity_unref(identity);
    assert_non_null(w.server);
    gw_server_address(w.server, 0, address, sizeof address);
    w.port = (int)strtol(strrchr(address, ':') + 1, NULL, 10);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    gw_server_stop(w.server);
    gw_server_join(w.server);
    gw_server_free(w.server);
    uv_sem_destroy(&w.ended);
    return 0;
}

/* Come, say nothing and go. Returns: why the server says that it ended. */
static const char *visit(void)
{
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)w.port),
                                   .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(0, connect(fd, (const struct sockaddr *)&to, sizeof to));
    (void)close(fd);
    uv_sem_wait(&w.ended);
    return w.reason;
}

static void a_store_is_made_once_for_each_version(void **state)
{
    unsigned before = atomic_load(&w.made);

    (void)state;
    assert_string_not_equal("memory", visit());
    assert_int_equal(before, atomic_load(&w.made));
    (void)atomic_fetch_add(&w.version, 1);
    for (int i = 0; i < 3; i++)
        assert_string_not_equal("memory", visit());
    assert_int_equal(before + 1, atomic_load(&w.made));
}

static void without_the_new_store_nobody_is_let_in_by_the_old_one(void **state)
{
    unsigned before;

    (void)state;
    (void)atomic_fetch_add(&w.version, 1);
    atomic_store(&w.fails, true);
    before = atomic_load(&w.made);
    for (int i = 0; i < 3; i++)
        assert_string_equal("memory", visit());
    assert_int_equal(before + 3, atomic_load(&w.made));
    atomic_store(&w.fails, false);
    for (int i = 0; i < 3; i++)
        assert_string_not_equal("memory", visit());
    assert_int_equal(before + 4, atomic_load(&w.made));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_store_is_made_once_for_each_version),
        cmocka_unit_test(without_the_new_store_nobody_is_let_in_by_the_old_one),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
