#include "gateway/evidence/endpoint.h"

#include <string.h>

#include "tests/support/cmocka_all.h"

#define NONCE "deadbeefcafebabe01020304050607081020304050607080aabbccddeeff0011"

static struct gateway_endpoint_request ask(const char *name, const char *method, const char *query)
{
    struct gateway_endpoint_request out;

    gateway_endpoint_read(name, gw_str(method), gw_str(query), &out);
    return out;
}

static void an_endpoint_takes_its_own_queries(void **state)
{
    static const struct {
        const char *name, *query;
        enum gateway_endpoint endpoint;
    } rows[] = {
        {"binding", "", GATEWAY_ENDPOINT_BINDING},
        {"binding", "?", GATEWAY_ENDPOINT_BINDING},
        {"config", "", GATEWAY_ENDPOINT_CONFIG},
        {"binding", "?nonce=" NONCE, GATEWAY_ENDPOINT_BINDING_NONCE},
        {"session", "?nonce=" NONCE, GATEWAY_ENDPOINT_SESSION},
        {"session", "?nonce=" NONCE "&assurance=quote", GATEWAY_ENDPOINT_SESSION_QUOTE},
        {"session", "?assurance=quote&nonce=" NONCE, GATEWAY_ENDPOINT_SESSION_QUOTE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(rows[i].endpoint, ask(rows[i].name, "GET", rows[i].query).endpoint);
        assert_int_equal(rows[i].endpoint, ask(rows[i].name, "HEAD", rows[i].query).endpoint);
    }
    assert_int_equal(0xde, ask("session", "GET", "?nonce=" NONCE).nonce[0]);
}

static void what_is_wrong_has_one_code(void **state)
{
    static const struct {
        const char *name, *method, *query, *code;
        unsigned status;
    } rows[] = {
        {"", "GET", "", "not-found", 404},
        {"other", "POST", "", "not-found", 404},
        {"other", "OPTIONS", "", "not-found", 404},
        {"binding", "POST", "?x=1", "method-not-allowed", 405},
        {"binding", "get", "", "method-not-allowed", 405},
        {"binding", "GET", "?assurance=quote", "bad-query", 400},
        {"binding", "GET", "?nonce=" NONCE "&assurance=quote", "bad-query", 400},
        {"binding", "GET", "?nonce=" NONCE "&nonce=" NONCE, "bad-query", 400},
        {"binding", "GET", "?nonce=", "bad-nonce", 400},
        {"session", "GET", "", "bad-nonce", 400},
        {"session", "GET", "?", "bad-nonce", 400},
        {"session", "GET", "?assurance=quote", "bad-nonce", 400},
        {"session", "GET", "?assurance=quote&nonce=" NONCE "&assurance=quote", "bad-query", 400},
        {"session", "GET", "?assurance=Quote&nonce=" NONCE, "bad-query", 400},
        {"session", "GET", "?assurance=quot", "bad-query", 400},
        {"session", "GET", "?nonce=" NONCE "0", "bad-nonce", 400},
        {"session", "GET", "?nonce=" NONCE "&", "bad-query", 400},
        {"session", "GET", "?&nonce=" NONCE, "bad-query", 400},
        {"session", "GET", "?nonce=" NONCE "&&assurance=quote", "bad-query", 400},
        {"session", "GET", "?nonce=" NONCE "&nonce=" NONCE, "bad-query", 400},
        {"session", "GET", "?Nonce=" NONCE, "bad-query", 400},
        {"session", "GET", "?nonce", "bad-query", 400},
        {"session", "GET", "?=" NONCE, "bad-query", 400},
        {"config", "GET", "?nonce=" NONCE, "bad-query", 400},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct gateway_endpoint_request r = ask(rows[i].name, rows[i].method, rows[i].query);

        assert_int_equal(GATEWAY_ENDPOINT_REFUSED, r.endpoint);
        assert_int_equal(rows[i].status, r.status);
        assert_string_equal(rows[i].code, r.code);
    }
}

static void options_is_answered_whatever_the_query(void **state)
{
    (void)state;
    assert_int_equal(GATEWAY_ENDPOINT_OPTIONS, ask("session", "OPTIONS", "?x").endpoint);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_endpoint_takes_its_own_queries),
        cmocka_unit_test(what_is_wrong_has_one_code),
        cmocka_unit_test(options_is_answered_whatever_the_query),
    };

    return cmocka_run_group_tests_name("endpoint", tests, NULL, NULL);
}
