#include <stdlib.h>
#include <string.h>

#include "certbind/growing.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/short_memory.h"

static void json_strings_are_escaped_as_rfc_8785_has_it(void **state)
{
    static const char all[] = "\b\t\n\f\r\"\\/ \x01\x1f\x7f\xc3\xa9";
    struct certbind_growing t = {0};

    (void)state;
    certbind_growing_add_json(&t, certbind_text(all));
    assert_string_equal("\"\\b\\t\\n\\f\\r\\\"\\\\/ \\u0001\\u001f\x7f\xc3\xa9\"", t.at);
    assert_int_equal(strlen(t.at), t.len);
    free(t.at);
}

static void what_is_added_stands_together_with_a_nul_behind(void **state)
{
    struct certbind_growing t = {0};
    char *to;

    (void)state;
    certbind_growing_add(&t, certbind_text(""));
    assert_string_equal("", t.at);
    for (size_t i = 0; i < 10000; i++) {
        certbind_growing_add(&t, certbind_bytes("\0x", 2));
        assert_int_equal(2 * (i + 1), t.len);
        assert_int_equal(0, t.at[t.len]);
    }
    to = certbind_growing_reserve(&t, 100);
    assert_ptr_equal(t.at + t.len, to);
    memset(to, 'y', 100);
    t.len += 100;
    certbind_growing_add_json(&t, certbind_text("end"));
    assert_string_equal("\"end\"", t.at + 20100);
    assert_int_equal(0, t.at[0]);
    assert_false(t.failed);
    free(t.at);
}

static void memory_that_runs_out_sticks(void **state)
{
    struct certbind_growing t = {0};

    (void)state;
    certbind_growing_add(&t, certbind_text("text"));
    short_memory = (struct short_memory){.fails_at = 1, .armed = true};
    assert_null(certbind_growing_reserve(&t, 1000));
    short_memory.armed = false;
    assert_true(t.failed);
    certbind_growing_add(&t, certbind_text("more"));
    certbind_growing_add_json(&t, certbind_text("more"));
    assert_null(certbind_growing_reserve(&t, 0));
    assert_string_equal("text", t.at);
    assert_int_equal(4, t.len);
    free(t.at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_strings_are_escaped_as_rfc_8785_has_it),
        cmocka_unit_test(what_is_added_stands_together_with_a_nul_behind),
        cmocka_unit_test(memory_that_runs_out_sticks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
