/* Each rule of the certificate parser alone: certificates written element by element. */
#include "certbind/dcap/certificate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/cmocka_all.h"
#include "tests/support/der_text.h"

#define ALGORITHM "30{ 0608 2a8648ce3d040302 }"
#define NAME(text) "30{ 31{ 30{ 0603 550403 0c{\"" text "\"} } } }"
#define KEY                                                                                        \
    "30{ 30{ 0607 2a8648ce3d0201 0608 2a8648ce3d030107 } 03{ 0004"                                 \
    "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"                             \
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5 } }"
#define CONSTRAINTS "30{ 0603551d13 0101ff 04{ 30{ 0101ff 020101 } } }"
#define USAGE "30{ 0603551d0f 0101ff 04{ 03{ 0106 } } }"
#define CERTIFICATE                                                                                \
    "30{ 30{ a003020102 02{05} " ALGORITHM NAME(                                                   \
        "issuer") "30{ 17{\"250101000000Z\"} 17{\"300101000000Z\"} }" NAME("subject") KEY          \
        "a3{ 30{ " CONSTRAINTS USAGE " } } } " ALGORITHM " 03{ 003003020101 } }"

struct row {
    const char *what, *from, *to;
};

static certbind_status parse(const uint8_t *der, size_t len)
{
    struct certbind_certificate cert;
    certbind_status status =
        certbind_certificate_parse(certbind_bytes(der, len), CERTBIND_E_ROOT_INVALID, &cert, NULL);

    if (status == CERTBIND_OK)
        certbind_certificate_cleanup(&cert);
    return status;
}

static certbind_status edited(const char *from, const char *to)
{
    size_t len;
    uint8_t *der = der_text_edited(CERTIFICATE, from, to, &len);
    certbind_status status = parse(der, len);

    free(der);
    return status;
}

static void refuse_all(const struct row *rows, size_t count)
{
    assert_int_equal(CERTBIND_OK, edited("02{05}", "02{06}"));
    for (size_t i = 0; i < count; i++)
        if (edited(rows[i].from, rows[i].to) != CERTBIND_E_ROOT_INVALID)
            fail_msg("%s is not refused", rows[i].what);
}

static void the_frame_is_strict(void **state)
{
    static const struct row rows[] = {
        {"a byte after the certificate", "003003020101 } }", "003003020101 } } 00"},
        {"an element after the signature", "003003020101 } }", "003003020101 } 0500 }"},
        {"an empty signature", "03{ 003003020101 }", "03{ 00 }"},
        {"unused bits in the signature", "03{ 003003020101 }", "03{ 013003020101 }"},
        {"another algorithm outside", "} } " ALGORITHM, "} } 30{ 0608 2a8648ce3d040303 }"},
        {"another algorithm inside", ALGORITHM NAME("issuer"),
         "30{ 0608 2a8648ce3d040303 }" NAME("issuer")},
        {"version 2", "a003020102", "a003020101"},
        {"a serial number with a needless zero", "02{05}", "02{0005}"},
        {"a serial number with a needless sign", "02{05}", "02{ff85}"},
        {"a serial number of 22 bytes", "02{05}",
         "02{01020304050607080910111213141516171819202122}"},
        {"an empty serial number", "02{05}", "02{}"},
        {"a length in a longer form", "02{05}", "02810105"},
        {"a tag above 30", "02{05}", "1f{05}"},
        {"an unreadable first day", "\"250101000000Z\"", "\"251301000000Z\""},
        {"an unreadable last day", "\"300101000000Z\"", "\"301301000000Z\""},
        {"a date of another type", "17{\"250101000000Z\"}", "04{\"20250101000000Z\"}"},
        {"an unreadable long date", "17{\"250101000000Z\"}", "18{\"20251301000000Z\"}"},
        {"a third date", "17{\"300101000000Z\"}", "17{\"300101000000Z\"} 0500"},
        {"a key on another curve", "2a8648ce3d030107", "2a8648ce3d030106"},
        {"a point that is not on the curve", "bf51f5", "bf51f6"},
    };

    (void)state;
    refuse_all(rows, sizeof rows / sizeof rows[0]);
}

