/* The SGX extension of PCK certificates, DER and PEM. */
#include "certbind/dcap/sgx_extension.h"

#include <stdlib.h>
#include <string.h>

#include "certbind/dcap/pck_chain.h"
#include "certbind/hex.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/dcap_forge.h"
#include "tests/unit/dcap/fixture.h"

static void read_recorded(const char *path, struct certbind_pck_extension *out)
{
    struct fixture f = fixture_read(path);
    struct certbind_pck_chain chain;
    struct certbind_quote q;

    assert_int_equal(CERTBIND_OK, certbind_quote_parse(fixture_bytes(&f), &q, NULL));
    assert_int_equal(CERTBIND_OK, certbind_pck_chain_split(&q, &chain, NULL));
    assert_int_equal(CERTBIND_OK, certbind_pck_chain_read_leaf(&chain, NULL));
    assert_int_equal(CERTBIND_OK, certbind_pck_chain_read_extension(&chain, NULL));
    *out = chain.extension;
    certbind_pck_chain_cleanup(&chain);
    fixture_free(&f);
}

static void a_platform_certificate_says_all(void **state)
{
    struct certbind_pck_extension x;

    (void)state;
    read_recorded("dcap/tdx_quote", &x);
    assert_hex("811dca2a26b952e85bb6448b097ba4fd", x.ppid, 16);
    assert_hex("03030202040100050000000000000000", x.component_svn, 16);
    assert_int_equal(11, x.pce_svn);
    assert_hex("0000", x.pceid, 2);
    assert_hex("b0c06f000000", x.fmspc, 6);
    assert_int_equal(CERTBIND_SGX_SCALABLE, x.sgx_type);
    assert_true(x.has_platform_instance_id);
    assert_hex("07828474603e7019dc930775ffe8cdd2", x.platform_instance_id, 16);
    assert_true(x.has_configuration && x.dynamic_platform && x.cached_keys && x.smt_enabled);
}

static void a_processor_certificate_says_less(void **state)
{
    struct certbind_pck_extension x;

    (void)state;
    read_recorded("dcap/sgx_quote", &x);
    assert_hex("0b0b0202ff0100000000000000000000", x.component_svn, 16);
    assert_int_equal(13, x.pce_svn);
    assert_hex("00a067110000", x.fmspc, 6);
    assert_int_equal(CERTBIND_SGX_STANDARD, x.sgx_type);
    assert_false(x.has_platform_instance_id);
    assert_false(x.has_configuration);
}

static certbind_status parse_copy(const uint8_t *der, size_t len)
{
    struct certbind_pck_extension x;
    uint8_t *copy = malloc(len + (len == 0));
    certbind_status status;

    assert_non_null(copy);
    memcpy(copy, der, len);
    status = certbind_pck_extension_parse(certbind_bytes(copy, len), &x, NULL);
    free(copy);
    return status;
}

static void truncation_and_trailing_bytes_are_refused(void **state)
{
    struct forge f;
    size_t len;
    uint8_t *der;

    (void)state;
    forge_init(&f);
    der = forge_sgx_extension(&f, &len);
    assert_int_equal(CERTBIND_OK, parse_copy(der, len));
    for (size_t n = 0; n < len; n++)
        assert_int_equal(CERTBIND_E_PCK_EXTENSION_INVALID, parse_copy(der, n));
    der[len] = 0; /* the forge leaves room for one byte */
    assert_int_equal(CERTBIND_E_PCK_EXTENSION_INVALID, parse_copy(der, len + 1));
    free(der);
    forge_cleanup(&f);
}

/* Turn the first occurrence of a byte string; both have the same length. */
static certbind_status with_change(const char *from, const char *to)
{
    struct fixture a = {calloc(1, 64), strlen(from) / 2};
    struct fixture b = {calloc(1, 64), strlen(to) / 2};
    certbind_status status = CERTBIND_NOT_CHECKED;
    struct forge f;
    size_t len;
    uint8_t *der;

    forge_init(&f);
    f.pce_svn = 0x0180;
    der = forge_sgx_extension(&f, &len);
    assert_true(certbind_hex_decode(certbind_text(from), a.data, a.len));
    assert_true(certbind_hex_decode(certbind_text(to), b.data, b.len));
    assert_int_equal(a.len, b.len);
    for (size_t i = 0; i + a.len <= len && status == CERTBIND_NOT_CHECKED; i++)
        if (memcmp(der + i, a.data, a.len) == 0) {
            memcpy(der + i, b.data, b.len);
            status = parse_copy(der, len);
        }
    free(der);
    fixture_free(&a);
    fixture_free(&b);
    forge_cleanup(&f);
    return status;
}

static void wrong_members_are_refused(void **state)
{
    static const struct {
        const char *what, *from, *to;
    } rows[] = {
        {"a second PPID instead of the PCEID", "010d01030402", "010d01010402"},
        {"no FMSPC", "010d01040406", "010d01080406"},
        {"an unknown SGX type", "010d01050a0101", "010d01050a0103"},
        {"the SGX type as an integer", "010d01050a0101", "010d0105020101"},
        {"a negative component", "010d010201020102", "010d010201020182"},
        {"a component given twice", "010d010202020102", "010d010201020102"},
        {"a PCESVN in a longer form than needed", "010d01021102020180", "010d0102110202007f"},
        {"a negative PCESVN", "010d01021102020180", "010d01021102028180"},
        {"a BOOLEAN that is neither", "010d0107010101ff", "010d010701010101"},
        {"the PPID as a BIT STRING", "010d01010410", "010d01010310"},
    };

    (void)state;
    assert_int_equal(CERTBIND_OK, with_change("010d01010410", "010d01010410"));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (with_change(rows[i].from, rows[i].to) != CERTBIND_E_PCK_EXTENSION_INVALID)
            fail_msg("%s is not refused as such", rows[i].what);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_platform_certificate_says_all),
        cmocka_unit_test(a_processor_certificate_says_less),
        cmocka_unit_test(truncation_and_trailing_bytes_are_refused),
        cmocka_unit_test(wrong_members_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
