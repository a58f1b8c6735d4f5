/*
 * quoted: one quote over a tree of values, and the statement that the values name: what all the
 * nonces of one batch are answered with (binding.md 5).
 *
 * Made by the control loop, then immutable and counted: the workers write their answers from it.
 */
#ifndef GATEWAY_EVIDENCE_QUOTED_H
#define GATEWAY_EVIDENCE_QUOTED_H

#include <stdatomic.h>

#include "certbind/tree.h"
#include "gateway/evidence/evidence.h"
#include "gateway/evidence/quote_check.h"

struct gateway_quoted {
    atomic_uint refs;
    struct gateway_evidence *evidence; /* one reference */
    struct certbind_tree tree;
    uint8_t report_data[CERTBIND_REPORT_DATA_LEN]; /* of the tree */
    struct gateway_quote quote;                    /* zeroed until it was made */
};

/**
 * Make the tree; the quote comes later.
 *
 * Returns: the object with one reference; NULL when memory ran out
 * In:      leaves  count of them
 */
struct gateway_quoted *gateway_quoted_new(struct gateway_evidence *evidence,
                                          const uint8_t (*leaves)[CERTBIND_SHA256_LEN],
                                          size_t count);

/** Returns: the members of a proof for one leaf, as replies carry them, to be freed; NULL when
 * memory ran out. */
char *gateway_quoted_members(const struct gateway_quoted *quoted, size_t index);

struct gateway_quoted *gateway_quoted_ref(struct gateway_quoted *quoted);

/** Accepts NULL. Any thread. */
void gateway_quoted_unref(struct gateway_quoted *quoted);

#endif
