#include "certbind/tree.h"

#include <stdlib.h>
#include <string.h>

#include "certbind/hex.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/fixture.h"

#define VALUE_S                                                                                    \
    "bc7d667df779acf00202c846d473e1f416c3448bec511425434bd5cedbacc486e146cf3970d8c2987b9d424e8a60" \
    "58abe5da2dc1fc03869cd499100c4412dc1c"
#define VALUE_V                                                                                    \
    "b61f915801ff4fe59e86ad9b0696492a8a240b4cde6a93de2283763b6a832eec018947b6e4feb5d1ebbcf78cea93" \
    "ffda197b22afb681909bee61f789ebb17358"

static void unhex(const char *hex, uint8_t *out, size_t len)
{
    assert_true(certbind_hex_decode(certbind_text(hex), out, len));
}

/* The values S, V, Z of binding.md and their leaves. */
static void vector_leaves(uint8_t values[3][64], uint8_t leaves[3][32])
{
    unhex(VALUE_S, values[0], 64);
    unhex(VALUE_V, values[1], 64);
    memset(values[2], 0, 64);
    for (int i = 0; i < 3; i++)
        assert_true(certbind_tree_leaf(values[i], leaves[i]));
}

static void leaves_are_the_vectors(void **state)
{
    uint8_t values[3][64];
    uint8_t leaves[3][32];

    (void)state;
    vector_leaves(values, leaves);
    assert_hex_equal("0d54737a44ecb8b3dc234cca5cf13d20ba3c60984db38eee78c8f6229878b5ea", leaves[0],
                     32);
    assert_hex_equal("a621619d693c1c4af7cf33b26b049e9efed220fec5c58db9c92914a403750d64", leaves[1],
                     32);
    assert_hex_equal("98ce42deef51d40269d542f5314bef2c7468d401ad5d85168bfab4c0108f75f7", leaves[2],
                     32);
}

static void roots_and_report_data_are_the_vectors(void **state)
{
    static const char *const report_data[] = {
        "79670e2eef79cc229225c3cc55379343c843828cdfbc5b4f4c47b4e3058d94e8"
        "cc84d63cd871808b17d88301f0808dd17d9567d9a5e534eb5a07223b207563b8",
        "2cb06ae579ed8ce972382caa82cbef9707b642815bd9a15294b0935cadcbac07"
        "50def152237b534cf577e986a3a601a4979aaf4edb2741115dde25f61fb5fa45",
        "19ed942f208236063d4fb79249fa921974c2225a343304468d3ca9a7dc022799"
        "d8f6cf154288ba9e8fc6df4f4942b6e5bda39f8361623423dde84319b58bb872"};
    static const char *const roots[] = {
        "0d54737a44ecb8b3dc234cca5cf13d20ba3c60984db38eee78c8f6229878b5ea",
        "db85b3f267bb5bd1e7b57e573585ef262129a7f5a35aff96209f776a6f945aa8",
        "0497d915db15a0ccdf0d6f8cce5423e4fe634304158b5250bdd641905887d34d"};
    uint8_t values[3][64];
    uint8_t leaves[3][32];

    (void)state;
    vector_leaves(values, leaves);
    for (size_t n = 1; n <= 3; n++) {
        struct certbind_tree tree;
        uint8_t out[64];

        assert_true(certbind_tree_build(&tree, (const uint8_t(*)[32])leaves, n));
        assert_hex_equal(roots[n - 1], certbind_tree_root(&tree), 32);
        assert_true(certbind_batch_report_data(certbind_tree_root(&tree), n, out));
        certbind_tree_free(&tree);
        assert_hex_equal(report_data[n - 1], out, sizeof out);
    }
}

static void make_proof(const uint8_t (*leaves)[32], size_t size, size_t index,
                       struct certbind_tree_proof *proof)
{
    struct certbind_tree tree;

    assert_true(certbind_tree_build(&tree, leaves, size));
    certbind_tree_prove(&tree, index, proof);
    certbind_tree_free(&tree);
}

