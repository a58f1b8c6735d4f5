#include "certbind/statement.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/fixture.h"

static certbind_status parse(const char *text, size_t len)
{
    struct certbind_statement s;
    struct certbind_error err = {0};
    certbind_status status = certbind_statement_parse(certbind_bytes(text, len), &s, &err);

    if (status == CERTBIND_OK)
        certbind_statement_cleanup(&s);
    else
        assert_int_equal(status, err.status);
    return status;
}

/* The status of the vector with one piece replaced. */
static certbind_status changed(const char *from, const char *to)
{
    char *text = text_replace(VECTOR_STATEMENT, from, to);
    certbind_status status = parse(text, strlen(text));

    free(text);
    return status;
}

static void the_vector_is_read(void **state)
{
    struct certbind_statement s;

    (void)state;
    assert_int_equal(CERTBIND_OK,
                     certbind_statement_parse(certbind_text(VECTOR_STATEMENT), &s, NULL));
    assert_hex_equal("5bb4ff9a3837357f19dc176407a5709c62eb6c56", s.app_id, sizeof s.app_id);
    assert_true(s.has_instance_id);
    assert_int_equal(1790000000, s.issued_at);
    assert_int_equal(1790003600, s.not_after);
    assert_int_equal(1, s.tls_key_count);
    assert_string_equal("gw.example.test", s.tls_keys[0].name);
    assert_int_equal(CERTBIND_KEY_CURRENT, s.tls_keys[0].state);
    assert_int_equal(CERTBIND_KEY_GETKEY, s.tls_keys[0].origin);
    assert_int_equal(1, s.tls_keys[0].epoch);
    assert_hex_equal("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
                     s.session_key, sizeof s.session_key);
    assert_false(s.has_receipt_key);
    assert_null(s.acme_account);
    assert_string_equal("0.1.0", s.software_version);
    certbind_statement_cleanup(&s);
}

