#include <string.h>

#include "certbind/digest.h"
#include "tests/unit/simulator/fixture.h"

static const struct sim_event *find(const struct sim_td *td, const char *name)
{
    for (size_t i = 0; i < td->log.count; i++) {
        if (strcmp(td->log.events[i].name, name) == 0)
            return &td->log.events[i];
    }
    fail_msg("no event %s", name);
    return NULL;
}

static void the_log_replays_to_the_registers(void **state)
{
    uint8_t rtmr[4][48] = {{0}};
    struct sim_td td;

    (void)state;
    boot_td(&td, NULL);
    for (size_t i = 0; i < td.log.count; i++) {
        struct certbind_bytes parts[] = {certbind_bytes(rtmr[td.log.events[i].imr], 48),
                                         certbind_bytes(td.log.events[i].digest, 48)};
        uint8_t next[48];

        assert_true(certbind_sha384_parts(parts, 2, next));
        memcpy(rtmr[td.log.events[i].imr], next, sizeof next);
    }
    assert_memory_equal(rtmr, td.log.rtmr, sizeof rtmr);
    for (size_t i = 0; i < 4; i++)
        assert_false(certbind_is_zero(rtmr[i], 48));
    sim_td_cleanup(&td);
}

static void runtime_events_hash_and_extend_as_in_dstack(void **state)
{
    cJSON *vectors = fixture_json("dstack/vectors.json");
    const cJSON *mixed = cJSON_GetObjectItemCaseSensitive(vectors, "rtmr3_replay_mixed");
    static struct sim_event_log log;
    static const uint8_t payloads[3][2] = {{1, 2}, {3, 4}, {5, 6}};

    (void)state;
    assert_true(sim_event_log_add_runtime(&log, 1, "app-id", certbind_bytes(payloads[0], 2)));
    assert_true(sim_event_log_add_runtime(&log, 2, "compose-hash", certbind_bytes(payloads[1], 2)));
    assert_true(sim_event_log_add_runtime(&log, 1, "instance-id", certbind_bytes(payloads[2], 2)));
    assert_hex(cJSON_GetObjectItemCaseSensitive(mixed, "rtmr3")->valuestring, log.rtmr[3], 48);
    sim_event_log_cleanup(&log);
    cJSON_Delete(vectors);
}

static void the_compose_file_is_measured_byte_for_byte(void **state)
{
    static const char *const one = "{\"name\":\"a\", \"manifest_version\":2}";
    static const char *const two = "{\"name\":\"a\",\"manifest_version\":2}";
    const struct sim_event *event;
    uint8_t hash[32];
    struct sim_td a;
    struct sim_td b;

    (void)state;
    boot_td(&a, one);
    boot_td(&b, two);
    assert_true(certbind_sha256(certbind_text(one), hash));
    assert_memory_equal(hash, a.compose_hash, 32);
    event = find(&a, "compose-hash");
    assert_memory_equal(hash, event->payload.data, 32);
    assert_int_equal(0x01, a.mr_config_id[0]);
    assert_memory_equal(hash, a.mr_config_id + 1, 32);
    assert_true(certbind_is_zero(a.mr_config_id + 33, 15));
    assert_memory_equal(hash, a.keys.app_id, SIM_APP_ID_LEN);
    assert_string_equal("a", sim_buffer_cstr(&a.app_name));
    assert_memory_not_equal(a.log.rtmr[3], b.log.rtmr[3], 48);
    assert_memory_equal(a.log.rtmr[2], b.log.rtmr[2], 48);
    sim_td_cleanup(&b);
    sim_td_cleanup(&a);
}

static void another_os_repeats_the_runtime_events(void **state)
{
    struct sim_td_options o = {.seed = seed_of(SIM_SEED_DEFAULT), .os_seed = seed_of("02")};
    struct certbind_error err = {0};
    struct sim_td genuine;
    struct sim_td other;

    (void)state;
    boot_td(&genuine, NULL);
    assert_int_equal(CERTBIND_OK, sim_td_init(&other, &o, &err));
    assert_memory_not_equal(genuine.mrtd, other.mrtd, 48);
    for (size_t i = 0; i < 3; i++)
        assert_memory_not_equal(genuine.log.rtmr[i], other.log.rtmr[i], 48);
    assert_memory_equal(genuine.log.rtmr[3], other.log.rtmr[3], 48);
    sim_td_cleanup(&other);
    sim_td_cleanup(&genuine);
}

