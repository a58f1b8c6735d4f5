#include "certbind/json_shape.h"

#include <string.h>

#include "tests/support/cmocka_all.h"

static const struct certbind_shape table[] = {
    {.path = "", .type = CERTBIND_SHAPE_OBJECT},
    {.path = "name", .type = CERTBIND_SHAPE_STRING, .required = true, .min = 1, .max = 5},
    {.path = "mode", .type = CERTBIND_SHAPE_ENUM, .fallback = "\"ab\"", .choices = "ab|abc"},
    {.path = "threads",
     .type = CERTBIND_SHAPE_AUTO_INTEGER,
     .fallback = "\"auto\"",
     .min = 1,
     .max = 9},
    {.path = "limits", .type = CERTBIND_SHAPE_OBJECT, .fallback = "{}"},
    {.path = "limits.size", .type = CERTBIND_SHAPE_INTEGER, .fallback = "7", .min = 1, .max = 9},
    {.path = "list", .type = CERTBIND_SHAPE_ARRAY, .fallback = "[]", .min = 0, .max = 2},
    {.path = "list[]", .type = CERTBIND_SHAPE_OBJECT},
    {.path = "list[].key", .type = CERTBIND_SHAPE_HEX, .min = 2, .max = 2, .required = true},
    {.path = "list[].on", .type = CERTBIND_SHAPE_BOOLEAN, .fallback = "true"},
    {.path = "map", .type = CERTBIND_SHAPE_MAP, .fallback = "{}"},
    {.path = "map.*", .type = CERTBIND_SHAPE_OBJECT},
    {.path = "map.*.n", .type = CERTBIND_SHAPE_INTEGER, .fallback = "1", .min = 0, .max = 3},
    {.path = "doc", .type = CERTBIND_SHAPE_DOCUMENT},
    {.path = NULL},
};

static struct certbind_problems problems;
static struct certbind_shape_document document;

static certbind_status parse(const char *text)
{
    certbind_status status;

    problems.count = 0;
    status = certbind_shape_parse(certbind_text(text), table, &document, &problems);
    assert_int_equal(status == CERTBIND_OK, problems.count == 0);
    return status;
}

static void defaults_are_filled_in_everywhere(void **state)
{
    const cJSON *root;
    int64_t value;

    (void)state;
    assert_int_equal(CERTBIND_OK, parse("{\"name\":\"x\", // why\n \"list\":[{\"key\":\"00ff\"}],"
                                        "\"map\":{\"a\":{},\"b\":{\"n\":3}}/* end */}"));
    root = document.json.root;
    assert_string_equal("ab", certbind_json_string(root, "mode"));
    assert_true(certbind_json_integer(certbind_json_get(certbind_json_get(root, "limits"), "size"),
                                      0, 99, &value));
    assert_int_equal(7, value);
    assert_true(cJSON_IsTrue(
        certbind_json_get(cJSON_GetArrayItem(certbind_json_get(root, "list"), 0), "on")));
    assert_true(certbind_json_integer(
        certbind_json_get(certbind_json_get(certbind_json_get(root, "map"), "a"), "n"), 0, 9,
        &value));
    certbind_shape_cleanup(&document);
}

static void every_problem_is_reported_with_path_and_line(void **state)
{
    static const struct {
        const char *path;
        size_t line;
    } expected[] = {
        {"", 2},     {"mode", 3},        {"threads", 4},    {"limits", 5},  {"limits.size", 6},
        {"list", 7}, {"list[0].key", 7}, {"list[1].on", 7}, {"map.a.n", 8}, {"", 9},
        {"", 1},     {"list[1]", 7}};

    (void)state;
    assert_int_equal(
        CERTBIND_E_MALFORMED,
        parse("{\n\"nmae\":1,\n\"mode\":\"a\",\n\"threads\":\"many\",\n\"limits\":{\"x\":1"
              ",\n\"size\":10},\n\"list\":[{\"key\":\"00FF\"},{\"on\":1},{\"key\":\"0000\"}],"
              "\n\"map\":{\"a\":{\"n\":1.0}},\n\"mode\":\"ab\"}"));
    assert_int_equal(sizeof expected / sizeof expected[0], problems.count);
    for (size_t i = 0; i < problems.count; i++) {
        if (strcmp(expected[i].path, problems.list[i].path) != 0 ||
            expected[i].line != problems.list[i].line)
            fail_msg("%zu: '%s' line %zu: %s", i, problems.list[i].path, problems.list[i].line,
                     problems.list[i].text);
    }
    certbind_shape_cleanup(&document);
}

static void broken_texts_say_the_line(void **state)
{
    static const struct {
        const char *text;
        size_t line;
    } rows[] = {{"{\n\"name\":\"x\"\n} x", 3},
                {"{\n/* open", 2},
                {"", 1},
                {"[]", 1},
                {"{\"name\":\n\"x\\q\"}", 2}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(CERTBIND_E_MALFORMED, parse(rows[i].text));
        assert_int_equal(rows[i].line, problems.list[0].line);
        certbind_shape_cleanup(&document);
    }
}

static void comments_inside_strings_are_text(void **state)
{
    (void)state;
    assert_int_equal(CERTBIND_OK, parse("{\"name\":\"//\\\"/*\"}//"));
    assert_string_equal("//\"/*", certbind_json_string(document.json.root, "name"));
    certbind_shape_cleanup(&document);
}

static void a_document_is_left_to_its_own_table(void **state)
{
    (void)state;
    assert_int_equal(CERTBIND_OK, parse("{\"name\":\"x\",\"doc\":{\"a\":{},\"a\":[1]}}"));
    assert_int_equal(2, cJSON_GetArraySize(certbind_json_get(document.json.root, "doc")));
    certbind_shape_cleanup(&document);
    assert_int_equal(CERTBIND_E_MALFORMED, parse("{\"name\":\"x\",\"doc\":[]}"));
    assert_int_equal(1, problems.count);
    assert_string_equal("doc", problems.list[0].path);
    assert_string_equal("must be an object", problems.list[0].text);
    certbind_shape_cleanup(&document);
}

static void a_length_that_is_one_is_said_as_one(void **state)
{
    (void)state;
    assert_int_equal(CERTBIND_E_MALFORMED, parse("{\"name\":\"x\",\"list\":[{\"key\":\"00\"}]}"));
    assert_string_equal("must be 2 bytes in lowercase hex", problems.list[0].text);
    certbind_shape_cleanup(&document);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_length_that_is_one_is_said_as_one),
        cmocka_unit_test(a_document_is_left_to_its_own_table),
        cmocka_unit_test(defaults_are_filled_in_everywhere),
        cmocka_unit_test(every_problem_is_reported_with_path_and_line),
        cmocka_unit_test(broken_texts_say_the_line),
        cmocka_unit_test(comments_inside_strings_are_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
