#include "certbind/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certbind/hex.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/fixture.h"

#define HEX20 "5bb4ff9a3837357f19dc176407a5709c62eb6c56"
#define HEX32 "c143116f30f1a2d19fdbe9a6b6de4f5d4e3a0b1c2d3e4f5061728394a5b6c7d8"
#define HEX48 HEX32 "00112233445566778899aabbccddeeff"

static certbind_status parse(const char *text, struct certbind_policy *policy,
                             struct certbind_problems *problems)
{
    *problems = (struct certbind_problems){.count = 0};
    return certbind_policy_parse(certbind_text(text), policy, problems);
}

/* The status, with the policy thrown away. */
static certbind_status status_of(const char *text)
{
    struct certbind_policy policy;
    struct certbind_problems problems;
    const certbind_status status = parse(text, &policy, &problems);

    assert_int_equal(status == CERTBIND_OK, problems.count == 0);
    certbind_policy_cleanup(&policy);
    return status;
}

static void empty_policy_demands_nothing_and_waives_nothing(void **state)
{
    struct certbind_policy p;
    struct certbind_problems problems;

    (void)state;
    assert_int_equal(CERTBIND_OK, parse("{}", &p, &problems));
    assert_int_equal(CERTBIND_TCB_BIT(CERTBIND_TCB_UP_TO_DATE), p.dcap.accept);
    assert_int_equal(7 * 86400, p.dcap.max_collateral_age_s);
    assert_false(p.dcap.td.allow_debug);
    assert_int_equal(0, p.os_count);
    assert_false(p.has_app_id);
    assert_int_equal(CERTBIND_NAME_SAN, p.name);
    assert_int_equal(CERTBIND_SESSION_SIGNATURE, p.session);
    for (int i = 0; i < CERTBIND_LINK_COUNT; i++)
        assert_false(p.waived[i]);
    for (int i = 0; i <= CERTBIND_LINK_COUNT; i++) /* the last is no link */
        assert_int_equal(i == CERTBIND_LINK_SESSION,
                         certbind_policy_demands(&p, (enum certbind_link)i));
    certbind_policy_cleanup(&p);
}

#define FULL                                                                                       \
    "{\"root_file\":\"r.pem\",\"tcb\":{\"accept\":[\"UpToDate\",\"OutOfDate\"],"                   \
    "\"min_evaluation_number\":17,\"deny_advisories\":[\"INTEL-SA-1\"],"                           \
    "\"max_collateral_age_days\":3},\"td\":{\"allow_debug\":true,\"attributes\":"                  \
    "\"0000001000000000\",\"xfam\":\"e702060000000000\",\"mr_seam\":[\"" HEX48 "\"],"              \
    "\"min_tee_tcb_svn\":\"05010200000000000000000000000000\"},\"os\":[{\"name\":\"a\","           \
    "\"mrtd\":\"" HEX48 "\"},{\"report_data\":\"" HEX32 HEX32 "\"}],\"app\":{\"app_id\":"          \
    "\"" HEX20 "\",\"compose_hashes\":[\"" HEX32 "\"],\"compose_files\":[\"f\"],"                  \
    "\"instance_ids\":[\"" HEX20 "\"]},\"kms\":{\"ca_spki_sha256\":\"" HEX32 "\",\"k256\":"        \
    "\"" HEX20 "\"},\"config\":[\"" HEX32 "\"],\"name\":\"attestation-only\",\"session\":"         \
    "\"none\",\"platforms\":[\"" HEX32 "\"],\"accept_unchecked\":[\"session\",\"os\"]}"

static void every_key_is_read(void **state)
{
    struct certbind_policy p;
    struct certbind_problems problems;

    (void)state;
    assert_int_equal(CERTBIND_OK, parse(FULL, &p, &problems));
    assert_string_equal("r.pem", p.root_file);
    assert_int_equal(CERTBIND_TCB_BIT(CERTBIND_TCB_UP_TO_DATE) |
                         CERTBIND_TCB_BIT(CERTBIND_TCB_OUT_OF_DATE),
                     p.dcap.accept);
    assert_int_equal(17, p.dcap.min_evaluation_number);
    assert_string_equal("INTEL-SA-1", p.dcap.deny_advisories[0]);
    assert_int_equal(3 * 86400, p.dcap.max_collateral_age_s);
    assert_true(p.dcap.td.allow_debug);
    assert_true(p.dcap.td.check_attributes);
    assert_int_equal(0x10000000, p.dcap.td.attributes);
    assert_int_equal(0x602e7, p.dcap.td.xfam);
    assert_hex_equal(HEX48, p.dcap.td.mr_seam[0], 48);
    assert_int_equal(2, p.dcap.td.min_tee_tcb_svn[2]);
    assert_int_equal(2, p.os_count);
    assert_true(p.os[0].has[CERTBIND_REGISTER_MRTD]);
    assert_false(p.os[0].has[CERTBIND_REGISTER_RTMR0]);
    assert_true(p.os[1].has[CERTBIND_REGISTER_REPORT_DATA]);
    assert_hex_equal(HEX20, p.app_id, 20);
    assert_hex_equal(HEX20, p.instance_ids[0], 20);
    assert_true(p.has_k256);
    assert_true(p.k256.is_address);
    assert_int_equal(1, p.configs.count);
    assert_int_equal(1, p.platforms.count);
    assert_int_equal(CERTBIND_NAME_ATTESTATION_ONLY, p.name);
    assert_int_equal(CERTBIND_SESSION_NONE, p.session);
    assert_true(p.waived[CERTBIND_LINK_OS]);
    assert_true(p.waived[CERTBIND_LINK_SESSION]);
    assert_false(p.waived[CERTBIND_LINK_APP]);
    certbind_policy_cleanup(&p);
}

