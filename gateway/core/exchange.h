/*
 * exchange: one request and its answer, as the decision callback sees it.
 *
 * on_request is called once per request with a head that passed every check of http1_head. It
 * decides with exactly one of gw_exchange_forward, _respond or _refuse, at once or later (the
 * request, the connection facts and the handle stay valid until on_gone or the end of the exchange;
 * on_gone is called only for an exchange that is still undecided when its client goes away or the
 * decision takes longer than the decision timeout). Everything runs on the loop's thread.
 */
#ifndef GW_CORE_EXCHANGE_H
#define GW_CORE_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <openssl/ssl.h>

#include "gateway/core/client_hello.h"
#include "gateway/core/http1_head.h"

struct gw_loop;
struct gw_exchange;
struct gw_identity;

/* When a connection may be turned away. */
enum gw_admission {
    GW_ADMIT_CLIENT = 1, /* the client's address is known, as far as it will be */
    GW_ADMIT_NAME = 2    /* the TLS handshake has ended, or is passed on */
};

/* What is known of the client's connection. Borrowed; valid as long as the exchange. */
struct gw_conn_info {
    uint64_t id; /* unique in this server */
    struct gw_loop *loop;
    size_t listener;              /* index in the configuration */
    const char *protocol;         /* "http/1.1", "h2", "tcp"; "tls": passed through */
    const char *sni;              /* validated, lower case; NULL: none sent */
    bool resumed;                 /* TLS session resumed */
    bool passed;                  /* TLS does not end here: a stream of the client's own TLS */
    struct gw_identity *identity; /* the one this connection started with; NULL without TLS */
    SSL *ssl;                     /* for exporters and SSL_get_certificate(); NULL without TLS */
    const struct sockaddr *peer;
    socklen_t peer_len;
    bool relayed;      /* it comes through one of the listener's relays */
    bool told;         /* peer is what that told */
    bool trusted;      /* it is one of the listener's trusted ones */
    unsigned admitted; /* enum gw_admission, added up */
};

struct gw_response_field {
    const char *name;
    const char *value;
};

/* An answer of our own. HEAD gets the same head without the body. Date, Content-Length, Connection
 * are set by the core. */
struct gw_response {
    unsigned status;
    const struct gw_response_field *fields; /* borrowed for the call */
    size_t fields_count;
    const uint8_t *body; /* borrowed until release is called */
    size_t body_len;
    void (*release)(void *arg); /* called exactly once, also when the answer is never sent; NULL:
                                   the body is copied by the call */
    void *release_arg;
    const char *reason; /* stable code for the log (static text); NULL for a regular answer */
    bool close;         /* the connection ends with it; over HTTP/2 the stream alone */
};

/* Where a request goes. Zeroed members mean the default; texts are borrowed for the exchange. */
struct gw_forward {
    size_t upstream;           /* index */
    const char *route;         /* name for the log; NULL: none */
    bool no_forwarded;         /* do not add Via and X-Forwarded-* (client side proxy) */
    struct gw_str host;        /* replaces Host sent upstream */
    struct gw_str origin_from; /* Origin equal to it and Referer below it get origin_to instead; */
    struct gw_str origin_to;   /* a Location of the answer is put back the other way */
    bool strip_alt_svc;        /* from the answer */
    uint32_t first_byte_ms;    /* 0: the timeout of the configuration; UINT32_MAX: none */
    uint32_t between_ms;       /* 0: the timeout of the configuration; UINT32_MAX: none */
    bool websocket;            /* a request to become a WebSocket is passed on as one */
    uint32_t tunnel_ms;        /* of one, without a byte either way; 0: 10 minutes */
};

/* Bytes both ways to a connection of its own, until both sides have ended. */
struct gw_tunnel {
    size_t upstream;   /* index */
    const char *route; /* name for the log; NULL: none */
    const char *reply; /* written to the client once the upstream connection stands, e.g.
                          "HTTP/1.1 101 ..." with its empty line; NULL: nothing; borrowed */
    bool refuse_tls;   /* end it when the client's first byte begins a TLS handshake (0x16) */
    uint32_t idle_ms;  /* without a byte either way; 0: 10 minutes */
};

/* Why a forwarded request got no answer from its upstream. */
struct gw_failure {
    unsigned status;          /* 502, 503, 504 */
    const char *proxy_status; /* error token of RFC 9209, e.g. "connection_refused" */
    const char *code;         /* stable kebab-case code; the proof's own code if that refused */
    const char *message;      /* for people; may be NULL */
    size_t upstream;
    bool unconnected; /* no connection came about, so nothing of the request was sent */
    bool unsent;      /* nothing of the request has reached the upstream */
    uint64_t age_ms;  /* since the exchange began */
    bool unprocessed; /* the upstream said that it did nothing with the request */
};

struct gw_exchange_ops {
    /** A client of a listener with `hello` has sent its first TLS message (borrowed for the call).
     *
     * Returns: true: its bytes are passed on as a stream, that message first, and on_stream decides
     *          where to; false: TLS ends here */
    bool (*on_hello)(void *user, const struct gw_client_hello *hello,
                     const struct gw_conn_info *conn);

    /** A connection of a GW_LISTENER_TCP listener is open, or one that is passed through: decide
     * with gw_exchange_tunnel or gw_exchange_refuse (which just closes), at once or later as with
     * on_request. */
    void (*on_stream)(void *user, struct gw_exchange *x, const struct gw_conn_info *conn);

    /** Decide about a request. */
    void (*on_request)(void *user, struct gw_exchange *x, const struct gw_http1_request *req,
                       const struct gw_conn_info *conn);

    /** An undecided exchange is over; forget the handle. May be NULL if on_request always decides.
     */
    void (*on_gone)(void *user, struct gw_exchange *x);

    /** A forwarded request failed before any answer byte reached the client: may call
     * gw_exchange_respond with an answer of its own, or with `unsent` gw_exchange_defer, else
     * the core answers. May be NULL. */
    void (*on_failure)(void *user, struct gw_exchange *x, const struct gw_failure *failure);
};

/** Send the request to an upstream and relay its answer. */
void gw_exchange_forward(struct gw_exchange *x, const struct gw_forward *to);

/** Connect to an upstream and pass bytes both ways from then on: for streams, and for requests that
 * leave HTTP/1.1 (what the client sends after the head goes to the tunnel). The connection is never
 * one that has carried a request, and ends with the exchange. */
void gw_exchange_tunnel(struct gw_exchange *x, const struct gw_tunnel *to);

/** From on_failure: decide later, as on_request may. */
void gw_exchange_defer(struct gw_exchange *x);

/** Answer it here. The request's body is read and dropped within limits, else the connection is
 * closed after the answer. */
void gw_exchange_respond(struct gw_exchange *x, const struct gw_response *response);

/** Refuse it: a short text answer, and the connection closes after it.
 * In: reason  stable code for the log and the answer (static text) */
void gw_exchange_refuse(struct gw_exchange *x, unsigned status, const char *reason);

/** A pointer of the caller's, NULL at first; for what it keeps with an undecided exchange. */
void gw_exchange_set_user(struct gw_exchange *x, void *user);
void *gw_exchange_user(const struct gw_exchange *x);

/** A number of the caller's that lives as long as the connection, 0 at first. */
void gw_exchange_set_conn_mark(struct gw_exchange *x, uint64_t mark);
uint64_t gw_exchange_conn_mark(const struct gw_exchange *x);

/** Returns: the request; NULL for a stream. */
const struct gw_http1_request *gw_exchange_request(const struct gw_exchange *x);
const struct gw_conn_info *gw_exchange_conn(const struct gw_exchange *x);

#endif
