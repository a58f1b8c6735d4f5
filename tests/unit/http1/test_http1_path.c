#include "gateway/core/http1_path.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/cmocka_all.h"

static void normal_forms(void **state)
{
    static const struct {
        const char *path;
        enum gw_path_form form;
        const char *normal;
    } rows[] = {
        {"/", GW_PATH_PLAIN, "/"},
        {"/a/b", GW_PATH_PLAIN, "/a/b"},
        {"/%61%7e%2d", GW_PATH_PLAIN, "/a~-"},
        {"/%e2%82%ac%20", GW_PATH_PLAIN, "/%E2%82%AC%20"},
        {"/a;b=c", GW_PATH_PLAIN, "/a;b=c"},
        {"/a/./b", GW_PATH_AMBIGUOUS, "/a/b"},
        {"/a/../b", GW_PATH_AMBIGUOUS, "/b"},
        {"/a/b/..", GW_PATH_AMBIGUOUS, "/a/"},
        {"/..", GW_PATH_AMBIGUOUS, "/"},
        {"/../../a", GW_PATH_AMBIGUOUS, "/a"},
        {"/a/%2e%2E/b", GW_PATH_AMBIGUOUS, "/b"},
        {"/a%2eb", GW_PATH_AMBIGUOUS, "/a.b"},
        {"/a//b", GW_PATH_AMBIGUOUS, "/a//b"},
        {"//a", GW_PATH_AMBIGUOUS, "//a"},
        {"/a\\b", GW_PATH_AMBIGUOUS, "/a\\b"},
        {"/a%5cb", GW_PATH_AMBIGUOUS, "/a%5Cb"},
        {"/a%2fb", GW_PATH_AMBIGUOUS, "/a%2Fb"},
        {"/...", GW_PATH_PLAIN, "/..."},
        {"/.a", GW_PATH_PLAIN, "/.a"},
        {"/a/..b", GW_PATH_PLAIN, "/a/..b"},
        {"", GW_PATH_REFUSED, ""},
        {"a", GW_PATH_REFUSED, ""},
        {"/%", GW_PATH_REFUSED, ""},
        {"/%2", GW_PATH_REFUSED, ""},
        {"/%zz", GW_PATH_REFUSED, ""},
        {"/%00", GW_PATH_REFUSED, ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char out[64];
        size_t len = 0;
        enum gw_path_form form = gw_path_normalize(gw_str(rows[i].path), out, sizeof out, &len);

        assert_int_equal(rows[i].form, form);
        if (form == GW_PATH_REFUSED)
            continue;
        assert_int_equal(strlen(rows[i].normal), len);
        assert_memory_equal(rows[i].normal, out, len);
    }
}

static void the_reserved_prefix_cannot_be_spelled_around(void **state)
{
    static const struct {
        const char *path;
        enum gw_path_claim claim;
    } rows[] = {
        {"/.well-known/devproof/binding", GW_PATH_CLAIMED},
        {"/.well-known/devproof/", GW_PATH_CLAIMED},
        {"/.well-known/devproof", GW_PATH_CLAIMED},
        {"/.well-known/devproof/x/..", GW_PATH_CLAIMED},
        {"/a/../.well-known/devproof/binding", GW_PATH_CLAIMED},
        {"/%2ewell-known/%64evproof/binding", GW_PATH_CLAIMED},
        {"/.well-known/devproof/a;b", GW_PATH_CLAIMED},
        {"/.well-known/devproofs", GW_PATH_FREE},
        {"/.well-known/acme-challenge/x", GW_PATH_FREE},
        {"/x?/.well-known/devproof/", GW_PATH_FREE},
        {"/A%20b;c//d", GW_PATH_FREE},
        {"/.well-known%2fdevproof/binding", GW_PATH_CLAIM_REFUSED},
        {"/.well-known%2Fdevproof", GW_PATH_CLAIM_REFUSED},
        {"/.well-known%5cdevproof/binding", GW_PATH_CLAIM_REFUSED},
        {"/.well-known\\devproof/binding", GW_PATH_CLAIM_REFUSED},
        {"/.well-known/%2564evproof/binding", GW_PATH_CLAIM_REFUSED},
        {"/.well-known/%25%36%34evproof/binding", GW_PATH_CLAIM_REFUSED},
        {"/.well-known;x/devproof/binding", GW_PATH_CLAIM_REFUSED},
        {"/.well-known/devproof;x/binding", GW_PATH_CLAIM_REFUSED},
        {"/.well-known//devproof/binding", GW_PATH_CLAIM_REFUSED},
        {"//.well-known/devproof/binding", GW_PATH_CLAIM_REFUSED},
        {"/.Well-Known/devproof/binding", GW_PATH_CLAIM_REFUSED},
        {"/.well-known/DEVPROOF/binding", GW_PATH_CLAIM_REFUSED},
        {"/a/..;/.well-known/devproof/binding", GW_PATH_CLAIM_REFUSED},
        {"/a/..%2f.well-known/devproof/binding", GW_PATH_CLAIM_REFUSED},
        {"/a/%252e%252e/.well-known/devproof/", GW_PATH_CLAIM_REFUSED},
        {"/;/.Well-known%2f/DevProof;/x", GW_PATH_CLAIM_REFUSED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct gw_str path = gw_str(rows[i].path);
        char out[64];
        char scratch[64];
        size_t len = 0;

        assert_int_not_equal(GW_PATH_REFUSED, gw_path_normalize(path, out, sizeof out, &len));
        if (gw_path_claim(path, (struct gw_str){out, len}, gw_str("/.well-known/devproof/"),
                          scratch) != rows[i].claim)
            fail_msg("%s", rows[i].path);
    }
}

/* "/", count times filler, rest. */
static enum gw_path_claim claim_of_long(size_t count, char filler, const char *rest)
{
    static char text[8192], out[8192], scratch[8192];
    struct gw_str path = {text,
                          (size_t)snprintf(text, sizeof text, "/%*s%s", (int)count, "", rest)};
    size_t len = 0;

    memset(text + 1, filler, count);
    assert_int_not_equal(GW_PATH_REFUSED, gw_path_normalize(path, out, sizeof out, &len));
    return gw_path_claim(path, (struct gw_str){out, len}, gw_str("/.well-known/devproof/"),
                         scratch);
}

static void long_paths_are_not_read_in_every_way(void **state)
{
    (void)state;
    assert_int_equal(GW_PATH_FREE, claim_of_long(501, 'a', "/DevProof/"));
    assert_int_equal(GW_PATH_CLAIM_REFUSED, claim_of_long(502, 'a', "/DevProof/"));
    assert_int_equal(GW_PATH_CLAIM_REFUSED, claim_of_long(502, 'a', "%255cdevproof"));
    assert_int_equal(GW_PATH_FREE, claim_of_long(502, 'a', "/devproof/"));
    assert_int_equal(GW_PATH_FREE, claim_of_long(502, 'a', "devproof/A"));
    assert_int_equal(GW_PATH_FREE, claim_of_long(8000, 'A', ";b//c%20"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(normal_forms),
        cmocka_unit_test(the_reserved_prefix_cannot_be_spelled_around),
        cmocka_unit_test(long_paths_are_not_read_in_every_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
