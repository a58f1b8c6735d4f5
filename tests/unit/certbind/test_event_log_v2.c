/* Events of version 2: recomputed in RFC 8785 form, alone and among events of version 1. */
#include <stdlib.h>
#include <string.h>

#include "certbind/event_log.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/fixture.h"
#include "tests/unit/certbind/log_text.h"

#define V2_EVENT(name, payload, more)                                                              \
    "{\"imr\":3,\"event_type\":134217729,\"digest\":\"\",\"event\":\"" name                        \
    "\",\"event_payload\":\"" payload "\",\"version\":2" more "}"
#define V2_IDENTITY                                                                                \
    V2_EVENT("app-id", HEX20, "")                                                                  \
    "," V2_EVENT("compose-hash", HEX32, "") "," V2_EVENT("instance-id", "", "") "," V2_EVENT(      \
        "key-provider", KMS_PROVIDER, "") "," V2_EVENT("system-ready", "", "")

static void parse(const char *text, struct certbind_event_log *log)
{
    assert_int_equal(CERTBIND_OK, certbind_event_log_parse(certbind_text(text), log, NULL));
}

static certbind_status parse_status(const char *text)
{
    struct certbind_event_log log;
    certbind_status status = certbind_event_log_parse(certbind_text(text), &log, NULL);

    if (status == CERTBIND_OK)
        certbind_event_log_cleanup(&log);
    return status;
}

static void replay(const char *text, uint8_t rtmr3[48])
{
    struct certbind_event_log log;

    parse(text, &log);
    assert_true(certbind_event_log_replay(&log, rtmr3));
    certbind_event_log_cleanup(&log);
}

static void a_mixed_log_is_the_vector(void **state)
{
    cJSON *vectors = fixture_json("dstack/vectors.json");
    const cJSON *vector = cJSON_GetObjectItem(vectors, "rtmr3_replay_mixed");
    uint8_t rtmr3[48];

    (void)state;
    assert_string_equal("v2 compose-hash 0304",
                        cJSON_GetArrayItem(cJSON_GetObjectItem(vector, "events"), 1)->valuestring);
    replay("[" LOG_EVENT("app-id", "0102") "," V2_EVENT("compose-hash", "0304", "") "," LOG_EVENT(
               "instance-id", "0506") "]",
           rtmr3);
    assert_hex_equal(cJSON_GetObjectItem(vector, "rtmr3")->valuestring, rtmr3, sizeof rtmr3);
    cJSON_Delete(vectors);
}

static void a_log_of_version_2_gives_the_identity(void **state)
{
    struct certbind_event_log log;
    struct certbind_identity id;
    uint8_t rtmr3[48];

    (void)state;
    parse("[" V2_IDENTITY "]", &log);
    assert_true(certbind_event_log_replay(&log, rtmr3));
    assert_int_equal(CERTBIND_OK, certbind_event_log_check(&log, rtmr3, &id, NULL));
    assert_hex_equal(HEX20, id.app_id, sizeof id.app_id);
    assert_hex_equal(HEX32, id.compose_hash, sizeof id.compose_hash);
    certbind_event_log_cleanup(&log);
}

/* Whoever carries the log can write any version beside an event; the register knows better. */
static void the_version_is_part_of_what_was_measured(void **state)
{
    struct certbind_event_log log;
    struct certbind_identity id;
    uint8_t rtmr3[48];

    (void)state;
    parse("[" V2_IDENTITY "]", &log);
    assert_true(certbind_event_log_replay(&log, rtmr3));
    for (size_t i = 0; i < log.count; i++) {
        log.events[i].version = 1;
        assert_int_equal(CERTBIND_E_EVENT_LOG_RTMR3,
                         certbind_event_log_check(&log, rtmr3, &id, NULL));
        log.events[i].version = 0; /* as in a zeroed event */
        assert_int_equal(CERTBIND_E_INTERNAL, certbind_event_log_check(&log, rtmr3, &id, NULL));
        log.events[i].version = 2;
    }
    assert_int_equal(CERTBIND_OK, certbind_event_log_check(&log, rtmr3, &id, NULL));
    certbind_event_log_cleanup(&log);
}

static void every_changed_byte_of_the_log_is_refused(void **state)
{
    struct certbind_event_log log;
    struct certbind_identity id;
    uint8_t rtmr3[48];

    (void)state;
    parse("[" V2_IDENTITY "]", &log);
    assert_true(certbind_event_log_replay(&log, rtmr3));
    for (size_t i = 0; i < log.count; i++) {
        const struct certbind_event *e = &log.events[i];
        size_t start = (size_t)(e->name.data - log.storage);

        for (size_t j = 0; j < e->name.len + e->payload.len; j++) {
            log.storage[start + j] ^= 0x40;
            assert_int_equal(CERTBIND_E_EVENT_LOG_RTMR3,
                             certbind_event_log_check(&log, rtmr3, &id, NULL));
            log.storage[start + j] ^= 0x40;
        }
    }
    certbind_event_log_cleanup(&log);
}

