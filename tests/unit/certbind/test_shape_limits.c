/* Sizes, counts and paths that a table allows, at their limits. */
#include <stdlib.h>
#include <string.h>

#include "certbind/json_shape.h"
#include "tests/support/cmocka_all.h"

static const struct certbind_shape table[] = {
    {.path = "", .type = CERTBIND_SHAPE_OBJECT},
    {.path = "text", .type = CERTBIND_SHAPE_STRING, .min = 2, .max = 3},
    {.path = "hex", .type = CERTBIND_SHAPE_HEX, .min = 1, .max = 300},
    {.path = "list", .type = CERTBIND_SHAPE_ARRAY, .min = 1, .max = 2},
    {.path = "list[]", .type = CERTBIND_SHAPE_BOOLEAN},
    {.path = "deep", .type = CERTBIND_SHAPE_OBJECT},
    {.path = "deep.n", .type = CERTBIND_SHAPE_BOOLEAN},
    {.path = "map", .type = CERTBIND_SHAPE_MAP},
    {.path = "map.*", .type = CERTBIND_SHAPE_ARRAY, .min = 0, .max = 1},
    {.path = "map.*[]", .type = CERTBIND_SHAPE_BOOLEAN},
    {.path = NULL},
};

/* Returns: the status; text: the first problem. */
static certbind_status parse_with(const struct certbind_shape *shapes, const char *text,
                                  const char **problem)
{
    static struct certbind_problems problems;
    struct certbind_shape_document document;
    certbind_status status;

    problems = (struct certbind_problems){.count = 0};
    status = certbind_shape_parse(certbind_text(text), shapes, &document, &problems);
    certbind_shape_cleanup(&document);
    *problem = problems.count > 0 ? problems.list[0].text : "none";
    return status;
}

static void expect(const char *text, const char *problem)
{
    const char *found;
    certbind_status status = parse_with(table, text, &found);

    assert_int_equal(strcmp(problem, "none") == 0 ? CERTBIND_OK : CERTBIND_E_MALFORMED, status);
    if (strncmp(found, problem, strlen(problem)) != 0)
        fail_msg("'%s', expected '%s'", found, problem);
}

/* The text with count letters instead of its @. */
static void expect_long(const char *form, size_t count, const char *problem)
{
    const char *mark = strchr(form, '@');
    const size_t before = (size_t)(mark - form);
    char *text = malloc(strlen(form) + count);

    assert_non_null(text);
    memcpy(text, form, before);
    memset(text + before, 'a', count);
    memcpy(text + before + count, mark + 1, strlen(mark));
    expect(text, problem);
    free(text);
}

static void sizes_and_counts_have_limits(void **state)
{
    (void)state;
    expect_long("{\"text\":\"@\"}", 1, "must be 2 to 3");
    expect_long("{\"text\":\"@\"}", 2, "none");
    expect_long("{\"text\":\"@\"}", 3, "none");
    expect_long("{\"text\":\"@\"}", 4, "must be 2 to 3");
    expect_long("{\"hex\":\"@\"}", 512, "none");
    expect_long("{\"hex\":\"@\"}", 514, "must be 1 to 300");
    expect("{\"list\":[]}", "must have 1 to 2");
    expect("{\"list\":[true,true,true]}", "must have 1 to 2");
    expect_long("{}/*@*/", 1024 * 1024 - 6, "none");
    expect_long("{}/*@*/", 1024 * 1024 - 5, "the document is too large");
}

static void paths_cannot_be_forged_or_cut(void **state)
{
    (void)state;
    expect("{\"deep.n\":true}", "unknown key");
    expect("{\"list[]\":true}", "unknown key");
    expect("{\"map\":{\"*\":[]}}", "unknown key");
    expect_long("{\"map\":{\"@\":[true]}}", 80, "none");
    expect_long("{\"map\":{\"@\":[]}}", 91, "none");
    expect_long("{\"map\":{\"@\":[true]}}", 91, "nested too deeply");
    expect_long("{\"map\":{\"@\":[]}}", 92, "unknown key");
}

static void a_table_has_a_root(void **state)
{
    static const struct certbind_shape rootless[] = {{.path = "a", .type = CERTBIND_SHAPE_BOOLEAN},
                                                     {.path = NULL}};
    const char *problem;

    (void)state;
    assert_int_equal(CERTBIND_E_USAGE, parse_with(rootless, "{}", &problem));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_and_counts_have_limits),
        cmocka_unit_test(paths_cannot_be_forged_or_cut),
        cmocka_unit_test(a_table_has_a_root),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
