#include "ra-tls/observe.h"

#include <string.h>

#include <openssl/crypto.h>

#include "certbind/leaf.h"

void ratls_observe_transport(const SSL *ssl, const char *alpn, struct certbind_transport *out)
{
    const char *expected = alpn != NULL ? alpn : "http/1.1";
    const unsigned char *chosen = NULL;
    unsigned len = 0;

    SSL_get0_alpn_selected(ssl, &chosen, &len);
    out->tls13 = SSL_is_init_finished(ssl) && SSL_version(ssl) == TLS1_3_VERSION;
    /* No answer means HTTP/1.1. */
    out->alpn_ok = (len == 0 && alpn == NULL) ||
                   (len == strlen(expected) && memcmp(chosen, expected, len) == 0);
    out->full_handshake = SSL_session_reused(ssl) == 0;
    switch (SSL_get_verify_result(ssl)) {
    case X509_V_OK:
        out->webpki = CERTBIND_WEBPKI_VALID;
        break;
    case X509_V_ERR_APPLICATION_VERIFICATION:
        out->webpki = CERTBIND_WEBPKI_NOT_TRIED;
        break;
    default:
        out->webpki = CERTBIND_WEBPKI_INVALID;
    }
}

uint8_t *ratls_observe_leaf(const SSL *ssl, size_t *len)
{
    X509 *leaf = SSL_get1_peer_certificate(ssl);
    uint8_t *der = NULL;
    int n = leaf == NULL ? -1 : i2d_X509(leaf, &der);

    X509_free(leaf);
    *len = n > 0 ? (size_t)n : 0;
    return n > 0 ? der : NULL;
}

uint64_t ratls_leaf_not_after(struct certbind_bytes der)
{
    struct certbind_leaf leaf;
    uint64_t until = 0;

    if (certbind_leaf_parse(der, &leaf, NULL) == CERTBIND_OK && leaf.not_after > 0)
        until = (uint64_t)leaf.not_after;
    certbind_leaf_cleanup(&leaf);
    return until;
}

bool ratls_observe_exporter(SSL *ssl, const uint8_t nonce[CERTBIND_NONCE_LEN],
                            uint8_t out[CERTBIND_EXPORTER_LEN])
{
    return SSL_export_keying_material(ssl, out, CERTBIND_EXPORTER_LEN, CERTBIND_EXPORTER_LABEL,
                                      sizeof CERTBIND_EXPORTER_LABEL - 1, nonce, CERTBIND_NONCE_LEN,
                                      1) == 1;
}
