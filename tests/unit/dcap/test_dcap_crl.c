/* Each rule of the parser of revocation lists alone: lists written element by element. */
#include "certbind/dcap/crl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/cmocka_all.h"
#include "tests/support/der_text.h"

#define ALGORITHM "30{ 0608 2a8648ce3d040302 }"
#define ISSUER "30{ 31{ 30{ 0603 550403 0c{\"issuer\"} } } }"
#define REASON "30{ 0603551d15 04{ 0a0101 } }"
#define ENTRY "30{ 0205 0102030405 17{\"250101000000Z\"} 30{ " REASON " } }"
#define NUMBER "30{ 0603551d14 04{ 020107 } }"
#define LIST                                                                                       \
    "30{ 30{ 020101 " ALGORITHM ISSUER " 17{\"250102000000Z\"} 17{\"250202000000Z\"} 30{ " ENTRY   \
    " } a0{ 30{ " NUMBER " } } } " ALGORITHM " 03{ 003003020101 } }"

struct row {
    const char *what, *from, *to;
};

static certbind_status parse(const uint8_t *der, size_t len, struct certbind_crl *crl)
{
    return certbind_crl_parse(certbind_bytes(der, len), CERTBIND_E_PCK_CRL_INVALID, crl, NULL);
}

static certbind_status edited(const char *from, const char *to)
{
    struct certbind_crl crl;
    size_t len;
    uint8_t *der = der_text_edited(LIST, from, to, &len);
    certbind_status status = parse(der, len, &crl);

    if (status == CERTBIND_OK)
        certbind_crl_cleanup(&crl);
    free(der);
    return status;
}

static void refuse_all(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (edited(rows[i].from, rows[i].to) != CERTBIND_E_PCK_CRL_INVALID)
            fail_msg("%s is not refused", rows[i].what);
}

static void a_list_is_read(void **state)
{
    static const uint8_t listed[] = {1, 2, 3, 4, 5};
    static const uint8_t other[] = {1, 2, 3, 4, 6};
    struct certbind_certificate cert = {.serial = {listed, sizeof listed}};
    struct certbind_crl crl;
    size_t len;
    uint8_t *der = der_text(LIST, &len);

    (void)state;
    assert_int_equal(CERTBIND_OK, parse(der, len, &crl));
    assert_int_equal(1, crl.number.len);
    assert_int_equal(7, crl.number.bytes[0]);
    assert_true(certbind_crl_lists(&crl, &cert));
    cert.serial = certbind_bytes(other, sizeof other);
    assert_false(certbind_crl_lists(&crl, &cert));
    certbind_crl_cleanup(&crl);
    free(der);
}

static void the_frame_is_strict(void **state)
{
    static const struct row rows[] = {
        {"a byte after the list", "003003020101 } }", "003003020101 } } 00"},
        {"an element after the signature", "003003020101 } }", "003003020101 } 0500 }"},
        {"an empty signature", "03{ 003003020101 }", "03{ 00 }"},
        {"unused bits in the signature", "03{ 003003020101 }", "03{ 013003020101 }"},
        {"another algorithm outside", "} } " ALGORITHM, "} } 30{ 0608 2a8648ce3d040303 }"},
        {"another algorithm inside", ALGORITHM ISSUER, "30{ 0608 2a8648ce3d040303 }" ISSUER},
        {"version 1", "020101 30", "020100 30"},
        {"no issuer", ISSUER, "31{}"},
        {"an unreadable first day", "\"250102000000Z\"", "\"251302000000Z\""},
        {"an unreadable last day", "\"250202000000Z\"", "\"251302000000Z\""},
        {"an end at second zero", "\"250202000000Z\"", "\"700101000000Z\""},
        {"no end", "17{\"250202000000Z\"}", ""},
    };

    (void)state;
    refuse_all(rows, sizeof rows / sizeof rows[0]);
}

static void entries_and_extensions_are_strict(void **state)
{
    static const struct row rows[] = {
        {"an entry that is no SEQUENCE", ENTRY, "0500"},
        {"a serial number with a needless zero", "0205 0102030405", "0202 0005"},
        {"an unreadable day of revocation", "\"250101000000Z\"", "\"251301000000Z\""},
        {"an element after an entry's extensions", REASON " }", REASON " } 0500"},
        {"an entry's extension without an OID", REASON, "30{ 020101 }"},
        {"an entry's critical extension", "0603551d15", "0603551d15 0101ff"},
        {"an entry of another issuer", "0603551d15", "0603551d1d"},
        {"an element after the extensions", NUMBER " } }", NUMBER " } } 0500"},
        {"an element after the list of extensions", NUMBER " }", NUMBER " } 0500"},
        {"an extension without an OID", NUMBER, "30{ 020101 }"},
        {"a critical extension", "0603551d14", "0603551d14 0101ff"},
        {"a list of differences", "0603551d14", "0603551d1b"},
        {"a list for some certificates", "0603551d14", "0603551d1c"},
        {"a number that stands twice", NUMBER, NUMBER NUMBER},
        {"an element after the number", "04{ 020107 }", "04{ 020107 0500 }"},
        {"a number with a needless zero", "04{ 020107 }", "04{ 02020007 }"},
        {"a negative number", "04{ 020107 }", "04{ 020187 }"},
        {"a number of 21 bytes", "04{ 020107 }",
         "04{ 02{ 010203040506070809101112131415161718192021 } }"},
    };

    (void)state;
    assert_int_equal(CERTBIND_OK, edited("30{ " ENTRY " }", ""));
    assert_int_equal(CERTBIND_OK, edited("a0{ 30{ " NUMBER " } }", ""));
    assert_int_equal(CERTBIND_OK, edited("0603551d14", "0603551d63"));
    refuse_all(rows, sizeof rows / sizeof rows[0]);
}

/* A list with a text of that length in an extension. */
static certbind_status with_text(size_t len)
{
    char *text = malloc(len + 64);
    certbind_status status;

    assert_non_null(text);
    (void)snprintf(text, len + 64, "30{ 0603551d63 04{\"%*s\"} }", (int)len, "");
    status = edited(NUMBER, text);
    free(text);
    return status;
}

static void the_size_is_limited(void **state)
{
    enum { MAX_BYTES = 512 * 1024 };
    struct certbind_crl crl;

    (void)state;
    assert_int_equal(CERTBIND_E_PCK_CRL_INVALID, parse(NULL, 0, &crl));
    assert_int_equal(CERTBIND_OK, with_text(MAX_BYTES - 1024));
    assert_int_equal(CERTBIND_E_PCK_CRL_INVALID, with_text(MAX_BYTES));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_is_read),
        cmocka_unit_test(the_frame_is_strict),
        cmocka_unit_test(entries_and_extensions_are_strict),
        cmocka_unit_test(the_size_is_limited),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
