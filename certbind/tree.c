#include "certbind/tree.h"

#include <stdlib.h>
#include <string.h>

bool certbind_tree_leaf(const uint8_t value[CERTBIND_REPORT_DATA_LEN],
                        uint8_t out[CERTBIND_SHA256_LEN])
{
    static const uint8_t prefix = 0x00;
    const struct certbind_bytes parts[] = {certbind_bytes(&prefix, 1),
                                           certbind_bytes(value, CERTBIND_REPORT_DATA_LEN)};

    return certbind_sha256_parts(parts, 2, out);
}

bool certbind_tree_node(const uint8_t left[CERTBIND_SHA256_LEN],
                        const uint8_t right[CERTBIND_SHA256_LEN], uint8_t out[CERTBIND_SHA256_LEN])
{
    static const uint8_t prefix = 0x01;
    const struct certbind_bytes parts[] = {certbind_bytes(&prefix, 1),
                                           certbind_bytes(left, CERTBIND_SHA256_LEN),
                                           certbind_bytes(right, CERTBIND_SHA256_LEN)};

    return certbind_sha256_parts(parts, 3, out);
}

/* Nodes of all levels above one of that length, itself included. */
static size_t node_count(size_t level)
{
    size_t nodes = level;

    while (level > 1) {
        level = (level + 1) / 2;
        nodes += level;
    }
    return nodes;
}

/* Write the level above one of len nodes. */
static bool raise_level(const uint8_t (*level)[CERTBIND_SHA256_LEN], size_t len,
                        uint8_t (*above)[CERTBIND_SHA256_LEN])
{
    for (size_t i = 0; i + 1 < len; i += 2)
        if (!certbind_tree_node(level[i], level[i + 1], above[i / 2]))
            return false;
    if (len % 2 != 0)
        memcpy(above[len / 2], level[len - 1], CERTBIND_SHA256_LEN);
    return true;
}

bool certbind_tree_build(struct certbind_tree *tree, const uint8_t (*leaves)[CERTBIND_SHA256_LEN],
                         size_t count)
{
    uint8_t(*level)[CERTBIND_SHA256_LEN];

    *tree = (struct certbind_tree){NULL, 0};
    if (count < 1 || count > CERTBIND_MAX_BATCH)
        return false;
    tree->nodes = malloc(node_count(count) * sizeof *tree->nodes);
    if (tree->nodes == NULL)
        return false;
    tree->count = count;
    memcpy(tree->nodes, leaves, count * sizeof *leaves);
    level = tree->nodes;
    for (size_t len = count; len > 1; len = (len + 1) / 2) {
        if (!raise_level((const uint8_t(*)[CERTBIND_SHA256_LEN])level, len, level + len)) {
            certbind_tree_free(tree);
            return false;
        }
        level += len;
    }
    return true;
}

void certbind_tree_free(struct certbind_tree *tree)
{
    free(tree->nodes);
    *tree = (struct certbind_tree){NULL, 0};
}

const uint8_t *certbind_tree_root(const struct certbind_tree *tree)
{
    return tree->nodes[node_count(tree->count) - 1];
}

void certbind_tree_prove(const struct certbind_tree *tree, size_t index,
                         struct certbind_tree_proof *out)
{
    const uint8_t(*level)[CERTBIND_SHA256_LEN] = (const uint8_t(*)[CERTBIND_SHA256_LEN])tree->nodes;

    *out = (struct certbind_tree_proof){.index = (uint32_t)index, .size = (uint32_t)tree->count};
    for (size_t len = tree->count; len > 1; len = (len + 1) / 2) {
        const size_t sibling = index ^ 1;

        if (sibling < len)
            memcpy(out->path[out->path_len++], level[sibling], CERTBIND_SHA256_LEN);
        level += len;
        index /= 2;
    }
}

static certbind_status refuse(struct certbind_error *err, const char *what)
{
    return certbind_fail(err, CERTBIND_E_SESSION_PATH, "%s", what);
}

/* The names of RFC 9162 section 2.1.3.2: number of the node on its level, and of the last one. */
struct place {
    uint32_t fn;
    uint32_t sn;
};

/* One level up: r becomes the parent of r and the node p of the path. */
static bool climb(struct place *at, const uint8_t p[CERTBIND_SHA256_LEN],
                  uint8_t r[CERTBIND_SHA256_LEN])
{
    const bool right = (at->fn & 1) != 0 || at->fn == at->sn;
    const bool ok = right ? certbind_tree_node(p, r, r) : certbind_tree_node(r, p, r);

    while (right && (at->fn & 1) == 0 && at->fn != 0) {
        at->fn >>= 1;
        at->sn >>= 1;
    }
    at->fn >>= 1;
    at->sn >>= 1;
    return ok;
}

certbind_status certbind_tree_walk(const struct certbind_tree_proof *proof,
                                   const uint8_t leaf[CERTBIND_SHA256_LEN],
                                   uint8_t root[CERTBIND_SHA256_LEN], struct certbind_error *err)
{
    struct place at = {proof->index, proof->size - 1};
    uint8_t r[CERTBIND_SHA256_LEN];
    bool ok = true;

    memset(root, 0, CERTBIND_SHA256_LEN);
    if (proof->size < 1 || proof->size > CERTBIND_MAX_BATCH || proof->index >= proof->size ||
        proof->path_len > CERTBIND_TREE_MAX_PATH)
        return refuse(err, "size, index or length of the path is out of range");
    memcpy(r, leaf, sizeof r);
    for (size_t i = 0; ok && i < proof->path_len; i++) {
        if (at.sn == 0)
            return refuse(err, "the path is too long");
        ok = climb(&at, proof->path[i], r);
    }
    if (!ok)
        return certbind_fail_crypto(err, CERTBIND_E_INTERNAL, "cannot hash");
    if (at.sn != 0)
        return refuse(err, "the path is too short");
    memcpy(root, r, sizeof r);
    return CERTBIND_OK;
}

certbind_status certbind_tree_check(const struct certbind_tree_proof *proof,
                                    const uint8_t value[CERTBIND_REPORT_DATA_LEN],
                                    const uint8_t report_data[CERTBIND_REPORT_DATA_LEN],
                                    struct certbind_error *err)
{
    uint8_t leaf[CERTBIND_SHA256_LEN];
    uint8_t root[CERTBIND_SHA256_LEN];
    uint8_t expected[CERTBIND_REPORT_DATA_LEN];
    certbind_status status;

    if (!certbind_tree_leaf(value, leaf))
        return certbind_fail_crypto(err, CERTBIND_E_INTERNAL, "cannot hash");
    status = certbind_tree_walk(proof, leaf, root, err);
    if (status != CERTBIND_OK)
        return status;
    if (!certbind_batch_report_data(root, proof->size, expected))
        return certbind_fail_crypto(err, CERTBIND_E_INTERNAL, "cannot hash");
    if (memcmp(expected, report_data, sizeof expected) != 0)
        return certbind_fail(err, CERTBIND_E_SESSION_PATH,
                             "the path leads to another tree than the quoted one");
    return CERTBIND_OK;
}
