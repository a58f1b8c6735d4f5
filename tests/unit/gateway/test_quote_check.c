#include "gateway/evidence/quote_check.h"

#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "tests/unit/gateway/agent_world.h"

static uint8_t report_data[64] = {1, 2, 3};

static certbind_status take(const struct sim_reply *reply, const uint8_t *asked,
                            struct gateway_quote *out)
{
    return gateway_quote_take(sim_buffer_view(&reply->body), asked, out, NULL);
}

/* The reply with one member changed; to be freed. */
static char *changed(const struct sim_reply *reply, const char *member,
                     char *(*change)(const char *))
{
    cJSON *root = cJSON_ParseWithLength((const char *)reply->body.data, reply->body.len);
    cJSON *item = cJSON_GetObjectItem(root, member);
    char *value = change(item->valuestring);
    char *text;

    assert_non_null(cJSON_SetValuestring(item, value));
    text = cJSON_PrintUnformatted(root);
    cJSON_Delete(root);
    free(value);
    return text;
}

static certbind_status take_changed(const struct sim_reply *reply, const char *member,
                                    char *(*change)(const char *))
{
    struct gateway_quote out;
    char *text = changed(reply, member, change);
    certbind_status status = gateway_quote_take(certbind_text(text), report_data, &out, NULL);

    assert_true(status == CERTBIND_OK || out.quote == NULL);
    gateway_quote_cleanup(&out);
    free(text);
    return status;
}

static void a_good_quote_is_taken(void **state)
{
    struct agent_world w;
    struct gateway_quote q;
    struct sim_reply reply;

    (void)state;
    agent_world_open(&w, "");
    reply = agent_world_quote(&w, report_data);
    assert_int_equal(CERTBIND_OK, take(&reply, report_data, &q));
    assert_memory_equal(w.td.compose_hash, q.identity.compose_hash, 32);
    assert_memory_equal(w.td.log.rtmr[3], q.td.rtmr[3], 48);
    assert_non_null(strstr(q.event_log, "\"imr\":0"));
    assert_null(strstr(q.runtime_log, "\"imr\":0"));
    assert_non_null(strstr(q.runtime_log, "\"event_type\":134217729"));
    assert_non_null(strstr(q.runtime_log, "compose-hash"));
    gateway_quote_cleanup(&q);
    sim_reply_cleanup(&reply);
    agent_world_close(&w);
}

static char *padded(const char *text)
{
    size_t len = strlen(text);
    char *out = malloc(len + 201);

    memcpy(out, text, len);
    memset(out + len, '0', 200);
    out[len + 200] = '\0';
    return out;
}

static void padding_is_cut_off(void **state)
{
    struct agent_world w;
    struct gateway_quote plain, cut;
    struct sim_reply reply;
    char *text;

    (void)state;
    agent_world_open(&w, "");
    reply = agent_world_quote(&w, report_data);
    text = changed(&reply, "quote", padded);
    assert_int_equal(CERTBIND_OK, take(&reply, report_data, &plain));
    assert_int_equal(CERTBIND_OK, gateway_quote_take(certbind_text(text), report_data, &cut, NULL));
    assert_int_equal(plain.quote_len, cut.quote_len);
    assert_memory_equal(plain.quote, cut.quote, cut.quote_len);
    gateway_quote_cleanup(&plain);
    gateway_quote_cleanup(&cut);
    free(text);
    sim_reply_cleanup(&reply);
    agent_world_close(&w);
}

static char *other_report_data(const char *hex)
{
    char *out = strdup(hex);

    out[2 * 568 + 1] ^= 1;
    return out;
}

static char *other_rtmr3(const char *hex)
{
    char *out = strdup(hex);

    out[2 * 520 + 1] ^= 1;
    return out;
}

static char *cut_short(const char *hex)
{
    return strndup(hex, 2000);
}

static char *other_event(const char *log)
{
    char *out = strdup(log);
    char *at = strstr(out, "app-id");

    at = strstr(at, "\"event_payload\":\"") + 17;
    *at = *at == '0' ? '1' : '0';
    return out;
}

static char *no_log(const char *log)
{
    (void)log;
    return strdup("[]");
}

static void each_flaw_is_refused_by_its_code(void **state)
{
    static const struct {
        const char *member;
        char *(*change)(const char *);
        certbind_status status;
    } rows[] = {
        {"quote", other_report_data, CERTBIND_E_REPORT_DATA_MISMATCH},
        {"quote", other_rtmr3, CERTBIND_E_EVENT_LOG_RTMR3},
        {"quote", cut_short, CERTBIND_E_QUOTE_TRUNCATED},
        {"event_log", other_event, CERTBIND_E_EVENT_LOG_RTMR3},
        {"event_log", no_log, CERTBIND_E_EVENT_LOG_RTMR3},
    };
    struct agent_world w;
    struct sim_reply reply;

    (void)state;
    agent_world_open(&w, "");
    reply = agent_world_quote(&w, report_data);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(rows[i].status, take_changed(&reply, rows[i].member, rows[i].change));
    sim_reply_cleanup(&reply);
    agent_world_close(&w);
}

static void info_must_agree_with_the_log(void **state)
{
    struct agent_world w;
    struct gateway_quote q;
    struct sim_reply quote, info = {0};
    struct gateway_info good, bad;

    (void)state;
    agent_world_open(&w, "");
    quote = agent_world_quote(&w, report_data);
    sim_agent_info(&w.service.agent, NULL, &info);
    assert_int_equal(CERTBIND_OK, take(&quote, report_data, &q));
    assert_int_equal(CERTBIND_OK, gateway_info_parse(sim_buffer_view(&info.body), &good, NULL));
    assert_int_equal(CERTBIND_OK, gateway_quote_check_info(&q, &good, NULL));
    bad = good;
    bad.app_id[3] ^= 1;
    assert_int_equal(CERTBIND_E_STATEMENT_IDENTITY, gateway_quote_check_info(&q, &bad, NULL));
    bad = good;
    bad.instance_id[3] ^= 1;
    assert_int_equal(CERTBIND_E_STATEMENT_IDENTITY, gateway_quote_check_info(&q, &bad, NULL));
    bad.has_instance_id = false; /* an empty member says that there is none */
    memset(bad.instance_id, 0, sizeof bad.instance_id);
    assert_int_equal(CERTBIND_E_STATEMENT_IDENTITY, gateway_quote_check_info(&q, &bad, NULL));
    bad.says_instance_id = false; /* a missing one says nothing */
    assert_int_equal(CERTBIND_OK, gateway_quote_check_info(&q, &bad, NULL));
    bad = good;
    bad.compose_hash[3] ^= 1;
    assert_int_equal(CERTBIND_E_STATEMENT_IDENTITY, gateway_quote_check_info(&q, &bad, NULL));
    bad = good;
    bad.has_compose_hash = false;
    bad.app_compose = (char *)"{}";
    assert_int_equal(CERTBIND_E_COMPOSE_HASH, gateway_quote_check_info(&q, &bad, NULL));
    gateway_info_cleanup(&good);
    gateway_quote_cleanup(&q);
    sim_reply_cleanup(&info);
    sim_reply_cleanup(&quote);
    agent_world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_quote_is_taken),
        cmocka_unit_test(padding_is_cut_off),
        cmocka_unit_test(each_flaw_is_refused_by_its_code),
        cmocka_unit_test(info_must_agree_with_the_log),
    };

    return cmocka_run_group_tests_name("quote_check", tests, NULL, NULL);
}
