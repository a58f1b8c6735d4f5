/*
 * tree: the Merkle tree through which one quote answers many nonces (binding.md 5).
 *
 * The shape of RFC 9162: leaf = SHA-256(00 || V), node = SHA-256(01 || left || right), V a 64-byte
 * T value. report_data = T(devproof/batch/v1, root, u32be(n)): certbind_batch_report_data. Pure.
 */
#ifndef CERTBIND_TREE_H
#define CERTBIND_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "certbind/digest.h"
#include "certbind/preimage.h"
#include "certbind/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { CERTBIND_TREE_MAX_PATH = 17 };

/** Leaf hash of a T value. */
bool certbind_tree_leaf(const uint8_t value[CERTBIND_REPORT_DATA_LEN],
                        uint8_t out[CERTBIND_SHA256_LEN]);

/** Hash of an inner node; out may be left or right. */
bool certbind_tree_node(const uint8_t left[CERTBIND_SHA256_LEN],
                        const uint8_t right[CERTBIND_SHA256_LEN], uint8_t out[CERTBIND_SHA256_LEN]);

/* Where a leaf stands. */
struct certbind_tree_proof {
    uint32_t index;
    uint32_t size;
    size_t path_len;
    uint8_t path[CERTBIND_TREE_MAX_PATH][CERTBIND_SHA256_LEN];
};

/* A whole tree: every node of every level. Zeroed: none. */
struct certbind_tree {
    uint8_t (*nodes)[CERTBIND_SHA256_LEN]; /* leaves first, the root last; owned */
    size_t count;                          /* of the leaves */
};

/**
 * Build the tree over count leaf hashes, 1 <= count <= 65536. The last node of a level of odd
 * length stands in the next one as it is, which gives the shape of RFC 9162 section 2.1.1.
 *
 * Returns: whether it was built; false too when memory ran out
 * Out:     tree  to be given to certbind_tree_free; zeroed on failure
 */
bool certbind_tree_build(struct certbind_tree *tree, const uint8_t (*leaves)[CERTBIND_SHA256_LEN],
                         size_t count);

/** Accepts a zeroed struct. */
void certbind_tree_free(struct certbind_tree *tree);

/** Returns: the root (borrowed). */
const uint8_t *certbind_tree_root(const struct certbind_tree *tree);

/** Show where a leaf stands (RFC 9162 section 2.1.3.1). In: index < count */
void certbind_tree_prove(const struct certbind_tree *tree, size_t index,
                         struct certbind_tree_proof *out);

/**
 * Walk a path (RFC 9162 section 2.1.3.2): 1 <= size <= 65536, index < size, the path used up
 * exactly.
 *
 * Returns: CERTBIND_OK, CERTBIND_E_SESSION_PATH or CERTBIND_E_INTERNAL
 * Out:     root  that the path leads to; the caller compares report data; zeroed on failure
 */
CERTBIND_MUST_CHECK certbind_status certbind_tree_walk(const struct certbind_tree_proof *proof,
                                                       const uint8_t leaf[CERTBIND_SHA256_LEN],
                                                       uint8_t root[CERTBIND_SHA256_LEN],
                                                       struct certbind_error *err);

/**
 * Judge a whole proof: the value stands in the tree that the quote's report data commits to.
 *
 * Returns: CERTBIND_OK, CERTBIND_E_SESSION_PATH or CERTBIND_E_INTERNAL
 */
CERTBIND_MUST_CHECK certbind_status certbind_tree_check(
    const struct certbind_tree_proof *proof, const uint8_t value[CERTBIND_REPORT_DATA_LEN],
    const uint8_t report_data[CERTBIND_REPORT_DATA_LEN], struct certbind_error *err);

#ifdef __cplusplus
}
#endif

#endif
