/* Two engines back to back: no sockets, records split wherever a test wants. */
#include "gateway/core/tls_engine.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "gateway/core/tls_context.h"
#include "tests/support/cmocka_all.h"

enum { WIRE_BYTES = 256 * 1024 };

struct side {
    struct gw_tls tls;
    uint8_t wire[WIRE_BYTES]; /* what it has sent and the other side has not taken */
    size_t len;
    char got[64];
    size_t got_len;
    enum gw_tls_status last;
};

struct pair {
    struct side client, server;
    BIO_METHOD *method;
    SSL_CTX *client_ctx;
    struct gw_tls_context *server_ctx;
    size_t step; /* bytes given at a time */
};

struct test_identity {
    struct gw_identity base;
    EVP_PKEY *key;
    X509 *cert;
};

static void sink(void *ctx, const uint8_t *data, size_t len)
{
    struct side *s = ctx;

    assert_true(len <= WIRE_BYTES - s->len);
    memcpy(s->wire + s->len, data, len);
    s->len += len;
}

static SSL_CTX *make_ctx(struct gw_identity *base, struct gw_loop *loop, OSSL_LIB_CTX *libctx)
{
    struct test_identity *id = (struct test_identity *)base;
    SSL_CTX *ctx = SSL_CTX_new_ex(libctx, NULL, TLS_server_method());

    (void)loop;
    assert_int_equal(1, SSL_CTX_use_certificate(ctx, id->cert));
    assert_int_equal(1, SSL_CTX_use_PrivateKey(ctx, id->key));
    return ctx;
}

static void identity_free(struct gw_identity *base)
{
    struct test_identity *id = (struct test_identity *)base;

    X509_free(id->cert);
    EVP_PKEY_free(id->key);
    free(id);
}

static const struct gw_identity_ops ops = {.make_ctx = make_ctx, .free = identity_free};

static struct gw_identity *identity_new(void)
{
    struct test_identity *id = calloc(1, sizeof(*id));

    assert_non_null(id);
    assert_true(gw_identity_init(&id->base, &ops));
    id->key = EVP_EC_gen("P-256");
    id->cert = X509_new();
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(id->cert), 0));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(id->cert), 3600));
    assert_int_equal(1, X509_set_pubkey(id->cert, id->key));
    assert_true(X509_sign(id->cert, id->key, EVP_sha256()) > 0);
    return &id->base;
}

static struct gw_tls_context *context_new(void)
{
    struct gw_identity *id = identity_new();
    char err[128];
    struct gw_tls_context *c = gw_tls_context_new(id, NULL, NULL, err, sizeof(err));

    gw_identity_unref(id);
    assert_non_null(c);
    return c;
}

static void open_pair(struct pair *p)
{
    memset(&p->client, 0, sizeof(p->client));
    memset(&p->server, 0, sizeof(p->server));
    assert_true(gw_tls_init(&p->client.tls, p->client_ctx, false, p->method));
    assert_true(gw_tls_init(&p->server.tls, p->server_ctx->ctx, true, p->method));
    p->client.tls.sink = p->server.tls.sink = sink;
    p->client.tls.sink_ctx = &p->client;
    p->server.tls.sink_ctx = &p->server;
    p->client.last = p->server.last = GW_TLS_WANT_READ;
}

static void close_pair(struct pair *p)
{
    gw_tls_cleanup(&p->client.tls);
    gw_tls_cleanup(&p->server.tls);
}

static int setup(void **state)
{
    struct pair *p = calloc(1, sizeof(*p));

    assert_non_null(p);
    p->method = gw_tls_bio_method();
    p->client_ctx = SSL_CTX_new(TLS_client_method());
    p->server_ctx = context_new();
    p->step = WIRE_BYTES;
    assert_true(gw_tls_context_harden(p->client_ctx));
    open_pair(p);
    *state = p;
    return 0;
}

static int teardown(void **state)
{
    struct pair *p = *state;

    close_pair(p);
    SSL_CTX_free(p->client_ctx);
    gw_tls_context_unref(p->server_ctx);
    BIO_meth_free(p->method);
    free(p);
    return 0;
}

/* Give len bytes to an engine and take all it has. */
static void feed(struct side *s, const uint8_t *data, size_t len)
{
    size_t n = 0;

    gw_tls_input(&s->tls, data, len);
    if (!s->tls.open)
        s->last = gw_tls_handshake(&s->tls);
    if (!s->tls.open)
        return;
    s->last = gw_tls_read(&s->tls, (uint8_t *)s->got + s->got_len, sizeof(s->got) - s->got_len, &n);
    s->got_len += n;
}

static void move(struct pair *p, struct side *from, struct side *to)
{
    uint8_t *data = malloc(WIRE_BYTES);
    size_t len = from->len;

    assert_non_null(data);
    memcpy(data, from->wire, len);
    from->len = 0;
    for (size_t at = 0; at < len; at += p->step)
        feed(to, data + at, len - at < p->step ? len - at : p->step);
    free(data);
}

static void talk(struct pair *p)
{
    feed(&p->client, NULL, 0);
    while (p->client.len > 0 || p->server.len > 0) {
        move(p, &p->client, &p->server);
        move(p, &p->server, &p->client);
    }
}

