/* Each member of TCB info and QE identity alone, in the parsers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certbind/dcap/qe_identity.h"
#include "certbind/dcap/tcb_info.h"
#include "tests/support/cmocka_all.h"

#define FOUR "{\"svn\":1},{\"svn\":1},{\"svn\":1},{\"svn\":1}"
#define SIXTEEN FOUR "," FOUR "," FOUR "," FOUR
#define DATES                                                                                      \
    "\"issueDate\":\"2025-06-20T00:00:00Z\",\"nextUpdate\":\"2025-07-20T00:00:00Z\","              \
    "\"tcbEvaluationDataNumber\":18,"
#define ZEROS_16 "00000000000000000000000000000000"
#define ZEROS_48 ZEROS_16 ZEROS_16 ZEROS_16
#define MODULE                                                                                     \
    "\"mrsigner\":\"" ZEROS_48 "\",\"attributes\":\"0000000000000000\","                           \
    "\"attributesMask\":\"FFFFFFFFFFFFFFFF\""
#define ISV_LEVEL                                                                                  \
    "{\"tcb\":{\"isvsvn\":2},\"tcbDate\":\"2022-02-01T00:00:00Z\",\"tcbStatus\":\"OutOfDate\"}"
#define IDENTITY "{\"id\":\"TDX_01\"," MODULE ",\"tcbLevels\":[" ISV_LEVEL "]}"
#define LEVEL                                                                                      \
    "{\"tcb\":{\"sgxtcbcomponents\":[" SIXTEEN "],\"pcesvn\":5,\"tdxtcbcomponents\":[" SIXTEEN     \
    "]},\"tcbDate\":\"2023-01-01T00:00:00Z\",\"tcbStatus\":\"OutOfDate\","                         \
    "\"advisoryIDs\":[\"INTEL-SA-00001\"]}"
#define TCB_INFO                                                                                   \
    "{\"id\":\"TDX\",\"version\":3," DATES "\"fmspc\":\"53494D303030\",\"pceId\":\"0000\","        \
    "\"tcbType\":0,\"tdxModule\":{" MODULE "},\"tdxModuleIdentities\":[" IDENTITY                  \
    "],\"tcbLevels\":[" LEVEL "]}"
#define QE_IDENTITY                                                                                \
    "{\"id\":\"TD_QE\",\"version\":2," DATES                                                       \
    "\"miscselect\":\"00000000\",\"miscselectMask\":\"FFFFFFFF\",\"attributes\":\"" ZEROS_16       \
    "\",\"attributesMask\":\"" ZEROS_16 "\",\"mrsigner\":\"" ZEROS_16 ZEROS_16                     \
    "\",\"isvprodid\":2,\"tcbLevels\":[" ISV_LEVEL "]}"

static certbind_status parse_tcb(const char *text)
{
    struct certbind_tcb_info info;
    certbind_status status = certbind_tcb_info_parse(certbind_text(text), &info, NULL);

    certbind_tcb_info_cleanup(&info);
    return status;
}

static certbind_status parse_qe(const char *text)
{
    struct certbind_qe_identity identity;
    certbind_status status = certbind_qe_identity_parse(certbind_text(text), &identity, NULL);

    certbind_qe_identity_cleanup(&identity);
    return status;
}

static char *put(char *end, const char *text, size_t len)
{
    memcpy(end, text, len);
    return end + len;
}

/* The text with its first `from` replaced by count copies of `to`, a comma between them. */
static char *replaced(const char *text, const char *from, const char *to, size_t count)
{
    const char *at = strstr(text, from);
    char *out = malloc(strlen(text) + count * (strlen(to) + 1) + 1);
    char *end = out;

    if (at == NULL)
        fail_msg("'%s' is not there", from);
    assert_non_null(out);
    end = put(end, text, (size_t)(at - text));
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            *end++ = ',';
        end = put(end, to, strlen(to));
    }
    (void)put(end, at + strlen(from), strlen(at + strlen(from)) + 1);
    return out;
}

static certbind_status tcb_with(const char *from, const char *to, size_t count)
{
    char *text = replaced(TCB_INFO, from, to, count);
    certbind_status status = parse_tcb(text);

    free(text);
    return status;
}

struct row {
    const char *from, *to;
    certbind_status status;
};