static void paths_of_three_are_the_vectors(void **state)
{
    uint8_t values[3][64];
    uint8_t leaves[3][32];
    struct certbind_tree_proof proof;

    (void)state;
    vector_leaves(values, leaves);
    make_proof((const uint8_t(*)[32])leaves, 3, 0, &proof);
    assert_int_equal(2, proof.path_len);
    assert_memory_equal(leaves[1], proof.path[0], 32);
    assert_memory_equal(leaves[2], proof.path[1], 32);
    make_proof((const uint8_t(*)[32])leaves, 3, 1, &proof);
    assert_int_equal(2, proof.path_len);
    assert_memory_equal(leaves[0], proof.path[0], 32);
    assert_memory_equal(leaves[2], proof.path[1], 32);
    make_proof((const uint8_t(*)[32])leaves, 3, 2, &proof);
    assert_int_equal(1, proof.path_len);
    assert_hex_equal("db85b3f267bb5bd1e7b57e573585ef262129a7f5a35aff96209f776a6f945aa8",
                     proof.path[0], 32);
}

/* The definition of RFC 9162 section 2.1.1, word by word. */
static void defined_root(const uint8_t (*leaves)[32], size_t count, uint8_t root[32])
{
    size_t k = 1;
    uint8_t left[32];
    uint8_t right[32];

    if (count == 1) {
        memcpy(root, leaves[0], 32);
        return;
    }
    while (k * 2 < count)
        k *= 2;
    defined_root(leaves, k, left);
    defined_root(leaves + k, count - k, right);
    assert_true(certbind_tree_node(left, right, root));
}

static void every_leaf_of_every_small_tree_is_proven(void **state)
{
    uint8_t leaves[40][32];
    uint8_t root[32];
    uint8_t walked[32];

    (void)state;
    for (size_t i = 0; i < 40; i++)
        memset(leaves[i], (int)i + 1, 32);
    for (size_t size = 1; size <= 40; size++) {
        struct certbind_tree tree;

        defined_root((const uint8_t(*)[32])leaves, size, root);
        assert_true(certbind_tree_build(&tree, (const uint8_t(*)[32])leaves, size));
        assert_memory_equal(root, certbind_tree_root(&tree), 32);
        for (size_t index = 0; index < size; index++) {
            struct certbind_tree_proof proof;

            certbind_tree_prove(&tree, index, &proof);
            assert_int_equal(CERTBIND_OK, certbind_tree_walk(&proof, leaves[index], walked, NULL));
            assert_memory_equal(root, walked, sizeof root);
        }
        certbind_tree_free(&tree);
    }
}

static void negative_vectors_are_refused(void **state)
{
    uint8_t values[3][64];
    uint8_t leaves[3][32];
    uint8_t report_data[64];
    struct certbind_tree tree;
    struct certbind_tree_proof good;
    struct certbind_tree_proof bad;

    (void)state;
    vector_leaves(values, leaves);
    assert_true(certbind_tree_build(&tree, (const uint8_t(*)[32])leaves, 3));
    assert_true(certbind_batch_report_data(certbind_tree_root(&tree), 3, report_data));
    certbind_tree_free(&tree);
    make_proof((const uint8_t(*)[32])leaves, 3, 0, &good);
    assert_int_equal(CERTBIND_OK, certbind_tree_check(&good, values[0], report_data, NULL));

    bad = good; /* size 4 instead of 3 walks the same path; the quote commits to the size */
    bad.size = 4;
    assert_int_equal(CERTBIND_E_SESSION_PATH,
                     certbind_tree_check(&bad, values[0], report_data, NULL));
    bad = good; /* one node too many */
    bad.path_len = 3;
    assert_int_equal(CERTBIND_E_SESSION_PATH,
                     certbind_tree_check(&bad, values[0], report_data, NULL));
    bad = good; /* one too few */
    bad.path_len = 1;
    assert_int_equal(CERTBIND_E_SESSION_PATH,
                     certbind_tree_check(&bad, values[0], report_data, NULL));
    bad = good; /* index = size */
    bad.index = 3;
    assert_int_equal(CERTBIND_E_SESSION_PATH,
                     certbind_tree_check(&bad, values[0], report_data, NULL));
    bad = good;
    bad.size = 0;
    assert_int_equal(CERTBIND_E_SESSION_PATH,
                     certbind_tree_check(&bad, values[0], report_data, NULL));
    bad = good;
    bad.size = 65537;
    assert_int_equal(CERTBIND_E_SESSION_PATH,
                     certbind_tree_check(&bad, values[0], report_data, NULL));
    bad = good; /* another leaf's place, another value, another node */
    bad.index = 1;
    assert_int_equal(CERTBIND_E_SESSION_PATH,
                     certbind_tree_check(&bad, values[0], report_data, NULL));
    assert_int_equal(CERTBIND_E_SESSION_PATH,
                     certbind_tree_check(&good, values[1], report_data, NULL));
    bad = good;
    bad.path[1][31] ^= 1;
    assert_int_equal(CERTBIND_E_SESSION_PATH,
                     certbind_tree_check(&bad, values[0], report_data, NULL));
}

