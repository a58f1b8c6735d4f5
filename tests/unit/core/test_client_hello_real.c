#include "gateway/core/client_hello.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/cmocka_all.h"

static uint8_t message[GW_HELLO_MAX];

/* Read an exact copy, so that a read beyond it is seen. */
static enum gw_hello_result read_all(const uint8_t *data, size_t len, struct gw_client_hello *out,
                                     const char **code)
{
    struct gw_hello_scan scan = {0};
    uint8_t *copy = malloc(len > 0 ? len : 1);
    enum gw_hello_result result;

    assert_non_null(copy);
    memcpy(copy, data, len);
    result = gw_client_hello_read(&scan, copy, len, message, out, code);
    free(copy);
    return result;
}

static size_t read_fixture(const char *name, uint8_t *out, size_t room)
{
    char path[512];
    FILE *f;
    size_t len;

    (void)snprintf(path, sizeof path, "%s/client-hello/%s", getenv("DEVPROOF_FIXTURES"), name);
    f = fopen(path, "rb");
    assert_non_null(f);
    len = fread(out, 1, room, f);
    (void)fclose(f);
    assert_true(len > 0 && len < room);
    return len;
}

static void hellos_of_real_clients_are_read(void **state)
{
    static const struct {
        const char *file, *name, *asks;
        size_t alpn;
    } rows[] = {
        {"openssl_tls13.bin", "db.example.test", "http/1.1", 2},
        {"openssl_tls12_no_name.bin", "", NULL, 0},
        {"openssl_acme.bin", "db.example.test", "acme-tls/1", 1},
        {"curl.bin", "a.example.test", "h2", 2},
        {"chromium.bin", "a.example.test", "h2", 2},
        {"node.bin", "n.example.test", NULL, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t data[4096];
        size_t len = read_fixture(rows[i].file, data, sizeof data);
        struct gw_client_hello h;
        const char *code;

        assert_int_equal(GW_HELLO_COMPLETE, read_all(data, len, &h, &code));
        assert_string_equal(rows[i].name, h.name);
        assert_int_equal(rows[i].alpn, h.alpn_count);
        assert_true(rows[i].asks == NULL || gw_client_hello_asks(&h, rows[i].asks));
        assert_int_equal(i == 2, gw_client_hello_asks(&h, "acme-tls/1"));
        for (size_t n = 0; n < len; n++)
            assert_int_equal(GW_HELLO_MORE, read_all(data, n, &h, &code));
    }
}

static void a_hello_is_the_same_in_records_of_every_size_and_byte_by_byte(void **state)
{
    uint8_t data[4096], split[6 * 4096];
    size_t len = read_fixture("chromium.bin", data, sizeof data) - 5;

    (void)state;
    for (size_t size = 1; size < len; size += size < 8 ? 1 : 97) {
        struct gw_hello_scan scan = {0};
        struct gw_client_hello h;
        const char *code;
        size_t n = 0;

        for (size_t at = 0; at < len; at += size) {
            size_t part = len - at < size ? len - at : size;

            memcpy(split + n, (uint8_t[]){22, 3, 1, (uint8_t)(part >> 8), (uint8_t)part}, 5);
            memcpy(split + n + 5, data + 5 + at, part);
            n += 5 + part;
        }
        for (size_t came = 0; came < n; came++)
            assert_int_equal(GW_HELLO_MORE,
                             gw_client_hello_read(&scan, split, came, message, &h, &code));
        assert_int_equal(GW_HELLO_COMPLETE,
                         gw_client_hello_read(&scan, split, n, message, &h, &code));
        assert_string_equal("a.example.test", h.name);
        assert_true(gw_client_hello_asks(&h, "h2"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hellos_of_real_clients_are_read),
        cmocka_unit_test(a_hello_is_the_same_in_records_of_every_size_and_byte_by_byte),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