static void each_member_of_the_tcb_info_is_read(void **state)
{
    static const struct row rows[] = {
        {"\"id\":\"TDX\"", "\"id\":1", CERTBIND_E_TCB_INFO_ID_INVALID},
        {"\"id\":\"TDX\"", "\"id\":\"XGX\"", CERTBIND_E_TCB_INFO_ID_INVALID},
        {"\"version\":3", "\"version\":\"3\"", CERTBIND_E_TCB_INFO_VERSION_INVALID},
        {"2025-06-20T", "2025-06-20 ", CERTBIND_E_TCB_INFO_MALFORMED},
        {"2025-07-20T", "2025-07-20 ", CERTBIND_E_TCB_INFO_MALFORMED},
        {":18,", ":4294967296,", CERTBIND_E_TCB_INFO_MALFORMED},
        {"\"pceId\":\"0000\"", "\"pceId\":\"00\"", CERTBIND_E_TCB_INFO_MALFORMED},
        {"{\"mrsigner\":\"00", "{\"mrsigner\":\"", CERTBIND_E_TCB_INFO_MALFORMED},
        {"\"attributes\":\"00", "\"attributes\":\"", CERTBIND_E_TCB_INFO_MALFORMED},
        {"\"attributesMask\":\"FF", "\"attributesMask\":\"", CERTBIND_E_TCB_INFO_MALFORMED},
        {"\"tdxModuleIdentities\":[", "\"tdxModuleIdentities\":{},\"x\":[",
         CERTBIND_E_TCB_INFO_MALFORMED},
        {"\"TDX_01\"", "1", CERTBIND_E_TCB_INFO_MALFORMED},
        {"TDX_01", "XXX_01", CERTBIND_E_TCB_INFO_MALFORMED},
        {"TDX_01", "TDX_0g", CERTBIND_E_TCB_INFO_MALFORMED},
        {"TDX_01", "TDX_001", CERTBIND_E_TCB_INFO_MALFORMED},
        {"TDX_01", "TDX_00", CERTBIND_E_TCB_INFO_MALFORMED},
        {"TDX_01\",\"mrsigner\":\"00", "TDX_01\",\"mrsigner\":\"", CERTBIND_E_TCB_INFO_MALFORMED},
        {IDENTITY, IDENTITY "," IDENTITY, CERTBIND_E_TCB_INFO_MALFORMED},
        {"[" ISV_LEVEL "]", "[]", CERTBIND_E_TCB_INFO_MALFORMED},
        {"\"isvsvn\":2", "\"isvsvn\":\"2\"", CERTBIND_E_TCB_INFO_MALFORMED},
        {"2022-02-01T", "2022-02-01 ", CERTBIND_E_TCB_INFO_MALFORMED},
        {"Z\",\"tcbStatus\":\"OutOfDate\"}]}", "Z\",\"tcbStatus\":\"SWHardeningNeeded\"}]}",
         CERTBIND_E_TCB_INFO_MALFORMED},
        {"\"sgxtcbcomponents\":[" SIXTEEN "]",
         "\"sgxtcbcomponents\":{\"a\":{\"svn\":1},\"b\":{\"svn\":1},\"c\":{\"svn\":1},\"d\":"
         "{\"svn\":1},\"e\":{\"svn\":1},\"f\":{\"svn\":1},\"g\":{\"svn\":1},\"h\":{\"svn\":1},"
         "\"i\":{\"svn\":1},\"j\":{\"svn\":1},\"k\":{\"svn\":1},\"l\":{\"svn\":1},\"m\":"
         "{\"svn\":1},\"n\":{\"svn\":1},\"o\":{\"svn\":1},\"p\":{\"svn\":1}}",
         CERTBIND_E_TCB_INFO_MALFORMED},
        {"\"pcesvn\":5", "\"pcesvn\":\"5\"", CERTBIND_E_TCB_INFO_MALFORMED},
        {"2023-01-01T", "2023-01-01 ", CERTBIND_E_TCB_INFO_MALFORMED},
        {"\"OutOfDate\",\"adv", "\"Fine\",\"adv", CERTBIND_E_TCB_INFO_MALFORMED},
        {"[\"INTEL-SA-00001\"]", "{\"a\":\"INTEL-SA-00001\"}", CERTBIND_E_TCB_INFO_MALFORMED},
        {"\"INTEL-SA-00001\"", "1", CERTBIND_E_TCB_INFO_MALFORMED},
        {"\"INTEL-SA-00001\"", "\"\"", CERTBIND_E_TCB_INFO_MALFORMED},
        {"INTEL-SA-00001", "INTEL SA", CERTBIND_E_TCB_INFO_MALFORMED},
        {"INTEL-SA-00001", ZEROS_48, CERTBIND_E_TCB_INFO_MALFORMED},
    };

    (void)state;
    assert_int_equal(CERTBIND_OK, parse_tcb(TCB_INFO));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (tcb_with(rows[i].from, rows[i].to, 1) != rows[i].status)
            fail_msg("%s is not refused as such", rows[i].to);
}