static void missing_and_mistyped_members_are_refused(void **state)
{
    static const char *const bad[][2] = {
        {"\"v\":1,", ""},
        {"\"v\":1,", "\"v\":\"1\","},
        {"\"v\":1,", "\"v\":1.0,"},
        {"\"v\":1,", "\"v\":1e0,"},
        {"\"v\":1,", "\"v\":null,"},
        {"\"app_id\"", "\"app-id\""},
        {"5bb4ff", "5BB4FF"},
        {"5bb4ff", "5bb4"},
        {"\"compose_hash\"", "\"x\""},
        {"\"instance_id\"", "\"x\""},
        {"00112233445566778899aabbccddeeff00112233", "00"},
        {"1790000000", "1790000000.0"},
        {"1790000000", "-1"},
        {"1790000000", "9007199254740992"},
        {"1790003600", "\"1790003600\""},
        {"\"tls_keys\":[", "\"tls_keys\":["
                           "1,"},
        {"\"tls_keys\":[", "\"tls_keys\":{},\"x\":["},
        {"gw.example.test", "GW.example.test"},
        {"gw.example.test", "*.example.test"},
        {"gw.example.test", "gw.example.test."},
        {"gw.example.test", ""},
        {"\"current\"", "\"Current\""},
        {"\"getkey\"", "\"other\""},
        {"\"epoch\":1", "\"epoch\":65"},
        {"\"epoch\":1", "\"epoch\":0"},
        {"\"origin\":\"getkey\"", "\"origin\":\"process\""},
        {",\"epoch\":1", ""},
        {"\"alg\":\"ed25519\"", "\"alg\":\"ED25519\""},
        {"\"config_sha256\":\"4", "\"config_sha256\":\""},
        {"\"version\":\"0.1.0\"", "\"version\":1"},
        {"\"software\":{", "\"software\":null,\"x\":{"},
        {"\"v\":1,", "\"v\":1,\"acme_account\":null,"},
        {"\"v\":1,", "\"v\":1,\"receipt_key\":null,"},
        {"\"v\":1,", "\"v\":1,\"receipt_key\":{},"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(CERTBIND_E_STATEMENT_SYNTAX, changed(bad[i][0], bad[i][1]));
    assert_int_equal(CERTBIND_E_STATEMENT_SYNTAX, parse("[]", 2));
    assert_int_equal(CERTBIND_E_STATEMENT_SYNTAX, parse("", 0));
}

static void negative_vectors_are_refused(void **state)
{
    (void)state;
    assert_int_equal(CERTBIND_E_STATEMENT_SYNTAX,
                     changed("\"config_sha256\"", "\"session_key\":{},\"config_sha256\""));
    assert_int_equal(CERTBIND_E_STATEMENT_SYNTAX,
                     changed("\"config_sha256\"", "\"session_\\u006bey\":{},\"config_sha256\""));
    assert_int_equal(CERTBIND_E_STATEMENT_SYNTAX,
                     changed("\"software\":{", "\"software\":{\"name\":\"\","));
    assert_int_equal(CERTBIND_E_STATEMENT_ENCODING, changed("{\"v\"", "\xef\xbb\xbf{\"v\""));
    assert_int_equal(CERTBIND_E_STATEMENT_SYNTAX, changed("000\"}}", "000\"}}x"));
    assert_int_equal(CERTBIND_OK, changed("000\"}}", "000\"}} \n"));
    assert_int_equal(CERTBIND_E_STATEMENT_ENCODING, changed("0.1.0", "0.1\\u0000"));
    assert_int_equal(CERTBIND_E_STATEMENT_ENCODING, changed("0.1.0", "\xff"));
    assert_int_equal(CERTBIND_E_STATEMENT_ENCODING, changed("0.1.0", "\\ud800"));
    assert_int_equal(CERTBIND_E_STATEMENT_VERSION, changed("\"v\":1,", "\"v\":2,"));
    assert_int_equal(CERTBIND_E_STATEMENT_VERSION, changed("\"v\":1,", "\"v\":0,"));
    assert_int_equal(CERTBIND_E_STATEMENT_SYNTAX, changed("{\"v\":1,", "{/**/\"v\":1,"));
}

static void size_64_kib_is_the_limit(void **state)
{
    size_t len = strlen(VECTOR_STATEMENT);
    char *text = malloc(65537);

    (void)state;
    assert_non_null(text);
    memset(text, ' ', 65537);
    memcpy(text, VECTOR_STATEMENT, len);
    assert_int_equal(CERTBIND_OK, parse(text, 65536));
    assert_int_equal(CERTBIND_E_STATEMENT_SIZE, parse(text, 65537));
    free(text);
}

static void unknown_members_are_ignored(void **state)
{
    (void)state;
    assert_int_equal(CERTBIND_OK, changed("\"v\":1,", "\"v\":1,\"new\":[1e9,null],"));
    assert_int_equal(CERTBIND_OK, changed("\"epoch\":1", "\"epoch\":1,\"more\":{}"));
    assert_int_equal(CERTBIND_OK, changed("00112233445566778899aabbccddeeff00112233", ""));
    assert_int_equal(CERTBIND_OK, changed("gw.example.test", "*"));
    assert_int_equal(CERTBIND_OK,
                     changed("\"v\":1,", "\"v\":1,\"acme_account\":\"https://ca.test/1\","));
}

static void weak_session_keys_are_refused(void **state)
{
    (void)state;
    assert_int_equal(CERTBIND_E_SESSION_KEY_WEAK,
                     changed("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
                             "0100000000000000000000000000000000000000000000000000000000000000"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vector_is_read),
        cmocka_unit_test(missing_and_mistyped_members_are_refused),
        cmocka_unit_test(negative_vectors_are_refused),
        cmocka_unit_test(size_64_kib_is_the_limit),
        cmocka_unit_test(unknown_members_are_ignored),
        cmocka_unit_test(weak_session_keys_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
