#include "tests/schedule/chan.h"

#include <string.h>

#include <openssl/err.h>
#include <uv.h>

#include "tests/schedule/sim.h"

enum { PIECE = 16384 };

/* Returns: 0 when it is on the wire, UV_EAGAIN, or an error. */
static long send_head(struct chan *c)
{
    while (c->head_sent < c->head_len) {
        long n = sim_wire_write(c->end, c->head + c->head_sent, c->head_len - c->head_sent);

        if (n <= 0)
            return n == 0 ? UV_EAGAIN : n;
        c->head_sent += (size_t)n;
    }
    return 0;
}

/* The same for what TLS has to say. */
static long flush(struct chan *c)
{
    long rv = send_head(c);
    char *data;
    long len;

    if (rv != 0)
        return rv;
    while ((len = BIO_get_mem_data(c->out, &data)) > 0) {
        long n = sim_wire_write(c->end, data, (size_t)len);
        char drop[PIECE];

        if (n <= 0)
            return n == 0 ? UV_EAGAIN : n;
        while (n > 0)
            n -= BIO_read(c->out, drop, n < PIECE ? (int)n : PIECE);
    }
    return 0;
}

static void start(struct chan *c, SSL_CTX *ctx, bool server)
{
    if (ctx == NULL)
        return;
    c->ssl = SSL_new(ctx);
    c->in = BIO_new(BIO_s_mem());
    c->out = BIO_new(BIO_s_mem());
    if (c->ssl == NULL || c->in == NULL || c->out == NULL)
        sim_fail("memory");
    (void)BIO_set_mem_eof_return(c->in, -1);
    (void)BIO_set_mem_eof_return(c->out, -1);
    SSL_set_bio(c->ssl, c->in, c->out);
    if (server) {
        SSL_set_accept_state(c->ssl);
        return;
    }
    SSL_set_connect_state(c->ssl);
    (void)SSL_do_handshake(c->ssl); /* nothing comes before its first message */
    (void)flush(c);
}

void chan_open(struct chan *c, struct sim_wire_end *end, SSL_CTX *ctx, bool server)
{
    *c = (struct chan){.end = end};
    start(c, ctx, server);
}

void chan_open_behind(struct chan *c, struct sim_wire_end *end, SSL_CTX *ctx, const char *head,
                      size_t len)
{
    *c = (struct chan){.end = end, .head_len = len};
    memcpy(c->head, head, len);
    start(c, ctx, false);
}

static long fill(struct chan *c)
{
    char piece[PIECE];
    long n = sim_wire_read(c->end, piece, sizeof piece);

    if (n > 0)
        (void)BIO_write(c->in, piece, (int)n);
    return n;
}

static long read_tls(struct chan *c, void *out, size_t room)
{
    long got = fill(c);
    int n;

    ERR_clear_error();
    n = SSL_read(c->ssl, out, (int)room);
    (void)flush(c);
    if (n > 0)
        return n;
    switch (SSL_get_error(c->ssl, n)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return got > 0 || got == UV_EAGAIN ? UV_EAGAIN : UV_ECONNRESET;
    case SSL_ERROR_ZERO_RETURN:
        return UV_EOF;
    default:
        return UV_EPROTO;
    }
}

long chan_read(struct chan *c, void *out, size_t room)
{
    return c->ssl != NULL ? read_tls(c, out, room) : sim_wire_read(c->end, out, room);
}

long chan_write(struct chan *c, const void *data, size_t len)
{
    long flushed;
    int n;

    flushed = c->ssl == NULL ? send_head(c) : flush(c);
    if (flushed < 0)
        return flushed == UV_EAGAIN ? 0 : flushed;
    if (c->ssl == NULL)
        return sim_wire_write(c->end, data, len);
    ERR_clear_error();
    n = SSL_write(c->ssl, data, len < PIECE ? (int)len : PIECE);
    (void)flush(c);
    if (n > 0)
        return n;
    return SSL_get_error(c->ssl, n) == SSL_ERROR_WANT_READ ? 0 : UV_EPROTO;
}

uint64_t chan_ready(const struct chan *c, bool want_write)
{
    uint64_t readable = sim_wire_readable(c->end);
    uint64_t writable = SIM_NEVER;

    if (c->ssl != NULL && SSL_has_pending(c->ssl) == 1)
        return 0;
    if ((want_write && (c->ssl == NULL || SSL_is_init_finished(c->ssl))) ||
        (c->ssl != NULL && BIO_pending(c->out) > 0) || c->head_sent < c->head_len)
        writable = sim_wire_writable(c->end);
    return readable < writable ? readable : writable;
}

void chan_shutdown(struct chan *c)
{
    if (c->ssl != NULL) {
        (void)SSL_shutdown(c->ssl);
        (void)flush(c);
    }
    sim_wire_shutdown(c->end);
}

void chan_close(struct chan *c, bool cut)
{
    if (c->end == NULL)
        return;
    if (!cut && c->ssl != NULL) {
        (void)SSL_shutdown(c->ssl);
        (void)flush(c);
    }
    c->end->linger = c->end->linger || cut;
    sim_wire_close(c->end);
    c->end = NULL;
    SSL_free(c->ssl);
    c->ssl = NULL;
}
