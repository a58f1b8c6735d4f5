/*
 * session_side: a ratls_session on a real TLS connection in memory, and the scripted far side that
 * answers it with a world's evidence. Only the handshake goes through TLS: requests and replies are
 * handed over as the plain bytes that a session takes and gives.
 */
#ifndef TESTS_UNIT_RATLS_SESSION_SIDE_H
#define TESTS_UNIT_RATLS_SESSION_SIDE_H

#include "ra-tls/ratls.h"
#include "tests/unit/certbind/batch_world.h"

struct side {
    struct world *world;
    SSL_CTX *client_ctx;
    SSL_CTX *server_ctx;
    SSL *client;
    SSL *server;
    struct ratls_session *session;
    struct ratls_output out; /* of the last step */
    uint64_t now;
    struct batch_knobs knobs; /* of quotes that answer nonces */
    bool unknown_statement;   /* sessions are answered for a statement that nobody showed */
};

/** A context for the world's policy and root. */
struct ratls_ctx *side_ctx(const struct world *w);

/** Connect with the world's certificate, or with leaf when it is not NULL (DER, of its key). */
void side_open(struct side *s, struct ratls_ctx *ctx, struct world *w, struct certbind_bytes leaf);

void side_close(struct side *s);

/** A certificate of the world's key and name without evidence, DER, to be freed. */
uint8_t *side_plain_leaf(const struct world *w, int64_t not_after, size_t *len);

/** Take a step with a text. */
enum ratls_want side_step(struct side *s, const char *text);

/** Returns: whether the last step asked for this endpoint. */
bool side_asked(const struct side *s, const char *endpoint);

/** Returns: whether it asked for the quote form of the session proof. */
bool side_asked_quote(const struct side *s);

/** The right answer to what was asked last, followed by a text; to be freed. */
char *side_reply(struct side *s, const char *after);

/** Take a step with the right answer. */
enum ratls_want side_answer(struct side *s);

#endif
