/* Version 0 attestations: real ones, and each rule broken alone. */
#include <stdlib.h>
#include <string.h>

#include "certbind/attestation.h"
#include "certbind/dcap/quote.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/fixture.h"

enum { AT_VARIANT = 1 };

static void expect(const uint8_t *bytes, size_t len, certbind_status status)
{
    struct certbind_attestation a;

    assert_int_equal(status, certbind_attestation_parse(certbind_bytes(bytes, len), &a, NULL));
    certbind_attestation_cleanup(&a);
}

static const char *text_of(const cJSON *object, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

static void same_events(const cJSON *expected, const char *payload,
                        const struct certbind_event_log *log)
{
    const cJSON *item;
    size_t i = 0;

    assert_int_equal(cJSON_GetArraySize(expected), log->count);
    cJSON_ArrayForEach(item, expected)
    {
        const struct certbind_event *event = &log->events[i++];

        assert_true(certbind_bytes_equal(certbind_text(text_of(item, "event")), event->name));
        assert_hex_equal(text_of(item, payload), event->payload.data, event->payload.len);
        if (text_of(item, "digest") != NULL)
            assert_hex_equal(text_of(item, "digest"), event->digest, sizeof event->digest);
    }
}

static void a_real_one_reads_as_decoded_by_others(void **state)
{
    size_t len;
    uint8_t *bytes = fixture_read("dstack/simulator-0.6/attestation.bin", &len);
    cJSON *json = fixture_json("dstack/simulator-0.6/attestation.decoded.json");
    struct certbind_attestation a;

    (void)state;
    assert_int_equal(CERTBIND_OK, certbind_attestation_parse(certbind_bytes(bytes, len), &a, NULL));
    assert_int_equal(0, a.version);
    assert_false(a.is_pod);
    assert_hex_equal(text_of(json, "quote"), a.quote.data, a.quote.len);
    assert_hex_equal(text_of(json, "report_data"), a.report_data, sizeof a.report_data);
    assert_true(certbind_bytes_equal(certbind_text(text_of(json, "config")), a.config));
    same_events(cJSON_GetObjectItemCaseSensitive(json, "event_log"), "event_payload", &a.event_log);
    same_events(cJSON_GetObjectItemCaseSensitive(json, "runtime_events"), "payload",
                &a.runtime_events);
    certbind_attestation_cleanup(&a);
    cJSON_Delete(json);
    free(bytes);
}

static void a_stripped_one_replays_to_its_quote(void **state)
{
    cJSON *json = fixture_json("dstack/quotes/tdx-lite-attestation.json");
    size_t len;
    uint8_t *bytes = fixture_unhex(text_of(json, "attestation"), &len);
    struct certbind_attestation a;
    struct certbind_quote quote;
    struct certbind_identity identity;

    (void)state;
    assert_int_equal(CERTBIND_OK, certbind_attestation_parse(certbind_bytes(bytes, len), &a, NULL));
    assert_int_equal(12, a.event_log.count);
    assert_int_equal(CERTBIND_OK, certbind_quote_parse(a.quote, &quote, NULL));
    assert_int_equal(CERTBIND_OK, certbind_event_log_check(&a.runtime_events, quote.td.rtmr[3],
                                                           &identity, NULL));
    assert_memory_equal(quote.td.report_data, a.report_data, sizeof a.report_data);
    certbind_attestation_cleanup(&a);
    cJSON_Delete(json);
    free(bytes);
}

static void other_platforms_and_versions_are_refused(void **state)
{
    size_t len;
    uint8_t *bytes = fixture_read("dstack/simulator-0.6/attestation.bin", &len);

    (void)state;
    for (int variant = 1; variant < 6; variant++) {
        bytes[AT_VARIANT] = (uint8_t)variant;
        expect(bytes, len,
               variant < 5 ? CERTBIND_E_CERT_EVIDENCE_PLATFORM : CERTBIND_E_CERT_EVIDENCE);
    }
    bytes[AT_VARIANT] = 0;
    for (unsigned first = 1; first < 0x100; first++) {
        bytes[0] = (uint8_t)first;
        expect(bytes, len, CERTBIND_E_CERT_EVIDENCE);
    }
    free(bytes);
}

static void cut_anywhere_it_is_refused(void **state)
{
    size_t len;
    uint8_t *bytes = fixture_read("dstack/simulator-0.6/attestation.bin", &len);

    (void)state;
    for (size_t n = 0; n < len; n++)
        expect(bytes, n, CERTBIND_E_CERT_EVIDENCE);
    expect(bytes, len, CERTBIND_OK);
    expect(bytes, len + 1, CERTBIND_E_CERT_EVIDENCE);
    free(bytes);
}

static void both_copies_of_the_events_are_the_same(void **state)
{
    size_t len;
    uint8_t *bytes = fixture_read("dstack/simulator-0.6/attestation.bin", &len);
    struct certbind_attestation a;
    size_t at;

    (void)state;
    assert_int_equal(CERTBIND_OK, certbind_attestation_parse(certbind_bytes(bytes, len), &a, NULL));
    at = (size_t)(a.runtime_events.events[1].payload.data - bytes);
    certbind_attestation_cleanup(&a);
    bytes[at] ^= 1;
    expect(bytes, len, CERTBIND_E_CERT_EVIDENCE_EVENT_LOG);
    free(bytes);
}

/* No quote, no logs, no report data, no configuration; then one thing after the other. */
static void sizes_have_limits(void **state)
{
    const size_t room = CERTBIND_ATTESTATION_MAX_BYTES + 1;
    uint8_t *bytes = calloc(1, room);
    const size_t config = CERTBIND_ATTESTATION_MAX_TEXT;

    (void)state;
    assert_non_null(bytes);
    expect(bytes, 70, CERTBIND_OK);
    bytes[69] = (uint8_t)(config << 2 | 2);
    bytes[70] = (uint8_t)(config >> 6 & 0xff);
    bytes[71] = (uint8_t)(config >> 14 & 0xff);
    memset(bytes + 73, 'x', config + 1);
    expect(bytes, 73 + config, CERTBIND_OK);
    bytes[69] = (uint8_t)((config + 1) << 2 | 2);
    expect(bytes, 73 + config + 1, CERTBIND_E_CERT_EVIDENCE);
    bytes[69] = 1 << 2;
    bytes[70] = 0xff; /* not UTF-8 */
    expect(bytes, 71, CERTBIND_E_CERT_EVIDENCE);
    expect(bytes, room, CERTBIND_E_CERT_EVIDENCE);
    expect(bytes, 0, CERTBIND_E_CERT_EVIDENCE);
    free(bytes);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_real_one_reads_as_decoded_by_others),
        cmocka_unit_test(a_stripped_one_replays_to_its_quote),
        cmocka_unit_test(other_platforms_and_versions_are_refused),
        cmocka_unit_test(cut_anywhere_it_is_refused),
        cmocka_unit_test(both_copies_of_the_events_are_the_same),
        cmocka_unit_test(sizes_have_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
