/*
 * tls_engine: TLS 1.3 as a function from bytes to bytes. The only file that drives an SSL object.
 *
 * A custom BIO: its read side points at the caller's buffer (nothing is copied), its write side
 * hands the records to a sink, which always takes them. No sockets, no clock.
 */
#ifndef GW_CORE_TLS_ENGINE_H
#define GW_CORE_TLS_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>

/* Zero means failed. */
enum gw_tls_status {
    GW_TLS_FAILED = 0, /* the connection is unusable; an alert may have gone to the sink */
    GW_TLS_WANT_READ,  /* all input is used up */
    GW_TLS_OPEN,       /* the handshake is complete */
    GW_TLS_DATA,       /* some plaintext was read */
    GW_TLS_CLOSED      /* the peer sent close_notify */
};

struct gw_tls {
    SSL *ssl;
    const uint8_t *in; /* borrowed until everything is read */
    size_t in_len;
    void (*sink)(void *ctx, const uint8_t *data, size_t len);
    void *sink_ctx;
    bool h2;                 /* HTTP/2 may be chosen; set before the handshake */
    char *sni;               /* validated and lowered; NULL: none; owned */
    const char *stream_alpn; /* of a server: the one ALPN name, offered alone, that is answered;
                                NULL: those of HTTP. Borrowed */
    bool no_tickets;         /* of a server: none is taken */
    bool challenge;          /* of a server: the client wants a challenge's certificate, no more */
    bool open;               /* handshake complete */
    bool ended;              /* failed or shut down: nothing is written any more */
};

/** Returns: the BIO type that all engines of one loop use; free with BIO_meth_free. */
BIO_METHOD *gw_tls_bio_method(void);

/**
 * Begin a connection.
 *
 * Returns: false when memory ran out
 * In:      ctx     borrowed; the engine takes its own reference
 *          server  role
 *          method  of gw_tls_bio_method, outlives the engine
 */
bool gw_tls_init(struct gw_tls *t, SSL_CTX *ctx, bool server, BIO_METHOD *method);

/** Free; accepts a zeroed struct. */
void gw_tls_cleanup(struct gw_tls *t);

/** Give the next received bytes; must be read (or failed) before they go. */
void gw_tls_input(struct gw_tls *t, const uint8_t *data, size_t len);

/** Go on with the handshake. Returns: FAILED, WANT_READ or OPEN. */
enum gw_tls_status gw_tls_handshake(struct gw_tls *t);

/** Read plaintext. Returns: FAILED, WANT_READ, CLOSED, or DATA with *n > 0.
 * *n may be > 0 with every status: bytes that came before the end. Fills as much of room as the
 * input has. */
enum gw_tls_status gw_tls_read(struct gw_tls *t, uint8_t *out, size_t room, size_t *n);

/** Write plaintext. Returns: false when the connection failed. */
bool gw_tls_write(struct gw_tls *t, const void *data, size_t len);

/** Send close_notify, once, if the handshake is complete and nothing failed. */
void gw_tls_shutdown(struct gw_tls *t);

/** Returns: whether both sides agreed on HTTP/2. */
bool gw_tls_chose_h2(const struct gw_tls *t);

/** Returns: whether an ALPN name was agreed on. */
bool gw_tls_has_alpn(const struct gw_tls *t);

/** Returns: whether the error in OpenSSL's queue is the peer's alert about our certificate, or
 * about that we showed none. With TLS 1.3 it comes after our side of the handshake. */
bool gw_tls_certificate_alert(void);

/** Drain OpenSSL's error queue. Out: text of its first reason; empty when there is none. */
void gw_tls_error(char *text, size_t len);

#endif
