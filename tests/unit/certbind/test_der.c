/* Strict DER, and each rule of a leaf certificate that OpenSSL's own parser does not have. */
#include "certbind/der.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certbind/leaf.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/der_text.h"

#define ALGORITHM "30{ 0608 2a8648ce3d040302 }"
#define KEY                                                                                        \
    "30{ 30{ 0607 2a8648ce3d0201 0608 2a8648ce3d030107 } 03{ 0004"                                 \
    "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"                             \
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5 } }"
#define USAGE "30{ 0603551d0f 0101ff 04{ 03020780 } }"
#define QUOTE "30{ 060a 2b0601040183e73d0101 04{ 04{ \"quote\" } } }"
#define LEAF                                                                                       \
    "30{ 30{ a003020102 02{05} " ALGORITHM "30{} 30{ 17{\"250101000000Z\"} "                       \
    "17{\"300101000000Z\"} } 30{}" KEY "a3{ 30{ " USAGE QUOTE " } } } " ALGORITHM                  \
    " 03{ 003003020101 } }"

static bool is_only(const char *text, uint8_t tag)
{
    struct certbind_bytes content;
    size_t len;
    uint8_t *der = der_text(text, &len);
    bool ok = certbind_der_only(certbind_bytes(der, len), tag, &content);

    free(der);
    return ok;
}

static bool is_strict(const char *text)
{
    size_t len;
    uint8_t *der = der_text(text, &len);
    bool ok = certbind_der_is_strict(certbind_bytes(der, len));

    free(der);
    return ok;
}

/* That many SEQUENCEs inside each other. */
static bool is_strict_nested(size_t depth)
{
    char text[200] = "";

    assert_true(5 * depth < sizeof text);
    for (size_t i = 0; i < depth; i++)
        memcpy(text + 3 * i, "30{", 3);
    memset(text + 3 * depth, '}', depth);
    return is_strict(text);
}

/* A SEQUENCE of 129 zeros whose length is written like this. */
static bool is_sequence_of_129(const char *length)
{
    char text[400];

    (void)snprintf(text, sizeof text, "30 %s %0258d", length, 0);
    return is_only(text, 0x30);
}

static void a_length_has_one_form(void **state)
{
    (void)state;
    assert_true(is_only("30{ 0500 }", 0x30));
    assert_false(is_only("30{ 0500 }", 0x31));
    assert_false(is_only("30{ 0500 } 00", 0x30));
    assert_false(is_only("1f{ 0500 }", 0x1f));
    assert_false(is_only("30", 0x30));
    assert_false(is_only("3080", 0x30));
    assert_false(is_only("3081", 0x30));
    assert_false(is_only("308105 0000000000", 0x30));
    assert_true(is_sequence_of_129("8181"));
    assert_false(is_sequence_of_129("820081"));
    assert_false(is_sequence_of_129("89010000000000000081"));
}

static void a_tree_is_strict(void **state)
{
    (void)state;
    assert_true(is_strict("30{ 0101ff 010100 }"));
    assert_false(is_strict("30{ 010101 }"));
    assert_false(is_strict("30{ 0102ffff }"));
    assert_false(is_strict("30{} 30{}"));
    /* The empty innermost one counts; what it would hold does not. */
    assert_true(is_strict_nested(CERTBIND_DER_MAX_DEPTH - 1));
    assert_false(is_strict_nested(CERTBIND_DER_MAX_DEPTH));
}

static certbind_status edited(const char *from, const char *to)
{
    struct certbind_leaf leaf;
    size_t len;
    uint8_t *der = der_text_edited(LEAF, from, to, &len);
    certbind_status status = certbind_leaf_parse(certbind_bytes(der, len), &leaf, NULL);

    certbind_leaf_cleanup(&leaf);
    free(der);
    return status;
}

static void a_leaf_is_strict(void **state)
{
    (void)state;
    assert_int_equal(CERTBIND_OK, edited("02{05}", "02{06}"));
    assert_int_equal(CERTBIND_E_CERT_DER, edited(LEAF, "30{}"));
    assert_int_equal(CERTBIND_E_CERT_DER, edited("a003020102", "a003020101"));
    assert_int_equal(CERTBIND_E_CERT_DER, edited("\"250101", "\"251301"));
    assert_int_equal(CERTBIND_E_CERT_DER, edited("\"300101", "\"301301"));
    assert_int_equal(CERTBIND_E_CERT_DER, edited("0101ff", "010101"));
    assert_int_equal(CERTBIND_E_CERT_EVIDENCE, edited("04{ 04{ \"quote\" } }", "04{ \"quote\" }"));
    assert_int_equal(CERTBIND_E_CERT_EVIDENCE, edited("{ \"quote\" } }", "{ \"quote\" } 00 }"));
}

static void a_leaf_has_limits(void **state)
{
    char *text = malloc(2 * CERTBIND_LEAF_MAX_BYTES);

    (void)state;
    assert_non_null(text);
    (void)snprintf(text, CERTBIND_LEAF_MAX_BYTES, "04{ 04{\"%*s\"} }",
                   CERTBIND_LEAF_MAX_BYTES - 1024, "");
    assert_int_equal(CERTBIND_OK, edited("04{ 04{ \"quote\" } }", text));
    (void)snprintf(text, CERTBIND_LEAF_MAX_BYTES + 64, "04{ 04{\"%*s\"} }", CERTBIND_LEAF_MAX_BYTES,
                   "");
    assert_int_equal(CERTBIND_E_CERT_DER, edited("04{ 04{ \"quote\" } }", text));
    text[0] = '\0';
    for (unsigned i = 0; i < CERTBIND_LEAF_MAX_EXTENSIONS - 1; i++)
        (void)snprintf(text + strlen(text), 32, "30{ 0603551d%02x 04{} }", 0x40 + i);
    assert_int_equal(CERTBIND_OK, edited(QUOTE, text));
    (void)snprintf(text + strlen(text), 32, "30{ 0603551d7f 04{} }");
    assert_int_equal(CERTBIND_E_CERT_DER, edited(QUOTE, text));
    free(text);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_length_has_one_form),
        cmocka_unit_test(a_tree_is_strict),
        cmocka_unit_test(a_leaf_is_strict),
        cmocka_unit_test(a_leaf_has_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
