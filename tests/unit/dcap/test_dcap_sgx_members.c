/* Each rule of the SGX extension alone: extensions written member by member. */
#include "certbind/dcap/sgx_extension.h"

#include <stdlib.h>

#include "tests/support/cmocka_all.h"
#include "tests/support/der_text.h"

#define OID(arc) "06{ 2a864886f84d010d01" arc " }"
#define MEMBER(arc, value) "30{ " OID(arc) value " } "
#define OCTETS_16 "000102030405060708090a0b0c0d0e0f"
#define PPID MEMBER("01", "04{ " OCTETS_16 " }")
#define SVN(arc) MEMBER("02" arc, "020101")
#define COMPONENTS                                                                                 \
    SVN("01")                                                                                      \
    SVN("02")                                                                                      \
    SVN("03")                                                                                      \
    SVN("04")                                                                                      \
    SVN("05")                                                                                      \
    SVN("06")                                                                                      \
    SVN("07")                                                                                      \
    SVN("08") SVN("09") SVN("0a") SVN("0b") SVN("0c") SVN("0d") SVN("0e") SVN("0f") SVN("10")
#define PCE_SVN MEMBER("0211", "02020b0b")
#define CPU_SVN MEMBER("0212", "04{ " OCTETS_16 " }")
#define TCB MEMBER("02", "30{ " COMPONENTS PCE_SVN CPU_SVN " }")
#define PCEID MEMBER("03", "04020000")
#define FMSPC MEMBER("04", "0406b0c06f000000")
#define TYPE MEMBER("05", "0a0101")
#define INSTANCE MEMBER("06", "04{ " OCTETS_16 " }")
#define DYNAMIC MEMBER("0701", "0101ff")
#define CACHED MEMBER("0702", "010100")
#define SMT MEMBER("0703", "0101ff")
#define CONFIGURATION MEMBER("07", "30{ " DYNAMIC CACHED SMT " }")
#define UNKNOWN "30{ 0603 550403 0500 } "
#define EXTENSION "30{ " PPID TCB PCEID FMSPC TYPE INSTANCE CONFIGURATION " }"

static certbind_status edited(const char *from, const char *to)
{
    struct certbind_pck_extension x;
    size_t len;
    uint8_t *der = der_text_edited(EXTENSION, from, to, &len);
    certbind_status status = certbind_pck_extension_parse(certbind_bytes(der, len), &x, NULL);

    free(der);
    return status;
}

struct row {
    const char *what, *from, *to;
};

static void refuse_all(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (edited(rows[i].from, rows[i].to) != CERTBIND_E_PCK_EXTENSION_INVALID)
            fail_msg("%s is not refused", rows[i].what);
}

static void unknown_and_optional_members_may_be_there_or_not(void **state)
{
    (void)state;
    assert_int_equal(CERTBIND_OK, edited(PPID, PPID));
    assert_int_equal(CERTBIND_OK, edited(PPID, UNKNOWN PPID UNKNOWN));
    assert_int_equal(CERTBIND_OK, edited(INSTANCE, ""));
    assert_int_equal(CERTBIND_OK, edited(CONFIGURATION, ""));
    assert_int_equal(CERTBIND_OK, edited(CPU_SVN, CPU_SVN UNKNOWN));
}

static void each_member_has_its_form(void **state)
{
    static const struct row rows[] = {
        {"a PPID of 15 bytes", "04{ " OCTETS_16 " }", "04{ 000102030405060708090a0b0c0d0e }"},
        {"a PCEID of one byte", "04020000", "040100"},
        {"a FMSPC of five bytes", "0406b0c06f000000", "0405b0c06f0000"},
        {"an instance id of one byte", INSTANCE, MEMBER("06", "040100")},
        {"a CPUSVN of one byte", CPU_SVN, MEMBER("0212", "040100")},
        {"a component of five bytes", SVN("01"), MEMBER("0201", "02050100000005")},
        {"a TCB that is no SEQUENCE", OID("02") "30{", OID("02") "04{"},
        {"a flag that is an INTEGER", DYNAMIC, MEMBER("0701", "0201ff")},
        {"a flag of two bytes", DYNAMIC, MEMBER("0701", "0102ffff")},
        {"a second flag that is neither", CACHED, MEMBER("0702", "010101")},
        {"a third flag that is neither", SMT, MEMBER("0703", "010101")},
        {"a type that is unknown", TYPE, MEMBER("05", "0a0103")},
    };

    (void)state;
    refuse_all(rows, sizeof rows / sizeof rows[0]);
}

static void each_member_stands_once_and_whole(void **state)
{
    static const struct row rows[] = {
        {"a second PPID", PPID, PPID PPID},
        {"a second instance id", INSTANCE, INSTANCE INSTANCE},
        {"a second PCESVN", PCE_SVN, PCE_SVN PCE_SVN},
        {"a second component", SVN("10"), SVN("10") SVN("10")},
        {"no component 7", SVN("07"), ""},
        {"no CPUSVN", CPU_SVN, ""},
        {"no third flag", SMT, ""},
        {"no PPID", PPID, ""},
        {"no TCB", TCB, ""},
        {"an element after a value", "04020000", "04020000 0500"},
        {"an element that is no member", PPID, UNKNOWN "0500" PPID},
        {"an element at the end", CONFIGURATION, CONFIGURATION UNKNOWN "0500"},
        {"an element after the unknown in the TCB", CPU_SVN, CPU_SVN UNKNOWN "0500"},
        {"a byte after the extension", CONFIGURATION " }", CONFIGURATION " } 00"},
    };

    (void)state;
    refuse_all(rows, sizeof rows / sizeof rows[0]);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_and_optional_members_may_be_there_or_not),
        cmocka_unit_test(each_member_has_its_form),
        cmocka_unit_test(each_member_stands_once_and_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
