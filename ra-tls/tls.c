#include <string.h>

#include <openssl/x509_vfy.h>

#include "certbind/server_name.h"
#include "ra-tls/context.h"

int ratls_verify_callback(X509_STORE_CTX *store, void *ctx)
{
    const struct ratls_ctx *ratls = ctx;

    if (X509_STORE_CTX_get0_cert(store) == NULL)
        return 0;
    if (ratls->policy != NULL && ratls->policy->name == CERTBIND_NAME_WEBPKI) {
        /* Its result stays in the store context; the session's name step reads it. */
        if (X509_verify_cert(store) < 0)
            return 0;
    } else {
        X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
    }
    return 1;
}

SSL_CTX *ratls_ssl_ctx_new(const struct ratls_ctx *ctx, OSSL_LIB_CTX *libctx)
{
    static const unsigned char alpn[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    SSL_CTX *ssl_ctx = SSL_CTX_new_ex(libctx, NULL, TLS_client_method());

    if (ssl_ctx == NULL)
        return NULL;
    SSL_CTX_set_verify(ssl_ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_verify_callback(ssl_ctx, ratls_verify_callback, (void *)ctx);
    (void)SSL_CTX_set_session_cache_mode(ssl_ctx, SSL_SESS_CACHE_OFF);
    (void)SSL_CTX_set_options(ssl_ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_max_cert_list(ssl_ctx, 256 * 1024L);
    if (SSL_CTX_set_min_proto_version(ssl_ctx, TLS1_3_VERSION) == 1 &&
        SSL_CTX_set_max_proto_version(ssl_ctx, TLS1_3_VERSION) == 1 &&
        SSL_CTX_set_alpn_protos(ssl_ctx, alpn, sizeof alpn) == 0 &&
        ratls_client_certificate_use(&ctx->shown, ssl_ctx) &&
        (ctx->policy == NULL || ctx->policy->name != CERTBIND_NAME_WEBPKI ||
         SSL_CTX_set_default_verify_paths(ssl_ctx) == 1))
        return ssl_ctx;
    SSL_CTX_free(ssl_ctx);
    return NULL;
}

bool ratls_ssl_set_name(SSL *ssl, const char *server_name)
{
    return certbind_is_ip_address(server_name) || SSL_set_tlsext_host_name(ssl, server_name) == 1;
}
