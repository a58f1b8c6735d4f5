/*
 * session_state: what a session holds. Private to libratls.
 */
#ifndef RATLS_SESSION_STATE_H
#define RATLS_SESSION_STATE_H

#include "ra-tls/context.h"
#include "ra-tls/reply.h"

enum phase {
    PHASE_REFUSED = 0,
    PHASE_START,
    PHASE_BINDING,    /* waiting for the reply of GET binding */
    PHASE_COLLATERAL, /* waiting for ratls_session_give_collateral */
    PHASE_SESSION,    /* waiting for the reply of GET session */
    PHASE_ACCEPTED
};

enum { REQUEST_ROOM = 1024 };

struct ratls_session {
    struct ratls_ctx *ctx; /* borrowed */
    SSL *ssl;              /* borrowed */
    char host[RATLS_HOST_ROOM];
    uint16_t port;
    enum phase phase;
    struct certbind_transport transport;
    uint8_t *leaf; /* OPENSSL_free */
    size_t leaf_len;
    char request[REQUEST_ROOM];
    size_t request_len;
    struct ratls_reply reply; /* under way */
    uint8_t *binding;         /* the last body of GET binding; owned */
    size_t binding_len;
    uint8_t *quote; /* that collateral is wanted for; owned */
    size_t quote_len;
    uint8_t *collateral; /* given from outside; owned */
    size_t collateral_len;
    bool collateral_asked; /* once is enough, */
    bool overtaken;        /* or twice, when newer was seen since */
    struct ratls_tried tried;
    bool binding_repeated; /* after an unknown statement */
    uint8_t nonce[CERTBIND_NONCE_LEN];
    struct ratls_verdict *verdict; /* what the proof is judged by; a reference */
    uint64_t expires_at;           /* set when it is accepted */
    struct certbind_report report;
};

#endif
