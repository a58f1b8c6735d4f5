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

/**
 * Root of the tree over count leaf hashes, 1 <= count <= 65536.
 *
 * Returns: whether root was made
 */
bool certbind_tree_root(const uint8_t (*leaves)[CERTBIND_SHA256_LEN], size_t count,
                        uint8_t root[CERTBIND_SHA256_LEN]);

/**
 * Inclusion path of one leaf (RFC 9162 section 2.1.3.1), from the leaf upwards.
 *
 * Returns: whether path and path_len were filled
 */
bool certbind_tree_path(const uint8_t (*leaves)[CERTBIND_SHA256_LEN], size_t count, size_t index,
                        uint8_t path[CERTBIND_TREE_MAX_PATH][CERTBIND_SHA256_LEN],
                        size_t *path_len);

/* Where a leaf stands. */
struct certbind_tree_proof {
    uint32_t index;
    uint32_t size;
    size_t path_len;
    uint8_t path[CERTBIND_TREE_MAX_PATH][CERTBIND_SHA256_LEN];
};

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
