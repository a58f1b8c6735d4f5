#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "ra-tls/context.h"
#include "ra-tls/policy_file.h"

/* Returns: a reader of the file's bytes; NULL: none. In: text  outlives it */
static BIO *reader(const uint8_t *text, size_t len)
{
    return BIO_new_mem_buf(text, (int)len);
}

/* The leaf first, then what leads from it to its authority. Returns: false when a block cannot be
 * read, or there is none. */
static bool read_chain(BIO *in, struct ratls_client_certificate *out)
{
    X509 *one;

    out->chain = sk_X509_new_null();
    while (out->chain != NULL && (one = PEM_read_bio_X509(in, NULL, NULL, NULL)) != NULL) {
        if (out->leaf == NULL) {
            out->leaf = one;
        } else if (sk_X509_num(out->chain) >= RATLS_CLIENT_CHAIN_MAX ||
                   sk_X509_push(out->chain, one) <= 0) {
            X509_free(one);
            return false;
        }
    }
    return out->leaf != NULL && ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
}

static certbind_status read_files(const char *chain_file, const char *key_file,
                                  struct ratls_client_certificate *out, struct certbind_error *err)
{
    uint8_t *chain = NULL, *key = NULL;
    size_t chain_len = 0, key_len = 0;
    char no_passphrase[] = ""; /* else the terminal is asked for one */
    certbind_status status = ratls_file_read(chain_file, &chain, &chain_len, err);
    BIO *in;

    if (status == CERTBIND_OK)
        status = ratls_file_read(key_file, &key, &key_len, err);
    if (status == CERTBIND_OK) {
        in = reader(chain, chain_len);
        if (in == NULL || !read_chain(in, out))
            status =
                certbind_fail(err, CERTBIND_E_MALFORMED,
                              "'%.120s' is no PEM file of a certificate and its chain", chain_file);
        BIO_free(in);
    }
    if (status == CERTBIND_OK) {
        in = reader(key, key_len);
        out->key = in == NULL ? NULL : PEM_read_bio_PrivateKey(in, NULL, NULL, no_passphrase);
        if (out->key == NULL)
            status =
                certbind_fail(err, CERTBIND_E_MALFORMED,
                              "'%.120s' has no private key in PEM that is not encrypted", key_file);
        BIO_free(in);
    }
    OPENSSL_cleanse(key, key_len);
    OPENSSL_cleanse(chain, chain_len);
    free(key);
    free(chain);
    return status;
}

certbind_status ratls_ctx_use_certificate(struct ratls_ctx *ctx, const char *chain_file,
                                          const char *key_file, struct certbind_error *err)
{
    struct ratls_client_certificate next = {0};
    certbind_status status =
        read_files(chain_file, key_file != NULL ? key_file : chain_file, &next, err);

    if (status == CERTBIND_OK && X509_check_private_key(next.leaf, next.key) != 1)
        status = certbind_fail(err, CERTBIND_E_MALFORMED,
                               "the key in '%.120s' is not that of the certificate",
                               key_file != NULL ? key_file : chain_file);
    ERR_clear_error();
    if (status != CERTBIND_OK) {
        ratls_client_certificate_cleanup(&next);
        return status;
    }
    ratls_client_certificate_cleanup(&ctx->shown);
    ctx->shown = next;
    return CERTBIND_OK;
}

bool ratls_client_certificate_use(const struct ratls_client_certificate *c, SSL_CTX *ssl_ctx)
{
    return c->leaf == NULL || SSL_CTX_use_cert_and_key(ssl_ctx, c->leaf, c->key, c->chain, 1) == 1;
}

bool ratls_is_certificate_alert(unsigned long error)
{
    const int alert = ERR_GET_REASON(error) - SSL_AD_REASON_OFFSET;

    return ERR_GET_LIB(error) == ERR_LIB_SSL &&
           ((alert >= SSL_AD_BAD_CERTIFICATE && alert <= SSL_AD_CERTIFICATE_UNKNOWN) ||
            alert == SSL_AD_UNKNOWN_CA || alert == SSL_AD_ACCESS_DENIED ||
            alert == SSL_AD_CERTIFICATE_REQUIRED);
}

void ratls_client_certificate_cleanup(struct ratls_client_certificate *c)
{
    X509_free(c->leaf);
    sk_X509_pop_free(c->chain, X509_free);
    EVP_PKEY_free(c->key);
    *c = (struct ratls_client_certificate){0};
}
