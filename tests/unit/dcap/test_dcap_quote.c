/* Quote bytes: fields, limits and every contradiction. */
#include "certbind/dcap/quote.h"

#include <stdlib.h>
#include <string.h>

#include "certbind/hex.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/dcap_forge.h"
#include "tests/unit/dcap/fixture.h"

static void the_tdx_fields_are_where_the_specification_says(void **state)
{
    struct fixture f = fixture_read("dcap/tdx_quote");
    struct certbind_quote q;

    (void)state;
    assert_int_equal(CERTBIND_OK, certbind_quote_parse(fixture_bytes(&f), &q, NULL));
    assert_int_equal(4, q.version);
    assert_int_equal(CERTBIND_TEE_TDX, q.tee_type);
    assert_int_equal(CERTBIND_BODY_TD_1_0, q.body_type);
    assert_int_equal(4936, q.canonical.len);
    assert_int_equal(632, q.signed_range.len);
    assert_hex("889b7d6ff9df2405b240a830e73faf3d00000000", q.user_data, 20);
    assert_hex("06010300000000000000000000000000", q.td.tee_tcb_svn, 16);
    assert_hex(
        "5b38e33a6487958b72c3c12a938eaa5e3fd4510c51aeeab58c7d5ecee41d7c436489d6c8e4f92f160b7c"
        "ad34207b00c1",
        q.td.mr_seam, 48);
    assert_int_equal(0x10000000, q.td.td_attributes);
    assert_int_equal(0x602e7, q.td.xfam);
    assert_hex(
        "91eb2b44d141d4ece09f0c75c2c53d247a3c68edd7fafe8a3520c942a604a407de03ae6dc5f87f27428b"
        "2538873118b7",
        q.td.mrtd, 48);
    assert_hex(
        "44c0197b39157fdd7a4dcc44767f9d6b0bb3977c7a8e347b8492f827fe9d9e5c48aca29b220b80b6a540"
        "cf994b9bc9c0",
        q.td.rtmr[0], 48);
    assert_hex(
        "d833feef2cd945148aa38ead2c53e9b7f138190aaaebfc551dccd829fc207aa3ba80b70870d733073364"
        "2e01d48c3132",
        q.td.rtmr[2], 48);
    assert_true(certbind_is_zero(q.td.rtmr[3], 48));
    assert_hex(
        "9a9d48e7f6799642d3d1b34e1e5e1742d4bb02dd6ddd551862c1211d35c304f9eca3efdbb481601c163c"
        "f52493d6e44aed55d51ec39b7e518fadb92c2b523f20",
        certbind_quote_report_data(&q), 64);
    assert_int_equal(2, q.qe_report.isv_prod_id);
    assert_int_equal(6, q.qe_report.isv_svn);
    assert_int_equal(32, q.qe_auth_data.len);
    assert_int_equal(5, q.certification_type);
    assert_int_equal(3678, q.certification_data.len);
    fixture_free(&f);
}

static void the_sgx_fields_are_where_the_specification_says(void **state)
{
    struct fixture f = fixture_read("dcap/sgx_quote");
    struct certbind_quote q;

    (void)state;
    assert_int_equal(CERTBIND_OK, certbind_quote_parse(fixture_bytes(&f), &q, NULL));
    assert_int_equal(3, q.version);
    assert_int_equal(10, q.qe_svn);
    assert_int_equal(15, q.pce_svn);
    assert_int_equal(4600, q.canonical.len);
    assert_int_equal(432, q.signed_range.len);
    assert_hex("33d8736db756ed4997e04ba358d27833188f1932ff7b1d156904d3f560452fbb", q.sgx.mr_enclave,
               32);
    assert_hex("815f42f11cf64430c30bab7816ba596a1da0130c3b028b673133a66cf9a3e0e6", q.sgx.mr_signer,
               32);
    assert_hex("0500000000000000e700000000000000", q.sgx.attributes, 16);
    assert_memory_equal("Hello, world!\0", certbind_quote_report_data(&q), 14);
    assert_int_equal(1, q.qe_report.isv_prod_id);
    assert_int_equal(10, q.qe_report.isv_svn);
    fixture_free(&f);
}

