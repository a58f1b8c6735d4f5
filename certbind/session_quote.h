/*
 * session_quote: the quote form of the session proof (binding.md 5): the signature form with its
 * signature, and beside it a quote over a tree that holds S. Pure.
 */
#ifndef CERTBIND_SESSION_QUOTE_H
#define CERTBIND_SESSION_QUOTE_H

#include "certbind/batch_proof.h"
#include "certbind/json.h"
#include "certbind/session.h"

#ifdef __cplusplus
extern "C" {
#endif

struct certbind_session_quote {
    struct certbind_session_reply reply;
    struct certbind_batch_proof proof; /* owned */
    struct certbind_json json;         /* owned */
};

/**
 * Parse a reply of `GET session` in quote form.
 *
 * Returns: CERTBIND_OK, the codes of certbind_session_reply_read (kind "quote") and of
 *          certbind_batch_proof_read
 * Out:     out  to be given to certbind_session_quote_cleanup; zeroed on failure
 */
CERTBIND_MUST_CHECK certbind_status certbind_session_quote_parse(struct certbind_bytes text,
                                                                 struct certbind_session_quote *out,
                                                                 struct certbind_error *err);

/** Accepts a zeroed struct. */
void certbind_session_quote_cleanup(struct certbind_session_quote *quote);

/**
 * Write a reply in quote form.
 *
 * Returns: the text, to be freed; NULL when memory ran out
 * In:      members  of the proof, as certbind_batch_proof_encode wrote them
 */
char *certbind_session_quote_encode(const struct certbind_session_reply *reply,
                                    const char *members);

#ifdef __cplusplus
}
#endif

#endif
