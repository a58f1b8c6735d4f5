#include "gateway/upstream_tls.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "certbind/digest.h"
#include "certbind/hex.h"
#include "certbind/server_name.h"

enum { CA_MAX_BYTES = 4 * 1024 * 1024, CA_MAX_COUNT = 1024 };

struct gateway_upstream_tls {
    const struct gateway_upstream_tls_config *config;
    uint8_t *ca; /* the PEM file; owned; NULL: none */
    size_t ca_len;
    const char *alpn[2];
    struct gw_upstream_tls tls;
};

static bool read_file(const char *path, uint8_t **out, size_t *len)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data = f == NULL ? NULL : malloc(CA_MAX_BYTES + 1);
    bool ok = false;

    if (data != NULL) {
        *len = fread(data, 1, CA_MAX_BYTES + 1, f);
        ok = ferror(f) == 0;
    }
    if (f != NULL)
        (void)fclose(f);
    if (!ok)
        free(data);
    else
        *out = data;
    return ok;
}

/* Add every certificate of the file to a store, which may be NULL. Returns: how many there are; 0
 * when one of them cannot be read. */
static size_t each_authority(const struct gateway_upstream_tls *t, X509_STORE *store,
                             OSSL_LIB_CTX *libctx)
{
    BIO *bio = BIO_new_mem_buf(t->ca, (int)t->ca_len);
    size_t count = 0;
    bool good = bio != NULL;

    while (good && count <= CA_MAX_COUNT) {
        X509 *one = X509_new_ex(libctx, NULL);

        if (one == NULL || PEM_read_bio_X509(bio, &one, NULL, NULL) == NULL) {
            X509_free(one);
            break;
        }
        good = store == NULL || X509_STORE_add_cert(store, one) == 1;
        count++;
        X509_free(one);
    }
    good = good && ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    BIO_free(bio);
    return good && count <= CA_MAX_COUNT ? count : 0;
}

static bool load_ca(struct gateway_upstream_tls *t, char *err, size_t err_len)
{
    const char *file = t->config->ca_file;
    uint8_t hash[CERTBIND_SHA256_LEN];
    char hex[2 * CERTBIND_SHA256_LEN + 1];

    if (!read_file(file, &t->ca, &t->ca_len)) {
        (void)snprintf(err, err_len, "cannot read '%s': %s", file, strerror(errno));
        return false;
    }
    if (t->ca_len > CA_MAX_BYTES || !certbind_sha256(certbind_bytes(t->ca, t->ca_len), hash)) {
        (void)snprintf(err, err_len, "'%s' is too large", file);
        return false;
    }
    if (memcmp(hash, t->config->ca_sha256, sizeof hash) != 0) {
        certbind_hex_encode(hash, sizeof hash, hex);
        (void)snprintf(err, err_len, "'%s' has the SHA-256 %s, not ca_sha256", file, hex);
        return false;
    }
    if (each_authority(t, NULL, NULL) == 0) {
        (void)snprintf(err, err_len, "'%s' is no PEM file of certificates", file);
        return false;
    }
    return true;
}

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
    if (t->ca != NULL)
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
        (t->ca == NULL || (each_authority(t, SSL_CTX_get_cert_store(ctx), libctx) > 0 &&
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
    if (config->ca_file[0] == '\0' || load_ca(t, err, err_len))
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
    free(t->ca);
    free(t);
}