static void compose_files_are_added_by_their_bytes(void **state)
{
    struct certbind_policy p;
    struct certbind_problems problems;
    uint8_t before[32];

    (void)state;
    assert_int_equal(CERTBIND_OK, parse(FULL, &p, &problems));
    memcpy(before, p.sha256, sizeof before);
    assert_int_equal(CERTBIND_OK, certbind_policy_add_compose_file(&p, certbind_text("{}"), NULL));
    assert_int_equal(2, p.compose_hashes.count);
    assert_hex_equal("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
                     p.compose_hashes.list[1], 32);
    assert_memory_not_equal(before, p.sha256, sizeof before);
    assert_int_equal(CERTBIND_E_USAGE,
                     certbind_policy_add_compose_file(&p, certbind_text("{}"), NULL));
    certbind_policy_cleanup(&p);
}

static void all_problems_are_listed_with_path_and_line(void **state)
{
    static const char text[] = "// a policy\n"
                               "{\n"
                               "  \"session\": \"signatur\",\n"
                               "  \"os\": [{\"mrtd\": \"00\"}], /* short\n"
                               "  */ \"colour\": 1,\n"
                               "  \"app\": {\"app_id\": 7},\n"
                               "  \"app\": {}\n"
                               "}\n";
    struct certbind_policy p;
    struct certbind_problems problems;

    (void)state;
    assert_int_equal(CERTBIND_E_POLICY_SYNTAX, parse(text, &p, &problems));
    assert_int_equal(5, problems.count);
    assert_string_equal("session", problems.list[0].path);
    assert_int_equal(3, problems.list[0].line);
    assert_string_equal("os[0].mrtd", problems.list[1].path);
    assert_int_equal(4, problems.list[1].line);
    assert_non_null(strstr(problems.list[2].text, "colour"));
    assert_int_equal(5, problems.list[2].line);
    assert_string_equal("app.app_id", problems.list[3].path);
    assert_int_equal(7, problems.list[4].line);
    certbind_policy_cleanup(&p);
}

static void malformed_policies_are_refused(void **state)
{
    static const char *const bad[] = {"",
                                      "[]",
                                      "{} x",
                                      "{} /* open",
                                      "{\"a\":1}",
                                      "{\"tcb\":{\"accept\":[\"Revoked\"]}}",
                                      "{\"tcb\":{\"accept\":[\"uptodate\"]}}",
                                      "{\"tcb\":{\"max_collateral_age_days\":0}}",
                                      "{\"tcb\":{\"min_evaluation_number\":1.5}}",
                                      "{\"tcb\":{\"min_evaluation_number\":-1}}",
                                      "{\"td\":{\"allow_debug\":\"no\"}}",
                                      "{\"app\":{\"app_id\":\"" HEX32 "\"}}",
                                      "{\"kms\":{\"k256\":\"" HEX32 "\"}}",
                                      "{\"kms\":{\"k256\":\"00" HEX32 "\"}}",
                                      "{\"config\":\"" HEX32 "\"}",
                                      "{\"config\":[\"" HEX20 "\"]}",
                                      "{\"name\":\"SAN\"}",
                                      "{\"name\":null}",
                                      "{\"accept_unchecked\":[\"platform\"]}",
                                      "{\"accept_unchecked\":\"os\"}",
                                      "{\"config\":\"from-composed\"}",
                                      "{\"platforms\":[]}",
                                      "{\"td\":{\"mr_seam\":[]}}",
                                      "{\"app\":{\"instance_ids\":[]}}",
                                      "{\"gateway\":{\"images\":[]}}",
                                      "{\"session\":\"none\",\"session\":\"signature\"}"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(CERTBIND_E_POLICY_SYNTAX, status_of(bad[i]));
}

static void unsupported_demands_are_refused_never_skipped(void **state)
{
    static const char *const texts[] = {"{\"chain\":{\"anything\":[1]}}", "{\"chain\":null}"};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_int_equal(CERTBIND_E_POLICY_UNSUPPORTED, status_of(texts[i]));
}

static void the_example_is_a_policy_and_names_every_key(void **state)
{
    size_t len;
    char *text;
    struct certbind_policy p;
    struct certbind_problems problems = {.count = 0};

    (void)state;
    text = (char *)fixture_read("../../conf/policy.example.json", &len);
    if (certbind_policy_parse(certbind_bytes(text, len), &p, &problems) != CERTBIND_OK)
        fail_msg("line %zu: %s: %s", problems.list[0].line, problems.list[0].path,
                 problems.list[0].text);
    for (const struct certbind_shape *s = certbind_policy_table; s->path != NULL; s++) {
        const char *dot = strrchr(s->path, '.');
        const char *key = dot == NULL ? s->path : dot + 1;
        char name[64];

        snprintf(name, sizeof name, "%.*s", (int)strcspn(key, "["), key);
        if (strstr(text, name) == NULL)
            fail_msg("the example does not explain '%s'", s->path);
    }
    certbind_policy_cleanup(&p);
    free(text);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_policy_demands_nothing_and_waives_nothing),
        cmocka_unit_test(every_key_is_read),
        cmocka_unit_test(compose_files_are_added_by_their_bytes),
        cmocka_unit_test(all_problems_are_listed_with_path_and_line),
        cmocka_unit_test(malformed_policies_are_refused),
        cmocka_unit_test(unsupported_demands_are_refused_never_skipped),
        cmocka_unit_test(the_example_is_a_policy_and_names_every_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
