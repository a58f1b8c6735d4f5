#include "tests/unit/ratls/session_side.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certbind/hex.h"
#include "certbind/leaf.h"
#include "certbind/ratls_cert.h"
#include "certbind/session_quote.h"
#include "ra-tls/observe.h"
#include "tests/support/cmocka_all.h"

enum { PORT = 8443, PIPE = 256 * 1024 };

struct ratls_ctx *side_ctx(const struct world *w)
{
    const struct ratls_options options = {
        .policy = &w->policy, .root_der = certbind_bytes(w->forge.root, w->forge.root_len)};
    struct ratls_ctx *ctx;

    assert_int_equal(CERTBIND_OK, ratls_ctx_new(&options, &ctx, NULL));
    return ctx;
}

static void handshake(struct side *s)
{
    BIO *client;
    BIO *server;

    assert_int_equal(1, BIO_new_bio_pair(&client, PIPE, &server, PIPE));
    SSL_set_bio(s->client, client, client);
    SSL_set_bio(s->server, server, server);
    SSL_set_connect_state(s->client);
    SSL_set_accept_state(s->server);
    for (int i = 0; i < 10; i++) {
        (void)SSL_do_handshake(s->client);
        (void)SSL_do_handshake(s->server);
    }
    assert_true(SSL_is_init_finished(s->client));
    assert_true(SSL_is_init_finished(s->server));
}

void side_open(struct side *s, struct ratls_ctx *ctx, struct world *w, struct certbind_bytes leaf)
{
    *s = (struct side){.world = w, .now = w->now};
    if (leaf.len == 0)
        leaf = certbind_bytes(w->leaf, w->leaf_len);
    s->client_ctx = ratls_ssl_ctx_new(ctx, NULL);
    s->server_ctx = SSL_CTX_new(TLS_server_method());
    assert_non_null(s->client_ctx);
    assert_non_null(s->server_ctx);
    assert_int_equal(1, SSL_CTX_use_certificate_ASN1(s->server_ctx, (int)leaf.len, leaf.data));
    assert_int_equal(1, SSL_CTX_use_PrivateKey(s->server_ctx, w->presented_key));
    s->client = SSL_new(s->client_ctx);
    s->server = SSL_new(s->server_ctx);
    assert_true(ratls_ssl_set_name(s->client, w->host));
    handshake(s);
    s->session = ratls_session_new(ctx, s->client, w->host, PORT);
    assert_non_null(s->session);
}

void side_close(struct side *s)
{
    ratls_session_free(s->session);
    SSL_free(s->client);
    SSL_free(s->server);
    SSL_CTX_free(s->client_ctx);
    SSL_CTX_free(s->server_ctx);
}

uint8_t *side_plain_leaf(const struct world *w, int64_t not_after, size_t *len)
{
    const struct certbind_ratls_inputs inputs = {.key = w->presented_key,
                                                 .names = &w->name,
                                                 .name_count = 1,
                                                 .quote = certbind_text("q"),
                                                 .event_log = certbind_text("l"),
                                                 .not_before = w->leaf_from,
                                                 .not_after = not_after};
    uint8_t *der;
    uint8_t *at;
    X509 *cert;

    assert_int_equal(CERTBIND_OK, certbind_ratls_cert_encode(&inputs, &cert, NULL));
    for (int i = 0; i < 2; i++) /* the evidence comes last */
        X509_EXTENSION_free(X509_delete_ext(cert, X509_get_ext_count(cert) - 1));
    assert_true(X509_sign(cert, w->presented_key, EVP_sha256()) > 0);
    *len = (size_t)i2d_X509(cert, NULL);
    der = at = malloc(*len);
    assert_non_null(der);
    assert_true(i2d_X509(cert, &at) > 0);
    X509_free(cert);
    return der;
}

static enum ratls_want step(struct side *s, const char *data, size_t len)
{
    return ratls_session_step(s->session, (const uint8_t *)data, len, s->now, &s->out);
}

enum ratls_want side_step(struct side *s, const char *text)
{
    return step(s, text, strlen(text));
}

static const char *asked(const struct side *s)
{
    static const char start[] = "GET /.well-known/devproof/";

    if (s->out.send_len < sizeof start || memcmp(s->out.send, start, sizeof start - 1) != 0)
        return "";
    return (const char *)s->out.send + sizeof start - 1;
}

bool side_asked(const struct side *s, const char *endpoint)
{
    return strncmp(asked(s), endpoint, strlen(endpoint)) == 0;
}

static char *sign(struct side *s)
{
    struct certbind_session_inputs inputs = {.server_name = s->world->host};
    struct certbind_session_reply reply;
    struct certbind_leaf leaf;
    size_t len;
    uint8_t *der = ratls_observe_leaf(s->client, &len);
    uint8_t value[64];
    char *members;
    char *text;

    assert_true(certbind_hex_decode(certbind_bytes(asked(s) + 14, 64), inputs.nonce, 32));
    assert_true(ratls_observe_exporter(s->server, inputs.nonce, inputs.exporter));
    assert_int_equal(CERTBIND_OK, certbind_leaf_parse(certbind_bytes(der, len), &leaf, NULL));
    memcpy(inputs.spki_sha256, leaf.spki_sha256, 32);
    memcpy(inputs.leaf_sha256, leaf.leaf_sha256, 32);
    memcpy(inputs.statement_sha256, s->world->evidence.statement_sha256, 32);
    if (s->unknown_statement)
        inputs.statement_sha256[0] ^= 1;
    certbind_leaf_cleanup(&leaf);
    OPENSSL_free(der);
    assert_int_equal(CERTBIND_OK,
                     certbind_session_sign(&inputs, s->world->session_key, &reply, NULL));
    if (side_asked_quote(s)) {
        assert_true(certbind_session_value(&inputs, value));
        members = batch_members(s->world, value, &s->knobs);
        text = certbind_session_quote_encode(&reply, members);
        free(members);
        return text;
    }
    text = malloc(CERTBIND_SESSION_REPLY_ROOM);
    assert_non_null(text);
    certbind_session_reply_encode(&reply, text);
    return text;
}

bool side_asked_quote(const struct side *s)
{
    static const char quote[] = "&assurance=quote ";

    return side_asked(s, "session?nonce=") &&
           strncmp(asked(s) + 14 + 64, quote, sizeof quote - 1) == 0;
}

char *side_reply(struct side *s, const char *after)
{
    const bool session = side_asked(s, "session?nonce=");
    char *body = session ? sign(s) : strdup(s->world->reply);
    char *text;
    size_t room;

    assert_true(session || side_asked(s, "binding "));
    assert_non_null(body);
    room = strlen(body) + strlen(after) + 200;
    text = malloc(room);
    assert_non_null(text);
    snprintf(text, room,
             "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s%s",
             strlen(body), body, after);
    free(body);
    return text;
}

enum ratls_want side_answer(struct side *s)
{
    char *text = side_reply(s, "");
    enum ratls_want want = side_step(s, text);

    free(text);
    return want;
}
