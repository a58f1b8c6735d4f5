#include "gateway/identity.h"

#include <stdlib.h>

#include <openssl/crypto.h>

#include "certbind/tls_key.h"
#include "gateway/names.h"

static const unsigned long OPENSSL_WITH_MLKEM = 0x30500000UL;

/* A loop's own copy of the key. The decoder's temporary copies are cleansed by OpenSSL. */
static bool use_key(SSL_CTX *ctx, const struct gateway_identity *id, OSSL_LIB_CTX *libctx)
{
    const unsigned char *at = id->key;
    EVP_PKEY *key = d2i_AutoPrivateKey_ex(NULL, &at, (long)id->key_len, libctx, NULL);
    bool ok = key != NULL && SSL_CTX_use_PrivateKey(ctx, key) == 1;

    EVP_PKEY_free(key);
    return ok;
}

static bool use_certificate(SSL_CTX *ctx, const struct gateway_identity *id, OSSL_LIB_CTX *libctx)
{
    const unsigned char *at = id->leaf;
    X509 *leaf = X509_new_ex(libctx, NULL);
    bool ok = leaf != NULL && d2i_X509(&leaf, &at, (long)id->leaf_len) != NULL &&
              SSL_CTX_use_certificate(ctx, leaf) == 1;

    X509_free(leaf);
    return ok;
}

static SSL_CTX *make_ctx(struct gw_identity *base, struct gw_loop *loop, OSSL_LIB_CTX *libctx)
{
    const struct gateway_identity *id = (const struct gateway_identity *)base;
    const char *groups = OpenSSL_version_num() >= OPENSSL_WITH_MLKEM ? "X25519MLKEM768:X25519:P-256"
                                                                     : "X25519:P-256";
    SSL_CTX *ctx = SSL_CTX_new_ex(libctx, NULL, TLS_server_method());

    (void)loop;
    if (ctx == NULL)
        return NULL;
    if (!use_certificate(ctx, id, libctx) || !use_key(ctx, id, libctx) ||
        SSL_CTX_check_private_key(ctx) != 1 || SSL_CTX_set1_groups_list(ctx, groups) != 1) {
        SSL_CTX_free(ctx);
        return NULL;
    }
    /* Tickets live no longer than the evidence that was current when they were made. */
    (void)SSL_CTX_set_timeout(ctx, (long)id->config->evidence_lifetime_s);
    return ctx;
}

static bool select_name(struct gw_identity *base, struct gw_loop *loop, SSL *ssl, const char *name)
{
    (void)loop;
    (void)ssl;
    return gateway_names_serve(((const struct gateway_identity *)base)->config, name);
}

static void identity_free(struct gw_identity *base)
{
    struct gateway_identity *id = (struct gateway_identity *)base;

    OPENSSL_secure_clear_free(id->key, id->key_len);
    OPENSSL_free(id->leaf);
    free(id);
}

static const struct gw_identity_ops ops = {make_ctx, select_name, identity_free};

static bool copy_key(struct gateway_identity *id, EVP_PKEY *key)
{
    int len = i2d_PrivateKey(key, NULL);
    unsigned char *at;

    if (len <= 0)
        return false;
    id->key = at = OPENSSL_secure_malloc((size_t)len);
    id->key_len = (size_t)len;
    return at != NULL && i2d_PrivateKey(key, &at) == len;
}

static bool copy_leaf(struct gateway_identity *id, X509 *certificate)
{
    int len = i2d_X509(certificate, &id->leaf);

    id->leaf_len = len > 0 ? (size_t)len : 0;
    return len > 0 && certbind_sha256(certbind_bytes(id->leaf, id->leaf_len), id->leaf_sha256);
}

certbind_status gateway_identity_new(const struct gateway_config *config, EVP_PKEY *key,
                                     X509 *certificate, struct gateway_identity **out,
                                     struct certbind_error *err)
{
    struct gateway_identity *id = calloc(1, sizeof *id);

    *out = NULL;
    if (id == NULL)
        return certbind_fail(err, CERTBIND_E_MEMORY, "no memory for an identity");
    id->config = config;
    if (!gw_identity_init(&id->base, &ops) || !copy_key(id, key) || !copy_leaf(id, certificate) ||
        !certbind_spki_sha256(key, id->spki_sha256)) {
        gw_identity_unref(&id->base);
        return certbind_fail_crypto(err, CERTBIND_E_INTERNAL, "the TLS identity cannot be made");
    }
    *out = id;
    return CERTBIND_OK;
}
