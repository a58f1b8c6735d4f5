/* The engine with the gateway's callbacks and real evidence, seen by a TLS client that computes the
 * session proof from its own side of the connection. */
#include "gateway/serve/serve.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "certbind/session.h"
#include "certbind/tls_key.h"
#include "gateway/control/control.h"
#include "gateway/serve/engine.h"
#include "tests/unit/gateway/agent_world.h"
#include "tests/unit/gateway/http2_get.h"

enum { REPLY_ROOM = 64 * 1024 };

static const char session_path[] =
    "/.well-known/devproof/session?nonce="
    "0707070707070707070707070707070707070707070707070707070707070707";

static int64_t now(void)
{
    return gateway_log_now_ms() / 1000;
}

struct served {
    struct agent_world w;
    struct gateway_control *control;
    struct gateway_engine engine;
    struct gateway_serve serve;
    struct gw_server *server;
    struct gateway_identity *identity; /* the newest, one reference each */
    struct gateway_evidence *evidence;
    bool ready;
    uint8_t statement_sha256[32]; /* of the newest evidence */
    uint8_t session_key[32];
};

static void on_publish(void *user, struct gateway_identity *identity,
                       struct gateway_evidence *evidence)
{
    struct served *t = user;
    char err[128] = "";
    size_t len = sizeof t->session_key;

    t->ready = true;
    memcpy(t->statement_sha256, evidence->statement_sha256, sizeof t->statement_sha256);
    assert_int_equal(1, EVP_PKEY_get_raw_public_key(evidence->session_key, t->session_key, &len));
    if (t->identity != NULL)
        gw_identity_unref(&t->identity->base);
    gateway_evidence_unref(t->evidence);
    (void)gw_identity_ref(&identity->base);
    t->identity = identity;
    t->evidence = gateway_evidence_ref(evidence);
    if (t->server != NULL) {
        gateway_serve_set_evidence(t->server, evidence);
        return;
    }
    t->serve.first = evidence;
    t->server = gw_server_start(&t->engine.config, &identity->base, err, sizeof err);
    assert_non_null(t->server);
}

static void begin(struct served *t)
{
    const struct gateway_control_options options = {.loop = &t->w.loop,
                                                    .config = &t->w.config,
                                                    .log = &t->w.log,
                                                    .now = now,
                                                    .publish = on_publish,
                                                    .user = t};
    char err[256];

    memset(t, 0, sizeof *t);
    agent_world_open(&t->w, "\"listeners\":[{\"address\":\"127.0.0.1:0\"}],\"log\":{\"access\":"
                            "false},\"evidence\":{\"collateral_url\":\"\"},");
    assert_true(gateway_engine_init(&t->engine, &t->w.config, 1, err, sizeof err));
    t->serve.config = &t->w.config;
    t->serve.log = &t->w.log;
    gateway_serve_install(&t->serve, &t->engine.config);
    t->control = gateway_control_start(&options);
    agent_world_run(&t->w, &t->ready);
}

static void finish(struct served *t)
{
    gw_server_stop(t->server);
    gw_server_stop(t->server);
    gw_server_join(t->server);
    gw_server_free(t->server);
    gateway_control_stop(t->control);
    gw_identity_unref(&t->identity->base);
    gateway_evidence_unref(t->evidence);
    gateway_engine_cleanup(&t->engine);
    agent_world_close(&t->w);
}

/* Connect and shake hands. In: session  to resume; NULL: none */
static SSL *dial(struct served *t, SSL_CTX *ctx, const char *sni, SSL_SESSION *session)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    char address[64];
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    SSL *ssl = SSL_new(ctx);

    gw_server_address(t->server, 0, address, sizeof address);
    to.sin_port = htons((uint16_t)strtoul(strrchr(address, ':') + 1, NULL, 10));
    assert_int_equal(0, connect(fd, (struct sockaddr *)&to, sizeof to));
    assert_int_equal(1, SSL_set_fd(ssl, fd));
    if (sni != NULL)
        assert_int_equal(1, SSL_set_tlsext_host_name(ssl, sni));
    if (session != NULL)
        assert_int_equal(1, SSL_set_session(ssl, session));
    assert_int_equal(1, SSL_connect(ssl));
    return ssl;
}

static void hang_up(SSL *ssl)
{
    int fd = SSL_get_fd(ssl);

    SSL_free(ssl);
    (void)close(fd);
}

