/*
 * session_state: what a session holds. Private to libratls.
 */
#ifndef RATLS_SESSION_STATE_H
#define RATLS_SESSION_STATE_H

#include "ra-tls/context.h"
#include "ra-tls/reply.h"

enum ratls_phase {
    RATLS_PHASE_REFUSED = 0,
    RATLS_PHASE_START,
    RATLS_PHASE_BINDING,    /* waiting for the reply of GET binding */
    RATLS_PHASE_COLLATERAL, /* waiting for ratls_session_give_collateral */
    RATLS_PHASE_SESSION,    /* waiting for the reply of GET session */
    RATLS_PHASE_PAUSE,      /* waiting as long as the server asked to */
    RATLS_PHASE_ACCEPTED
};

enum { RATLS_REQUEST_ROOM = 1024 };

struct ratls_session {
    struct ratls_ctx *ctx; /* borrowed */
    SSL *ssl;              /* borrowed */
    char host[RATLS_HOST_ROOM];
    uint16_t port;
    const char *alpn; /* the one name that was demanded; NULL: that of HTTP/1.1 */
    enum ratls_phase phase;
    struct certbind_transport transport;
    uint8_t *leaf; /* OPENSSL_free */
    size_t leaf_len;
    char request[RATLS_REQUEST_ROOM];
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
    bool binding_repeated;        /* after an unknown statement */
    bool quote_repeated;          /* after a signature that needed a quote before it */
    bool paused;                  /* Retry-After is obeyed once */
    enum ratls_phase after_pause; /* whose request is made again */
    bool quote_form;              /* of the session reply that was asked for */
    uint8_t nonce[CERTBIND_NONCE_LEN];
    uint64_t sent_at;              /* when the nonce was sent */
    struct ratls_verdict *verdict; /* what the proof is judged by; a reference */
    uint64_t expires_at;           /* set when it is accepted */
    struct certbind_report report;
};

/** The connection as certbind judges it (borrowed from the session). */
struct certbind_connection ratls_session_connection(const struct ratls_session *s);

/** Returns: whether the policy demands the quote form for a connection that rests on a verdict. */
bool ratls_session_wants_quote(const struct ratls_session *s, const struct ratls_verdict *v,
                               uint64_t now);

/**
 * Judge what GET binding returned, or the certificate alone, into s->verdict and s->report.
 *
 * Out: overtaken  newer collateral was seen since this one was asked for: ask once more
 */
certbind_status ratls_session_judge_binding(struct ratls_session *s, uint64_t now, bool *overtaken,
                                            struct certbind_error *err);

/** Take the verdict on a statement from the cache. Returns: false when none is known. */
bool ratls_session_take_verdict(struct ratls_session *s, const uint8_t *statement_sha256,
                                uint64_t now);

/** The proof is there: judge the connection anew, then the proof; concludes the report. */
certbind_status ratls_session_judge_proof(struct ratls_session *s, uint64_t now,
                                          struct certbind_error *err);

/** Returns: until when what was judged may be relied on. */
uint64_t ratls_session_end(const struct ratls_session *s);

#endif
