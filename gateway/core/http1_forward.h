/*
 * http1_forward: builds the head for the next hop from parsed fields (RFC 9110 section 7).
 *
 * Nothing of the received bytes is copied but methods, targets, names and values that passed the
 * strict grammar; framing fields are written from what will be sent. Pure; writes into the
 * caller's buffer.
 */
#ifndef GW_CORE_HTTP1_FORWARD_H
#define GW_CORE_HTTP1_FORWARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/core/http1_head.h"

/* Of the methods that pass, those of RFC 9110 and RFC 5789: what Allow says when we answer. */
#define GW_HTTP1_ALLOW "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"

enum {
    GW_HTTP1_MAX_SAME_VIA = 4 /* gateways of one name in a row that are no loop yet */
};

/* May a request go on to another hop? */
enum gw_http1_hop {
    GW_HOP_LOOP = 0, /* it has come through hops of our name too often */
    GW_HOP_HERE,     /* Max-Forwards says that we are its recipient */
    GW_HOP_FORWARD
};

enum { GW_HTTP1_CHUNK_HEAD_MAX = 18 }; /* 16 digits and CRLF; after the data CRLF again */

/* What the outgoing head says that the incoming one does not. Empty members are left out. */
struct gw_http1_forward {
    struct gw_str via;         /* pseudonym; empty: no Via */
    struct gw_str peer;        /* address of the peer for X-Forwarded-For, without port */
    bool append_for;           /* peer goes behind what the request's X-Forwarded-For says */
    struct gw_str proto;       /* X-Forwarded-Proto: "https"; with it go -Host and -Port */
    struct gw_str port;        /* X-Forwarded-Port */
    struct gw_str client_cert; /* Client-Cert and Client-Cert-Chain (RFC 9440) */
    struct gw_str client_chain;
    struct gw_str request_id;  /* X-Request-Id, both ways */
    struct gw_str date;        /* Date for a response that has none: an IMF-fixdate */
    struct gw_str host;        /* replaces Host when set */
    struct gw_str origin_from; /* Origin equal to it, Referer or Location below it ... */
    struct gw_str origin_to;   /* ... gets this origin instead */
    bool strip_alt_svc;
    bool close;           /* write Connection: close */
    bool keep_alive;      /* write Connection: keep-alive (to an HTTP/1.0 client) */
    bool websocket;       /* write Upgrade: websocket, and Connection: Upgrade */
    bool connect;         /* write extended CONNECT for a WebSocket: for HTTP/2 alone */
    struct gw_str accept; /* Sec-WebSocket-Accept of a 101 that came as the 200 of CONNECT */
    bool established;     /* a 101 goes on as the 200 of extended CONNECT (RFC 8441) */
    enum gw_http_framing framing; /* how the body will be sent */
    uint64_t content_length;      /* with GW_FRAMING_LENGTH */
};

/** Returns: what Max-Forwards and Via say about forwarding (RFC 9110 sections 7.6.2 and 7.6.3).
 * In: via  our pseudonym; empty: loops are not looked for */
enum gw_http1_hop gw_http1_next_hop(const struct gw_http1_request *request, struct gw_str via);

/**
 * Returns: the length of the head that was written to out, 0 when room is too small
 * Sends:   method, origin form of the target, HTTP/1.1, Host first, the end-to-end fields in
 *          order, then what forward says. Expect: 100-continue is passed on; TE becomes `trailers`
 *          or nothing.
 */
size_t gw_http1_forward_request(const struct gw_http1_request *request,
                                const struct gw_http1_forward *forward, char *out, size_t room);

/** The same for a response: status line, end-to-end fields, Date, Via, framing, Connection. */
size_t gw_http1_forward_response(const struct gw_http1_response *response,
                                 const struct gw_http1_forward *forward, char *out, size_t room);

/** Write the size line of a chunk of len > 0 bytes. Returns: its length. */
size_t gw_http1_chunk_head(size_t len, char out[GW_HTTP1_CHUNK_HEAD_MAX + 1]);

/**
 * Write the last chunk with those trailers that may be forwarded (RFC 9110 section 6.5.1).
 *
 * Returns: its length, 0 when room is too small
 */
size_t gw_http1_last_chunk(const struct gw_http_fields *trailers, char *out, size_t room);

/* An answer of our own. */
struct gw_http1_answer {
    unsigned status;
    struct gw_str content_type; /* empty: none */
    struct gw_str fields;       /* further field lines, each with its CRLF */
    struct gw_str body;
    struct gw_str date;
    struct gw_str request_id;
    struct gw_str server; /* product name; empty: no Server */
    bool is_head;         /* the request was HEAD: the length is announced, the body not written */
    bool close;
    bool keep_alive; /* write Connection: keep-alive (to an HTTP/1.0 client) */
};

/** Returns: the length of head and body written to out, 0 when room is too small. 1xx, 204 and
 * 304 carry no Content-Length and no body. */
size_t gw_http1_answer(const struct gw_http1_answer *answer, char *out, size_t room);

/** The same without the body: for bodies that are sent from where they lie. */
size_t gw_http1_answer_head(const struct gw_http1_answer *answer, char *out, size_t room);

/** Returns: the reason phrase of a status, "Unknown" for one without. Static. */
const char *gw_http_reason(unsigned status);

#endif