/* A copy of exactly len bytes, so that a sanitizer sees a read past the end. */
static certbind_status parse_copy(const uint8_t *data, size_t len)
{
    uint8_t *copy = malloc(len + (len == 0));
    struct certbind_quote q;
    certbind_status status;

    assert_non_null(copy);
    memcpy(copy, data, len);
    status = certbind_quote_parse(certbind_bytes(copy, len), &q, NULL);
    if (status != CERTBIND_OK)
        assert_true(certbind_is_zero((const uint8_t *)&q, sizeof q));
    free(copy);
    return status;
}

static void every_truncation_is_refused(void **state)
{
    struct fixture tdx = fixture_read("dcap/tdx_quote");
    struct fixture sgx = fixture_read("dcap/sgx_quote");

    (void)state;
    for (size_t len = 0; len < 4936; len++)
        assert_int_equal(CERTBIND_E_QUOTE_TRUNCATED, parse_copy(tdx.data, len));
    for (size_t len = 4936; len <= tdx.len; len++)
        assert_int_equal(CERTBIND_OK, parse_copy(tdx.data, len));
    for (size_t len = 0; len < sgx.len; len++)
        assert_int_equal(CERTBIND_E_QUOTE_TRUNCATED, parse_copy(sgx.data, len));
    fixture_free(&tdx);
    fixture_free(&sgx);
}

struct bad_header {
    size_t at;
    const char *hex;
    certbind_status status;
};

static void headers_of_other_kinds_have_their_codes(void **state)
{
    static const struct bad_header tdx[] = {
        {0, "0300", CERTBIND_E_WRONG_TEE_TYPE},
        {0, "0500", CERTBIND_E_QUOTE_FORMAT_UNSUPPORTED},
        {0, "0600", CERTBIND_E_QUOTE_FORMAT_UNSUPPORTED},
        {0, "0200", CERTBIND_E_QUOTE_FORMAT_UNSUPPORTED},
        {0, "0000", CERTBIND_E_QUOTE_FORMAT_UNSUPPORTED},
        {0, "0401", CERTBIND_E_QUOTE_FORMAT_UNSUPPORTED},
        {2, "0300", CERTBIND_E_ATTESTATION_KEY_TYPE_UNSUPPORTED},
        {2, "0000", CERTBIND_E_ATTESTATION_KEY_TYPE_UNSUPPORTED},
        {4, "00000000", CERTBIND_E_WRONG_TEE_TYPE},
        {4, "81000001", CERTBIND_E_WRONG_TEE_TYPE},
        {12, "00", CERTBIND_E_QE_VENDOR_ID_MISMATCH},
        {764, "0500", CERTBIND_E_QUOTE_FORMAT_UNSUPPORTED},
        {1252, "0300", CERTBIND_E_QUOTE_FORMAT_UNSUPPORTED},
        {1252, "0600", CERTBIND_E_QUOTE_FORMAT_UNSUPPORTED},
        {5005, "01", CERTBIND_E_QUOTE_TRAILING_BYTES},
        {4936, "80", CERTBIND_E_QUOTE_TRAILING_BYTES},
    };

    (void)state;
    for (size_t i = 0; i < sizeof tdx / sizeof tdx[0]; i++) {
        struct fixture f = fixture_read("dcap/tdx_quote");
        struct certbind_bytes hex = certbind_text(tdx[i].hex);

        assert_true(certbind_hex_decode(hex, f.data + tdx[i].at, hex.len / 2));
        assert_int_equal(tdx[i].status, parse_copy(f.data, f.len));
        fixture_free(&f);
    }
}

