#include <stdlib.h>
#include <string.h>

#include "certbind/hex.h"
#include "certbind/server_name.h"
#include "certbind/statement.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/fixture.h"

static struct certbind_statement parsed(const char *text)
{
    struct certbind_statement s;

    assert_int_equal(CERTBIND_OK, certbind_statement_parse(certbind_text(text), &s, NULL));
    return s;
}

static void dates_are_judged_at_their_limits(void **state)
{
    static const struct {
        int64_t issued_at, not_after, now;
        certbind_status expected;
    } cases[] = {
        {1000, 2000, 1500, CERTBIND_OK},
        {1000, 2000, 2000, CERTBIND_OK},
        {1000, 2000, 2001, CERTBIND_E_STATEMENT_EXPIRED},
        {1000, 2000, 700, CERTBIND_OK},
        {1000, 2000, 699, CERTBIND_E_STATEMENT_NOT_YET_VALID},
        {1000, 1000, 1000, CERTBIND_E_STATEMENT_LIFETIME},
        {1000, 999, 1000, CERTBIND_E_STATEMENT_LIFETIME},
        {1000, 87400, 1000, CERTBIND_OK},
        {1000, 87401, 1000, CERTBIND_E_STATEMENT_LIFETIME},
        {0, 9007199254740991, 1000, CERTBIND_E_STATEMENT_LIFETIME},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct certbind_statement s = {.issued_at = cases[i].issued_at,
                                       .not_after = cases[i].not_after};

        assert_int_equal(cases[i].expected, certbind_statement_check_dates(&s, cases[i].now, NULL));
    }
}

static void presented_key_must_be_current_and_for_the_name(void **state)
{
    static const uint8_t a[32] = {1};
    static const uint8_t b[32] = {2};
    static const uint8_t c[32] = {3};
    struct certbind_statement_key keys[] = {
        {.name = "one.test", .spki_sha256 = {1}, .state = CERTBIND_KEY_CURRENT},
        {.name = "two.test", .spki_sha256 = {2}, .state = CERTBIND_KEY_RETIRED},
        {.name = "two.test", .spki_sha256 = {1}, .state = CERTBIND_KEY_NEXT},
        {.name = "*", .spki_sha256 = {2}, .state = CERTBIND_KEY_NEXT}};
    struct certbind_statement s = {.tls_keys = keys, .tls_key_count = 4};

    (void)state;
    assert_int_equal(CERTBIND_OK, certbind_statement_check_tls_key(&s, a, "one.test", NULL));
    assert_int_equal(CERTBIND_E_TLS_KEY_NOT_CURRENT,
                     certbind_statement_check_tls_key(&s, a, "two.test", NULL));
    assert_int_equal(CERTBIND_E_TLS_KEY_OTHER_NAME,
                     certbind_statement_check_tls_key(&s, a, "three.test", NULL));
    assert_int_equal(CERTBIND_E_TLS_KEY_OTHER_NAME,
                     certbind_statement_check_tls_key(&s, a, "", NULL));
    assert_int_equal(CERTBIND_E_TLS_KEY_NOT_CURRENT,
                     certbind_statement_check_tls_key(&s, b, "one.test", NULL));
    assert_int_equal(CERTBIND_E_TLS_KEY_NOT_IN_STATEMENT,
                     certbind_statement_check_tls_key(&s, c, "one.test", NULL));
    /* Without SNI only `*` matches. */
    keys[3].state = CERTBIND_KEY_CURRENT;
    assert_int_equal(CERTBIND_OK, certbind_statement_check_tls_key(&s, b, "", NULL));
    assert_int_equal(CERTBIND_OK, certbind_statement_check_tls_key(&s, b, "any.test", NULL));
}

