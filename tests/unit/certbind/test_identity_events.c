/* Identity events written by hand, beyond what a log's parser lets through. */
#include <stdlib.h>
#include <string.h>

#include "certbind/event_log.h"
#include "tests/support/cmocka_all.h"

enum { EVENTS = 5, PROVIDER = 3, READY = 4 };

static const char payload_20[] = "01234567890123456789";
static const char payload_32[] = "01234567890123456789012345678901";

static struct certbind_event event(const char *name, const char *payload)
{
    return (struct certbind_event){.version = 1,
                                   .imr = 3,
                                   .type = CERTBIND_RUNTIME_EVENT_TYPE,
                                   .name = certbind_text(name),
                                   .payload = certbind_text(payload)};
}

static void fill(struct certbind_event events[EVENTS], const char *provider)
{
    events[0] = event("app-id", payload_20);
    events[1] = event("compose-hash", payload_32);
    events[2] = event("instance-id", payload_20);
    events[PROVIDER] = event("key-provider", provider);
    events[READY] = event("system-ready", "");
}

static certbind_status check(struct certbind_event events[EVENTS], size_t count)
{
    const struct certbind_event_log log = {.events = events, .count = count};
    struct certbind_identity identity;
    uint8_t rtmr3[CERTBIND_RTMR_LEN];

    assert_true(certbind_event_log_replay(&log, rtmr3));
    return certbind_event_log_check(&log, rtmr3, &identity, NULL);
}

static certbind_status with_provider(const char *provider)
{
    struct certbind_event events[EVENTS];

    fill(events, provider);
    return check(events, EVENTS);
}

static void a_key_provider_has_a_name_and_an_id_that_fit(void **state)
{
    char long_id[2 * CERTBIND_KEY_PROVIDER_ID_MAX + 64] = "{\"name\":\"kms\",\"id\":\"";
    const size_t head = strlen(long_id);

    (void)state;
    assert_int_equal(CERTBIND_OK, with_provider("{\"name\":\"kms\",\"id\":\"abcd\"}"));
    assert_int_equal(CERTBIND_E_EVENT_LOG_IDENTITY, with_provider("{\"name\":\"kms\"}"));
    assert_int_equal(CERTBIND_E_EVENT_LOG_IDENTITY, with_provider("{\"id\":\"abcd\"}"));
    assert_int_equal(CERTBIND_E_EVENT_LOG_IDENTITY, with_provider("{"));
    assert_int_equal(CERTBIND_OK,
                     with_provider("{\"name\":\"0123456789012345678901234567890\",\"id\":\"\"}"));
    assert_int_equal(CERTBIND_E_EVENT_LOG_IDENTITY,
                     with_provider("{\"name\":\"01234567890123456789012345678901\",\"id\":\"\"}"));
    memset(long_id + head, '0', 2 * CERTBIND_KEY_PROVIDER_ID_MAX);
    memcpy(long_id + head + 2 * CERTBIND_KEY_PROVIDER_ID_MAX, "\"}", 3);
    assert_int_equal(CERTBIND_OK, with_provider(long_id));
    memcpy(long_id + head + 2 * CERTBIND_KEY_PROVIDER_ID_MAX, "00\"}", 5);
    assert_int_equal(CERTBIND_E_EVENT_LOG_IDENTITY, with_provider(long_id));
}

static void only_register_3_tells_who_a_guest_is(void **state)
{
    struct certbind_event events[EVENTS];

    (void)state;
    fill(events, "{\"name\":\"kms\",\"id\":\"abcd\"}");
    assert_int_equal(CERTBIND_E_EVENT_LOG_IDENTITY, check(events, READY));
    events[READY].imr = 2;
    assert_int_equal(CERTBIND_E_EVENT_LOG_IDENTITY, check(events, EVENTS));
    events[READY].imr = 3;
    events[0].imr = 0;
    assert_int_equal(CERTBIND_E_EVENT_LOG_IDENTITY, check(events, EVENTS));
}

static void a_boot_register_needs_digests(void **state)
{
    struct certbind_event events[1] = {{.imr = 1, .has_digest = true}};
    struct certbind_event_log log = {.events = events, .count = 1};
    uint8_t rtmr[CERTBIND_RTMR_LEN];

    (void)state;
    assert_true(certbind_event_log_replay_boot(&log, 1, rtmr));
    assert_false(certbind_event_log_replay_boot(&log, 2, rtmr));
    assert_false(certbind_event_log_replay_boot(&log, 3, rtmr));
    events[0].has_digest = false;
    assert_false(certbind_event_log_replay_boot(&log, 1, rtmr));
}

static void a_register_is_a_number_from_0_to_3(void **state)
{
    static const char *const good = "[{\"imr\":0,\"event_type\":1,\"event\":\"\",\"event_payload\":"
                                    "\"\",\"digest\":\"\"}]";
    static const char *const bad[] = {
        "[{\"imr\":4,\"event_type\":1,\"event\":\"\",\"event_payload\":\"\",\"digest\":\"\"}]",
        "[{\"imr\":\"0\",\"event_type\":1,\"event\":\"\",\"event_payload\":\"\",\"digest\":\"\"}]",
        "[{\"event_type\":1,\"event\":\"\",\"event_payload\":\"\",\"digest\":\"\"}]"};
    struct certbind_event_log log;

    (void)state;
    assert_int_equal(CERTBIND_OK, certbind_event_log_parse(certbind_text(good), &log, NULL));
    certbind_event_log_cleanup(&log);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(CERTBIND_E_EVENT_LOG_SYNTAX,
                         certbind_event_log_parse(certbind_text(bad[i]), &log, NULL));
}

static void an_event_of_version_2_has_a_greatest_name(void **state)
{
    static const char head[] = "[{\"version\":2,\"imr\":3,\"event_type\":134217729,"
                               "\"event_payload\":\"\",\"event\":\"";
    const size_t at = sizeof head - 1;
    char *text = malloc(at + CERTBIND_EVENT_V2_MAX_BYTES + 8);
    struct certbind_event_log log;

    (void)state;
    assert_non_null(text);
    memcpy(text, head, at);
    memset(text + at, 'a', CERTBIND_EVENT_V2_MAX_BYTES + 1);
    memcpy(text + at + CERTBIND_EVENT_V2_MAX_BYTES, "\"}]", 4);
    assert_int_equal(CERTBIND_OK, certbind_event_log_parse(certbind_text(text), &log, NULL));
    certbind_event_log_cleanup(&log);
    memcpy(text + at + CERTBIND_EVENT_V2_MAX_BYTES, "a\"}]", 5);
    assert_int_equal(CERTBIND_E_EVENT_LOG_SYNTAX,
                     certbind_event_log_parse(certbind_text(text), &log, NULL));
    free(text);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_provider_has_a_name_and_an_id_that_fit),
        cmocka_unit_test(only_register_3_tells_who_a_guest_is),
        cmocka_unit_test(a_boot_register_needs_digests),
        cmocka_unit_test(an_event_of_version_2_has_a_greatest_name),
        cmocka_unit_test(a_register_is_a_number_from_0_to_3),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
