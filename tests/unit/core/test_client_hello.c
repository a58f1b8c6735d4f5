#include "gateway/core/client_hello.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/cmocka_all.h"

enum {
    RECORD_LEN = 4,  /* offsets of what the tests change: low byte of the record's length */
    MESSAGE_LEN = 8, /* of the message's */
    VERSION = 9,
    SESSION_LEN = 43,
    SUITES_LEN = 45,
    METHODS_LEN = 48,
    EXTENSIONS_LEN = 51,
    NAME_EXTENSION = 52,
    NAME_EXTENSION_LEN = 55,
    NAME_LIST_LEN = 57,
    NAME_TYPE = 58,
    NAME_LEN = 60,
    NAME = 61,
    ALPN_TYPE = 68,
    ALPN_LIST_LEN = 72,
    ALPN_LEN = 73,
    LAST_TYPE = 76,
    PLAIN_LEN = 80
};

/* One record with one hello: name a.test, ALPN h2, an empty extension 0xffee last. */
static const uint8_t plain[PLAIN_LEN + 1] =
    "\x16\x03\x01\x00\x4b"             /* record */
    "\x01\x00\x00\x47\x03\x03"         /* message, version */
    "0123456789abcdef0123456789abcdef" /* random */
    "\x00\x00\x02\x13\x01\x01\x00"     /* session, suites, compression */
    "\x00\x1c"                         /* extensions */
    "\x00\x00\x00\x0b\x00\x09\x00\x00\x06"
    "a.test"
    "\x00\x10\x00\x05\x00\x03\x02h2"
    "\xff\xee\x00\x00";

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

static void assert_refused(const uint8_t *data, size_t len, const char *want)
{
    struct gw_client_hello h;
    const char *code = NULL;

    assert_int_equal(GW_HELLO_REFUSED, read_all(data, len, &h, &code));
    assert_string_equal(want, code);
}

/* Among them an SSLv2 hello, and two server names. */
static void each_broken_rule_has_its_code(void **state)
{
    static const struct {
        size_t at;
        uint8_t value;
        const char *code;
    } rows[] = {{0, 23, "client-hello"},
                {0, 'G', "client-hello"},
                {0, 0x80, "client-hello"},
                {1, 2, "client-hello"},
                {RECORD_LEN, 0, "client-hello"},
                {RECORD_LEN - 1, 0x41, "client-hello"},
                {5, 2, "client-hello"},
                {MESSAGE_LEN - 2, 1, "client-hello-size"},
                {MESSAGE_LEN, 70, "client-hello"},
                {VERSION, 2, "client-hello"},
                {SESSION_LEN, 33, "client-hello"},
                {SUITES_LEN, 0, "client-hello"},
                {SUITES_LEN, 3, "client-hello"},
                {METHODS_LEN, 0, "client-hello"},
                {EXTENSIONS_LEN, 27, "client-hello"},
                {EXTENSIONS_LEN, 29, "client-hello"},
                {LAST_TYPE + 3, 1, "client-hello"},
                {NAME_EXTENSION_LEN, 12, "client-hello"},
                {NAME_LIST_LEN, 8, "client-hello"},
                {NAME_LIST_LEN, 10, "client-hello"},
                {NAME_TYPE, 1, "server-name"},
                {NAME_LEN, 5, "server-name"},
                {NAME_LEN, 0, "server-name"},
                {NAME, '.', "server-name"},
                {NAME, 0, "server-name"},
                {NAME, '_', "server-name"},
                {NAME + 5, '.', "server-name"},
                {ALPN_LIST_LEN, 2, "client-hello"},
                {ALPN_LEN, 3, "client-hello"},
                {ALPN_LEN, 0, "client-hello"},
                {ALPN_TYPE, 0, "client-hello"},
                {LAST_TYPE + 1, 0, "client-hello"}};
    struct gw_client_hello h;
    const char *code;

    (void)state;
    assert_int_equal(GW_HELLO_COMPLETE, read_all(plain, PLAIN_LEN, &h, &code));
    assert_null(code);
    assert_string_equal("a.test", h.name);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t bad[PLAIN_LEN];

        memcpy(bad, plain, sizeof bad);
        bad[rows[i].at] = rows[i].value;
        if (rows[i].at == LAST_TYPE + 1)
            bad[LAST_TYPE] = 0;
        assert_refused(bad, sizeof bad, rows[i].code);
    }
}