/* RFC 8785 is made anew: neither a preimage nor a digest in the log has a say. */
static void preimages_in_the_log_do_not_count(void **state)
{
    uint8_t plain[48];
    uint8_t claimed[48];

    (void)state;
    replay("[" V2_EVENT("compose-hash", "0304", "") "]", plain);
    replay("[" V2_EVENT("compose-hash", "0304", ",\"preimage\":\"7b7d\"") "]", claimed);
    assert_memory_equal(plain, claimed, sizeof plain);
    replay("[" V2_EVENT("compose\\u002dhash", "0304", "") "]", claimed);
    assert_memory_equal(plain, claimed, sizeof plain);
    replay("[" V2_EVENT("compose-hash", "0305", "") "]", claimed);
    assert_memory_not_equal(plain, claimed, sizeof plain);
}

/* A quote, a brace or a colon in a name cannot make it look like another event. */
static void names_cannot_forge_the_preimage(void **state)
{
    uint8_t plain[48];
    uint8_t forged[48];

    (void)state;
    replay("[" V2_EVENT("a", "00", "") "]", plain);
    replay("[" V2_EVENT("a\\\",\\\"payload\\\":\\\"00", "", "") "]", forged);
    assert_memory_not_equal(plain, forged, sizeof plain);
    assert_int_equal(CERTBIND_OK, parse_status("[" V2_EVENT("a:b", "", "") "]"));
    assert_int_equal(CERTBIND_E_EVENT_LOG_SYNTAX, parse_status("[" LOG_EVENT("a:b", "") "]"));
}

#define WITH_VERSION(v)                                                                            \
    "[{\"imr\":3,\"event_type\":134217729,\"event\":\"a\",\"event_payload\":\"\",\"version\":" v   \
    "}]"

static void there_are_two_versions(void **state)
{
    (void)state;
    assert_int_equal(CERTBIND_OK, parse_status(WITH_VERSION("1")));
    assert_int_equal(CERTBIND_OK, parse_status(WITH_VERSION("2")));
    assert_int_equal(CERTBIND_E_EVENT_LOG_VERSION, parse_status(WITH_VERSION("0")));
    assert_int_equal(CERTBIND_E_EVENT_LOG_VERSION, parse_status(WITH_VERSION("3")));
    assert_int_equal(CERTBIND_E_EVENT_LOG_VERSION, parse_status(WITH_VERSION("2147483647")));
    assert_int_equal(CERTBIND_E_EVENT_LOG_SYNTAX, parse_status(WITH_VERSION("-1")));
    assert_int_equal(CERTBIND_E_EVENT_LOG_SYNTAX, parse_status(WITH_VERSION("2.0")));
    assert_int_equal(CERTBIND_E_EVENT_LOG_SYNTAX, parse_status(WITH_VERSION("\"2\"")));
    assert_int_equal(CERTBIND_E_EVENT_LOG_SYNTAX, parse_status(WITH_VERSION("null")));
}

static void payloads_have_an_exact_limit(void **state)
{
    static const char head[] = "[{\"imr\":3,\"event_type\":134217729,\"event\":\"a\",\"version\":2,"
                               "\"event_payload\":\"";
    size_t most = 2 * (size_t)CERTBIND_EVENT_V2_MAX_BYTES;
    char *text = malloc(sizeof head + most + 8);

    (void)state;
    assert_non_null(text);
    for (size_t more = 0; more <= 2; more += 2) {
        memcpy(text, head, sizeof head - 1);
        memset(text + sizeof head - 1, '0', most + more);
        memcpy(text + sizeof head - 1 + most + more, "\"}]", 4);
        assert_int_equal(more == 0 ? CERTBIND_OK : CERTBIND_E_EVENT_LOG_SYNTAX, parse_status(text));
    }
    free(text);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mixed_log_is_the_vector),
        cmocka_unit_test(a_log_of_version_2_gives_the_identity),
        cmocka_unit_test(the_version_is_part_of_what_was_measured),
        cmocka_unit_test(every_changed_byte_of_the_log_is_refused),
        cmocka_unit_test(preimages_in_the_log_do_not_count),
        cmocka_unit_test(names_cannot_forge_the_preimage),
        cmocka_unit_test(there_are_two_versions),
        cmocka_unit_test(payloads_have_an_exact_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
