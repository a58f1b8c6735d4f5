#include "tests/unit/certbind/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/pem.h>

#include "certbind/hex.h"
#include "tests/support/cmocka_all.h"

static FILE *open_fixture(const char *path)
{
    const char *root = getenv("DEVPROOF_FIXTURES");
    char full[1024];
    FILE *f;

    assert_non_null(root);
    snprintf(full, sizeof full, "%s/%s", root, path);
    f = fopen(full, "rb");
    if (f == NULL)
        fail_msg("cannot open '%s'", full);
    return f;
}

uint8_t *fixture_read(const char *path, size_t *len)
{
    FILE *f = open_fixture(path);
    uint8_t *data;
    long size;

    assert_int_equal(0, fseek(f, 0, SEEK_END));
    size = ftell(f);
    assert_true(size >= 0);
    rewind(f);
    data = malloc((size_t)size + 1);
    assert_non_null(data);
    assert_int_equal(size, fread(data, 1, (size_t)size, f));
    data[size] = 0;
    fclose(f);
    *len = (size_t)size;
    return data;
}

cJSON *fixture_json(const char *path)
{
    size_t len;
    uint8_t *text = fixture_read(path, &len);
    cJSON *json = cJSON_ParseWithLength((const char *)text, len + 1);

    assert_non_null(json);
    free(text);
    return json;
}

X509 *fixture_certificate(const char *path)
{
    FILE *f = open_fixture(path);
    X509 *cert = PEM_read_X509(f, NULL, NULL, NULL);

    assert_non_null(cert);
    fclose(f);
    return cert;
}

uint8_t *fixture_certificate_der(const char *path, size_t *len)
{
    X509 *cert = fixture_certificate(path);
    int n = i2d_X509(cert, NULL);
    uint8_t *der = malloc((size_t)n);
    uint8_t *at = der;

    assert_true(n > 0);
    assert_non_null(der);
    assert_int_equal(n, i2d_X509(cert, &at));
    X509_free(cert);
    *len = (size_t)n;
    return der;
}

uint8_t *fixture_unhex(const char *hex, size_t *len)
{
    uint8_t *out = malloc(strlen(hex) / 2 + 1);

    assert_non_null(out);
    *len = strlen(hex) / 2;
    assert_true(certbind_hex_decode(certbind_text(hex), out, *len));
    return out;
}

void assert_hex_equal(const char *hex, const uint8_t *data, size_t len)
{
    char *text = malloc(2 * len + 1);

    assert_non_null(text);
    certbind_hex_encode(data, len, text);
    assert_string_equal(hex, text);
    free(text);
}

char *text_replace(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    size_t room = strlen(text) + strlen(to) + 1;
    char *out = malloc(room);

    if (at == NULL)
        fail_msg("no '%s' in the text", from);
    assert_non_null(out);
    snprintf(out, room, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    return out;
}
