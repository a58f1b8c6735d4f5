/* The simulator's log and key chains before our own client code. */
#include <string.h>

#include "certbind/appkey.h"
#include "certbind/event_log.h"
#include "certbind/mr_config_id.h"
#include "tests/unit/simulator/fixture.h"

static void its_logs_give_the_identity(void **state)
{
    static const char *const composes[] = {"{\"name\":\"a\"}", "{\"no_instance_id\":true}",
                                           "{\"event_log_version\":2}"};

    (void)state;
    for (size_t i = 0; i < sizeof composes / sizeof composes[0]; i++) {
        struct certbind_event_log log = {0};
        struct certbind_identity identity;
        struct certbind_error err = {0};
        struct sim_buffer text = {0};
        uint8_t rtmr[48];
        struct sim_td td;

        boot_td(&td, composes[i]);
        sim_event_log_put_json(&td.log, &text);
        assert_int_equal(CERTBIND_OK, certbind_event_log_parse(sim_buffer_view(&text), &log, &err));
        assert_int_equal(CERTBIND_OK,
                         certbind_event_log_check(&log, td.log.rtmr[3], &identity, &err));
        for (uint32_t imr = 0; imr < 3; imr++) {
            assert_true(certbind_event_log_replay_boot(&log, imr, rtmr));
            assert_memory_equal(td.log.rtmr[imr], rtmr, sizeof rtmr);
        }
        assert_memory_equal(td.compose_hash, identity.compose_hash, 32);
        assert_memory_equal(td.keys.app_id, identity.app_id, SIM_APP_ID_LEN);
        assert_memory_equal(td.kms.ca_spki_sha256, identity.key_provider_id_sha256, 32);
        assert_memory_equal(td.os_image_hash, identity.os_image_hash, 32);
        assert_string_equal("kms", identity.key_provider);
        assert_true(identity.has_instance_id == td.has_instance_id);
        assert_int_equal(0, identity.later_events);
        certbind_event_log_cleanup(&log);
        sim_buffer_cleanup(&text);
        sim_td_cleanup(&td);
    }
}

static void every_version_of_mr_config_id_checks(void **state)
{
    (void)state;
    for (unsigned version = 1; version <= 3; version++) {
        struct sim_td_options o = {.seed = seed_of(SIM_SEED_DEFAULT),
                                   .os_seed = seed_of(SIM_OS_SEED_DEFAULT),
                                   .event_log_version = 2,
                                   .mr_config_version = version};
        struct certbind_bytes none = certbind_bytes(NULL, 0);
        struct certbind_event_log log = {0};
        struct certbind_identity identity;
        struct certbind_error err = {0};
        struct sim_buffer text = {0};
        struct sim_td td;

        assert_int_equal(CERTBIND_OK, sim_td_init(&td, &o, &err));
        sim_event_log_put_json(&td.log, &text);
        assert_int_equal(CERTBIND_OK, certbind_event_log_parse(sim_buffer_view(&text), &log, &err));
        assert_int_equal(2, log.events[log.count - 1].version);
        assert_int_equal(CERTBIND_OK,
                         certbind_event_log_check(&log, td.log.rtmr[3], &identity, &err));
        assert_int_equal(version, td.mr_config_id[0]);
        assert_int_equal(version == 3 ? CERTBIND_NOT_CHECKED : CERTBIND_OK,
                         certbind_mr_config_id_check(td.mr_config_id, &identity, none, &err));
        assert_int_equal(CERTBIND_OK,
                         certbind_mr_config_id_check(td.mr_config_id, &identity,
                                                     sim_buffer_view(&td.mr_config), &err));
        certbind_event_log_cleanup(&log);
        sim_buffer_cleanup(&text);
        sim_td_cleanup(&td);
    }
}

static void its_key_chains_lead_to_its_kms(void **state)
{
    uint8_t chain[2][CERTBIND_CHAIN_SIGNATURE_LEN];
    struct certbind_kms_root root;
    struct certbind_error err = {0};
    struct sim_app_key key;
    struct sim_k256 public;
    struct sim_td td;

    (void)state;
    boot_td(&td, NULL);
    assert_true(sim_app_keys_get(&td.keys, certbind_text("p"), certbind_text("use"),
                                 SIM_KEY_SECP256K1, &key));
    assert_true(sim_k256_init(key.key, &public));
    memcpy(chain[0], key.app_signature, sizeof chain[0]);
    memcpy(chain[1], td.keys.kms_signature, sizeof chain[1]);
    for (int by_address = 0; by_address < 2; by_address++) {
        struct certbind_bytes pin = by_address ? certbind_bytes(td.kms.root.address, 20)
                                               : certbind_bytes(td.kms.root.compressed, 33);
        struct certbind_appkey_inputs inputs = {
            td.keys.app_id, "use", certbind_bytes(public.compressed, 33),
            (const uint8_t(*)[CERTBIND_CHAIN_SIGNATURE_LEN])chain};

        assert_true(certbind_kms_root_set(&root, pin));
        assert_int_equal(CERTBIND_OK, certbind_appkey_check(&inputs, &root, NULL, &err));
        inputs.purpose = "other";
        assert_int_equal(CERTBIND_E_APP_KEY_ROOT,
                         certbind_appkey_check(&inputs, &root, NULL, &err));
    }
    sim_td_cleanup(&td);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_logs_give_the_identity),
        cmocka_unit_test(every_version_of_mr_config_id_checks),
        cmocka_unit_test(its_key_chains_lead_to_its_kms),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