static void the_key_provider_names_the_kms(void **state)
{
    struct sim_td td;
    const struct sim_event *event;
    cJSON *json;
    uint8_t spki[SIM_P256_SPKI_LEN];
    uint8_t hash[32];

    (void)state;
    boot_td(&td, NULL);
    event = find(&td, "key-provider");
    json = cJSON_ParseWithLength((const char *)event->payload.data, event->payload.len);
    assert_string_equal("kms", cJSON_GetObjectItemCaseSensitive(json, "name")->valuestring);
    assert_int_equal(sizeof spki, unhex(cJSON_GetObjectItemCaseSensitive(json, "id")->valuestring,
                                        spki, sizeof spki));
    assert_true(certbind_sha256(certbind_bytes(spki, sizeof spki), hash));
    assert_memory_equal(td.kms.ca_spki_sha256, hash, 32);
    cJSON_Delete(json);
    sim_td_cleanup(&td);
}

static void the_compose_file_chooses_events(void **state)
{
    struct sim_td td;

    (void)state;
    boot_td(&td, "{\"no_instance_id\":true,\"event_log_version\":2,\"storage_fs\":\"ext4\"}");
    assert_int_equal(0, find(&td, "instance-id")->payload.len);
    assert_int_equal(2, find(&td, "app-id")->version);
    assert_memory_equal("ext4", find(&td, "storage-fs")->payload.data, 4);
    assert_string_equal("system-ready", td.log.events[td.log.count - 1].name);
    sim_td_cleanup(&td);
}

static void a_compose_file_that_is_no_json_object_does_not_boot(void **state)
{
    static const char *const bad[] = {"[]", "{", "{\"a\":1,\"a\":2}", "{\"event_log_version\":3}"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct sim_td_options o = {.seed = seed_of(SIM_SEED_DEFAULT),
                                   .os_seed = seed_of(SIM_OS_SEED_DEFAULT),
                                   .app_compose = certbind_text(bad[i])};
        struct certbind_error err = {0};
        struct sim_td td;

        assert_int_equal(CERTBIND_E_MALFORMED, sim_td_init(&td, &o, &err));
        sim_td_cleanup(&td);
    }
}

static void aggregates_are_those_of_dstack(void **state)
{
    cJSON *vectors = fixture_json("dstack/vectors.json");
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(vectors, "aggregates_simulator_0_6");
    static const char *const names[4] = {"rtmr0", "rtmr1", "rtmr2", "rtmr3"};
    uint8_t rtmr[4][48];
    uint8_t mrtd[48];
    uint8_t config_id[48];
    uint8_t out[32];

    (void)state;
    (void)unhex(cJSON_GetObjectItemCaseSensitive(v, "mrtd")->valuestring, mrtd, 48);
    for (size_t i = 0; i < 4; i++)
        (void)unhex(cJSON_GetObjectItemCaseSensitive(v, names[i])->valuestring, rtmr[i], 48);
    (void)unhex("01c143116fef3940e7f776bfc0919c256232ae5338a6e948c96b711e0b2383483a"
                "000000000000000000000000000000",
                config_id, 48);
    assert_true(sim_mr_aggregated(mrtd, (const uint8_t(*)[48])rtmr, config_id, out));
    assert_hex(cJSON_GetObjectItemCaseSensitive(v, "mr_aggregated")->valuestring, out, 32);
    cJSON_Delete(vectors);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_log_replays_to_the_registers),
        cmocka_unit_test(runtime_events_hash_and_extend_as_in_dstack),
        cmocka_unit_test(the_compose_file_is_measured_byte_for_byte),
        cmocka_unit_test(another_os_repeats_the_runtime_events),
        cmocka_unit_test(the_key_provider_names_the_kms),
        cmocka_unit_test(the_compose_file_chooses_events),
        cmocka_unit_test(a_compose_file_that_is_no_json_object_does_not_boot),
        cmocka_unit_test(aggregates_are_those_of_dstack),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
