#include "tests/unit/simulator/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certbind/hex.h"
#include "tests/simulator/file.h"

cJSON *fixture_json(const char *name)
{
    struct sim_buffer path = {0};
    struct sim_buffer text = {0};
    const char *root = getenv("DEVPROOF_FIXTURES");
    cJSON *json = NULL;

    assert_non_null(root);
    sim_buffer_printf(&path, "%s/%s", root, name);
    if (sim_file_read(sim_buffer_cstr(&path), 1 << 20, &text))
        json = cJSON_ParseWithLength((const char *)text.data, text.len);
    sim_buffer_cleanup(&text);
    sim_buffer_cleanup(&path);
    assert_non_null(json);
    return json;
}

void assert_hex(const char *expected, const void *data, size_t len)
{
    struct sim_buffer text = {0};

    sim_buffer_put_hex(&text, certbind_bytes(data, len));
    assert_string_equal(expected, sim_buffer_cstr(&text));
    sim_buffer_cleanup(&text);
}

size_t unhex(const char *text, uint8_t *out, size_t room)
{
    size_t len = strlen(text) / 2;

    assert_true(len <= room);
    assert_true(certbind_hex_decode_any_case(certbind_text(text), out, len));
    return len;
}

struct sim_seed seed_of(const char *hex)
{
    struct sim_seed seed = {.len = 0};

    assert_true(sim_seed_parse(hex, &seed));
    return seed;
}

void boot_td(struct sim_td *td, const char *compose)
{
    struct sim_td_options o = {.seed = seed_of(SIM_SEED_DEFAULT),
                               .os_seed = seed_of(SIM_OS_SEED_DEFAULT),
                               .app_compose = certbind_text(compose == NULL ? "" : compose)};
    struct certbind_error err = {0};

    assert_int_equal(CERTBIND_OK, sim_td_init(td, &o, &err));
}
