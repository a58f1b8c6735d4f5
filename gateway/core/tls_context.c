#include "gateway/core/tls_context.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/core/server_name.h"
#include "gateway/core/tls_engine.h"

static const unsigned char session_id_context[] = "devproof-gateway";

/* The ALPN names served, in our order of preference, in wire form. */
static const unsigned char alpn_names[] = "\x02h2\x08http/1.1";
enum { ALPN_H2_BYTES = 3 };

/* Of the challenges of RFC 8737, which a client asks for alone. */
static const unsigned char acme_list[] = "\x0a"
                                         "acme-tls/1";

/* A client that wants proof for a stream offers one name alone. Others share no protocol with a
 * stream of bytes, and a browser must not be led to one (RFC 7301 section 3.2). */
static int choose_stream(const char *name, const unsigned char **out, unsigned char *out_len,
                         const unsigned char *in, unsigned in_len)
{
    size_t len = strlen(name);

    if (in_len != len + 1 || in[0] != len || memcmp(in + 1, name, len) != 0)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = in + 1;
    *out_len = in[0];
    return SSL_TLSEXT_ERR_OK;
}

static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                   const unsigned char *in, unsigned in_len, void *arg)
{
    const struct gw_tls *t = (const struct gw_tls *)SSL_get_app_data(ssl);
    unsigned skip = t->h2 ? 0 : ALPN_H2_BYTES;
    unsigned char *chosen = NULL;

    (void)arg;
    if (t->challenge) {
        *out = acme_list + 1;
        *out_len = acme_list[0];
        return SSL_TLSEXT_ERR_OK;
    }
    if (t->stream_alpn != NULL)
        return choose_stream(t->stream_alpn, out, out_len, in, in_len);
    if (SSL_select_next_proto(&chosen, out_len, alpn_names + skip,
                              (unsigned)sizeof(alpn_names) - 1 - skip, in,
                              in_len) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

/* The one host name of a server_name extension (RFC 6066 section 3), as a text of its own.
 * Returns: NULL when it has another form, or memory ran out */
static char *host_name(const unsigned char *ext, size_t len)
{
    size_t name_len = len > 5 ? len - 5 : 0;

    if (name_len == 0 || ((size_t)ext[0] << 8 | ext[1]) != len - 2 || ext[2] != 0 ||
        ((size_t)ext[3] << 8 | ext[4]) != name_len || memchr(ext + 5, 0, name_len) != NULL)
        return NULL;
    return OPENSSL_strndup((const char *)ext + 5, name_len);
}

/* Is the list of ALPN names that one alone? */
static bool asks_for_challenge(SSL *ssl)
{
    const unsigned char *ext = NULL;
    size_t len = 0;

    return SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation, &ext,
                                     &len) == 1 &&
           len == sizeof(acme_list) - 1 + 2 && ext[0] == 0 && ext[1] == sizeof(acme_list) - 1 &&
           memcmp(ext + 2, acme_list, sizeof(acme_list) - 1) == 0;
}

/* Server names are checked here, before OpenSSL looks at tickets, so nothing later sees one that
 * is not a plain host name. */
static int on_client_hello(SSL *ssl, int *alert, void *arg)
{
    struct gw_tls *t = (struct gw_tls *)SSL_get_app_data(ssl);
    const unsigned char *ext = NULL;
    size_t len = 0;

    (void)arg;
    OPENSSL_free(t->sni);
    t->sni = NULL;
    t->challenge = asks_for_challenge(ssl);
    if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &ext, &len) != 1)
        return SSL_CLIENT_HELLO_SUCCESS;
    t->sni = host_name(ext, len);
    if (t->sni != NULL && gw_server_name_check(t->sni))
        return SSL_CLIENT_HELLO_SUCCESS;
    *alert = SSL_AD_UNRECOGNIZED_NAME;
    return SSL_CLIENT_HELLO_ERROR;
}

