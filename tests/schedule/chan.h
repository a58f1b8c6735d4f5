/* chan: a scripted peer's end of a connection, plain or TLS. */
#ifndef TESTS_SCHEDULE_CHAN_H
#define TESTS_SCHEDULE_CHAN_H

#include <openssl/ssl.h>

#include "tests/schedule/sim_wire.h"

enum { CHAN_HEAD_MAX = 64 };

struct chan {
    struct sim_wire_end *end; /* NULL: closed */
    SSL *ssl;                 /* NULL: plain */
    BIO *in, *out;
    bool ended;               /* close_notify came */
    char head[CHAN_HEAD_MAX]; /* goes before everything else, never within TLS */
    size_t head_len, head_sent;
};

/** In: ctx  NULL: plain; the SSL is a client's or a server's by the context's method */
void chan_open(struct chan *c, struct sim_wire_end *end, SSL_CTX *ctx, bool server);

/** The same for a client that says something before, as a relay does. */
void chan_open_behind(struct chan *c, struct sim_wire_end *end, SSL_CTX *ctx, const char *head,
                      size_t len);

/** Returns: bytes, UV_EAGAIN, UV_EOF (in TLS only after close_notify) or another error. */
long chan_read(struct chan *c, void *out, size_t room);

/** Returns: bytes taken, 0: not now, or an error. */
long chan_write(struct chan *c, const void *data, size_t len);

/** When chan_read or, with want_write, chan_write may get on. */
uint64_t chan_ready(const struct chan *c, bool want_write);

/** End the sending side; and everything. In: cut  with a reset, and without close_notify */
void chan_shutdown(struct chan *c);
void chan_close(struct chan *c, bool cut);

#endif
