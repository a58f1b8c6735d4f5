#include "certbind/batch_proof.h"

#include <stdlib.h>
#include <string.h>

#include "certbind/dcap/quote.h"
#include "certbind/json.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/fixture.h"

#define NODE "0d54737a44ecb8b3dc234cca5cf13d20ba3c60984db38eee78c8f6229878b5ea"
#define PROOF                                                                                      \
    "{\"quote\":\"0102\",\"event_log\":[],\"index\":1,\"size\":3,\"path\":[\"" NODE "\",\"" NODE   \
    "\"]}"

static certbind_status read_text(const char *text, struct certbind_batch_proof *out)
{
    static const struct certbind_json_rules rules = {
        1 << 20, CERTBIND_E_HTTP_SIZE, CERTBIND_E_EVIDENCE_JSON, CERTBIND_E_EVIDENCE_JSON, false};
    struct certbind_json json;
    certbind_status status = certbind_json_parse(certbind_text(text), &rules, &json, NULL);

    if (status == CERTBIND_OK)
        status = certbind_batch_proof_read(json.root, out, NULL);
    out->event_log = NULL; /* goes with the text */
    certbind_json_cleanup(&json);
    return status;
}

static void members_are_read_as_they_stand(void **state)
{
    struct certbind_batch_proof p;

    (void)state;
    assert_int_equal(CERTBIND_OK, read_text(PROOF, &p));
    assert_int_equal(2, p.quote.len);
    assert_int_equal(1, p.place.index);
    assert_int_equal(3, p.place.size);
    assert_int_equal(2, p.place.path_len);
    assert_hex_equal(NODE, p.place.path[1], 32);
    certbind_batch_proof_cleanup(&p);
}

static void what_is_written_reads_back(void **state)
{
    static const uint8_t quote[] = {1, 2};
    struct certbind_tree_proof place = {.index = 65535, .size = 65536, .path_len = 17};
    struct certbind_batch_proof p;
    char *members;
    char *text;

    (void)state;
    for (size_t i = 0; i < 17; i++)
        memset(place.path[i], (int)i, 32);
    members = certbind_batch_proof_encode(certbind_bytes(quote, 2), certbind_text("[]"), &place);
    assert_non_null(members);
    text = text_replace("{X}", "X", members);
    assert_int_equal(CERTBIND_OK, read_text(text, &p));
    assert_memory_equal(&place, &p.place, sizeof place);
    certbind_batch_proof_cleanup(&p);
    free(members);
    free(text);
    place.path_len = 18;
    assert_null(certbind_batch_proof_encode(certbind_bytes(quote, 2), certbind_text("[]"), &place));
}

static void each_malformed_member_has_its_code(void **state)
{
    static const struct {
        const char *from;
        const char *to;
        certbind_status expected;
    } cases[] = {
        {"\"0102\"", "\"010\"", CERTBIND_E_QUOTE_MALFORMED},
        {"\"0102\"", "\"0A02\"", CERTBIND_E_QUOTE_MALFORMED},
        {"\"0102\"", "102", CERTBIND_E_EVIDENCE_JSON},
        {"\"quote\"", "\"other\"", CERTBIND_E_EVIDENCE_JSON},
        {"\"event_log\"", "\"other\"", CERTBIND_E_EVIDENCE_JSON},
        {"\"index\"", "\"other\"", CERTBIND_E_SESSION_PATH},
        {"\"index\":1", "\"index\":-1", CERTBIND_E_SESSION_PATH},
        {"\"index\":1", "\"index\":1.0", CERTBIND_E_SESSION_PATH},
        {"\"index\":1", "\"index\":65536", CERTBIND_E_SESSION_PATH},
        {"\"index\":1", "\"index\":\"1\"", CERTBIND_E_SESSION_PATH},
        {"\"size\"", "\"other\"", CERTBIND_E_SESSION_PATH},
        {"\"size\":3", "\"size\":0", CERTBIND_E_SESSION_PATH},
        {"\"size\":3", "\"size\":65537", CERTBIND_E_SESSION_PATH},
        {"\"size\":3", "\"size\":null", CERTBIND_E_SESSION_PATH},
        {"\"path\"", "\"other\"", CERTBIND_E_SESSION_PATH},
        {"\"path\":[", "\"path\":[1,", CERTBIND_E_SESSION_PATH},
        {"\"path\":[", "\"path\":[null,", CERTBIND_E_SESSION_PATH},
        {"\"path\":[\"0d", "\"path\":[\"0D", CERTBIND_E_SESSION_PATH},
        {"\"path\":[\"0d", "\"path\":[\"", CERTBIND_E_SESSION_PATH},
        {"\"path\":[\"0d", "\"path\":[\"000d", CERTBIND_E_SESSION_PATH},
        {"\"path\":[", "\"path\":{\"a\":0},\"x\":[", CERTBIND_E_SESSION_PATH},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct certbind_batch_proof p;
        char *text = text_replace(PROOF, cases[i].from, cases[i].to);

        assert_int_equal(cases[i].expected, read_text(text, &p));
        assert_null(p.quote.data);
        free(text);
    }
}

static void sizes_have_their_limits(void **state)
{
    char *hex = malloc(2 * (CERTBIND_QUOTE_MAX_BYTES + 1) + 1);
    struct certbind_batch_proof p;
    char *nodes = malloc(18 * 68);
    char *text;

    (void)state;
    assert_non_null(hex);
    assert_non_null(nodes);
    memset(hex, '0', 2 * (CERTBIND_QUOTE_MAX_BYTES + 1));
    hex[2 * (CERTBIND_QUOTE_MAX_BYTES + 1)] = '\0';
    text = text_replace(PROOF, "0102", hex);
    assert_int_equal(CERTBIND_E_QUOTE_SIZE, read_text(text, &p));
    free(text);
    text = text_replace(PROOF, "0102", hex + 2);
    assert_int_equal(CERTBIND_OK, read_text(text, &p));
    certbind_batch_proof_cleanup(&p);
    free(text);
    for (size_t i = 0; i < 16; i++)
        memcpy(nodes + 67 * i, "\"" NODE "\",", 68);
    text = text_replace(PROOF, "\"path\":[\"0d", "\"path\":[X\"0d");
    free(hex);
    hex = text_replace(text, "X", nodes); /* 18 nodes */
    assert_int_equal(CERTBIND_E_SESSION_PATH, read_text(hex, &p));
    free(hex);
    hex = text_replace(text, "X", nodes + 67); /* 17 */
    assert_int_equal(CERTBIND_OK, read_text(hex, &p));
    certbind_batch_proof_cleanup(&p);
    free(hex);
    free(text);
    free(nodes);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_read_as_they_stand),
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(each_malformed_member_has_its_code),
        cmocka_unit_test(sizes_have_their_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