static int on_server_name(SSL *ssl, int *alert, void *arg)
{
    struct gw_tls_context *c = arg;
    const struct gw_tls *t = (const struct gw_tls *)SSL_get_app_data(ssl);
    const struct gw_identity_ops *ops = c->identity->ops;

    *alert = SSL_AD_UNRECOGNIZED_NAME;
    if (t->challenge) {
        (void)SSL_set_num_tickets(ssl, 0);
        SSL_set_verify(ssl, SSL_VERIFY_NONE, NULL); /* an authority has no certificate to show */
        return ops->select_challenge != NULL &&
                       ops->select_challenge(c->identity, c->loop, ssl, t->sni)
                   ? SSL_TLSEXT_ERR_OK
                   : SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    if (ops->select_name != NULL && !ops->select_name(c->identity, c->loop, ssl, t->sni))
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    return SSL_TLSEXT_ERR_OK;
}

/* The name of this connection, as its tickets carry it. */
static const char *ticket_name(SSL *ssl)
{
    const struct gw_tls *t = (const struct gw_tls *)SSL_get_app_data(ssl);

    return t->sni != NULL ? t->sni : "";
}

static int on_ticket_made(SSL *ssl, void *arg)
{
    const char *name = ticket_name(ssl);

    (void)arg;
    return SSL_SESSION_set1_ticket_appdata(SSL_get_session(ssl), name, strlen(name));
}

/* A ticket is good for the name it was made for, and for no other (RFC 8446 section 4.6.1). */
static SSL_TICKET_RETURN on_ticket(SSL *ssl, SSL_SESSION *session, const unsigned char *keyname,
                                   size_t keyname_len, SSL_TICKET_STATUS status, void *arg)
{
    const struct gw_tls *t = (const struct gw_tls *)SSL_get_app_data(ssl);
    const char *now = ticket_name(ssl);
    void *then = NULL;
    size_t len = 0;

    (void)keyname;
    (void)keyname_len;
    (void)arg;
    if (t->challenge || t->no_tickets ||
        (status != SSL_TICKET_SUCCESS && status != SSL_TICKET_SUCCESS_RENEW) ||
        SSL_SESSION_get0_ticket_appdata(session, &then, &len) != 1 || len != strlen(now) ||
        (len > 0 && memcmp(now, then, len) != 0))
        return SSL_TICKET_RETURN_IGNORE_RENEW;
    return SSL_TICKET_RETURN_USE_RENEW;
}

bool gw_tls_context_harden(SSL_CTX *ctx)
{
    (void)SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    (void)SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(ctx, 1);
    (void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    return SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION) == 1;
}

static bool server_rules(struct gw_tls_context *c)
{
    SSL_CTX *ctx = c->ctx;

    if (!gw_tls_context_harden(ctx))
        return false;
    (void)SSL_CTX_set_options(ctx, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_alpn_select_cb(ctx, on_alpn, NULL);
    SSL_CTX_set_client_hello_cb(ctx, on_client_hello, NULL);
    (void)SSL_CTX_set_tlsext_servername_callback(ctx, on_server_name);
    (void)SSL_CTX_set_tlsext_servername_arg(ctx, c);
    /* With AES in hardware 128 bits cost least; clients without it say so and get ChaCha20. */
    return SSL_CTX_set_ciphersuites(ctx, "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:"
                                         "TLS_AES_256_GCM_SHA384") == 1 &&
           SSL_CTX_set_max_early_data(ctx, 0) == 1 && SSL_CTX_set_num_tickets(ctx, 1) == 1 &&
           SSL_CTX_set_session_id_context(ctx, session_id_context,
                                          sizeof(session_id_context) - 1) == 1 &&
           SSL_CTX_set_tlsext_ticket_keys(ctx, c->identity->ticket_keys, GW_TICKET_KEYS_LEN) == 1 &&
           SSL_CTX_set_session_ticket_cb(ctx, on_ticket_made, on_ticket, NULL) == 1;
}

struct gw_tls_context *gw_tls_context_new(struct gw_identity *identity, struct gw_loop *loop,
                                          OSSL_LIB_CTX *libctx, char *err, size_t err_len)
{
    struct gw_tls_context *c = calloc(1, sizeof(*c));
    char why[96] = "memory";

    if (c == NULL) {
        (void)snprintf(err, err_len, "cannot allocate a TLS context");
        return NULL;
    }
    c->refs = 1;
    c->loop = loop;
    c->identity = gw_identity_ref(identity);
    c->ctx = identity->ops->make_ctx(identity, loop, libctx);
    if (c->ctx != NULL && server_rules(c))
        return c;
    gw_tls_error(why, sizeof(why));
    (void)snprintf(err, err_len, "cannot build a TLS context: %s", why);
    gw_tls_context_unref(c);
    return NULL;
}

struct gw_tls_context *gw_tls_context_ref(struct gw_tls_context *c)
{
    c->refs++;
    return c;
}

void gw_tls_context_unref(struct gw_tls_context *c)
{
    if (c == NULL || --c->refs > 0)
        return;
    SSL_CTX_free(c->ctx);
    gw_identity_unref(c->identity);
    free(c);
}
