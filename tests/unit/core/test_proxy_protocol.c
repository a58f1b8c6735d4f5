#include "gateway/core/proxy_protocol.h"

#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "tests/support/cmocka_all.h"

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define V4 "\x0a\x00\x00\x01\xc0\x00\x02\x02\x1f\x90\x01\xbb"
#define MAPPED "\0\0\0\0\0\0\0\0\0\0\xff\xff"
#define TEXT(literal)                                                                              \
    {                                                                                              \
        (const uint8_t *)(literal), sizeof(literal) - 1                                            \
    }

struct text {
    const uint8_t *at;
    size_t len;
};

/* Read the first bytes of an exact copy, so that a read beyond them is seen. */
static enum gw_proxy_result read_part(struct text t, size_t len, struct gw_proxy_header *h)
{
    uint8_t *copy = malloc(len + 1);
    enum gw_proxy_result result;

    assert_non_null(copy);
    memcpy(copy, t.at, len);
    copy = realloc(copy, len > 0 ? len : 1);
    result = gw_proxy_read(copy, len, h);
    free(copy);
    return result;
}

static void each_header_is_read_wherever_it_is_split(void **state)
{
    static const struct {
        struct text text;
        const char *from; /* NULL: no addresses */
        unsigned port;
        size_t after;
    } rows[] = {
        {TEXT("PROXY TCP4 10.0.0.1 192.0.2.2 8080 443\r\nGET"), "10.0.0.1", 8080, 3},
        {TEXT("PROXY TCP6 fd00::1 ::2 0 65535\r\n"), "fd00::1", 0, 0},
        {TEXT("PROXY TCP6 ::ffff:10.0.0.1 ::ffff:192.0.2.2 8080 443\r\n"), "10.0.0.1", 8080, 0},
        {TEXT("PROXY TCP6 ::10.0.0.1 ::2 8080 443\r\n"), "::10.0.0.1", 8080, 0},
        {TEXT("PROXY TCP6 ::ffff:10.0.0.1 ::2 8080 443\r\n"), "::ffff:10.0.0.1", 8080, 0},
        {TEXT(SIGNATURE "\x21\x21\x00\x24" MAPPED "\x0a\x00\x00\x01" MAPPED "\xc0\x00\x02\x02"
                        "\x1f\x90\x01\xbb"),
         "10.0.0.1", 8080, 0},
        {TEXT("PROXY UNKNOWN\r\n\x16\x03"), NULL, 0, 2},
        {TEXT("PROXY UNKNOWN ffff:f...f:ffff what ever 65535\r\n"), NULL, 0, 0},
        {TEXT(SIGNATURE "\x21\x11\x00\x0c" V4 "x"), "10.0.0.1", 8080, 1},
        {TEXT(SIGNATURE "\x21\x11\x00\x11" V4 "\x01\x00\x02h2"), "10.0.0.1", 8080, 0},
        {TEXT(SIGNATURE "\x20\x00\x00\x00"), NULL, 0, 0},
        {TEXT(SIGNATURE "\x20\xff\x00\x03\x09\x09\x09"), NULL, 0, 0},
        {TEXT(SIGNATURE "\x21\x00\x00\x00"), NULL, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct text t = rows[i].text;
        size_t header_len = t.len - rows[i].after;
        struct gw_proxy_header h;
        char from[INET6_ADDRSTRLEN];
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)&h.from;
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&h.from;

        for (size_t k = 0; k < header_len; k++)
            assert_int_equal(GW_PROXY_MORE, read_part(t, k, &h));
        for (size_t k = header_len; k <= t.len; k++) {
            assert_int_equal(GW_PROXY_COMPLETE, read_part(t, k, &h));
            assert_int_equal(header_len, h.len);
            assert_int_equal(rows[i].from != NULL, h.addresses);
        }
        if (rows[i].from == NULL)
            continue;
        assert_non_null(inet_ntop(h.from.ss_family,
                                  h.from.ss_family == AF_INET ? (const void *)&v4->sin_addr
                                                              : (const void *)&v6->sin6_addr,
                                  from, sizeof from));
        assert_string_equal(rows[i].from, from);
        assert_int_equal(rows[i].port,
                         ntohs(h.from.ss_family == AF_INET ? v4->sin_port : v6->sin6_port));
    }
}