static void nothing_may_follow_the_message_in_its_record(void **state)
{
    uint8_t longer[PLAIN_LEN + 1] = {0};
    struct gw_client_hello h;
    const char *code;

    (void)state;
    memcpy(longer, plain, PLAIN_LEN);
    /* In a record of its own it is the next one's business: early data, as a rule. */
    assert_int_equal(GW_HELLO_COMPLETE, read_all(longer, sizeof longer, &h, &code));
    longer[RECORD_LEN]++;
    assert_refused(longer, sizeof longer, "client-hello");
    assert_refused(longer, PLAIN_LEN, "client-hello");
}

static void names_and_sizes_have_an_end(void **state)
{
    uint8_t *data = calloc(1, GW_HELLO_MAX + 1);
    struct gw_client_hello h;
    const char *code;
    size_t n = 0;

    (void)state;
    assert_non_null(data);
    /* A message of 65,532 bytes in records of 16 KiB has no room for its last bytes. */
    for (size_t at = 0; at < GW_HELLO_MAX; at += 5 + GW_HELLO_RECORD_MAX)
        memcpy(data + at, (uint8_t[]){22, 3, 1, 0x40, 0}, 5);
    memcpy(data + 5, (uint8_t[]){1, 0, 0xff, 0xfc}, 4);
    assert_int_equal(GW_HELLO_MORE, read_all(data, GW_HELLO_MAX - 1, &h, &code));
    assert_refused(data, GW_HELLO_MAX, "client-hello-size");
    assert_refused(data, GW_HELLO_MAX + 1, "client-hello-size");
    data[7] = 0xff;
    data[8] = 0xfd; /* says that it is longer than any */
    assert_refused(data, 9, "client-hello-size");
    for (unsigned count = GW_HELLO_ALPN_MAX; count <= GW_HELLO_ALPN_MAX + 1; count++) {
        memcpy(data, plain, ALPN_TYPE);
        memcpy(data + ALPN_TYPE,
               (uint8_t[]){16, 0, (uint8_t)(2 * count + 2), 0, (uint8_t)(2 * count)}, 5);
        for (n = ALPN_LEN; n < ALPN_LEN + 2U * count; n += 2)
            memcpy(data + n, "\1x", 2);
        data[RECORD_LEN] = (uint8_t)(n - 5);
        data[MESSAGE_LEN] = (uint8_t)(n - 9);
        data[EXTENSIONS_LEN] = (uint8_t)(n - NAME_EXTENSION);
        assert_int_equal(count == GW_HELLO_ALPN_MAX ? GW_HELLO_COMPLETE : GW_HELLO_REFUSED,
                         read_all(data, n, &h, &code));
    }
    free(data);
}

static void no_changed_byte_leads_to_another_name_in_silence(void **state)
{
    (void)state;
    for (size_t at = 0; at < PLAIN_LEN; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            uint8_t data[PLAIN_LEN];
            struct gw_client_hello h;
            const char *code;

            memcpy(data, plain, sizeof data);
            data[at] ^= (uint8_t)(1U << bit);
            if (read_all(data, sizeof data, &h, &code) != GW_HELLO_COMPLETE)
                continue;
            if (at == NAME_EXTENSION || at == NAME_EXTENSION + 1)
                assert_string_equal("", h.name); /* another extension, which is not read */
            else if (at < NAME || at >= NAME + 6)
                assert_string_equal("a.test", h.name);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_broken_rule_has_its_code),
        cmocka_unit_test(nothing_may_follow_the_message_in_its_record),
        cmocka_unit_test(names_and_sizes_have_an_end),
        cmocka_unit_test(no_changed_byte_leads_to_another_name_in_silence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
