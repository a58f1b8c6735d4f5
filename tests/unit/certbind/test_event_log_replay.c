#include <stdlib.h>
#include <string.h>

#include "certbind/compose_hash.h"
#include "certbind/event_log.h"
#include "certbind/hex.h"
#include "certbind/mr_config_id.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/fixture.h"
#include "tests/unit/certbind/log_text.h"

/* A quote and the log that came with it, from real hardware. */
struct sample {
    uint8_t *quote;
    size_t quote_len;
    struct certbind_event_log log;
};

enum { MR_CONFIG_ID_AT = 232, RTMR0_AT = 376, RTMR3_AT = 520 };

static void open_sample(const char *path, struct sample *s)
{
    cJSON *json = fixture_json(path);
    const cJSON *log = cJSON_GetObjectItem(json, "event_log");
    char *text = cJSON_IsString(log) ? NULL : cJSON_PrintUnformatted(log);

    s->quote = fixture_unhex(cJSON_GetObjectItem(json, "quote")->valuestring, &s->quote_len);
    assert_true(s->quote_len > 632);
    assert_int_equal(CERTBIND_OK,
                     certbind_event_log_parse(certbind_text(text == NULL ? log->valuestring : text),
                                              &s->log, NULL));
    cJSON_free(text);
    cJSON_Delete(json);
}

static void close_sample(struct sample *s)
{
    certbind_event_log_cleanup(&s->log);
    free(s->quote);
}

static void real_logs_replay_to_their_quotes(void **state)
{
    static const char *const paths[] = {
        "dstack/quotes/verifier-quote-report.json", "dstack/quotes/rtmr3-based-report.json",
        "dstack/quotes/tdx-lite-getquote.json", "dstack/simulator-0.6/attestation.decoded.json"};

    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct sample s;
        struct certbind_identity id;
        uint8_t rtmr[48];

        open_sample(paths[i], &s);
        assert_int_equal(CERTBIND_OK,
                         certbind_event_log_check(&s.log, s.quote + RTMR3_AT, &id, NULL));
        for (uint32_t imr = 0; imr < 3; imr++) {
            assert_true(certbind_event_log_replay_boot(&s.log, imr, rtmr));
            assert_memory_equal(s.quote + RTMR0_AT + 48 * imr, rtmr, sizeof rtmr);
        }
        assert_false(certbind_event_log_replay_boot(&s.log, 3, rtmr));
        close_sample(&s);
    }
}

static void app_events_after_system_ready_are_reported(void **state)
{
    struct sample s;
    struct certbind_identity id;

    (void)state;
    open_sample("dstack/quotes/verifier-quote-report.json", &s);
    assert_int_equal(CERTBIND_OK, certbind_event_log_check(&s.log, s.quote + RTMR3_AT, &id, NULL));
    assert_int_equal(1, id.later_events);
    assert_string_equal("local-sgx", id.key_provider);
    assert_false(id.has_os_image_hash);
    close_sample(&s);
}

static void every_changed_byte_of_the_log_is_refused(void **state)
{
    struct sample s;
    struct certbind_identity id;

    (void)state;
    open_sample("dstack/quotes/rtmr3-based-report.json", &s);
    for (size_t i = 0; i < s.log.count; i++) {
        const struct certbind_event *e = &s.log.events[i];
        size_t start = (size_t)(e->name.data - s.log.storage);

        if (e->imr != 3)
            continue;
        for (size_t j = 0; j < e->name.len + e->payload.len; j++) {
            s.log.storage[start + j] ^= 0x40;
            assert_int_equal(CERTBIND_E_EVENT_LOG_RTMR3,
                             certbind_event_log_check(&s.log, s.quote + RTMR3_AT, &id, NULL));
            s.log.storage[start + j] ^= 0x40;
        }
    }
    assert_int_equal(CERTBIND_OK, certbind_event_log_check(&s.log, s.quote + RTMR3_AT, &id, NULL));
    close_sample(&s);
}