/* One GET. Returns: the status. Out: body, NUL-terminated */
static unsigned get(SSL *ssl, const char *path, char body[REPLY_ROOM])
{
    static char reply[REPLY_ROOM];
    size_t len = 0, wanted = 0;
    unsigned status = 0;
    char *end = NULL;
    int n;

    if (http2_get_chosen(ssl))
        return http2_get(ssl, path, body, REPLY_ROOM);
    n = snprintf(reply, sizeof reply, "GET %s HTTP/1.1\r\nHost: a.test\r\n\r\n", path);

    assert_int_equal(n, SSL_write(ssl, reply, n));
    while (end == NULL || len < wanted) {
        n = SSL_read(ssl, reply + len, (int)(sizeof reply - 1 - len));
        assert_true(n > 0);
        len += (size_t)n;
        reply[len] = '\0';
        if (end == NULL && (end = strstr(reply, "\r\n\r\n")) != NULL) {
            const char *length = strstr(reply, "Content-Length: ");

            assert_non_null(length);
            wanted = (size_t)(end + 4 - reply) + strtoul(length + 16, NULL, 10);
        }
    }
    assert_int_equal(wanted, len);
    assert_int_equal(1, sscanf(reply, "HTTP/1.1 %u ", &status));
    memcpy(body, end + 4, len - (size_t)(end + 4 - reply) + 1);
    return status;
}

/* What this side of the connection observed (binding.md 5). */
static void observe(SSL *ssl, const uint8_t nonce[32], const char *sni,
                    const uint8_t statement_sha256[32], struct certbind_session_inputs *out)
{
    X509 *leaf = SSL_get1_peer_certificate(ssl);
    uint8_t *der = NULL;
    int len = i2d_X509(leaf, &der);

    *out = (struct certbind_session_inputs){.server_name = sni == NULL ? "" : sni};
    memcpy(out->statement_sha256, statement_sha256, 32);
    memcpy(out->nonce, nonce, 32);
    assert_true(certbind_sha256(certbind_bytes(der, (size_t)len), out->leaf_sha256));
    assert_true(certbind_spki_sha256(X509_get0_pubkey(leaf), out->spki_sha256));
    assert_int_equal(1, SSL_export_keying_material(ssl, out->exporter, 32, CERTBIND_EXPORTER_LABEL,
                                                   strlen(CERTBIND_EXPORTER_LABEL), nonce, 32, 1));
    OPENSSL_free(der);
    X509_free(leaf);
}

static certbind_status prove(struct served *t, SSL *ssl, const char *sni)
{
    static char body[REPLY_ROOM];
    struct certbind_session_inputs inputs;
    struct certbind_session_reply reply;
    uint8_t nonce[32];

    memset(nonce, 7, sizeof nonce);
    assert_int_equal(200, get(ssl, session_path, body));
    assert_int_equal(CERTBIND_OK, certbind_session_reply_parse(certbind_text(body), &reply, NULL));
    observe(ssl, nonce, sni, t->statement_sha256, &inputs);
    return certbind_session_check(&reply, &inputs, t->session_key, NULL);
}

static SSL_CTX *client_ctx(void)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

    assert_non_null(ctx);
    return ctx;
}

static void a_session_is_proven_from_the_clients_own_view(void **state)
{
    SSL_CTX *ctx = client_ctx();
    struct served t;
    SSL *a, *b, *c;

    (void)state;
    begin(&t);
    a = dial(&t, ctx, "a.test", NULL);
    b = dial(&t, ctx, "A.Test", NULL);
    c = dial(&t, ctx, NULL, NULL);
    assert_int_equal(CERTBIND_OK, prove(&t, a, "a.test"));
    assert_int_equal(CERTBIND_OK, prove(&t, b, "a.test"));
    assert_int_equal(CERTBIND_OK, prove(&t, c, NULL));
    assert_int_equal(CERTBIND_E_SESSION_SIGNATURE, prove(&t, a, "b.test"));
    assert_int_equal(CERTBIND_E_SESSION_SIGNATURE, prove(&t, a, NULL));
    assert_string_equal("TLSv1.3", SSL_get_version(a));
    hang_up(a);
    hang_up(b);
    hang_up(c);
    finish(&t);
    SSL_CTX_free(ctx);
}

/* The exporter is the connection's: every stream gets a proof of the same one. */
static void sessions_are_proven_on_any_stream_of_http2(void **state)
{
    static const unsigned char alpn[] = "\x02h2";
    SSL_CTX *ctx = client_ctx();
    struct served t;
    SSL *ssl;

    (void)state;
    assert_int_equal(0, SSL_CTX_set_alpn_protos(ctx, alpn, sizeof alpn - 1));
    begin(&t);
    ssl = dial(&t, ctx, "a.test", NULL);
    assert_true(http2_get_chosen(ssl));
    http2_get_begin(ssl);
    for (int i = 0; i < 5; i++)
        assert_int_equal(CERTBIND_OK, prove(&t, ssl, "a.test"));
    assert_int_equal(CERTBIND_E_SESSION_SIGNATURE, prove(&t, ssl, "b.test"));
    hang_up(ssl);
    finish(&t);
    SSL_CTX_free(ctx);
}

