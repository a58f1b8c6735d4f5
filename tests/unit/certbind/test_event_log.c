#include "certbind/event_log.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/fixture.h"
#include "tests/unit/certbind/log_text.h"

/* The status of a log that replays: what is refused is refused for its content alone. */
static certbind_status check_text(const char *text, struct certbind_identity *out)
{
    struct certbind_event_log log;
    uint8_t rtmr3[48];
    certbind_status status = certbind_event_log_parse(certbind_text(text), &log, NULL);

    if (status != CERTBIND_OK)
        return status;
    assert_true(certbind_event_log_replay(&log, rtmr3));
    status = certbind_event_log_check(&log, rtmr3, out, NULL);
    certbind_event_log_cleanup(&log);
    return status;
}

static certbind_status check(const char *text)
{
    struct certbind_identity out;
    certbind_status status = check_text(text, &out);

    /* A refusal leaves nothing behind that could be taken for an identity. */
    if (status != CERTBIND_OK && status != CERTBIND_E_EVENT_LOG_SYNTAX &&
        status != CERTBIND_E_EVENT_LOG_VERSION)
        assert_true(certbind_is_zero((const uint8_t *)&out, sizeof out));
    return status;
}

static void good_log_gives_the_identity(void **state)
{
    struct certbind_identity id;

    (void)state;
    assert_int_equal(CERTBIND_OK, check_text(GOOD_LOG, &id));
    assert_hex_equal(HEX20, id.app_id, sizeof id.app_id);
    assert_hex_equal(HEX32, id.compose_hash, sizeof id.compose_hash);
    assert_true(id.has_instance_id);
    assert_string_equal("kms", id.key_provider);
    assert_hex_equal("abcd", id.key_provider_id, id.key_provider_id_len);
    assert_false(id.has_os_image_hash);
    assert_int_equal(5, id.ready_at);
    assert_int_equal(0, id.later_events);
}

static void empty_instance_id_is_none(void **state)
{
    struct certbind_identity id;

    (void)state;
    assert_int_equal(CERTBIND_OK, check_text("[" EVENT_APP_ID "," EVENT_COMPOSE
                                             "," LOG_EVENT("instance-id", "") "," EVENT_PROVIDER
                                                                              "," EVENT_READY "]",
                                             &id));
    assert_false(id.has_instance_id);
}

static void later_events_are_counted_and_os_image_is_read(void **state)
{
    struct certbind_identity id;

    (void)state;
    assert_int_equal(CERTBIND_OK,
                     check_text("[" LOG_EVENT("os-image-hash", HEX32) "," GOOD_EVENTS "," LOG_EVENT(
                                    "mine", "00") "," LOG_EVENT("os-image-hash", "00") "]",
                                &id));
    assert_int_equal(2, id.later_events);
    assert_true(id.has_os_image_hash);
    assert_hex_equal(HEX32, id.os_image_hash, sizeof id.os_image_hash);
}