static void extensions_are_strict(void **state)
{
    static const struct row rows[] = {
        {"an element after the extensions", USAGE " } }", USAGE " } } 0500"},
        {"an element after the list", USAGE " }", USAGE " } 0500"},
        {"an extension without an OID", USAGE, "30{ 020101 }"},
        {"an element after an extension's value", "020101 } } }", "020101 } } 0500 }"},
        {"a flag that says FALSE", "0603551d0f 0101ff", "0603551d0f 010100"},
        {"a flag of two bytes", "0603551d0f 0101ff", "0603551d0f 0102ffff"},
        {"an extension that stands twice", USAGE, USAGE USAGE},
        {"an unknown critical extension", USAGE, "30{ 0603551d63 0101ff 04{} }"},
        {"an element after the constraints", "020101 } }", "020101 } 0500 }"},
        {"a CA flag that says FALSE", "30{ 0101ff 020101 }", "30{ 010100 020101 }"},
        {"a CA flag of two bytes", "30{ 0101ff 020101 }", "30{ 0102ffff 020101 }"},
        {"a path length of two bytes", "0101ff 020101 }", "0101ff 02020101 }"},
        {"a negative path length", "0101ff 020101 }", "0101ff 0201ff }"},
        {"an element after the path length", "0101ff 020101 }", "0101ff 020101 0500 }"},
        {"an element after the usage", "03{ 0106 }", "03{ 0106 } 0500"},
        {"a usage without bits", "03{ 0106 }", "03{ 00 }"},
        {"a usage of three bytes", "03{ 0106 }", "03{ 00060000 }"},
        {"a usage with eight unused bits", "03{ 0106 }", "03{ 0806 }"},
        {"a usage that allows nothing", "03{ 0106 }", "03{ 0000 }"},
    };

    (void)state;
    refuse_all(rows, sizeof rows / sizeof rows[0]);
}

/* A certificate with filler instead of its first extension. */
static certbind_status with_filler(const char *filler)
{
    return edited(CONSTRAINTS, filler);
}

static void size_and_number_are_limited(void **state)
{
    enum { MAX_EXTENSIONS = 32, MAX_BYTES = 16 * 1024 };
    char text[2 * MAX_BYTES + 64] = "";

    (void)state;
    for (unsigned i = 0; i < MAX_EXTENSIONS - 1; i++)
        (void)snprintf(text + strlen(text), 32, "30{ 0603551d%02x 04{} }", 0x40 + i);
    assert_int_equal(CERTBIND_OK, with_filler(text));
    strncat(text, "30{ 0603551d7f 04{} }", 32);
    assert_int_equal(CERTBIND_E_ROOT_INVALID, with_filler(text));
    assert_int_equal(CERTBIND_E_ROOT_INVALID, parse(NULL, 0));
    (void)snprintf(text, sizeof text, "30{ 0603551d40 04{\"%*s\"} }", MAX_BYTES - 400, "");
    assert_int_equal(CERTBIND_OK, with_filler(text));
    (void)snprintf(text, sizeof text, "30{ 0603551d40 04{\"%*s\"} }", MAX_BYTES, "");
    assert_int_equal(CERTBIND_E_ROOT_INVALID, with_filler(text));
}

static bool common_name(const char *from, const char *to, size_t size)
{
    char out[32];
    size_t len;
    uint8_t *der = der_text_edited(NAME("subject"), from, to, &len);
    bool ok = certbind_common_name(certbind_bytes(der, len), out, size);

    assert_true(ok || out[0] == '\0');
    free(der);
    return ok;
}

static void a_common_name_is_one_plain_text(void **state)
{
    static const struct row rows[] = {
        {"a byte after the name", "\"} } } }", "\"} } } } 00"},
        {"an element after the value", "\"subject\"}", "\"subject\"} 0500"},
        {"an attribute without an OID", "0603 550403", "0203 550403"},
        {"an attribute that is no SEQUENCE", "31{ 30{", "31{ 31{"},
        {"another kind of text", "0c{\"subject\"}", "14{\"subject\"}"},
        {"an empty one before another", "31{", "31{ 30{ 0603550403 0c{} } } 31{"},
        {"two attributes in one set", "\"subject\"} }", "\"subject\"} } 30{ 0603550406 0c{} }"},
        {"two common names", "31{", "31{ 30{ 0603550403 0c{\"a\"} } } 31{"},
        {"no common name", "0603 550403", "0603 550406"},
        {"a control character", "\"subject\"", "01"},
        {"a character above ASCII", "\"subject\"", "7f"},
    };

    (void)state;
    assert_true(common_name("subject", "subject", 8));
    assert_false(common_name("subject", "subject", 7));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (common_name(rows[i].from, rows[i].to, 32))
            fail_msg("%s is not refused", rows[i].what);
}

static void a_holder_is_a_name_and_a_key(void **state)
{
    static const uint8_t x[] = {1, 2};
    const struct certbind_certificate a = {.subject = {x, 1}, .point = {x, 1}};
    const struct certbind_certificate renamed = {.subject = {x + 1, 1}, .point = {x, 1}};
    const struct certbind_certificate rekeyed = {.subject = {x, 1}, .point = {x + 1, 1}};

    (void)state;
    assert_true(certbind_certificate_same_holder(&a, &a));
    assert_false(certbind_certificate_same_holder(&a, &renamed));
    assert_false(certbind_certificate_same_holder(&a, &rekeyed));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_frame_is_strict),
        cmocka_unit_test(extensions_are_strict),
        cmocka_unit_test(size_and_number_are_limited),
        cmocka_unit_test(a_common_name_is_one_plain_text),
        cmocka_unit_test(a_holder_is_a_name_and_a_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
