#include "gateway/core/tls_engine.h"

#include <limits.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>

static int bio_read(BIO *b, char *out, size_t len, size_t *n)
{
    struct gw_tls *t = BIO_get_data(b);

    BIO_clear_retry_flags(b);
    if (t->in_len == 0) {
        BIO_set_retry_read(b);
        *n = 0;
        return 0;
    }
    *n = t->in_len < len ? t->in_len : len;
    memcpy(out, t->in, *n);
    t->in += *n;
    t->in_len -= *n;
    return 1;
}

static int bio_write(BIO *b, const char *data, size_t len, size_t *n)
{
    struct gw_tls *t = BIO_get_data(b);

    t->sink(t->sink_ctx, (const uint8_t *)data, len);
    *n = len;
    return 1;
}

static long bio_ctrl(BIO *b, int cmd, long num, void *ptr)
{
    (void)b;
    (void)num;
    (void)ptr;
    return cmd == BIO_CTRL_FLUSH || cmd == BIO_CTRL_DUP;
}

static int bio_create(BIO *b)
{
    BIO_set_init(b, 1);
    return 1;
}

BIO_METHOD *gw_tls_bio_method(void)
{
    BIO_METHOD *m = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "gateway");

    if (m == NULL)
        return NULL;
    if (BIO_meth_set_read_ex(m, bio_read) != 1 || BIO_meth_set_write_ex(m, bio_write) != 1 ||
        BIO_meth_set_ctrl(m, bio_ctrl) != 1 || BIO_meth_set_create(m, bio_create) != 1) {
        BIO_meth_free(m);
        return NULL;
    }
    return m;
}

bool gw_tls_init(struct gw_tls *t, SSL_CTX *ctx, bool server, BIO_METHOD *method)
{
    BIO *b = BIO_new(method);

    t->ssl = SSL_new(ctx);
    if (t->ssl == NULL || b == NULL) {
        BIO_free(b);
        SSL_free(t->ssl);
        t->ssl = NULL;
        ERR_clear_error();
        return false;
    }
    t->in = NULL;
    t->in_len = 0;
    t->h2 = false;
    t->sni = NULL;
    t->stream_alpn = NULL;
    t->challenge = false;
    t->no_tickets = false;
    t->open = false;
    t->ended = false;
    BIO_set_data(b, t);
    SSL_set_bio(t->ssl, b, b);
    SSL_set_app_data(t->ssl, (char *)t);
    if (server)
        SSL_set_accept_state(t->ssl);
    else
        SSL_set_connect_state(t->ssl);
    return true;
}

void gw_tls_cleanup(struct gw_tls *t)
{
    SSL_free(t->ssl);
    OPENSSL_free(t->sni);
    t->ssl = NULL;
    t->sni = NULL;
}

void gw_tls_input(struct gw_tls *t, const uint8_t *data, size_t len)
{
    t->in = data;
    t->in_len = len;
}

enum gw_tls_status gw_tls_handshake(struct gw_tls *t)
{
    int ret;

    if (t->open)
        return GW_TLS_OPEN;
    if (t->ended)
        return GW_TLS_FAILED;
    ERR_clear_error();
    ret = SSL_do_handshake(t->ssl);
    if (ret == 1) {
        t->open = true;
        return GW_TLS_OPEN;
    }
    if (SSL_get_error(t->ssl, ret) == SSL_ERROR_WANT_READ)
        return GW_TLS_WANT_READ;
    t->ended = true;
    return GW_TLS_FAILED;
}

static enum gw_tls_status read_status(struct gw_tls *t)
{
    switch (SSL_get_error(t->ssl, 0)) {
    case SSL_ERROR_WANT_READ:
        return GW_TLS_WANT_READ;
    case SSL_ERROR_ZERO_RETURN:
        return GW_TLS_CLOSED;
    default:
        t->ended = true;
        return GW_TLS_FAILED;
    }
}

enum gw_tls_status gw_tls_read(struct gw_tls *t, uint8_t *out, size_t room, size_t *n)
{
    *n = 0;
    ERR_clear_error();
    while (*n < room) {
        size_t got = 0;

        /* A call that can only say WANT_READ is not worth its price. */
        if (t->in_len == 0 && !SSL_has_pending(t->ssl))
            return *n > 0 ? GW_TLS_DATA : GW_TLS_WANT_READ;
        if (SSL_read_ex(t->ssl, out + *n, room - *n, &got) != 1) {
            enum gw_tls_status status = read_status(t);

            return status == GW_TLS_WANT_READ && *n > 0 ? GW_TLS_DATA : status;
        }
        *n += got;
    }
    return GW_TLS_DATA;
}

bool gw_tls_write(struct gw_tls *t, const void *data, size_t len)
{
    size_t written = 0;

    if (len == 0)
        return true;
    if (t->ended || !t->open)
        return false;
    ERR_clear_error();
    if (SSL_write_ex(t->ssl, data, len, &written) == 1 && written == len)
        return true;
    t->ended = true;
    return false;
}

void gw_tls_shutdown(struct gw_tls *t)
{
    if (t->ssl == NULL || !t->open || t->ended)
        return;
    t->ended = true;
    ERR_clear_error();
    (void)SSL_shutdown(t->ssl);
    ERR_clear_error();
}

bool gw_tls_has_alpn(const struct gw_tls *t)
{
    const unsigned char *name = NULL;
    unsigned len = 0;

    SSL_get0_alpn_selected(t->ssl, &name, &len);
    return len > 0;
}

bool gw_tls_chose_h2(const struct gw_tls *t)
{
    const unsigned char *name = NULL;
    unsigned len = 0;

    SSL_get0_alpn_selected(t->ssl, &name, &len);
    return len == 2 && memcmp(name, "h2", 2) == 0;
}

bool gw_tls_certificate_alert(void)
{
    const unsigned long e = ERR_peek_error();
    const int alert = ERR_GET_REASON(e) - SSL_AD_REASON_OFFSET;

    return ERR_GET_LIB(e) == ERR_LIB_SSL &&
           ((alert >= SSL_AD_BAD_CERTIFICATE && alert <= SSL_AD_CERTIFICATE_UNKNOWN) ||
            alert == SSL_AD_UNKNOWN_CA || alert == SSL_AD_ACCESS_DENIED ||
            alert == SSL_AD_CERTIFICATE_REQUIRED);
}

void gw_tls_error(char *text, size_t len)
{
    unsigned long e = ERR_get_error();
    const char *reason = e != 0 ? ERR_reason_error_string(e) : NULL;
    size_t n = 0;

    if (reason != NULL) {
        n = strlen(reason);
        if (n >= len)
            n = len - 1;
        memcpy(text, reason, n);
    }
    text[n] = '\0';
    ERR_clear_error();
}