static void identity_is_compared_member_by_member(void **state)
{
    struct certbind_statement s = parsed(VECTOR_STATEMENT);
    struct certbind_identity id = {.has_instance_id = true};
    uint8_t *const members[] = {id.app_id, id.compose_hash, id.instance_id};

    (void)state;
    memcpy(id.app_id, s.app_id, sizeof id.app_id);
    memcpy(id.compose_hash, s.compose_hash, sizeof id.compose_hash);
    memcpy(id.instance_id, s.instance_id, sizeof id.instance_id);
    assert_int_equal(CERTBIND_OK, certbind_statement_check_identity(&s, &id, NULL));
    for (size_t i = 0; i < 3; i++) {
        members[i][19] ^= 1;
        assert_int_equal(CERTBIND_E_STATEMENT_IDENTITY,
                         certbind_statement_check_identity(&s, &id, NULL));
        members[i][19] ^= 1;
    }
    id.has_instance_id = false;
    assert_int_equal(CERTBIND_E_STATEMENT_IDENTITY,
                     certbind_statement_check_identity(&s, &id, NULL));
    certbind_statement_cleanup(&s);
}

static void encoding_gives_the_exact_bytes(void **state)
{
    struct certbind_statement s = parsed(VECTOR_STATEMENT);
    char *text;

    (void)state;
    assert_int_equal(CERTBIND_OK, certbind_statement_encode(&s, &text, NULL));
    assert_string_equal(VECTOR_STATEMENT, text);
    free(text);
    /* What verifiers would refuse is never handed out. */
    s.session_key[0] = 0;
    memset(s.session_key + 1, 0, 31);
    assert_int_equal(CERTBIND_E_SESSION_KEY_WEAK, certbind_statement_encode(&s, &text, NULL));
    assert_null(text);
    certbind_statement_cleanup(&s);
}

static void optional_members_survive_a_round_trip(void **state)
{
    struct certbind_statement s = parsed(VECTOR_STATEMENT);
    struct certbind_statement back;
    char *text;

    (void)state;
    s.has_receipt_key = true;
    s.receipt_key.path = "devproof/receipt/v1/default/1";
    s.receipt_key.purpose = "receipt";
    s.receipt_key.signature_chain[1][64] = 7;
    s.acme_account = "https://ca.test/acct/\xc3\xa9\"1";
    s.has_instance_id = false;
    assert_int_equal(CERTBIND_OK, certbind_statement_encode(&s, &text, NULL));
    back = parsed(text);
    assert_true(back.has_receipt_key);
    assert_false(back.has_instance_id);
    assert_int_equal(7, back.receipt_key.signature_chain[1][64]);
    assert_string_equal(s.acme_account, back.acme_account);
    free(text);
    certbind_statement_cleanup(&back);
    certbind_statement_cleanup(&s);
}

static void server_names_are_strict(void **state)
{
    static const char *const bad[] = {"", ".", "a.", ".a", "a..b", "a_b", "a b", "A", "a:1", "*"};
    char out[CERTBIND_SERVER_NAME_ROOM];
    char longest[256];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(certbind_server_name_ok(certbind_text(bad[i])));
    assert_true(certbind_server_name_ok(certbind_text("xn--bcher-kva.example")));
    assert_true(certbind_server_name_from_sni(certbind_text("GW.Example.TEST"), out));
    assert_string_equal("gw.example.test", out);
    assert_false(certbind_server_name_from_sni(certbind_bytes("a\0b", 3), out));
    assert_false(certbind_server_name_from_sni(certbind_text("a.\xc3\xa9"), out));
    memset(longest, 'a', sizeof longest);
    for (size_t i = 50; i < sizeof longest; i += 50)
        longest[i] = '.';
    assert_true(certbind_server_name_from_sni(certbind_bytes(longest, 253), out));
    assert_false(certbind_server_name_from_sni(certbind_bytes(longest, 254), out));
    assert_true(certbind_is_ip_address("127.0.0.1"));
    assert_true(certbind_is_ip_address("::1"));
    assert_false(certbind_is_ip_address("gw.example.test"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_are_judged_at_their_limits),
        cmocka_unit_test(presented_key_must_be_current_and_for_the_name),
        cmocka_unit_test(identity_is_compared_member_by_member),
        cmocka_unit_test(encoding_gives_the_exact_bytes),
        cmocka_unit_test(optional_members_survive_a_round_trip),
        cmocka_unit_test(server_names_are_strict),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
