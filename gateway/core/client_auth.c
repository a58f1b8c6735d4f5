#include "gateway/core/client_auth.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

/* Tell which authorities would do, so that clients with several certificates can choose. */
static bool tell_names(SSL *ssl, X509_STORE *store)
{
    STACK_OF(X509_OBJECT) *all = X509_STORE_get0_objects(store);

    for (int i = 0; i < sk_X509_OBJECT_num(all); i++) {
        X509 *one = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(all, i));

        if (one != NULL && SSL_add1_to_CA_list(ssl, one) != 1)
            return false;
    }
    return true;
}

bool gw_client_auth_ask(SSL *ssl, X509_STORE *store, bool required)
{
    SSL_set_verify(ssl, SSL_VERIFY_PEER | (required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), NULL);
    SSL_set_verify_depth(ssl, GW_CLIENT_CHAIN_DEPTH);
    SSL_set_max_cert_list(ssl, GW_CLIENT_CHAIN_BYTES);
    /* No resumption: each connection shows and proves its certificate, which is judged then. */
    return SSL_set_num_tickets(ssl, 0) == 1 && SSL_set1_verify_cert_store(ssl, store) == 1 &&
           tell_names(ssl, store);
}

const char *gw_client_auth_reason(const SSL *ssl)
{
    switch (SSL_get_verify_result(ssl)) {
    case X509_V_ERR_CERT_REVOKED:
        return "client-revoked";
    case X509_V_ERR_UNABLE_TO_GET_CRL:
    case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
    case X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE:
    case X509_V_ERR_CRL_SIGNATURE_FAILURE:
    case X509_V_ERR_CRL_NOT_YET_VALID:
    case X509_V_ERR_CRL_HAS_EXPIRED:
    case X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD:
    case X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD:
    case X509_V_ERR_KEYUSAGE_NO_CRL_SIGN:
    case X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION:
    case X509_V_ERR_DIFFERENT_CRL_SCOPE:
    case X509_V_ERR_CRL_PATH_VALIDATION_ERROR:
        return "client-crl";
    default:
        return NULL;
    }
}

/* Append ":base64:", after a comma where something stands before. Returns: false without memory. */
static bool append(char **text, X509 *certificate)
{
    unsigned char *der = NULL;
    int len = i2d_X509(certificate, &der);
    size_t before = *text != NULL ? strlen(*text) : 0;
    char *grown = NULL;
    char *at;

    if (len > 0)
        grown = realloc(*text, before + 4 * ((size_t)len / 3 + 1) + sizeof(", ::"));
    if (grown == NULL) {
        OPENSSL_free(der);
        return false;
    }
    *text = grown;
    at = grown + before;
    if (before > 0) {
        *at++ = ',';
        *at++ = ' ';
    }
    *at++ = ':';
    at += EVP_EncodeBlock((unsigned char *)at, der, len);
    *at++ = ':';
    *at = '\0';
    OPENSSL_free(der);
    return true;
}

bool gw_client_fields_read(SSL *ssl, struct gw_client_fields *out)
{
    X509 *leaf = SSL_get0_peer_certificate(ssl);
    STACK_OF(X509) *chain = SSL_get0_verified_chain(ssl);
    bool ok = true;

    *out = (struct gw_client_fields){0};
    if (leaf == NULL || SSL_get_verify_result(ssl) != X509_V_OK || chain == NULL)
        return true;
    ok = append(&out->cert, leaf);
    /* The last one is the authority that we know. */
    for (int i = 1; ok && i + 1 < sk_X509_num(chain); i++)
        ok = append(&out->chain, sk_X509_value(chain, i));
    if (!ok)
        gw_client_fields_cleanup(out);
    return ok;
}

void gw_client_fields_cleanup(struct gw_client_fields *fields)
{
    free(fields->cert);
    free(fields->chain);
    *fields = (struct gw_client_fields){0};
}
