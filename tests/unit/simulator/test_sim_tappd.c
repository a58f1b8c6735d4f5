#include <string.h>

#include "tests/simulator/tappd.h"
#include "tests/unit/simulator/fixture.h"

static const char *text_of(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

    assert_true(cJSON_IsString(item));
    return item->valuestring;
}

static void report_data_is_that_of_dstack(void **state)
{
    cJSON *vectors = fixture_json("dstack/vectors.json");
    const cJSON *v;
    size_t count = 0;

    (void)state;
    cJSON_ArrayForEach(v, cJSON_GetObjectItemCaseSensitive(vectors, "report_data"))
    {
        uint8_t content[256];
        uint8_t report_data[SIM_QUOTE_REPORT_DATA_LEN];
        size_t len = unhex(text_of(v, "content"), content, sizeof content);
        struct sim_reply reply = {0};

        assert_true(sim_tappd_report_data(text_of(v, "hash"), text_of(v, "tag"),
                                          certbind_bytes(content, len), report_data, &reply));
        assert_hex(text_of(v, "report_data"), report_data, sizeof report_data);
        count++;
    }
    assert_int_equal(18, count);
    cJSON_Delete(vectors);
}

static void the_colon_is_the_agents(void **state)
{
    struct certbind_bytes content = certbind_text("x");
    uint8_t plain[SIM_QUOTE_REPORT_DATA_LEN];
    uint8_t twice[SIM_QUOTE_REPORT_DATA_LEN];
    struct sim_reply reply = {0};

    (void)state;
    assert_true(sim_tappd_report_data("sha512", "app-data", content, plain, &reply));
    assert_true(sim_tappd_report_data("sha512", "app-data:", content, twice, &reply));
    assert_memory_not_equal(plain, twice, sizeof plain);
}

static void a_refused_call_gives_no_report_data(void **state)
{
    static const struct {
        const char *hash;
        size_t len;
    } rows[] = {{"raw", 63}, {"raw", 65}, {"md5", 64}, {"SHA512", 64}, {"", 64}};
    static const uint8_t content[65] = {1};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t report_data[SIM_QUOTE_REPORT_DATA_LEN];
        struct sim_reply reply = {0};

        assert_false(sim_tappd_report_data(rows[i].hash, "p", certbind_bytes(content, rows[i].len),
                                           report_data, &reply));
        assert_int_equal(400, reply.status);
        assert_true(certbind_is_zero(report_data, sizeof report_data));
        sim_reply_cleanup(&reply);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(report_data_is_that_of_dstack),
        cmocka_unit_test(the_colon_is_the_agents),
        cmocka_unit_test(a_refused_call_gives_no_report_data),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