static void an_sgx_body_with_a_tdx_header_is_refused(void **state)
{
    struct fixture f = fixture_read("dcap/sgx_quote");

    (void)state;
    f.data[4] = 0x81;
    assert_int_equal(CERTBIND_E_WRONG_TEE_TYPE, parse_copy(f.data, f.len));
    f.data[0] = 4;
    assert_int_not_equal(CERTBIND_OK, parse_copy(f.data, f.len));
    fixture_free(&f);
}

/* Offset and width of each size field, with what fits there. */
struct size_field {
    const char *path;
    size_t at;
    size_t width;
};

static void every_wrong_size_is_refused(void **state)
{
    static const struct size_field fields[] = {
        {"dcap/tdx_quote", 632, 4},  {"dcap/tdx_quote", 766, 4}, {"dcap/tdx_quote", 1218, 2},
        {"dcap/tdx_quote", 1254, 4}, {"dcap/sgx_quote", 432, 4}, {"dcap/sgx_quote", 1012, 2},
        {"dcap/sgx_quote", 1048, 4},
    };

    (void)state;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        struct fixture f = fixture_read(fields[i].path);
        uint8_t *at = f.data + fields[i].at;
        uint32_t good = (uint32_t)at[0] | (uint32_t)at[1] << 8;
        const uint32_t bad[] = {0, good - 1, good + 1, 0x7fffffff, 0xffffffff, 0x8000};

        for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++) {
            for (size_t b = 0; b < fields[i].width; b++)
                at[b] = (uint8_t)(bad[k] >> (8 * b));
            assert_int_not_equal(CERTBIND_OK, parse_copy(f.data, f.len));
        }
        fixture_free(&f);
    }
}

static void sizes_have_exact_limits(void **state)
{
    struct fixture f = fixture_read("dcap/tdx_quote");
    uint8_t *big = calloc(1, CERTBIND_QUOTE_MAX_BYTES + 1);

    (void)state;
    assert_non_null(big);
    memcpy(big, f.data, f.len);
    assert_int_equal(CERTBIND_OK, parse_copy(big, CERTBIND_QUOTE_MAX_BYTES));
    assert_int_equal(CERTBIND_E_QUOTE_SIZE, parse_copy(big, CERTBIND_QUOTE_MAX_BYTES + 1));
    free(big);
    fixture_free(&f);
}

static void authentication_data_has_an_exact_limit(void **state)
{
    struct forge f;

    (void)state;
    forge_init(&f);
    f.auth_len = CERTBIND_QUOTE_MAX_AUTH_BYTES;
    assert_int_equal(CERTBIND_OK, forge_verify(&f));
    f.auth_len = CERTBIND_QUOTE_MAX_AUTH_BYTES + 1;
    assert_int_equal(CERTBIND_E_QUOTE_SIZE, forge_verify(&f));
    forge_cleanup(&f);
}

static void other_real_quotes_parse(void **state)
{
    struct fixture all[] = {
        fixture_read_hex("dstack/simulator-0.5.3/quote.hex"),
        fixture_read("dstack/quotes/ra-tls-tdx_quote.bin"),
        fixture_read_json_hex("dstack/quotes/verifier-quote-report.json", "quote"),
        fixture_read_json_hex("dstack/quotes/tdx-lite-getquote.json", "quote"),
        fixture_read_json_hex("dstack/quotes/rtmr3-based-report.json", "quote"),
        fixture_read_json_hex("dstack/simulator-0.6/attestation.decoded.json", "quote"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        assert_int_equal(CERTBIND_OK, parse_copy(all[i].data, all[i].len));
        fixture_free(&all[i]);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tdx_fields_are_where_the_specification_says),
        cmocka_unit_test(the_sgx_fields_are_where_the_specification_says),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(headers_of_other_kinds_have_their_codes),
        cmocka_unit_test(an_sgx_body_with_a_tdx_header_is_refused),
        cmocka_unit_test(every_wrong_size_is_refused),
        cmocka_unit_test(sizes_have_exact_limits),
        cmocka_unit_test(authentication_data_has_an_exact_limit),
        cmocka_unit_test(other_real_quotes_parse),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
