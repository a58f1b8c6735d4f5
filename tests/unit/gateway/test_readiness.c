#include "gateway/control/readiness.h"

#include <string.h>

#include <cjson/cJSON.h>

#include "tests/support/cmocka_all.h"

enum { T = 1800000000 };

static const struct gateway_readiness good = {
    .control = {.published = true,
                .issued_at = T,
                .not_after = T + 3600,
                .certificate_until = T + 86100,
                .agent = GATEWAY_AGENT_OK,
                .has_collateral = true,
                .self_check = {.code = CERTBIND_OK,
                               .tcb = CERTBIND_TCB_OUT_OF_DATE,
                               .valid_until = T + 1000}},
    .serving = true,
    .now = T + 60,
};

/* Returns: the only reason, in a static buffer; "" when ready. */
static const char *reason_of(const struct gateway_readiness *r)
{
    static char reason[64];
    char text[2048];
    bool ready = gateway_readiness_write(r, text, sizeof text);
    cJSON *json = cJSON_Parse(text);
    const cJSON *reasons = cJSON_GetObjectItem(json, "reasons");

    assert_non_null(json);
    assert_int_equal(ready, cJSON_IsTrue(cJSON_GetObjectItem(json, "ready")));
    assert_int_equal(ready ? 0 : 1, cJSON_GetArraySize(reasons));
    reason[0] = '\0';
    if (!ready)
        (void)strncat(reason, cJSON_GetArrayItem(reasons, 0)->valuestring, sizeof reason - 1);
    cJSON_Delete(json);
    return reason;
}

static void each_obstacle_is_named(void **state)
{
    struct gateway_readiness r = good;

    (void)state;
    assert_string_equal("", reason_of(&r));
    r.now = T + 3599;
    assert_string_equal("", reason_of(&r));
    r.now = T + 3600;
    assert_string_equal("evidence-expired", reason_of(&r));
    r = good;
    r.serving = false;
    assert_string_equal("starting", reason_of(&r));
    r = good;
    r.stopping = true;
    assert_string_equal("stopping", reason_of(&r));
    r = (struct gateway_readiness){.now = T};
    assert_string_equal("starting", reason_of(&r));
    r.control.code = "agent-timeout";
    assert_string_equal("agent-timeout", reason_of(&r));
}

static void a_failing_renewal_or_a_bad_verdict_does_not_make_it_unready(void **state)
{
    struct gateway_readiness r = good;

    (void)state;
    r.control.failures = 7;
    r.control.code = "agent-unavailable";
    r.control.agent = GATEWAY_AGENT_UNAVAILABLE;
    r.control.self_check.code = CERTBIND_E_TCB_REVOKED;
    r.control.has_collateral = false;
    assert_string_equal("", reason_of(&r));
}

static void the_facts_are_there(void **state)
{
    char text[2048];

    (void)state;
    assert_true(gateway_readiness_write(&good, text, sizeof text));
    assert_non_null(strstr(text, "\"age_s\":60"));
    assert_non_null(strstr(text, "\"tcb\":\"OutOfDate\""));
    assert_non_null(strstr(text, "\"collateral\":{\"valid_until\":1800001000}"));
    assert_non_null(strstr(text, "\"agent\":{\"state\":\"ok\""));
}

static void each_layer_of_the_sandbox_is_told(void **state)
{
    struct gateway_readiness r = good;
    char text[2048];

    (void)state;
    assert_true(gateway_readiness_write(&r, text, sizeof text));
    assert_non_null(strstr(text, "\"sandbox\":{\"user\":\"refused\",\"capabilities\":\"refused\","
                                 "\"files\":\"refused\",\"syscalls\":\"refused\"}"));
    r.sandbox.layers[SANDBOX_FILES].state = SANDBOX_OFF;
    r.sandbox.layers[SANDBOX_SYSCALLS].state = SANDBOX_ON;
    assert_true(gateway_readiness_write(&r, text, sizeof text));
    assert_non_null(strstr(text, "\"files\":\"off\",\"syscalls\":\"on\"}"));
}

static void upstreams_that_do_not_fit_are_counted(void **state)
{
    static const struct gateway_upstream_readiness two[] = {{"a\"b", 3, 2}, {"c", 0, 0}};
    struct gateway_upstream_readiness many[100];
    struct gateway_readiness r = good;
    char text[4096];
    cJSON *json;

    (void)state;
    r.upstreams = two;
    r.upstreams_count = 2;
    assert_true(gateway_readiness_write(&r, text, sizeof text));
    assert_non_null(strstr(text, "\"upstreams\":{\"a\\\"b\":{\"servers\":3,\"up\":2},"
                                 "\"c\":{\"servers\":0,\"up\":0}},\"upstreams_left_out\":0}"));
    for (size_t i = 0; i < 100; i++)
        many[i] = (struct gateway_upstream_readiness){
            "a name of an upstream that is about as long as names of upstreams ever get", 1, 1};
    r.upstreams = many;
    r.upstreams_count = 100;
    assert_true(gateway_readiness_write(&r, text, sizeof text));
    json = cJSON_Parse(text);
    assert_non_null(json);
    assert_int_equal(100, cJSON_GetArraySize(cJSON_GetObjectItem(json, "upstreams")) +
                              cJSON_GetObjectItem(json, "upstreams_left_out")->valueint);
    assert_true(cJSON_GetObjectItem(json, "upstreams_left_out")->valueint > 0);
    cJSON_Delete(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_obstacle_is_named),
        cmocka_unit_test(a_failing_renewal_or_a_bad_verdict_does_not_make_it_unready),
        cmocka_unit_test(the_facts_are_there),
        cmocka_unit_test(each_layer_of_the_sandbox_is_told),
        cmocka_unit_test(upstreams_that_do_not_fit_are_counted),
    };

    return cmocka_run_group_tests_name("readiness", tests, NULL, NULL);
}
