/*
 * conn: one client connection: its states, its deadline, its end. Private.
 *
 * The bytes inside it belong to a protocol, chosen by ALPN; HTTP/1.1 is http1_server.c.
 */
#ifndef GW_CORE_CONN_H
#define GW_CORE_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/core/client_auth.h"
#include "gateway/core/head_block.h"
#include "gateway/core/link.h"
#include "gateway/core/listener.h"

struct gw_conn;
struct gw_exchange;
struct gw_hello_begin;
struct gw_http1_answer;
struct gw_http2;

enum gw_conn_state {
    GW_CONN_HANDSHAKE,
    GW_CONN_PROXY,    /* before it: a relay must tell who it relays */
    GW_CONN_HELLO,    /* before it: the client's hello says whether TLS ends here */
    GW_CONN_IDLE,     /* between requests */
    GW_CONN_HEAD,     /* some bytes of a head have come */
    GW_CONN_EXCHANGE, /* a request is being answered */
    GW_CONN_FINISH,   /* the last bytes go out; what comes in is dropped */
    GW_CONN_CLOSING,
    GW_CONN_STATE_COUNT
};

/* What a protocol does with the bytes and with the answers of its exchanges. */
struct gw_protocol {
    const char *name;
    void (*opened)(struct gw_conn *c); /* the connection is in its idle state for the first time */
    void (*on_data)(struct gw_conn *c, const uint8_t *data, size_t len);
    void (*on_eof)(struct gw_conn *c, enum gw_link_eof how);
    void (*on_deadline)(struct gw_conn *c);
    void (*on_full)(struct gw_conn *c);    /* the link's write queue is over its mark */
    void (*on_drained)(struct gw_conn *c); /* and under it again */
    void (*drain)(struct gw_conn *c); /* the server stops: end when all under way has. Again: now */
    void (*closed)(struct gw_conn *c, const char *reason); /* its exchanges end with it */
    void (*freed)(struct gw_conn *c);                      /* last call; NULL: nothing to free */
    /* an interim answer, the head of the final one, body, end */
    void (*send_interim)(struct gw_exchange *x, const struct gw_http1_response *r);
    /* false: it does not fit, nothing was sent */
    bool (*send_head)(struct gw_exchange *x, const struct gw_http1_response *r);
    void (*send_data)(struct gw_exchange *x, const void *data, size_t len);
    void (*send_end)(struct gw_exchange *x, const struct gw_http_fields *trailers);
    /* head (and small body) of an answer of our own */
    void (*send_own)(struct gw_exchange *x, const struct gw_http1_answer *answer);
    /* what may be read or used of the input has changed */
    void (*flow)(struct gw_conn *c, struct gw_exchange *x);
    /* the exchange is over; cut: its answer could not be completed. It is freed afterwards. */
    void (*ended)(struct gw_exchange *x, bool cut);
};

struct gw_conn {
    struct gw_link link; /* first member: a link's owner is found by its address */
    struct gw_loop *loop;
    struct gw_conn *prev, *next; /* of the loop's list */
    enum gw_conn_state state;
    struct gw_deadline deadline;
    const struct gw_protocol *protocol;
    struct gw_tls_context *tls_context;
    struct gw_conn_info info;
    uint64_t mark; /* the caller's */
    struct sockaddr_storage peer;
    struct sockaddr_storage relayed_to; /* with a PROXY protocol header; else family 0 */
    char peer_text[48];                 /* address without port; filled for the first request */
    struct gw_client_fields client;     /* what the upstream hears of the client's certificate */
    struct gw_hello_begin *hello;       /* the beginning of one, or the name it asked for */
    struct gw_exchange *x;              /* of HTTP/1.1 and streams */
    struct gw_http2 *h2;                /* of HTTP/2 */
    struct gw_head_block *head;         /* collecting; the exchange takes it over */
    struct gw_bufq pending;             /* received, not yet used */
    bool consuming;                     /* http1_server is in its loop */
    bool linger;                        /* read on after the last answer, so that it is not lost */
    bool eof_in;                        /* the client has ended its side */
    uint64_t requests;
    uint64_t begun_us, open_us, head_us;
    const char *reason; /* of the end */
    const char *last_state;
};

extern const struct gw_protocol gw_protocol_http1;
extern const struct gw_protocol gw_protocol_http2;
extern const struct gw_protocol gw_protocol_stream;

/** Returns: a connection without a socket yet, listed and counted; NULL when memory ran out. */
struct gw_conn *gw_conn_new(struct gw_loop *loop, size_t listener);

/** Returns: whether the caller of the engine lets it go on; otherwise it is closed. */
bool gw_conn_admit(struct gw_conn *c, enum gw_admission step);

/** TLS or the protocol begins, now that it is known who the client is. */
void gw_conn_begin(struct gw_conn *c);

/* conn_proxy.c */
/** Returns: whether the peer is one that must begin with a PROXY protocol header. */
bool gw_conn_is_relayed(struct gw_conn *c);
void gw_conn_proxy_data(struct gw_conn *c, const uint8_t *data, size_t len);

/* conn_hello.c */
/** TLS ends here: it begins, with bytes that have come. */
void gw_conn_end_tls(struct gw_conn *c, const uint8_t *data, size_t len);
void gw_conn_hello_data(struct gw_conn *c, const uint8_t *data, size_t len);
void gw_conn_hello_free(struct gw_conn *c);

/**
 * Begin with a client that was accepted from a listener.
 *
 * Returns: false: memory ran out, and the descriptor remains the caller's; else it is taken
 */
bool gw_conn_accept(struct gw_listener *l, int fd);

/** The only function that changes the state. */
void gw_conn_enter(struct gw_conn *c, enum gw_conn_state next);

/** End in good order: last bytes and close_notify go out, then close. reason: static text. */
void gw_conn_finish(struct gw_conn *c, const char *reason);

/** End now; idempotent. reason: static text. */
void gw_conn_close(struct gw_conn *c, const char *reason);

void gw_conn_close_all(struct gw_loop *loop, const char *reason);

/** The loop stops: idle connections end, the others after their answer. */
void gw_conn_drain_all(struct gw_loop *loop);

/** Facts that cost a system call are filled at the first request. */
void gw_conn_fill_info(struct gw_conn *c);

/** Returns: name of a state. Static. */
const char *gw_conn_state_name(enum gw_conn_state state);

/** Returns: whether next may follow state. */
bool gw_conn_may_enter(enum gw_conn_state state, enum gw_conn_state next);

#endif
