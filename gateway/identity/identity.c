#include "gateway/identity/identity.h"

#include <stdlib.h>

#include <openssl/crypto.h>

#include "certbind/tls_key.h"
#include "gateway/config/names.h"

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

/* A context's own certificates of one chain. */
struct parsed_chain {
    X509 *leaf;
    STACK_OF(X509) * rest;
};

static void free_parsed(void *parent, void *data, CRYPTO_EX_DATA *ad, int index, long count,
                        void *arg)
{
    struct parsed_chain *parsed = data;

    (void)parent;
    (void)ad;
    (void)index;
    (void)count;
    (void)arg;
    for (struct parsed_chain *p = parsed; p != NULL && p->leaf != NULL; p++) {
        X509_free(p->leaf);
        sk_X509_pop_free(p->rest, X509_free);
    }
    OPENSSL_free(parsed);
}

int gateway_identity_chains_index(void)
{
    return SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, free_parsed);
}

static bool parse_chain(const struct gateway_chain *chain, OSSL_LIB_CTX *libctx,
                        struct parsed_chain *out)
{
    const unsigned char *at = chain->der;
    const unsigned char *end = chain->der + chain->len;

    out->rest = sk_X509_new_null();
    for (size_t i = 0; out->rest != NULL && i < chain->count; i++) {
        X509 *one = X509_new_ex(libctx, NULL);

        if (one == NULL || d2i_X509(&one, &at, end - at) == NULL) {
            X509_free(one);
            return false;
        }
        if (i == 0)
            out->leaf = one;
        else if (sk_X509_push(out->rest, one) <= 0) {
            X509_free(one);
            return false;
        }
    }
    return out->leaf != NULL && out->rest != NULL;
}

/* Parsed once for each loop, in the order of the set without the empty ones. */
static bool use_chains(SSL_CTX *ctx, const struct gateway_identity *id, OSSL_LIB_CTX *libctx)
{
    const size_t count = id->chains == NULL ? 0 : id->chains->count;
    struct parsed_chain *parsed;
    struct parsed_chain *next;
    bool ok;

    if (count == 0)
        return true;
    parsed = OPENSSL_zalloc((count + 1) * sizeof *parsed);
    next = parsed;
    ok = parsed != NULL;
    for (size_t i = 0; ok && i < count; i++)
        if (id->chains->list[i].len > 0)
            ok = parse_chain(&id->chains->list[i], libctx, next++);
    if (ok && SSL_CTX_set_ex_data(ctx, id->chains_index, parsed) == 1)
        return true;
    if (parsed != NULL && next != parsed && next[-1].leaf == NULL)
        sk_X509_pop_free(next[-1].rest, X509_free);
    free_parsed(NULL, parsed, NULL, 0, 0, NULL);
    return false;
}

/* Where a chain of the set stands among the parsed ones. */
static size_t parsed_place(const struct gateway_chains *chains, const struct gateway_chain *chain)
{
    size_t place = 0;

    for (const struct gateway_chain *c = chains->list; c != chain; c++)
        place += c->len > 0;
    return place;
}

static bool show_chain(const struct gateway_identity *id, SSL *ssl, const char *name)
{
    const struct gateway_chain *chain = gateway_chains_find(id->chains, name);
    SSL_CTX *ctx = SSL_get_SSL_CTX(ssl);
    const struct parsed_chain *parsed;

    if (chain == NULL)
        return true;
    parsed = SSL_CTX_get_ex_data(ctx, id->chains_index);
    if (parsed == NULL)
        return false;
    parsed += parsed_place(id->chains, chain);
    return SSL_use_cert_and_key(ssl, parsed->leaf, SSL_CTX_get0_privatekey(ctx), parsed->rest, 1) ==
           1;
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
    if (!use_certificate(ctx, id, libctx) || !use_chains(ctx, id, libctx) ||
        !use_key(ctx, id, libctx) || SSL_CTX_check_private_key(ctx) != 1 ||
        SSL_CTX_set1_groups_list(ctx, groups) != 1) {
        SSL_CTX_free(ctx);
        return NULL;
    }
    /* Tickets live no longer than the evidence that was current when they were made. */
    (void)SSL_CTX_set_timeout(ctx, (long)id->config->evidence_lifetime_s);
    return ctx;
}

static bool select_name(struct gw_identity *base, struct gw_loop *loop, SSL *ssl, const char *name)
{
    const struct gateway_identity *id = (const struct gateway_identity *)base;

    (void)loop;
    return gateway_names_serve(id->config, name) && show_chain(id, ssl, name);
}

static void identity_free(struct gw_identity *base)
{
    struct gateway_identity *id = (struct gateway_identity *)base;

    OPENSSL_secure_clear_free(id->key, id->key_len);
    OPENSSL_free(id->leaf);
    gateway_chains_unref(id->chains);
    free(id);
}

static bool select_challenge(struct gw_identity *base, struct gw_loop *loop, SSL *ssl,
                             const char *name)
{
    const struct gateway_identity *id = (const struct gateway_identity *)base;

    (void)loop;
    return id->challenges != NULL && acme_challenges_show(id->challenges, ssl, name);
}

static const struct gw_identity_ops ops = {make_ctx, select_name, identity_free, select_challenge};

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

certbind_status gateway_identity_new(const struct gateway_config *config,
                                     const struct gateway_identity_material *material,
                                     struct gateway_identity **out, struct certbind_error *err)
{
    struct gateway_identity *id = calloc(1, sizeof *id);

    *out = NULL;
    if (id == NULL)
        return certbind_fail(err, CERTBIND_E_MEMORY, "no memory for an identity");
    id->config = config;
    id->chains = gateway_chains_ref(material->chains);
    id->chains_index = material->chains_index;
    id->challenges = material->challenges;
    if (!gw_identity_init(&id->base, &ops) || !copy_key(id, material->key) ||
        !copy_leaf(id, material->certificate) ||
        !certbind_spki_sha256(material->key, id->spki_sha256)) {
        gw_identity_unref(&id->base);
        return certbind_fail_crypto(err, CERTBIND_E_INTERNAL, "the TLS identity cannot be made");
    }
    *out = id;
    return CERTBIND_OK;
}

const uint8_t *gateway_identity_leaf_sha256(const struct gateway_identity *identity,
                                            const char *name)
{
    const struct gateway_chain *chain = gateway_chains_find(identity->chains, name);

    return chain == NULL ? identity->leaf_sha256 : chain->leaf_sha256;
}
