/* The grammar of server names, at its limits. */
#include "certbind/server_name.h"

#include <string.h>

#include "tests/support/cmocka_all.h"

/* A name of that length in labels of that many letters. */
static bool ok(size_t len, size_t label)
{
    char name[CERTBIND_SERVER_NAME_MAX + 2];

    assert_true(len < sizeof name);
    for (size_t i = 0; i < len; i++)
        name[i] = i % (label + 1) == label ? '.' : 'a';
    return certbind_server_name_ok(certbind_bytes(name, len));
}

static void names_and_labels_have_a_greatest_length(void **state)
{
    (void)state;
    assert_true(ok(63, 63));
    assert_false(ok(64, 64));
    assert_true(ok(CERTBIND_SERVER_NAME_MAX, 62));
    assert_false(ok(CERTBIND_SERVER_NAME_MAX + 1, 62));
    assert_false(ok(0, 1));
}

static void names_have_their_characters(void **state)
{
    static const char *const bad[] = {".a", "a.", "a..b", "A", "a_b", "a b", "*", "\xc3\xa9"};

    (void)state;
    assert_true(certbind_server_name_ok(certbind_text("a-1.b")));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(certbind_server_name_ok(certbind_text(bad[i])));
}

static void no_name_matches_only_the_star(void **state)
{
    (void)state;
    assert_true(certbind_server_name_matches("*", ""));
    assert_true(certbind_server_name_matches("a", "a"));
    assert_false(certbind_server_name_matches("a", "b"));
    assert_false(certbind_server_name_matches("", ""));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_labels_have_a_greatest_length),
        cmocka_unit_test(names_have_their_characters),
        cmocka_unit_test(no_name_matches_only_the_star),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
