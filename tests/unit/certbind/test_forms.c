/* Members of statements, replies and sessions that are of another form, one at a time. */
#include <stdlib.h>
#include <string.h>

#include "certbind/binding_reply.h"
#include "certbind/dcap/quote.h"
#include "certbind/session.h"
#include "certbind/statement.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/fixture.h"

#define HEX32 "0101010101010101010101010101010101010101010101010101010101010101"
#define SIGNATURE HEX32 HEX32 "00"
#define RECEIPT_KEY                                                                                \
    "{\"alg\":\"secp256k1\",\"pub\":\"02" HEX32                                                    \
    "\",\"path\":\"a\",\"purpose\":\"b\",\"signature_chain\":[\"" SIGNATURE "\",\"" SIGNATURE      \
    "\"]}"
#define REPLY                                                                                      \
    "{\"v\":1,\"statement\":\"AAAA\",\"quote\":\"00\",\"event_log\":[],\"vm_config\":\"\","        \
    "\"app_compose\":null,\"collateral\":null}"
#define SESSION                                                                                    \
    "{\"v\":1,\"statement_sha256\":\"" HEX32 "\",\"nonce\":\"" HEX32                               \
    "\",\"kind\":\"signature\",\"signature\":\"" HEX32 HEX32 "\"}"

static certbind_status statement(const char *text)
{
    struct certbind_statement s;
    certbind_status status = certbind_statement_parse(certbind_text(text), &s, NULL);

    certbind_statement_cleanup(&s);
    return status;
}

static certbind_status reply(const char *text)
{
    struct certbind_binding_reply r;
    certbind_status status = certbind_binding_reply_parse(certbind_text(text), &r, NULL);

    certbind_binding_reply_cleanup(&r);
    return status;
}

static certbind_status session(const char *text)
{
    struct certbind_session_reply r;

    return certbind_session_reply_parse(certbind_text(text), &r, NULL);
}

struct row {
    const char *from, *to;
    certbind_status status;
};

static void expect_all(certbind_status (*parse)(const char *), const char *text,
                       const struct row *rows, size_t count)
{
    assert_int_equal(CERTBIND_OK, parse(text));
    for (size_t i = 0; i < count; i++) {
        char *edited = text_replace(text, rows[i].from, rows[i].to);

        if (parse(edited) != rows[i].status)
            fail_msg("'%s' is not refused as such", rows[i].to);
        free(edited);
    }
}

static void members_of_a_statement(void **state)
{
    static const struct row rows[] = {
        {"\"gw.example.test\"", "1", CERTBIND_E_STATEMENT_SYNTAX},
        {"\"spki_sha256\":\"5c", "\"spki_sha256\":\"", CERTBIND_E_STATEMENT_SYNTAX},
        {"\"alg\":\"ed25519\"", "\"alg\":1", CERTBIND_E_STATEMENT_SYNTAX},
        {"\"pub\":\"d7", "\"pub\":\"", CERTBIND_E_STATEMENT_SYNTAX},
        {"\"name\":\"devproof-gateway\"", "\"name\":1", CERTBIND_E_STATEMENT_SYNTAX},
        {"\"version\":", "\"x\":", CERTBIND_E_STATEMENT_SYNTAX},
        {"\"revision\":", "\"x\":", CERTBIND_E_STATEMENT_SYNTAX},
    };

    (void)state;
    expect_all(statement, VECTOR_STATEMENT, rows, sizeof rows / sizeof rows[0]);
}

static void members_of_a_receipt_key(void **state)
{
    static const struct row rows[] = {
        {"\"alg\":\"secp256k1\"", "\"alg\":1", CERTBIND_E_STATEMENT_SYNTAX},
        {"\"alg\":\"secp256k1\"", "\"alg\":\"ed25519\"", CERTBIND_E_STATEMENT_SYNTAX},
        {"\"pub\":\"02", "\"pub\":\"", CERTBIND_E_STATEMENT_SYNTAX},
        {"\"path\":\"a\"", "\"path\":1", CERTBIND_E_STATEMENT_SYNTAX},
        {"\"purpose\":\"b\"", "\"purpose\":1", CERTBIND_E_STATEMENT_SYNTAX},
        {"\"signature_chain\":[\"" SIGNATURE "\",\"" SIGNATURE "\"]",
         "\"signature_chain\":{\"a\":\"" SIGNATURE "\",\"b\":\"" SIGNATURE "\"}",
         CERTBIND_E_STATEMENT_SYNTAX},
        {"[\"" SIGNATURE "\",", "[\"" SIGNATURE "\",\"\",", CERTBIND_E_STATEMENT_SYNTAX},
        {"[\"" SIGNATURE "\",", "[", CERTBIND_E_STATEMENT_SYNTAX},
        {"[\"" SIGNATURE "\",", "[\"" SIGNATURE "\",\"" SIGNATURE "\",",
         CERTBIND_E_STATEMENT_SYNTAX},
        {"[\"" SIGNATURE "\",", "[1,", CERTBIND_E_STATEMENT_SYNTAX},
        {"[\"01", "[\"", CERTBIND_E_STATEMENT_SYNTAX},
    };
    char *text =
        text_replace(VECTOR_STATEMENT, "\"v\":1,", "\"v\":1,\"receipt_key\":" RECEIPT_KEY ",");

    (void)state;
    expect_all(statement, text, rows, sizeof rows / sizeof rows[0]);
    free(text);
}