static void bytes_arrive_whatever_the_split(void **state)
{
    static const size_t steps[] = {1, 2, 3, 5, 7, 64, 1000, WIRE_BYTES};
    struct pair *p = *state;

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        close_pair(p);
        open_pair(p);
        p->step = steps[i];
        talk(p);
        assert_true(p->client.tls.open && p->server.tls.open);
        assert_true(gw_tls_write(&p->client.tls, "hello", 5));
        assert_true(gw_tls_write(&p->client.tls, ", server", 8));
        assert_true(gw_tls_write(&p->server.tls, "hello, client", 13));
        talk(p);
        assert_memory_equal("hello, server", p->server.got, 13);
        assert_memory_equal("hello, client", p->client.got, 13);
    }
}

static void close_notify_is_told_from_the_end_of_input(void **state)
{
    struct pair *p = *state;

    talk(p);
    assert_true(gw_tls_write(&p->client.tls, "bye", 3));
    gw_tls_shutdown(&p->client.tls);
    talk(p);
    assert_int_equal(GW_TLS_CLOSED, p->server.last);
    assert_memory_equal("bye", p->server.got, 3);
    assert_false(gw_tls_write(&p->client.tls, "x", 1));
    assert_true(gw_tls_write(&p->server.tls, "still here", 10));
    talk(p);
    assert_memory_equal("still here", p->client.got, 10);
}

static void a_changed_record_fails_the_connection(void **state)
{
    struct pair *p = *state;

    talk(p);
    assert_true(gw_tls_write(&p->client.tls, "hello", 5));
    p->client.wire[p->client.len - 1] ^= 1;
    move(p, &p->client, &p->server);
    assert_int_equal(GW_TLS_FAILED, p->server.last);
    assert_int_equal(0, p->server.got_len);
    assert_false(gw_tls_write(&p->server.tls, "x", 1));
}

static void plain_http_fails_the_handshake(void **state)
{
    struct pair *p = *state;

    feed(&p->server, (const uint8_t *)"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 28);
    assert_int_equal(GW_TLS_FAILED, p->server.last);
}

static void an_alpn_offer_without_overlap_is_refused(void **state)
{
    struct pair *p = *state;

    assert_int_equal(0, SSL_set_alpn_protos(p->client.tls.ssl, (const uint8_t *)"\3foo", 4));
    talk(p);
    assert_int_equal(GW_TLS_FAILED, p->server.last);
    assert_false(p->client.tls.open);
}

static void alpn_answers_http_1_1_when_it_is_offered(void **state)
{
    struct pair *p = *state;
    const unsigned char *name;
    unsigned len;

    assert_int_equal(
        0, SSL_set_alpn_protos(p->client.tls.ssl, (const uint8_t *)"\3foo\x08http/1.1", 13));
    talk(p);
    SSL_get0_alpn_selected(p->client.tls.ssl, &name, &len);
    assert_int_equal(8, len);
    assert_memory_equal("http/1.1", name, 8);
}

static void bad_server_names_are_refused_in_the_handshake(void **state)
{
    static char *const bad[] = {"a_b.test", "a..test", "a.test.", ".test", "a b", "a/b"};
    struct pair *p = *state;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        close_pair(p);
        open_pair(p);
        assert_int_equal(1, SSL_set_tlsext_host_name(p->client.tls.ssl, bad[i]));
        talk(p);
        assert_int_equal(GW_TLS_FAILED, p->server.last);
    }
    close_pair(p);
    open_pair(p);
    assert_int_equal(1, SSL_set_tlsext_host_name(p->client.tls.ssl, "App.Example.TEST"));
    talk(p);
    assert_true(p->server.tls.open);
    assert_string_equal("app.example.test", p->server.tls.sni);
}

/* Returns: whether a second connection that offers the ticket of the first one resumes. */
static bool resumes(struct pair *p, char *name, char *then)
{
    SSL_SESSION *session;
    bool hit;

    close_pair(p);
    open_pair(p);
    (void)SSL_set_tlsext_host_name(p->client.tls.ssl, name);
    talk(p);
    assert_true(p->client.tls.open);
    session = SSL_get1_session(p->client.tls.ssl);
    assert_true(SSL_SESSION_is_resumable(session));
    assert_int_equal(0, SSL_SESSION_get_max_early_data(session));
    gw_tls_shutdown(&p->client.tls);
    close_pair(p);
    if (then == NULL) {
        gw_tls_context_unref(p->server_ctx);
        p->server_ctx = context_new();
    }
    open_pair(p);
    (void)SSL_set_tlsext_host_name(p->client.tls.ssl, then != NULL ? then : name);
    assert_int_equal(1, SSL_set_session(p->client.tls.ssl, session));
    SSL_SESSION_free(session);
    talk(p);
    assert_true(p->client.tls.open && p->server.tls.open);
    hit = SSL_session_reused(p->server.tls.ssl) == 1;
    assert_int_equal(hit, SSL_session_reused(p->client.tls.ssl) == 1);
    return hit;
}

static void a_ticket_resumes_for_its_own_name_and_identity_only(void **state)
{
    struct pair *p = *state;

    assert_true(resumes(p, "a.test", "a.test"));
    assert_false(resumes(p, "a.test", "b.test"));
    assert_false(resumes(p, "a.test", NULL));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(bytes_arrive_whatever_the_split),
        T(close_notify_is_told_from_the_end_of_input),
        T(a_changed_record_fails_the_connection),
        T(plain_http_fails_the_handshake),
        T(an_alpn_offer_without_overlap_is_refused),
        T(alpn_answers_http_1_1_when_it_is_offered),
        T(bad_server_names_are_refused_in_the_handshake),
        T(a_ticket_resumes_for_its_own_name_and_identity_only),
    };
#undef T

    return cmocka_run_group_tests(tests, NULL, NULL);
}
