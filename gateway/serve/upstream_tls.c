#include "gateway/serve/upstream_tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "certbind/digest.h"
#include "certbind/server_name.h"
#include "gateway/serve/ca_file.h"

struct gateway_upstream_tls {
    const struct gateway_upstream_tls_config *config;
    struct gateway_ca_file ca;
    const char *alpn[2];
    struct gw_upstream_tls tls;
};

static bool is_pinned(const struct gateway_upstream_tls_config *c, const X509 *leaf)
{
    uint8_t hash[CERTBIND_SHA256_LEN];
    unsigned char *spki = NULL;
    int len = leaf == NULL ? -1 : i2d_X509_PUBKEY(X509_get_X509_PUBKEY(leaf), &spki);
    bool found = false;

    if (len > 0 && certbind_sha256(certbind_bytes(spki, (size_t)len), hash))
        for (size_t i = 0; i < c->pins_count; i++)
            found = found || memcmp(hash, c->pins[i], sizeof hash) == 0;
    OPENSSL_free(spki);
    return found;
}

static int on_certificate(X509_STORE_CTX *store, void *arg)
{
    const struct gateway_upstream_tls *t = arg;

    if (t->config->pins_count > 0 && !is_pinned(t->config, X509_STORE_CTX_get0_cert(store))) {
        X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
        return 0;
    }
    if (t->ca.pem != NULL)
        return X509_verify_cert(store) == 1;
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
}

static bool set_name(SSL_CTX *ctx, const char *name)
{
    X509_VERIFY_PARAM *param = SSL_CTX_get0_param(ctx);

    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
                                               X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    if (certbind_is_ip_address(name))
        return X509_VERIFY_PARAM_set1_ip_asc(param, name) == 1;
    return X509_VERIFY_PARAM_set1_host(param, name, 0) == 1;
}

static SSL_CTX *make_ctx(void *user, struct gw_loop *loop, OSSL_LIB_CTX *libctx)
{
    struct gateway_upstream_tls *t = user;
    SSL_CTX *ctx = SSL_CTX_new_ex(libctx, NULL, TLS_client_method());

    (void)loop;
    if (ctx == NULL)
        return NULL;
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_verify_callback(ctx, on_certificate, t);
    if (SSL_CTX_set_cipher_list(ctx, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1 &&
        (t->ca.pem == NULL ||
         (gateway_ca_file_add(&t->ca, SSL_CTX_get_cert_store(ctx), libctx) > 0 &&
          set_name(ctx, t->config->name))))
        return ctx;
    SSL_CTX_free(ctx);
    return NULL;
}

struct gateway_upstream_tls *
gateway_upstream_tls_new(const struct gateway_upstream_tls_config *config, bool h2, char *err,
                         size_t err_len)
{
    struct gateway_upstream_tls *t = calloc(1, sizeof *t);

    if (t == NULL) {
        (void)snprintf(err, err_len, "memory ran out");
        return NULL;
    }
    t->config = config;
    t->alpn[0] = h2 ? "h2" : "http/1.1";
    t->tls = (struct gw_upstream_tls){
        .make_ctx = make_ctx,
        .user = t,
        .sni =
            config->name[0] == '\0' || certbind_is_ip_address(config->name) ? NULL : config->name,
        .alpn = t->alpn,
        .tls12 = true,
    };
    if (config->ca_file[0] == '\0' ||
        gateway_ca_file_load(&t->ca, config->ca_file, config->ca_sha256, err, err_len))
        return t;
    gateway_upstream_tls_free(t);
    return NULL;
}

const struct gw_upstream_tls *gateway_upstream_tls_of(const struct gateway_upstream_tls *t)
{
    return &t->tls;
}

void gateway_upstream_tls_free(struct gateway_upstream_tls *t)
{
    if (t == NULL)
        return;
    gateway_ca_file_cleanup(&t->ca);
    free(t);
}