static void members_of_a_reply(void **state)
{
    static const struct row rows[] = {
        {"{\"v\"", "{\"v\":1,\"v\"", CERTBIND_E_EVIDENCE_JSON},
        {"\"statement\":\"AAAA\"", "\"statement\":1", CERTBIND_E_EVIDENCE_JSON},
        {"AAAA", "AAA!", CERTBIND_E_STATEMENT_ENCODING},
        {"\"quote\":\"00\"", "\"quote\":1", CERTBIND_E_EVIDENCE_JSON},
        {"\"00\"", "\"000\"", CERTBIND_E_QUOTE_MALFORMED},
        {"\"event_log\":[],", "", CERTBIND_E_EVIDENCE_JSON},
        {"\"vm_config\":\"\"", "\"vm_config\":null", CERTBIND_E_EVIDENCE_JSON},
        {"\"app_compose\":null", "\"app_compose\":1", CERTBIND_E_EVIDENCE_JSON},
        {"\"collateral\":null", "\"collateral\":\"\"", CERTBIND_E_EVIDENCE_JSON},
    };

    (void)state;
    expect_all(reply, REPLY, rows, sizeof rows / sizeof rows[0]);
}

/* The reply with count times that digit in front of a member's text. */
static certbind_status with_more(const char *member, char digit, size_t count)
{
    char *text = calloc(1, sizeof REPLY + count);
    const size_t at = (size_t)(strstr(REPLY, member) - REPLY) + strlen(member);
    certbind_status status;

    assert_non_null(text);
    memcpy(text, REPLY, at);
    memset(text + at, digit, count);
    memcpy(text + at + count, &REPLY[at], sizeof REPLY - at);
    status = reply(text);
    free(text);
    return status;
}

static void members_of_a_reply_have_a_greatest_size(void **state)
{
    enum { STATEMENT = CERTBIND_STATEMENT_MAX_BYTES, QUOTE = CERTBIND_QUOTE_MAX_BYTES };

    (void)state;
    assert_int_equal(CERTBIND_OK, with_more("\"statement\":\"", 'A', (STATEMENT / 3 - 1) * 4));
    assert_int_equal(CERTBIND_E_STATEMENT_SIZE,
                     with_more("\"statement\":\"", 'A', (STATEMENT / 3 + 1) * 4));
    assert_int_equal(CERTBIND_OK, with_more("\"quote\":\"", '0', 2 * (QUOTE - 1)));
    assert_int_equal(CERTBIND_E_QUOTE_SIZE, with_more("\"quote\":\"", '0', 2 * QUOTE));
}

static void a_reply_that_cannot_be_read_is_not_written(void **state)
{
    const struct certbind_binding_inputs inputs = {.statement = certbind_text("a"),
                                                   .quote = certbind_text("b"),
                                                   .event_log = certbind_text("[")};
    char *text;

    (void)state;
    assert_int_equal(CERTBIND_E_EVIDENCE_JSON, certbind_binding_reply_encode(&inputs, &text, NULL));
    assert_null(text);
}

static void members_of_a_session(void **state)
{
    static const struct row rows[] = {
        {"\"statement_sha256\":\"01", "\"statement_sha256\":\"", CERTBIND_E_EVIDENCE_JSON},
        {"\"nonce\":\"01", "\"nonce\":\"", CERTBIND_E_EVIDENCE_JSON},
        {"\"signature\":\"01", "\"signature\":\"", CERTBIND_E_EVIDENCE_JSON},
        {"\"kind\":\"signature\"", "\"kind\":1", CERTBIND_E_EVIDENCE_JSON},
    };

    (void)state;
    expect_all(session, SESSION, rows, sizeof rows / sizeof rows[0]);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_of_a_statement),
        cmocka_unit_test(members_of_a_receipt_key),
        cmocka_unit_test(members_of_a_reply),
        cmocka_unit_test(members_of_a_reply_have_a_greatest_size),
        cmocka_unit_test(a_reply_that_cannot_be_read_is_not_written),
        cmocka_unit_test(members_of_a_session),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