static void digests_written_in_the_log_do_not_count(void **state)
{
    struct sample s;
    struct certbind_identity id;

    (void)state;
    open_sample("dstack/quotes/rtmr3-based-report.json", &s);
    for (size_t i = 0; i < s.log.count; i++)
        memset(s.log.events[i].digest, 0x55, 48);
    assert_int_equal(CERTBIND_OK, certbind_event_log_check(&s.log, s.quote + RTMR3_AT, &id, NULL));
    close_sample(&s);
}

static void quote_with_zero_rtmr3_refuses_a_good_log(void **state)
{
    static const uint8_t zero[48];
    struct certbind_event_log log;
    struct certbind_identity id;

    (void)state;
    assert_int_equal(CERTBIND_OK, certbind_event_log_parse(certbind_text(GOOD_LOG), &log, NULL));
    assert_int_equal(CERTBIND_E_EVENT_LOG_RTMR3, certbind_event_log_check(&log, zero, &id, NULL));
    certbind_event_log_cleanup(&log);
    /* Nothing replays to zero: an empty log fits such a register, but names nobody. */
    assert_int_equal(CERTBIND_OK, certbind_event_log_parse(certbind_text("[]"), &log, NULL));
    assert_int_equal(CERTBIND_E_EVENT_LOG_IDENTITY,
                     certbind_event_log_check(&log, zero, &id, NULL));
    certbind_event_log_cleanup(&log);
}

static void compose_hash_is_of_the_bytes(void **state)
{
    struct sample s;
    struct certbind_identity id;
    uint8_t hash[32];
    size_t len;
    uint8_t *compose = fixture_read("dstack/quotes/rtmr3-based-app-compose.json", &len);

    (void)state;
    open_sample("dstack/quotes/rtmr3-based-report.json", &s);
    assert_int_equal(CERTBIND_OK, certbind_event_log_check(&s.log, s.quote + RTMR3_AT, &id, NULL));
    assert_true(certbind_compose_hash(certbind_bytes(compose, len), hash));
    assert_memory_equal(hash, id.compose_hash, 32);
    /* One blank more is another file, whatever it means as JSON. */
    compose[len] = ' ';
    assert_true(certbind_compose_hash(certbind_bytes(compose, len + 1), hash));
    assert_memory_not_equal(hash, id.compose_hash, 32);
    free(compose);
    close_sample(&s);
}

static certbind_status check_config_id(const uint8_t *mr_config_id,
                                       const struct certbind_identity *id)
{
    return certbind_mr_config_id_check(mr_config_id, id, certbind_bytes(NULL, 0), NULL);
}

static void mr_config_id_holds_the_compose_hash(void **state)
{
    static const uint8_t zero[48];
    struct sample s;
    struct certbind_identity id;
    uint8_t *mr_config_id;

    (void)state;
    open_sample("dstack/simulator-0.6/attestation.decoded.json", &s);
    mr_config_id = s.quote + MR_CONFIG_ID_AT;
    assert_int_equal(CERTBIND_OK, certbind_event_log_check(&s.log, s.quote + RTMR3_AT, &id, NULL));
    assert_int_equal(CERTBIND_OK, check_config_id(mr_config_id, &id));
    for (size_t i = 1; i < 48; i++) {
        mr_config_id[i] ^= 1;
        assert_int_equal(CERTBIND_E_MR_CONFIG_ID, check_config_id(mr_config_id, &id));
        mr_config_id[i] ^= 1;
    }
    mr_config_id[0] = 4;
    assert_int_equal(CERTBIND_E_MR_CONFIG_ID_UNSUPPORTED, check_config_id(mr_config_id, &id));
    assert_int_equal(CERTBIND_NOT_CHECKED, check_config_id(zero, &id));
    close_sample(&s);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_logs_replay_to_their_quotes),
        cmocka_unit_test(app_events_after_system_ready_are_reported),
        cmocka_unit_test(every_changed_byte_of_the_log_is_refused),
        cmocka_unit_test(digests_written_in_the_log_do_not_count),
        cmocka_unit_test(quote_with_zero_rtmr3_refuses_a_good_log),
        cmocka_unit_test(compose_hash_is_of_the_bytes),
        cmocka_unit_test(mr_config_id_holds_the_compose_hash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
