#include "tests/schedule/tls_side.h"

#include <stdint.h>
#include <stdlib.h>

#include <openssl/x509.h>

#include "tests/schedule/sim.h"

static struct {
    EVP_PKEY *key;
    X509 *cert;
    SSL_CTX *client, *client_http2, *server, *server_http2;
    OSSL_LIB_CTX *shared;
} side;

static const unsigned char protocols[] = "\x08http/1.1", protocol_http2[] = "\x02h2";

/* In: arg  the protocol that this server has, as a list */
static int choose(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                  const unsigned char *in, unsigned in_len, void *arg)
{
    const unsigned char *own = arg;

    (void)ssl;
    return SSL_select_next_proto((unsigned char **)out, out_len, own, own[0] + 1U, in, in_len) ==
                   OPENSSL_NPN_NEGOTIATED
               ? SSL_TLSEXT_ERR_OK
               : SSL_TLSEXT_ERR_NOACK;
}

static SSL_CTX *make_server(const unsigned char *own)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

    if (ctx == NULL || SSL_CTX_use_certificate(ctx, side.cert) != 1 ||
        SSL_CTX_use_PrivateKey(ctx, side.key) != 1)
        sim_fail("cannot make a certificate");
    (void)SSL_CTX_set_num_tickets(ctx, 0);
    SSL_CTX_set_alpn_select_cb(ctx, choose, (void *)(uintptr_t)own);
    return ctx;
}

void tls_side_open(void)
{
    side.key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    side.cert = X509_new();
    side.client = SSL_CTX_new(TLS_client_method());
    side.client_http2 = SSL_CTX_new(TLS_client_method());
    if (side.key == NULL || side.cert == NULL || side.client == NULL || side.client_http2 == NULL ||
        X509_set_version(side.cert, 2) != 1 || X509_set_pubkey(side.cert, side.key) != 1 ||
        X509_gmtime_adj(X509_getm_notBefore(side.cert), -3600) == NULL ||
        X509_gmtime_adj(X509_getm_notAfter(side.cert), 36000) == NULL ||
        X509_sign(side.cert, side.key, NULL) == 0 ||
        SSL_CTX_set_alpn_protos(side.client, protocols, sizeof protocols - 1) != 0 ||
        SSL_CTX_set_alpn_protos(side.client_http2, protocol_http2, sizeof protocol_http2 - 1) != 0)
        sim_fail("cannot make a certificate");
    side.server = make_server(protocols);
    side.server_http2 = make_server(protocol_http2);
}

/* A library context takes longer to make than a schedule: the loops of all schedules share one. */
OSSL_LIB_CTX *__wrap_OSSL_LIB_CTX_new(void);
OSSL_LIB_CTX *__real_OSSL_LIB_CTX_new(void);
void __wrap_OSSL_LIB_CTX_free(OSSL_LIB_CTX *ctx);
void __real_OSSL_LIB_CTX_free(OSSL_LIB_CTX *ctx);

OSSL_LIB_CTX *__wrap_OSSL_LIB_CTX_new(void)
{
    if (side.shared == NULL)
        side.shared = __real_OSSL_LIB_CTX_new();
    return side.shared;
}

void __wrap_OSSL_LIB_CTX_free(OSSL_LIB_CTX *ctx)
{
    if (ctx != side.shared)
        __real_OSSL_LIB_CTX_free(ctx);
}

void tls_side_close(void)
{
    EVP_PKEY_free(side.key);
    X509_free(side.cert);
    SSL_CTX_free(side.client);
    SSL_CTX_free(side.client_http2);
    SSL_CTX_free(side.server);
    SSL_CTX_free(side.server_http2);
    __real_OSSL_LIB_CTX_free(side.shared);
    side.shared = NULL;
}

static SSL_CTX *make_ctx(struct gw_identity *id, struct gw_loop *loop, OSSL_LIB_CTX *libctx)
{
    SSL_CTX *ctx = SSL_CTX_new_ex(libctx, NULL, TLS_server_method());

    (void)id;
    (void)loop;
    if (ctx != NULL && SSL_CTX_use_certificate(ctx, side.cert) == 1 &&
        SSL_CTX_use_PrivateKey(ctx, side.key) == 1)
        return ctx;
    SSL_CTX_free(ctx);
    return NULL;
}

static void identity_free(struct gw_identity *id)
{
    free(id);
}

struct gw_identity *tls_side_identity(void)
{
    static const struct gw_identity_ops ops = {.make_ctx = make_ctx, .free = identity_free};
    struct gw_identity *id = calloc(1, sizeof *id);

    if (id == NULL || !gw_identity_init(id, &ops))
        sim_fail("cannot make an identity");
    return id;
}

SSL_CTX *tls_side_client(void)
{
    return side.client;
}

SSL_CTX *tls_side_server(void)
{
    return side.server;
}

SSL_CTX *tls_side_server_http2(void)
{
    return side.server_http2;
}

SSL_CTX *tls_side_client_http2(void)
{
    return side.client_http2;
}
