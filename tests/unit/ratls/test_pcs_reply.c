/* Header lines and bodies of collateral services: what is taken, and the limits. */
#include <stdlib.h>
#include <string.h>

#include "ra-tls/pcs_reply.h"
#include "tests/support/cmocka_all.h"

static bool header(struct ratls_pcs_reply *reply, const char *line)
{
    return ratls_pcs_reply_header(reply, line, strlen(line));
}

static void every_name_of_an_issuer_chain_is_known(void **state)
{
    static const char *const lines[] = {
        "SGX-PCK-CRL-Issuer-Chain: chain\r\n",    "TCB-Info-Issuer-Chain:chain\r\n",
        "sgx-tcb-info-issuer-chain:  chain \r\n", "SGX-Enclave-Identity-Issuer-Chain: chain\n",
        "SGX-TCB-INFO-ISSUER-CHAIN:\tchain",
    };

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct ratls_pcs_reply reply = {.len = 0};

        assert_true(header(&reply, "HTTP/1.1 200 OK\r\n"));
        assert_true(header(&reply, "Content-Type: application/json\r\n"));
        assert_true(header(&reply, lines[i]));
        assert_int_equal(5, reply.chain_len);
        assert_string_equal("chain", reply.issuer_chain);
        ratls_pcs_reply_cleanup(&reply);
    }
}

static void other_headers_are_not(void **state)
{
    static const char *const lines[] = {
        "-issuer-chain: x\r\n",
        "issuer-chain: x\r\n",
        "X: TCB-Info-Issuer-Chain: x\r\n",
        "TCB-Info-Issuer-Chain\r\n",
        "TCB-Info-Issuer-Chain : x\r\n",
        "\r\n",
        "",
        ":",
        ":x",
    };
    struct ratls_pcs_reply reply = {.len = 0};

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        assert_true(header(&reply, lines[i]));
    assert_null(reply.issuer_chain);
    ratls_pcs_reply_cleanup(&reply);
}

static void a_second_chain_is_ambiguous(void **state)
{
    struct ratls_pcs_reply reply = {.len = 0};

    (void)state;
    assert_true(header(&reply, "TCB-Info-Issuer-Chain: a\r\n"));
    assert_false(header(&reply, "SGX-TCB-Info-Issuer-Chain: b\r\n"));
    assert_string_equal("a", reply.issuer_chain);
    ratls_pcs_reply_cleanup(&reply);
}

static void lengths_and_counts_are_bounded(void **state)
{
    static const char name[] = "TCB-Info-Issuer-Chain: ";
    struct ratls_pcs_reply reply = {.len = 0};
    const size_t room = sizeof name + RATLS_PCS_MAX_BODY + 1;
    char *data = malloc(room);

    (void)state;
    assert_non_null(data);
    memset(data, 'x', room);
    assert_true(ratls_pcs_reply_body(&reply, data, RATLS_PCS_MAX_BODY - 1));
    assert_true(ratls_pcs_reply_body(&reply, data, 1));
    assert_false(ratls_pcs_reply_body(&reply, data, 1));
    assert_int_equal(RATLS_PCS_MAX_BODY, reply.len);
    memcpy(data, name, sizeof name - 1);
    assert_false(ratls_pcs_reply_header(&reply, data, sizeof name - 1 + RATLS_PCS_MAX_CHAIN + 1));
    assert_true(ratls_pcs_reply_header(&reply, data, sizeof name - 1 + RATLS_PCS_MAX_CHAIN));
    while (reply.headers < RATLS_PCS_MAX_HEADERS)
        assert_true(header(&reply, "a: b\r\n"));
    assert_false(header(&reply, "a: b\r\n"));
    ratls_pcs_reply_cleanup(&reply);
    free(data);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_of_an_issuer_chain_is_known),
        cmocka_unit_test(other_headers_are_not),
        cmocka_unit_test(a_second_chain_is_ambiguous),
        cmocka_unit_test(lengths_and_counts_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
