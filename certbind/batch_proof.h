/*
 * batch_proof: what shows that a quote answers a nonce: the quote, its event log, and the place of
 * the nonce's value in the tree that the quote commits to (binding.md 5).
 *
 * The same members stand in a session reply of the quote form and in `fresh` of a binding reply.
 * Reading them proves nothing. Pure.
 */
#ifndef CERTBIND_BATCH_PROOF_H
#define CERTBIND_BATCH_PROOF_H

#include <cjson/cJSON.h>

#include "certbind/bytes.h"
#include "certbind/status.h"
#include "certbind/tree.h"

#ifdef __cplusplus
extern "C" {
#endif

struct certbind_batch_proof {
    struct certbind_bytes quote; /* owned */
    const cJSON *event_log;      /* borrowed from the reply's JSON: certbind_event_log_read */
    struct certbind_tree_proof place;
};

/**
 * Read the members `quote`, `event_log`, `index`, `size` and `path`.
 *
 * Returns: CERTBIND_OK, CERTBIND_E_EVIDENCE_JSON for a missing quote or log,
 *          CERTBIND_E_QUOTE_SIZE, CERTBIND_E_QUOTE_MALFORMED, CERTBIND_E_SESSION_PATH for a place
 *          of any other form, CERTBIND_E_MEMORY
 * Out:     out  to be given to certbind_batch_proof_cleanup; zeroed on failure
 */
CERTBIND_MUST_CHECK certbind_status certbind_batch_proof_read(const cJSON *object,
                                                              struct certbind_batch_proof *out,
                                                              struct certbind_error *err);

/** Accepts a zeroed struct. */
void certbind_batch_proof_cleanup(struct certbind_batch_proof *proof);

/**
 * Write the members, without the braces around them.
 *
 * Returns: the text, to be freed; NULL when memory ran out or the path is too long
 * In:      event_log  JSON text of an array
 */
char *certbind_batch_proof_encode(struct certbind_bytes quote, struct certbind_bytes event_log,
                                  const struct certbind_tree_proof *place);

#ifdef __cplusplus
}
#endif

#endif