static void identity_events_come_once_and_in_time(void **state)
{
    static const char *const bad[] = {
        /* each of them missing */
        "[" EVENT_COMPOSE "," EVENT_INSTANCE "," EVENT_PROVIDER "," EVENT_READY "]",
        "[" EVENT_APP_ID "," EVENT_INSTANCE "," EVENT_PROVIDER "," EVENT_READY "]",
        "[" EVENT_APP_ID "," EVENT_COMPOSE "," EVENT_PROVIDER "," EVENT_READY "]",
        "[" EVENT_APP_ID "," EVENT_COMPOSE "," EVENT_INSTANCE "," EVENT_READY "]",
        /* repeated before and after system-ready, with equal and with other content */
        "[" EVENT_COMPOSE "," GOOD_EVENTS "]", "[" GOOD_EVENTS "," EVENT_COMPOSE "]",
        "[" GOOD_EVENTS "," LOG_EVENT("compose-hash", "00") "]",
        "[" GOOD_EVENTS "," EVENT_APP_ID "]", "[" GOOD_EVENTS "," EVENT_INSTANCE "]",
        "[" GOOD_EVENTS "," EVENT_PROVIDER "]",
        /* too late, or no system-ready at all */
        "[" EVENT_APP_ID "," EVENT_COMPOSE "," EVENT_INSTANCE "," EVENT_READY "," EVENT_PROVIDER
        "]",
        "[" EVENT_APP_ID "," EVENT_COMPOSE "," EVENT_INSTANCE "," EVENT_PROVIDER "]", "[]"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(CERTBIND_E_EVENT_LOG_IDENTITY, check(bad[i]));
}

#define WITH(app, compose, instance, provider)                                                     \
    "[" LOG_EVENT("app-id", app) "," LOG_EVENT("compose-hash", compose) "," LOG_EVENT(             \
        "instance-id", instance) "," LOG_EVENT("key-provider", provider) "," EVENT_READY "]"

static void identity_payloads_have_their_lengths(void **state)
{
    static const char *const bad[] = {
        WITH("00", HEX32, HEX20, KMS_PROVIDER), WITH("", HEX32, HEX20, KMS_PROVIDER),
        WITH(HEX20, HEX20, HEX20, KMS_PROVIDER), WITH(HEX20, HEX32, "00", KMS_PROVIDER),
        WITH(HEX20, HEX32, HEX20, ""), WITH(HEX20, HEX32, HEX20, "7b7d"),
        /* {"name":"kms","id":"xy"} and {"name":1,"id":""} and a repeated name */
        WITH(HEX20, HEX32, HEX20, "7b226e616d65223a226b6d73222c226964223a227879227d"),
        WITH(HEX20, HEX32, HEX20, "7b226e616d65223a312c226964223a22227d"),
        WITH(HEX20, HEX32, HEX20, "7b226e616d65223a22222c226964223a22222c226964223a22227d"),
        "[" LOG_EVENT("os-image-hash", "00") "," GOOD_EVENTS "]"};

    (void)state;
    assert_int_equal(CERTBIND_OK, check(WITH(HEX20, HEX32, HEX20, KMS_PROVIDER)));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(CERTBIND_E_EVENT_LOG_IDENTITY, check(bad[i]));
}

#define RAW(imr, type, digest, name, payload, more)                                                \
    "[{\"imr\":" imr ",\"event_type\":" type ",\"digest\":" digest ",\"event\":" name              \
    ",\"event_payload\":" payload more "}]"

static void malformed_events_are_refused_as_syntax(void **state)
{
    static const char *const bad[] = {
        "",
        "{}",
        "null",
        "[1]",
        "[{}]",
        GOOD_LOG "x",
        "[" GOOD_EVENTS ",]",
        RAW("4", "134217729", "\"\"", "\"a\"", "\"\"", ""),
        RAW("-1", "134217729", "\"\"", "\"a\"", "\"\"", ""),
        RAW("3.0", "134217729", "\"\"", "\"a\"", "\"\"", ""),
        RAW("\"3\"", "134217729", "\"\"", "\"a\"", "\"\"", ""),
        RAW("3", "134217728", "\"\"", "\"a\"", "\"\"", ""), /* a foreign type in register 3 */
        RAW("2", "134217729", "\"\"", "\"a\"", "\"\"", ""), /* a runtime event outside it */
        RAW("0", "4294967296", "\"\"", "\"a\"", "\"\"", ""),
        RAW("3", "134217729", "\"00\"", "\"a\"", "\"\"", ""),
        RAW("3", "134217729", "1", "\"a\"", "\"\"", ""),
        RAW("3", "134217729", "\"\"", "null", "\"\"", ""),
        RAW("3", "134217729", "\"\"", "\"a:b\"", "\"\"", ""), /* an ambiguous preimage */
        RAW("3", "134217729", "\"\"", "\"a\"", "\"0\"", ""),
        RAW("3", "134217729", "\"\"", "\"a\"", "\"AB\"", ""),
        RAW("3", "134217729", "\"\"", "\"a\"", "7", ""),
        RAW("3", "134217729", "\"\"", "\"a\"", "\"\"", ",\"event\":\"a\""),
        RAW("3", "134217729", "\"\"", "\"a\"", "\"\"", ",\"version\":\"1\"")};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(CERTBIND_E_EVENT_LOG_SYNTAX, check(bad[i]));
    assert_int_equal(CERTBIND_E_EVENT_LOG_IDENTITY,
                     check(RAW("3", "134217729", "\"\"", "\"a\"", "\"\"", ",\"version\":1")));
    assert_int_equal(CERTBIND_E_EVENT_LOG_VERSION,
                     check(RAW("3", "134217729", "\"\"", "\"a\"", "\"\"", ",\"version\":3")));
}

static void at_most_1024_events_are_taken(void **state)
{
    static const char event[] = LOG_EVENT("x", "");
    size_t room = sizeof event * 1030 + sizeof GOOD_LOG;
    char *text = malloc(room);
    struct certbind_identity id;

    (void)state;
    assert_non_null(text);
    for (int extra = 1018; extra <= 1019; extra++) {
        size_t at = sizeof GOOD_LOG - 2;

        memcpy(text, GOOD_LOG, at);
        for (int i = 0; i < extra; i++) {
            text[at++] = ',';
            memcpy(text + at, event, sizeof event - 1);
            at += sizeof event - 1;
        }
        memcpy(text + at, "]", 2);
        assert_int_equal(extra == 1018 ? CERTBIND_OK : CERTBIND_E_EVENT_LOG_SYNTAX,
                         check_text(text, &id));
    }
    free(text);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_log_gives_the_identity),
        cmocka_unit_test(empty_instance_id_is_none),
        cmocka_unit_test(later_events_are_counted_and_os_image_is_read),
        cmocka_unit_test(identity_events_come_once_and_in_time),
        cmocka_unit_test(identity_payloads_have_their_lengths),
        cmocka_unit_test(malformed_events_are_refused_as_syntax),
        cmocka_unit_test(at_most_1024_events_are_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