static void an_old_connection_proves_the_newest_statement(void **state)
{
    SSL_CTX *ctx = client_ctx();
    uint8_t old[32];
    struct served t;
    SSL *ssl;

    (void)state;
    begin(&t);
    ssl = dial(&t, ctx, "a.test", NULL);
    assert_int_equal(CERTBIND_OK, prove(&t, ssl, "a.test"));
    memcpy(old, t.statement_sha256, sizeof old);
    /* A second process life in miniature: another control makes other evidence. */
    gateway_control_stop(t.control);
    t.ready = false;
    t.control = gateway_control_start(&(struct gateway_control_options){.loop = &t.w.loop,
                                                                        .config = &t.w.config,
                                                                        .log = &t.w.log,
                                                                        .now = now,
                                                                        .publish = on_publish,
                                                                        .user = &t});
    agent_world_run(&t.w, &t.ready);
    assert_memory_not_equal(old, t.statement_sha256, sizeof old);
    assert_int_equal(CERTBIND_OK, prove(&t, ssl, "a.test"));
    hang_up(ssl);
    finish(&t);
    SSL_CTX_free(ctx);
}

static void swapping_identity_and_evidence_under_use_breaks_nothing(void **state)
{
    SSL_CTX *ctx = client_ctx();
    struct served t;
    SSL *old;

    (void)state;
    begin(&t);
    old = dial(&t, ctx, "a.test", NULL);
    for (int i = 0; i < 50; i++) {
        SSL *fresh;

        gw_server_set_identity(t.server, &t.identity->base);
        gateway_serve_set_evidence(t.server, t.evidence);
        fresh = dial(&t, ctx, "a.test", NULL);
        gw_server_set_identity(t.server, &t.identity->base);
        assert_int_equal(CERTBIND_OK, prove(&t, fresh, "a.test"));
        assert_int_equal(CERTBIND_OK, prove(&t, old, "a.test"));
        hang_up(fresh);
    }
    hang_up(old);
    finish(&t);
    SSL_CTX_free(ctx);
}

static void a_resumed_connection_is_409(void **state)
{
    static char body[REPLY_ROOM];
    SSL_CTX *ctx = client_ctx();
    struct served t;
    SSL *first, *second;
    SSL_SESSION *session;

    (void)state;
    begin(&t);
    first = dial(&t, ctx, "a.test", NULL);
    assert_int_equal(CERTBIND_OK, prove(&t, first, "a.test"));
    session = SSL_get1_session(first);
    second = dial(&t, ctx, "a.test", session);
    assert_int_equal(1, SSL_session_reused(second));
    assert_int_equal(409, get(second, session_path, body));
    assert_non_null(strstr(body, "\"session-resumed\""));
    SSL_SESSION_free(session);
    hang_up(first);
    hang_up(second);
    finish(&t);
    SSL_CTX_free(ctx);
}

static void an_expired_statement_is_not_served(void **state)
{
    static char body[REPLY_ROOM];
    struct gateway_evidence expired = {.not_after = 1000, .refs = 2};
    SSL_CTX *ctx = client_ctx();
    struct served t;
    SSL *ssl;

    (void)state;
    begin(&t);
    gateway_serve_set_evidence(t.server, &expired);
    ssl = dial(&t, ctx, "a.test", NULL);
    assert_int_equal(503, get(ssl, "/.well-known/devproof/binding", body));
    assert_non_null(strstr(body, "\"evidence-expired\""));
    assert_int_equal(503, get(ssl, session_path, body));
    assert_non_null(strstr(body, "\"evidence-expired\""));
    assert_int_equal(200, get(ssl, "/.well-known/devproof/config", body));
    /* The app is asked all the same; here it is down. */
    assert_int_equal(502, get(ssl, "/", body));
    hang_up(ssl);
    finish(&t);
    assert_int_equal(2, expired.refs);
    SSL_CTX_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_is_proven_from_the_clients_own_view),
        cmocka_unit_test(sessions_are_proven_on_any_stream_of_http2),
        cmocka_unit_test(an_old_connection_proves_the_newest_statement),
        cmocka_unit_test(swapping_identity_and_evidence_under_use_breaks_nothing),
        cmocka_unit_test(a_resumed_connection_is_409),
        cmocka_unit_test(an_expired_statement_is_not_served),
    };

    return cmocka_run_group_tests_name("serve", tests, NULL, NULL);
}
