#include "certbind/event_digest.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/cmocka_all.h"
#include "tests/unit/certbind/fixture.h"

static void check_vector(const cJSON *v)
{
    uint8_t out[48];
    size_t len;
    uint8_t *payload = fixture_unhex(cJSON_GetObjectItem(v, "payload")->valuestring, &len);
    struct certbind_bytes name = certbind_text(cJSON_GetObjectItem(v, "event")->valuestring);
    struct certbind_bytes bytes = certbind_bytes(payload, len);

    if (cJSON_GetObjectItem(v, "version")->valueint == 1)
        assert_true(certbind_event_digest_v1(name, bytes, out));
    else
        assert_true(certbind_event_digest_v2(name, bytes, out));
    assert_hex_equal(cJSON_GetObjectItem(v, "sha384")->valuestring, out, sizeof out);
    free(payload);
}

static void digests_match_the_platform(void **state)
{
    cJSON *vectors = fixture_json("dstack/vectors.json");
    const cJSON *v;
    int seen = 0;

    (void)state;
    cJSON_ArrayForEach(v, cJSON_GetObjectItem(vectors, "event_digest"))
    {
        check_vector(v);
        seen++;
    }
    assert_int_equal(6, seen);
    cJSON_Delete(vectors);
}

static void compose_hash_event_is_the_vector(void **state)
{
    uint8_t payload[32];
    uint8_t out[48];

    (void)state;
    memset(payload, 0x11, sizeof payload);
    assert_true(
        certbind_event_digest_v1(certbind_text("compose-hash"), certbind_bytes(payload, 32), out));
    assert_hex_equal("fd1232a6a2ed33051c76fa5c6b11a12c8bb3a6b7cececd8d8464c28b4bfa3729"
                     "6c68d731960f92c30966c87b7f992b4c",
                     out, sizeof out);
    assert_true(
        certbind_event_digest_v2(certbind_text("compose-hash"), certbind_bytes(payload, 32), out));
    assert_hex_equal("8dfa46bbc0522e3241b674b3076de25a8bde6b7c89d174d46d3d810fde96e6f2"
                     "278e25089e10c1862d0825af0e0ef0fa",
                     out, sizeof out);
}

static void extending_from_zero_is_the_vector(void **state)
{
    uint8_t rtmr[48] = {0};
    uint8_t digest[48];
    char payload[65] = {0};

    (void)state;
    for (size_t i = 0; i < 64; i += 2)
        memcpy(payload + i, "ab", 2);
    assert_true(certbind_event_digest_v1(certbind_text("New TLS Certificate"),
                                         certbind_text(payload), digest));
    assert_hex_equal("c4d009fc805aa2b6d53641227d573d3265b11df0be4fca694761706b48336742"
                     "3026bbae2e6aee89b7f9a082cb4bd72f",
                     digest, sizeof digest);
    assert_true(certbind_rtmr_extend(rtmr, digest));
    assert_hex_equal("df2fbef83de08db2e5b4fa69f153f43c1fda3b55c29cf945e39f94082be48f52"
                     "76f9cb0fb95765c6b2d09266275300a1",
                     rtmr, sizeof rtmr);
}

static void over_long_version_2_events_have_no_digest(void **state)
{
    size_t len = (1 << 20) + 1;
    char *name = calloc(1, len);
    uint8_t out[48];

    (void)state;
    assert_non_null(name);
    memset(name, 'a', len);
    assert_true(
        certbind_event_digest_v2(certbind_bytes(name, len - 1), certbind_bytes(NULL, 0), out));
    assert_false(certbind_event_digest_v2(certbind_bytes(name, len), certbind_bytes(NULL, 0), out));
    assert_false(certbind_event_digest_v2(certbind_text("a"), certbind_bytes(name, len), out));
    free(name);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_match_the_platform),
        cmocka_unit_test(compose_hash_event_is_the_vector),
        cmocka_unit_test(extending_from_zero_is_the_vector),
        cmocka_unit_test(over_long_version_2_events_have_no_digest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
