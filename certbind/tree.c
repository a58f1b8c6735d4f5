#include "certbind/tree.h"

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

/* Complete subtrees on the way, smallest last: bit k of count says whether one of 2^k waits. */
struct fold {
    uint8_t waiting[CERTBIND_TREE_MAX_PATH][CERTBIND_SHA256_LEN];
    size_t depth;
};

static bool fold_add(struct fold *f, const uint8_t leaf[CERTBIND_SHA256_LEN], size_t before)
{
    uint8_t node[CERTBIND_SHA256_LEN];

    memcpy(node, leaf, sizeof node);
    for (; (before & 1) != 0; before >>= 1)
        if (!certbind_tree_node(f->waiting[--f->depth], node, node))
            return false;
    memcpy(f->waiting[f->depth++], node, sizeof node);
    return true;
}

static bool subtree(const uint8_t (*leaves)[CERTBIND_SHA256_LEN], size_t count,
                    uint8_t root[CERTBIND_SHA256_LEN])
{
    struct fold f = {.depth = 0};

    for (size_t i = 0; i < count; i++)
        if (!fold_add(&f, leaves[i], i))
            return false;
    memcpy(root, f.waiting[--f.depth], CERTBIND_SHA256_LEN);
    while (f.depth > 0)
        if (!certbind_tree_node(f.waiting[--f.depth], root, root))
            return false;
    return true;
}

bool certbind_tree_root(const uint8_t (*leaves)[CERTBIND_SHA256_LEN], size_t count,
                        uint8_t root[CERTBIND_SHA256_LEN])
{
    memset(root, 0, CERTBIND_SHA256_LEN);
    return count >= 1 && count <= CERTBIND_MAX_BATCH && subtree(leaves, count, root);
}

/* The largest power of two below count: how many leaves hang on the left (RFC 9162 2.1.1). */
static size_t left_size(size_t count)
{
    size_t k = 1;

    while (k * 2 < count)
        k *= 2;
    return k;
}

bool certbind_tree_path(const uint8_t (*leaves)[CERTBIND_SHA256_LEN], size_t count, size_t index,
                        uint8_t path[CERTBIND_TREE_MAX_PATH][CERTBIND_SHA256_LEN], size_t *path_len)
{
    size_t depth = 0;
    uint8_t down[CERTBIND_TREE_MAX_PATH][CERTBIND_SHA256_LEN];

    *path_len = 0;
    if (count < 1 || count > CERTBIND_MAX_BATCH || index >= count)
        return false;
    while (count > 1) {
        const size_t k = left_size(count);
        const bool right = index >= k;

        if (!subtree(right ? leaves : leaves + k, right ? k : count - k, down[depth++]))
            return false;
        leaves = right ? leaves + k : leaves;
        index = right ? index - k : index;
        count = right ? count - k : k;
    }
    for (size_t i = 0; i < depth; i++)
        memcpy(path[i], down[depth - 1 - i], CERTBIND_SHA256_LEN);
    *path_len = depth;
    return true;
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