/* A path that does not fit its place leads nowhere, whatever the quote says. */
static void a_path_fits_its_place_exactly(void **state)
{
    uint8_t values[3][64];
    uint8_t leaves[3][32];
    uint8_t root[32];
    struct certbind_tree_proof good;
    struct certbind_tree_proof bad;

    (void)state;
    vector_leaves(values, leaves);
    make_proof((const uint8_t(*)[32])leaves, 3, 0, &good);
    assert_int_equal(CERTBIND_OK, certbind_tree_walk(&good, leaves[0], root, NULL));
    for (size_t len = 0; len < 5; len++) {
        bad = good;
        bad.path_len = len;
        assert_int_equal(len == 2 ? CERTBIND_OK : CERTBIND_E_SESSION_PATH,
                         certbind_tree_walk(&bad, leaves[0], root, NULL));
    }
    for (uint32_t index = 3; index < 9; index++) {
        bad = good;
        bad.index = index;
        assert_int_equal(CERTBIND_E_SESSION_PATH, certbind_tree_walk(&bad, leaves[0], root, NULL));
        assert_true(certbind_is_zero(root, sizeof root));
    }
}

static void sizes_have_their_limits(void **state)
{
    uint8_t(*leaves)[32] = calloc(65537, 32);
    uint8_t root[32];
    struct certbind_tree tree;
    struct certbind_tree_proof proof;

    (void)state;
    assert_non_null(leaves);
    assert_false(certbind_tree_build(&tree, (const uint8_t(*)[32])leaves, 0));
    assert_null(tree.nodes);
    assert_false(certbind_tree_build(&tree, (const uint8_t(*)[32])leaves, 65537));
    assert_null(tree.nodes);
    make_proof((const uint8_t(*)[32])leaves, 65536, 65535, &proof);
    assert_int_equal(16, proof.path_len);
    assert_int_equal(CERTBIND_OK, certbind_tree_walk(&proof, leaves[65535], root, NULL));
    free(leaves);
}

static void one_leaf_too_many_has_no_proof(void **state)
{
    uint8_t(*leaves)[32] = calloc(65537, 32);
    struct certbind_tree_proof proof = {.index = 65536, .size = 65537, .path_len = 1};
    uint8_t root[32];

    (void)state;
    assert_non_null(leaves);
    assert_int_equal(CERTBIND_E_SESSION_PATH, certbind_tree_walk(&proof, leaves[0], root, NULL));
    proof = (struct certbind_tree_proof){.size = 65536, .path_len = CERTBIND_TREE_MAX_PATH + 1};
    assert_int_equal(CERTBIND_E_SESSION_PATH, certbind_tree_walk(&proof, leaves[0], root, NULL));
    free(leaves);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaves_are_the_vectors),
        cmocka_unit_test(roots_and_report_data_are_the_vectors),
        cmocka_unit_test(paths_of_three_are_the_vectors),
        cmocka_unit_test(every_leaf_of_every_small_tree_is_proven),
        cmocka_unit_test(negative_vectors_are_refused),
        cmocka_unit_test(a_path_fits_its_place_exactly),
        cmocka_unit_test(sizes_have_their_limits),
        cmocka_unit_test(one_leaf_too_many_has_no_proof),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