static void anything_else_is_refused(void **state)
{
    static const struct text rows[] = {
        TEXT("GET / HTTP/1.1\r\n"),
        TEXT("\x16\x03\x01\x02\x00"),
        TEXT("proxy TCP4 10.0.0.1 192.0.2.2 8080 443\r\n"),
        TEXT("PROXY TCP4 10.0.0.1 192.0.2.2 8080 443\n"),
        TEXT("PROXY TCP4 10.0.0.1 192.0.2.2 8080 443\rX"),
        TEXT("PROXY  TCP4 10.0.0.1 192.0.2.2 8080 443\r\n"),
        TEXT("PROXY TCP4 10.0.0.1 192.0.2.2 8080 443 \r\n"),
        TEXT("PROXY TCP4 10.0.0.1 192.0.2.2 8080 443 1\r\n"),
        TEXT("PROXY TCP4 10.0.0.1 192.0.2.2 8080\r\n"),
        TEXT("PROXY TCP4 10.0.0.1 192.0.2.2 08080 443\r\n"),
        TEXT("PROXY TCP4 10.0.0.1 192.0.2.2 8080 65536\r\n"),
        TEXT("PROXY TCP4 10.0.0.1 192.0.2.2 8080 +443\r\n"),
        TEXT("PROXY TCP4 10.0.0.1 192.0.2.2 -1 443\r\n"),
        TEXT("PROXY TCP4 fd00::1 ::2 8080 443\r\n"),
        TEXT("PROXY TCP6 10.0.0.1 192.0.2.2 8080 443\r\n"),
        TEXT("PROXY TCP4 10.0.0 192.0.2.2 8080 443\r\n"),
        TEXT("PROXY UDP4 10.0.0.1 192.0.2.2 8080 443\r\n"),
        TEXT("PROXY UNKNOWNX\r\n"),
        TEXT("PROXY \r\n"),
        TEXT(SIGNATURE "\x11\x11\x00\x0c" V4),
        TEXT(SIGNATURE "\x22\x11\x00\x0c" V4),
        TEXT(SIGNATURE "\x21\x12\x00\x0c" V4),
        TEXT(SIGNATURE "\x21\x11\x00\x0b" V4),
        TEXT(SIGNATURE "\x21\x21\x00\x0c" V4),
        TEXT(SIGNATURE "\x21\x11\x10\x01" V4),
        TEXT(SIGNATURE "\x21\x11\x00\x0e" V4 "\x01\x00"),
        TEXT(SIGNATURE "\x21\x11\x00\x10" V4 "\x01\x00\x02h"),
        TEXT(SIGNATURE "\x21\x11\x00\x12" V4 "\x03\x00\x03"
                       "abc"),
        TEXT("\r\n\r\n\0\r\nQUIT\r"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct gw_proxy_header h;

        if (read_part(rows[i], rows[i].len, &h) != GW_PROXY_REFUSED)
            fail_msg("row %zu", i);
    }
}

static void lines_and_tlvs_are_bounded(void **state)
{
    char line[GW_PROXY_V1_MAX + 2] = "PROXY UNKNOWN ";
    uint8_t header[GW_PROXY_V2_HEAD + 3 * (GW_PROXY_TLVS_MAX + 1)] = SIGNATURE "\x21";
    struct gw_proxy_header h;

    (void)state;
    memset(line + 14, 'x', sizeof line - 14);
    memcpy(line + GW_PROXY_V1_MAX - 2, "\r\n", 2);
    assert_int_equal(GW_PROXY_COMPLETE, gw_proxy_read((uint8_t *)line, GW_PROXY_V1_MAX, &h));
    memcpy(line + GW_PROXY_V1_MAX - 2, "x\r\n", 3);
    assert_int_equal(GW_PROXY_REFUSED, gw_proxy_read((uint8_t *)line, GW_PROXY_V1_MAX + 1, &h));
    assert_int_equal(GW_PROXY_REFUSED, gw_proxy_read((uint8_t *)line, GW_PROXY_V1_MAX, &h));
    header[15] = 3 * GW_PROXY_TLVS_MAX;
    assert_int_equal(GW_PROXY_COMPLETE, gw_proxy_read(header, sizeof header, &h));
    header[15] = 3 * (GW_PROXY_TLVS_MAX + 1);
    assert_int_equal(GW_PROXY_REFUSED, gw_proxy_read(header, sizeof header, &h));
}

/* Its CRC32c was computed with another implementation. */
static void a_checksum_is_checked_when_it_is_there(void **state)
{
    uint8_t header[] = SIGNATURE "\x21\x11\x00\x13" V4 "\x03\x00\x04"
                                 "\x7c\x43\xa5\x02";
    const size_t len = sizeof header - 1;
    uint8_t twice[sizeof header + 6] = {0};
    struct gw_proxy_header h;

    (void)state;
    assert_int_equal(GW_PROXY_COMPLETE, gw_proxy_read(header, len, &h));
    for (size_t i = 16; i < len; i++) {
        if (i == len - 7)
            continue; /* its type: then it is no checksum */
        header[i] ^= 1;
        assert_int_equal(GW_PROXY_REFUSED, gw_proxy_read(header, len, &h));
        header[i] ^= 1;
    }
    memcpy(twice, header, len);
    memcpy(twice + len, header + len - 7, 7);
    twice[15] += 7;
    assert_int_equal(GW_PROXY_REFUSED, gw_proxy_read(twice, len + 7, &h));
}

static void what_is_written_reads_back(void **state)
{
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(1)};
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(2)};
    const struct sockaddr *rows[][2] = {
        {(struct sockaddr *)&four, (struct sockaddr *)&four},
        {(struct sockaddr *)&six, (struct sockaddr *)&six},
        {(struct sockaddr *)&six, (struct sockaddr *)&four},
        {NULL, NULL},
    };

    (void)state;
    assert_int_equal(1, inet_pton(AF_INET6, "fd00::5", &six.sin6_addr));
    assert_int_equal(1, inet_pton(AF_INET, "10.1.2.3", &four.sin_addr));
    for (int version = GW_PROXY_V1; version <= GW_PROXY_V2; version++) {
        for (size_t i = 0; i < 4; i++) {
            uint8_t out[GW_PROXY_WRITE_MAX];
            struct gw_proxy_header h;
            size_t n = gw_proxy_write((enum gw_proxy_version)version, rows[i][0], rows[i][1], out);

            assert_int_equal(GW_PROXY_COMPLETE, gw_proxy_read(out, n, &h));
            assert_int_equal(n, h.len);
            assert_int_equal(i < 2, h.addresses);
            if (i == 0)
                assert_memory_equal(&four, &h.from, sizeof four);
            else if (i == 1)
                assert_memory_equal(&six, &h.to, sizeof six);
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_header_is_read_wherever_it_is_split),
        cmocka_unit_test(anything_else_is_refused),
        cmocka_unit_test(lines_and_tlvs_are_bounded),
        cmocka_unit_test(a_checksum_is_checked_when_it_is_there),
        cmocka_unit_test(what_is_written_reads_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
