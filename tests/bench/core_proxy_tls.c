#include "tests/bench/core_proxy.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/pem.h>
#include <openssl/x509.h>

struct pem_identity {
    struct gw_identity base;
    BIO *cert, *key; /* the files, read again by each loop in a library context of its own */
};

static BIO *copy_of(BIO *file)
{
    char *at;
    const long len = BIO_get_mem_data(file, &at);

    return BIO_new_mem_buf(at, (int)len);
}

static bool use_files(SSL_CTX *ctx, const struct pem_identity *id, OSSL_LIB_CTX *libctx)
{
    BIO *cert_file = copy_of(id->cert);
    BIO *key_file = copy_of(id->key);
    X509 *cert = X509_new_ex(libctx, NULL);
    EVP_PKEY *key = NULL;
    bool ok = cert_file != NULL && key_file != NULL && cert != NULL;

    ok = ok && PEM_read_bio_X509(cert_file, &cert, NULL, NULL) != NULL;
    if (ok)
        key = PEM_read_bio_PrivateKey_ex(key_file, NULL, NULL, NULL, libctx, NULL);
    ok = ok && key != NULL && SSL_CTX_use_certificate(ctx, cert) == 1 &&
         SSL_CTX_use_PrivateKey(ctx, key) == 1;
    EVP_PKEY_free(key);
    X509_free(cert);
    BIO_free(key_file);
    BIO_free(cert_file);
    return ok;
}

static SSL_CTX *make_ctx(struct gw_identity *base, struct gw_loop *loop, OSSL_LIB_CTX *libctx)
{
    struct pem_identity *id = (struct pem_identity *)base;
    SSL_CTX *ctx = SSL_CTX_new_ex(libctx, NULL, TLS_server_method());

    (void)loop;
    if (ctx == NULL)
        return NULL;
    if (use_files(ctx, id, libctx) &&
        SSL_CTX_set_ciphersuites(ctx, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
                                      "TLS_CHACHA20_POLY1305_SHA256") == 1 &&
        SSL_CTX_set1_groups_list(ctx, "X25519:P-256") == 1)
        return ctx;
    SSL_CTX_free(ctx);
    return NULL;
}

static bool select_name(struct gw_identity *id, struct gw_loop *loop, SSL *ssl, const char *name)
{
    (void)id;
    (void)loop;
    (void)ssl;
    return name == NULL || strcmp(name, "unknown.example.test") != 0;
}

static void identity_free(struct gw_identity *base)
{
    struct pem_identity *id = (struct pem_identity *)base;

    BIO_free(id->cert);
    BIO_free(id->key);
    free(id);
}

static const struct gw_identity_ops ops = {
    .make_ctx = make_ctx, .select_name = select_name, .free = identity_free};

/* Returns: a whole file in memory; NULL when it cannot be read. */
static BIO *read_file(const char *path)
{
    BIO *file = BIO_new_file(path, "r");
    BIO *out = file != NULL ? BIO_new(BIO_s_mem()) : NULL;
    char part[4096];
    int n = 0;

    while (out != NULL && (n = BIO_read(file, part, sizeof(part))) > 0)
        (void)BIO_write(out, part, n);
    BIO_free(file);
    return out;
}

struct gw_identity *core_proxy_identity(const char *cert, const char *key)
{
    struct pem_identity *id = calloc(1, sizeof(*id));

    if (id == NULL)
        return NULL;
    if (!gw_identity_init(&id->base, &ops)) {
        free(id);
        return NULL;
    }
    id->cert = read_file(cert);
    id->key = read_file(key);
    if (id->cert != NULL && id->key != NULL)
        return &id->base;
    gw_identity_unref(&id->base);
    return NULL;
}

SSL_CTX *core_proxy_client_ctx(void *user, struct gw_loop *loop, OSSL_LIB_CTX *libctx)
{
    (void)user;
    (void)loop;
    return SSL_CTX_new_ex(libctx, NULL, TLS_client_method());
}

struct line_proof {
    struct gw_proof *handle;
    struct gw_loop *loop;
    struct core_proxy *program;
    uint64_t proven_ms; /* when it was proven */
    bool asked;
    bool waited;
    size_t len;
    char got[8];
};

static void *proof_begin(void *user, const struct gw_proof_begin *begin)
{
    struct line_proof *p = calloc(1, sizeof(*p));

    if (p == NULL)
        return NULL;
    p->program = user;
    p->handle = begin->handle;
    p->loop = begin->loop;
    return p;
}

static void resume(struct gw_loop *loop, void *arg)
{
    (void)loop;
    gw_proof_resume(arg);
}

static void refuse(struct gw_proof_result *out, const char *code)
{
    out->state = GW_PROOF_REFUSED;
    out->code = code;
    out->message = "the answer was another one";
}

static void proof_step(void *proof, const uint8_t *data, size_t len, struct gw_proof_result *out)
{
    struct line_proof *p = proof;

    out->state = GW_PROOF_NEED_MORE;
    if (!p->asked) {
        p->asked = true;
        out->send = (const uint8_t *)"prove\n";
        out->send_len = 6;
        return;
    }
    if (len > sizeof(p->got) - 1 - p->len) {
        refuse(out, "proof-too-long");
        return;
    }
    if (len > 0)
        memcpy(p->got + p->len, data, len);
    p->len += len;
    if (p->len < 7)
        return;
    if (memcmp(p->got, "proven\n", 7) != 0) {
        refuse(out, "proof-other");
    } else if (!p->waited) {
        /* As a verifier does that has to fetch something first. */
        p->waited = true;
        out->state = gw_loop_post(p->loop, resume, p->handle) ? GW_PROOF_WAITING : GW_PROOF_REFUSED;
    } else {
        p->proven_ms = uv_now(gw_loop_uv(p->loop));
        atomic_store(&p->program->newest_proof_ms, p->proven_ms);
        out->state = GW_PROOF_READY;
    }
}

static void proof_end(void *proof)
{
    free(proof);
}

static uint64_t proof_left_ms(void *proof)
{
    const struct line_proof *p = proof;
    const uint64_t since =
        p->program->proof_shared ? atomic_load(&p->program->newest_proof_ms) : p->proven_ms;
    const uint64_t until = since + p->program->proof_left_ms;
    const uint64_t now = uv_now(gw_loop_uv(p->loop));

    if (p->program->proof_left_ms == 0)
        return UINT64_MAX;
    return until > now ? until - now : 0;
}

static bool proof_usable(void *proof)
{
    return proof_left_ms(proof) > 0;
}

static bool proof_renew(void *proof)
{
    struct line_proof *p = proof;

    p->asked = false;
    p->waited = false;
    p->len = 0;
    return true;
}

const struct gw_proof_ops core_proxy_proof = {
    .begin = proof_begin, .step = proof_step, .end = proof_end, .left_ms = proof_left_ms};

const struct gw_proof_ops core_proxy_proof_renewed = {.begin = proof_begin,
                                                      .step = proof_step,
                                                      .usable = proof_usable,
                                                      .end = proof_end,
                                                      .left_ms = proof_left_ms,
                                                      .renew = proof_renew};
