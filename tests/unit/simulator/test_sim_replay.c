#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/simulator/attestation.h"
#include "tests/simulator/file.h"
#include "tests/simulator/quote.h"
#include "tests/simulator/replay.h"
#include "tests/unit/simulator/fixture.h"

static const char *const FOLDERS[] = {"simulator-0.5.3", "simulator-0.6"};

static void path_of(const char *folder, const char *name, char out[512])
{
    (void)snprintf(out, 512, "%s/dstack/%s%s%s", getenv("DEVPROOF_FIXTURES"), folder,
                   name[0] == '\0' ? "" : "/", name);
}

static void load(const char *folder, struct sim_td *td)
{
    struct certbind_error err = {0};
    char path[512];

    path_of(folder, "", path);
    assert_int_equal(CERTBIND_OK, sim_replay_load(path, td, &err));
}

static void keys_are_those_of_the_vectors(void **state)
{
    cJSON *vectors = fixture_json("dstack/vectors.json");
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(vectors, "getkey");

    (void)state;
    for (int i = 0; i < 2; i++) {
        const cJSON *v = cJSON_GetArrayItem(list, i);
        struct sim_td td;

        load(FOLDERS[1 - i], &td);
        assert_hex(cJSON_GetObjectItemCaseSensitive(v, "app_pubkey_compressed")->valuestring,
                   td.keys.key.compressed, sizeof td.keys.key.compressed);
        assert_hex(cJSON_GetObjectItemCaseSensitive(v, "app_id")->valuestring, td.keys.app_id,
                   sizeof td.keys.app_id);
        assert_hex(cJSON_GetObjectItemCaseSensitive(v, "kms_signature")->valuestring,
                   td.keys.kms_signature, sizeof td.keys.kms_signature);
        sim_td_cleanup(&td);
    }
    cJSON_Delete(vectors);
}

/* With the config that was recorded, our encoder writes dstack's bytes. */
static void attestation_of_0_6_is_written_byte_for_byte(void **state)
{
    static const uint8_t zero[64];
    cJSON *decoded = fixture_json("dstack/simulator-0.6/attestation.decoded.json");
    struct sim_buffer recorded = {0};
    struct sim_buffer made = {0};
    struct sim_td td;
    char path[512];

    (void)state;
    load("simulator-0.6", &td);
    sim_buffer_clear(&td.vm_config);
    sim_buffer_put_text(&td.vm_config,
                        cJSON_GetObjectItemCaseSensitive(decoded, "config")->valuestring);
    path_of("simulator-0.6", "attestation.bin", path);
    assert_true(sim_file_read(path, 1 << 20, &recorded));
    assert_true(
        sim_attestation_encode(&td, sim_buffer_view(&td.quote), zero, SIM_ATTESTATION_FULL, &made));
    assert_int_equal(recorded.len, made.len);
    assert_memory_equal(recorded.data, made.data, made.len);
    sim_buffer_cleanup(&made);
    sim_buffer_cleanup(&recorded);
    sim_td_cleanup(&td);
    cJSON_Delete(decoded);
}

static void only_the_report_data_of_a_quote_changes(void **state)
{
    (void)state;
    for (size_t f = 0; f < 2; f++) {
        const struct sim_quoter quoter = {.version = 4};
        uint8_t report_data[SIM_QUOTE_REPORT_DATA_LEN] = {0};
        struct sim_buffer quote = {0};
        struct sim_td td;

        load(FOLDERS[f], &td);
        assert_true(sim_quote_make(&quoter, &td, report_data, &quote));
        assert_int_equal(td.quote.len, quote.len);
        assert_memory_equal(td.quote.data, quote.data, quote.len);
        memset(report_data, 0xab, sizeof report_data);
        sim_buffer_clear(&quote);
        assert_true(sim_quote_make(&quoter, &td, report_data, &quote));
        assert_memory_equal(td.quote.data, quote.data, 568);
        assert_memory_equal(report_data, quote.data + 568, 64);
        assert_memory_equal(td.quote.data + 632, quote.data + 632, quote.len - 632);
        sim_buffer_cleanup(&quote);
        sim_td_cleanup(&td);
    }
}

/* Copy the fixture's files into a folder, one of them changed. */
static void break_file(const char *folder, const char *target, const char *name, const char *text)
{
    static const char *const names[] = {"appkeys.json", "app-compose.json", "sys-config.json",
                                        "quote.hex",    "eventlog.json",    "attestation.bin"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct sim_buffer content = {0};
        char path[512];

        path_of(folder, names[i], path);
        if (sim_file_read(path, 1 << 20, &content)) {
            if (strcmp(names[i], name) == 0) {
                sim_buffer_clear(&content);
                sim_buffer_put_text(&content, text);
            }
            (void)snprintf(path, sizeof path, "%s/%s", target, names[i]);
            assert_true(sim_file_write(path, sim_buffer_view(&content)));
        }
        sim_buffer_cleanup(&content);
    }
}

static void remove_files(const char *folder)
{
    static const char *const names[] = {"appkeys.json", "app-compose.json", "sys-config.json",
                                        "quote.hex",    "eventlog.json",    "attestation.bin"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[512];

        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        (void)unlink(path);
    }
    assert_int_equal(0, rmdir(folder));
}

static void a_folder_with_something_else_is_refused(void **state)
{
    static const struct {
        const char *folder, *name, *text;
    } rows[] = {
        {"simulator-0.6", "appkeys.json", "{}"},    {"simulator-0.6", "sys-config.json", "["},
        {"simulator-0.6", "app-compose.json", "{"}, {"simulator-0.6", "attestation.bin", "\x01"},
        {"simulator-0.5.3", "quote.hex", "04"},     {"simulator-0.5.3", "quote.hex", "zz"},
        {"simulator-0.5.3", "eventlog.json", "[]"}, {"simulator-0.5.3", "eventlog.json", "[1]"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char target[] = "/tmp/dp-unit-XXXXXX";
        struct certbind_error err = {0};
        struct sim_td td;

        assert_non_null(mkdtemp(target));
        break_file(rows[i].folder, target, "", "");
        assert_int_equal(CERTBIND_OK, sim_replay_load(target, &td, &err));
        sim_td_cleanup(&td);
        break_file(rows[i].folder, target, rows[i].name, rows[i].text);
        assert_int_equal(CERTBIND_E_MALFORMED, sim_replay_load(target, &td, &err));
        sim_td_cleanup(&td);
        remove_files(target);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_those_of_the_vectors),
        cmocka_unit_test(attestation_of_0_6_is_written_byte_for_byte),
        cmocka_unit_test(only_the_report_data_of_a_quote_changes),
        cmocka_unit_test(a_folder_with_something_else_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
