/* slow_server: a TLS server in a thread that keeps a client waiting, or speaks out of turn. */
#ifndef TESTS_UNIT_RATLS_SLOW_SERVER_H
#define TESTS_UNIT_RATLS_SLOW_SERVER_H

#include <pthread.h>
#include <stdint.h>

#include <openssl/ssl.h>

enum slow_server_kind {
    SLOW_SILENT,     /* takes the request and says nothing */
    SLOW_HEAD,       /* one byte of an endless head every few milliseconds */
    SLOW_BODY,       /* one byte of a body that has a length */
    SLOW_CHUNKS,     /* chunks of one byte */
    SLOW_INTERIM,    /* interim answers without end */
    SLOW_NO_TLS,     /* no handshake */
    SLOW_TOO_EARLY,  /* an answer before any request, with the handshake's last bytes */
    SLOW_SOON_CLOSED /* close_notify before any request, likewise */
};

struct slow_server {
    enum slow_server_kind kind;
    int listener;
    uint16_t port;
    SSL_CTX *ctx;
    pthread_t thread;
};

/** Serves one connection; it ends when the peer closes. */
void slow_server_start(struct slow_server *s, enum slow_server_kind kind);

/** The client has closed: wait for the thread. */
void slow_server_stop(struct slow_server *s);

#endif
