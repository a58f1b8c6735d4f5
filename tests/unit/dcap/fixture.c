#include "tests/unit/dcap/fixture.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certbind/hex.h"
#include "certbind/json.h"
#include "tests/support/cmocka_all.h"

struct fixture fixture_read(const char *path)
{
    const char *folder = getenv("DEVPROOF_FIXTURES");
    struct fixture out = {0};
    char name[1024];
    FILE *f;

    assert_non_null(folder);
    snprintf(name, sizeof name, "%s/%s", folder, path);
    f = fopen(name, "rb");
    if (f == NULL)
        fail_msg("cannot open '%s'", name);
    assert_int_equal(0, fseek(f, 0, SEEK_END));
    out.len = (size_t)ftell(f);
    rewind(f);
    out.data = calloc(1, out.len + 1);
    assert_non_null(out.data);
    assert_int_equal(out.len, fread(out.data, 1, out.len, f));
    fclose(f);
    return out;
}

static struct fixture decode(const char *hex, size_t len)
{
    struct fixture out = {calloc(1, len / 2 + 1), len / 2};

    assert_non_null(out.data);
    assert_true(certbind_hex_decode_any_case(certbind_bytes(hex, len), out.data, out.len));
    return out;
}

struct fixture fixture_read_hex(const char *path)
{
    struct fixture text = fixture_read(path);
    struct fixture out;

    while (text.len > 0 && isspace(text.data[text.len - 1]))
        text.len--;
    out = decode((const char *)text.data, text.len);
    fixture_free(&text);
    return out;
}

struct fixture fixture_read_json_hex(const char *path, const char *member)
{
    static const struct certbind_json_rules rules = {
        1 << 20, CERTBIND_E_MALFORMED, CERTBIND_E_MALFORMED, CERTBIND_E_MALFORMED, true,
    };
    struct fixture text = fixture_read(path);
    struct certbind_json json;
    struct fixture out;
    const char *hex;

    assert_int_equal(CERTBIND_OK, certbind_json_parse(fixture_bytes(&text), &rules, &json, NULL));
    hex = certbind_json_string(json.root, member);
    assert_non_null(hex);
    out = decode(hex, strlen(hex));
    certbind_json_cleanup(&json);
    fixture_free(&text);
    return out;
}

struct certbind_bytes fixture_bytes(const struct fixture *f)
{
    return certbind_bytes(f->data, f->len);
}

void fixture_free(struct fixture *f)
{
    free(f->data);
    *f = (struct fixture){0};
}

void assert_hex(const char *hex, const uint8_t *data, size_t len)
{
    char *text = malloc(2 * len + 1);

    assert_non_null(text);
    certbind_hex_encode(data, len, text);
    assert_string_equal(hex, text);
    free(text);
}