static void lists_have_a_greatest_length(void **state)
{
    enum { LEVELS = 256, ISV_LEVELS = 128, MODULES = 32 };

    (void)state;
    assert_int_equal(CERTBIND_OK, tcb_with(LEVEL, LEVEL, LEVELS));
    assert_int_equal(CERTBIND_E_TCB_INFO_MALFORMED, tcb_with(LEVEL, LEVEL, LEVELS + 1));
    assert_int_equal(CERTBIND_OK, tcb_with(ISV_LEVEL, ISV_LEVEL, ISV_LEVELS));
    assert_int_equal(CERTBIND_E_TCB_INFO_MALFORMED, tcb_with(ISV_LEVEL, ISV_LEVEL, ISV_LEVELS + 1));
    assert_int_equal(CERTBIND_OK, tcb_with("\"INTEL-SA-00001\"", "\"a\"", CERTBIND_ADVISORIES_MAX));
    assert_int_equal(CERTBIND_E_TCB_INFO_MALFORMED,
                     tcb_with("\"INTEL-SA-00001\"", "\"a\"", CERTBIND_ADVISORIES_MAX + 1));
}

/* Modules of that many versions. */
static certbind_status with_modules(unsigned count)
{
    char *list = calloc(count, sizeof IDENTITY);
    certbind_status status;

    assert_non_null(list);
    for (unsigned i = 1; i <= count; i++) {
        char *at = list + strlen(list);

        (void)snprintf(at, sizeof IDENTITY + 1, "%s%s", i == 1 ? "" : ",", IDENTITY);
        at = strstr(at, "TDX_") + 4;
        at[0] = "0123456789abcdef"[i >> 4];
        at[1] = "0123456789abcdef"[i & 15];
    }
    status = tcb_with(IDENTITY, list, 1);
    free(list);
    return status;
}

static void modules_have_a_greatest_number(void **state)
{
    (void)state;
    assert_int_equal(CERTBIND_OK, with_modules(32));
    assert_int_equal(CERTBIND_E_TCB_INFO_MALFORMED, with_modules(33));
}

static void each_member_of_the_qe_identity_is_read(void **state)
{
    static const struct row rows[] = {
        {"\"id\":\"TD_QE\"", "\"id\":1", CERTBIND_E_QE_IDENTITY_ID_INVALID},
        {"\"id\":\"TD_QE\"", "\"id\":\"X_QE\"", CERTBIND_E_QE_IDENTITY_ID_INVALID},
        {"\"version\":2", "\"version\":\"2\"", CERTBIND_E_QE_IDENTITY_VERSION_INVALID},
        {"\"miscselect\":\"00", "\"miscselect\":\"", CERTBIND_E_QE_IDENTITY_MALFORMED},
        {"\"miscselectMask\":\"FF", "\"miscselectMask\":\"", CERTBIND_E_QE_IDENTITY_MALFORMED},
        {"\"attributes\":\"00", "\"attributes\":\"", CERTBIND_E_QE_IDENTITY_MALFORMED},
        {"\"attributesMask\":\"00", "\"attributesMask\":\"", CERTBIND_E_QE_IDENTITY_MALFORMED},
        {"\"mrsigner\":\"00", "\"mrsigner\":\"", CERTBIND_E_QE_IDENTITY_MALFORMED},
        {"\"isvprodid\":2", "\"isvprodid\":65536", CERTBIND_E_QE_IDENTITY_MALFORMED},
        {"[" ISV_LEVEL "]", "[]", CERTBIND_E_QE_IDENTITY_MALFORMED},
    };

    (void)state;
    assert_int_equal(CERTBIND_OK, parse_qe(QE_IDENTITY));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *text = replaced(QE_IDENTITY, rows[i].from, rows[i].to, 1);

        if (parse_qe(text) != rows[i].status)
            fail_msg("%s is not refused as such", rows[i].to);
        free(text);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_member_of_the_tcb_info_is_read),
        cmocka_unit_test(lists_have_a_greatest_length),
        cmocka_unit_test(modules_have_a_greatest_number),
        cmocka_unit_test(each_member_of_the_qe_identity_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
