/* Compose text as a tree: what is read alike by everybody is taken, everything else refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certbind/compose/yaml_tree.h"
#include "tests/support/cmocka_all.h"

static certbind_status read_text(const char *text, struct certbind_error *err)
{
    struct certbind_yaml_tree tree;
    certbind_status status = certbind_yaml_read(certbind_text(text), &tree, err);

    assert_true((status == CERTBIND_OK) == (tree.root != NULL));
    certbind_yaml_cleanup(&tree);
    return status;
}

static void mappings_lists_and_scalars_are_read(void **state)
{
    static const char text[] =
        "a: one\n'b': \"two\"\nc:\n  - x\n  - {d: 3}\ne: >-\n  folded\n  text\nf:\n";
    struct certbind_yaml_tree tree;
    const struct certbind_yaml_node *list;

    (void)state;
    assert_int_equal(CERTBIND_OK, certbind_yaml_read(certbind_text(text), &tree, NULL));
    assert_string_equal("one", certbind_yaml_text(certbind_yaml_get(tree.root, "a")));
    assert_true(certbind_yaml_get(tree.root, "a")->plain);
    assert_string_equal("two", certbind_yaml_text(certbind_yaml_get(tree.root, "b")));
    assert_false(certbind_yaml_get(tree.root, "b")->plain);
    list = certbind_yaml_get(tree.root, "c");
    assert_int_equal(CERTBIND_YAML_SEQUENCE, list->kind);
    assert_string_equal("x", certbind_yaml_text(list->child));
    assert_string_equal("3", certbind_yaml_text(certbind_yaml_get(list->child->next, "d")));
    assert_int_equal(5, list->child->next->line);
    assert_string_equal("folded text", certbind_yaml_text(certbind_yaml_get(tree.root, "e")));
    assert_string_equal("", certbind_yaml_text(certbind_yaml_get(tree.root, "f")));
    assert_null(certbind_yaml_get(tree.root, "g"));
    assert_null(certbind_yaml_get(NULL, "a"));
    assert_null(certbind_yaml_text(tree.root));
    certbind_yaml_cleanup(&tree);
}

static void what_readers_differ_on_is_refused(void **state)
{
    static const struct {
        const char *text;
        const char *why;
    } cases[] = {
        {"", "there is no document"},
        {"- a\n", "the document is no mapping"},
        {"a: b\n---\nc: d\n", "more than one document"},
        {"a: &x b\n", "an anchor"},
        {"a: &x [b]\n", "an anchor"},
        {"a: b\nc: *a\n", "an alias"},
        {"a: &x {b: c}\nd: *x\n", "an anchor"},
        {"<<: {a: b}\n", "a merge key"},
        {"a: {'<<': {b: c}}\n", "a merge key"},
        {"a: !!str b\n", "a tag"},
        {"!!str a: b\n", "a tag"},
        {"&x a: b\n", "an anchor"},
        {"a: !reset null\n", "a tag"},
        {"!!map {a: b}\n", "a tag"},
        {"%TAG ! tag:x,2000:\n---\na: b\n", "a directive"},
        {"a: b\na: c\n", "a repeated key"},
        {"a: b\n\"\\u0061\": c\n", "a repeated key"},
        {"[a]: b\n", "a key that is no text"},
        {"{a: b}: c\n", "a key that is no text"},
        {"a: \"x\\0y\"\n", "a zero byte"},
        {"a: [b\n", "this is not YAML"},
        {"a: b: c\n", "this is not YAML"},
        {"{a: b,\n c: d}\n@\n", "this is not YAML"},
        {"\ta: b\n", "this is not YAML"},
        {"a: \xff\n", "this is not YAML"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct certbind_error err = {0};

        assert_int_equal(CERTBIND_E_COMPOSE_NOT_UNDERSTOOD, read_text(cases[i].text, &err));
        if (strstr(err.detail, cases[i].why) == NULL)
            fail_msg("%s: %s", cases[i].text, err.detail);
    }
}

struct limit {
    const char *before, *after;
    const char *piece; /* '#': the number of the copy */
    size_t most;
};

/* The text of a limit with n copies of its piece, to be freed. */
static char *build(const struct limit *l, size_t n)
{
    const size_t room = strlen(l->before) + n * (strlen(l->piece) + 8) + n + strlen(l->after) + 1;
    char *text = malloc(room);
    size_t at = (size_t)snprintf(text, room, "%s", l->before);

    for (size_t i = 0; i < n; i++) {
        if (l->piece[0] == '#')
            at += (size_t)snprintf(text + at, room - at, "k%zu%s", i, l->piece + 1);
        else
            at += (size_t)snprintf(text + at, room - at, "%s", l->piece);
    }
    for (size_t i = 0; l->piece[0] == '[' && i < n; i++)
        text[at++] = ']';
    (void)snprintf(text + at, room - at, "%s", l->after);
    return text;
}

static void limits_hold_to_the_last_value(void **state)
{
    static const struct limit limits[] = {
        {"a: ", "\n", "[", CERTBIND_YAML_MAX_DEPTH - 1},
        {"a: [", "]\n", "b,", CERTBIND_YAML_MAX_NODES - 2},
        {"", "", "#: v\n", CERTBIND_YAML_MAX_MEMBERS},
        {"# ", "\na: b\n", "x", CERTBIND_YAML_MAX_BYTES - 8},
    };

    (void)state;
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        for (size_t more = 0; more < 2; more++) {
            char *text = build(&limits[i], limits[i].most + more);

            assert_int_equal(more == 0 ? CERTBIND_OK : CERTBIND_E_COMPOSE_NOT_UNDERSTOOD,
                             read_text(text, NULL));
            free(text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mappings_lists_and_scalars_are_read),
        cmocka_unit_test(what_readers_differ_on_is_refused),
        cmocka_unit_test(limits_hold_to_the_last_value),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
