#include "certbind/preimage.h"

#include <stdlib.h>
#include <string.h>

#include "certbind/hex.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/fixture.h"

static void statement_report_data_is_the_vector(void **state)
{
    uint8_t sha256[32];
    uint8_t out[64];

    (void)state;
    assert_int_equal(710, strlen(VECTOR_STATEMENT));
    assert_true(certbind_sha256(certbind_text(VECTOR_STATEMENT), sha256));
    assert_hex_equal(VECTOR_STATEMENT_SHA256, sha256, sizeof sha256);
    assert_true(certbind_binding_value(sha256, certbind_bytes(NULL, 0), out));
    assert_hex_equal("efb57cfe9228e0929a87a9a7e15cd9158e7a127fce7e694543feea7d83dda1f6"
                     "02ff20df3948a978b65b7be51630011908589b3d089f2cf74c89446a95aac5df",
                     out, sizeof out);
}

static void nonce_value_is_the_vector_and_takes_32_bytes_only(void **state)
{
    uint8_t sha256[32];
    uint8_t out[64];
    size_t len;
    uint8_t *nonce = fixture_unhex(VECTOR_NONCE VECTOR_NONCE, &len);

    (void)state;
    assert_true(certbind_hex_decode(certbind_text(VECTOR_STATEMENT_SHA256), sha256, 32));
    assert_true(certbind_binding_value(sha256, certbind_bytes(nonce, 32), out));
    assert_hex_equal("b61f915801ff4fe59e86ad9b0696492a8a240b4cde6a93de2283763b6a832eec"
                     "018947b6e4feb5d1ebbcf78cea93ffda197b22afb681909bee61f789ebb17358",
                     out, sizeof out);
    for (size_t n = 1; n <= 64; n++)
        if (n != 32)
            assert_false(certbind_binding_value(sha256, certbind_bytes(nonce, n), out));
    free(nonce);
}

static void batch_report_data_is_the_vector(void **state)
{
    uint8_t root[32];
    uint8_t out[64];

    (void)state;
    assert_true(certbind_hex_decode(
        certbind_text("0497d915db15a0ccdf0d6f8cce5423e4fe634304158b5250bdd641905887d34d"), root,
        sizeof root));
    assert_true(certbind_batch_report_data(root, 3, out));
    assert_hex_equal("19ed942f208236063d4fb79249fa921974c2225a343304468d3ca9a7dc022799"
                     "d8f6cf154288ba9e8fc6df4f4942b6e5bda39f8361623423dde84319b58bb872",
                     out, sizeof out);
    assert_false(certbind_batch_report_data(root, 0, out));
    assert_true(certbind_batch_report_data(root, 65536, out));
    assert_false(certbind_batch_report_data(root, 65537, out));
}

static void ratls_report_data_is_the_vector(void **state)
{
    uint8_t out[64];
    size_t len;
    uint8_t *spki = fixture_unhex(VECTOR_SPKI, &len);

    (void)state;
    assert_true(certbind_ratls_report_data(certbind_bytes(spki, len), out));
    assert_hex_equal("8bf9513e7e20627726e7283dae3b581494058996c16138326a933b56438e2dea"
                     "a400cca5c8028878093c1d96812f98d459de692a9a54a11ff0ec5c2bf5873b9a",
                     out, sizeof out);
    free(spki);
}

static void tagged_report_data_matches_the_platform(void **state)
{
    cJSON *vectors = fixture_json("dstack/vectors.json");
    const cJSON *v;
    int seen = 0;

    (void)state;
    cJSON_ArrayForEach(v, cJSON_GetObjectItem(vectors, "report_data"))
    {
        uint8_t out[64];
        size_t len;
        uint8_t *content;

        if (strcmp(cJSON_GetObjectItem(v, "hash")->valuestring, "sha512") != 0)
            continue;
        content = fixture_unhex(cJSON_GetObjectItem(v, "content")->valuestring, &len);
        assert_true(certbind_tagged_report_data(cJSON_GetObjectItem(v, "tag")->valuestring,
                                                certbind_bytes(content, len), out));
        assert_hex_equal(cJSON_GetObjectItem(v, "report_data")->valuestring, out, sizeof out);
        free(content);
        seen++;
    }
    assert_true(seen >= 2);
    cJSON_Delete(vectors);
}

static void fields_are_framed(void **state)
{
    const struct certbind_bytes ab_c[] = {certbind_text("ab"), certbind_text("c")};
    const struct certbind_bytes a_bc[] = {certbind_text("a"), certbind_text("bc")};
    const struct certbind_bytes nine[9] = {{0}};
    uint8_t one[64];
    uint8_t two[64];

    (void)state;
    assert_true(certbind_preimage("t", ab_c, 2, one));
    assert_true(certbind_preimage("t", a_bc, 2, two));
    assert_memory_not_equal(one, two, sizeof one);
    assert_false(certbind_preimage("t", nine, 9, one));
}

static void a_field_is_shorter_than_4_GiB(void **state)
{
    static const uint8_t octet;
    const struct certbind_bytes field = certbind_bytes(&octet, (size_t)UINT32_MAX + 1);
    uint8_t out[CERTBIND_REPORT_DATA_LEN];

    (void)state;
    assert_false(certbind_preimage("tag", &field, 1, out));
    assert_true(certbind_is_zero(out, sizeof out));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(statement_report_data_is_the_vector),
        cmocka_unit_test(nonce_value_is_the_vector_and_takes_32_bytes_only),
        cmocka_unit_test(batch_report_data_is_the_vector),
        cmocka_unit_test(ratls_report_data_is_the_vector),
        cmocka_unit_test(tagged_report_data_matches_the_platform),
        cmocka_unit_test(fields_are_framed),
        cmocka_unit_test(a_field_is_shorter_than_4_GiB),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
