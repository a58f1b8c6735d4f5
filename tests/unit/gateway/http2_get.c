#include "tests/unit/gateway/http2_get.h"

#include <string.h>

#include "tests/support/cmocka_all.h"

enum {
    FRAME_HEAD = 9,
    FRAME_ROOM = 16384,
    DATA = 0,
    HEADERS = 1,
    SETTINGS = 4,
    END_STREAM = 1,
    END_HEADERS = 4,
    STATUS_200 = 0x88 /* the static table's entry 8 */
};

bool http2_get_chosen(SSL *ssl)
{
    const unsigned char *name = NULL;
    unsigned len = 0;

    SSL_get0_alpn_selected(ssl, &name, &len);
    return len == 2 && memcmp(name, "h2", 2) == 0;
}

static void send_frame(SSL *ssl, uint8_t type, uint8_t flags, uint32_t stream, const void *payload,
                       size_t len)
{
    uint8_t frame[FRAME_HEAD + 1024] = {0, (uint8_t)(len >> 8), (uint8_t)len, type, flags};

    assert_true(len <= 1024);
    frame[7] = (uint8_t)(stream >> 8);
    frame[8] = (uint8_t)stream;
    if (len > 0)
        memcpy(frame + FRAME_HEAD, payload, len);
    assert_int_equal(FRAME_HEAD + len, SSL_write(ssl, frame, (int)(FRAME_HEAD + len)));
}

void http2_get_begin(SSL *ssl)
{
    static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    static const uint8_t no_table[] = {0, 1, 0, 0, 0, 0};

    assert_int_equal(24, SSL_write(ssl, preface, 24));
    send_frame(ssl, SETTINGS, 0, 0, no_table, sizeof no_table);
    (void)SSL_set_app_data(ssl, NULL); /* counts the requests */
}

static void read_exactly(SSL *ssl, uint8_t *out, size_t len)
{
    for (size_t have = 0; have < len;) {
        int n = SSL_read(ssl, out + have, (int)(len - have));

        assert_true(n > 0);
        have += (size_t)n;
    }
}

static size_t put_literal(uint8_t *out, const char *name, const char *value)
{
    size_t n = strlen(name), v = strlen(value);

    assert_true(n < 127 && v < 127);
    out[0] = 0;
    out[1] = (uint8_t)n;
    memcpy(out + 2, name, n);
    out[2 + n] = (uint8_t)v;
    memcpy(out + 3 + n, value, v);
    return 3 + n + v;
}

static void send_request(SSL *ssl, uint32_t stream, const char *path)
{
    uint8_t block[512];
    size_t len = put_literal(block, ":method", "GET");

    len += put_literal(block + len, ":scheme", "https");
    len += put_literal(block + len, ":authority", "a.test");
    len += put_literal(block + len, ":path", path);
    send_frame(ssl, HEADERS, END_HEADERS | END_STREAM, stream, block, len);
}

unsigned http2_get(SSL *ssl, const char *path, char *body, size_t room)
{
    static uint8_t payload[FRAME_ROOM];
    uintptr_t before = (uintptr_t)SSL_get_app_data(ssl);
    uint32_t stream = (uint32_t)(2 * before + 1);
    unsigned status = 0;
    size_t used = 0;
    uint8_t head[FRAME_HEAD];

    (void)SSL_set_app_data(ssl, (char *)(before + 1));
    send_request(ssl, stream, path);
    do {
        size_t len;

        read_exactly(ssl, head, sizeof head);
        len = (size_t)head[0] << 16 | (size_t)head[1] << 8 | head[2];
        assert_true(len <= sizeof payload);
        read_exactly(ssl, payload, len);
        if (((unsigned)head[7] << 8 | head[8]) != stream) {
            head[4] = 0;
        } else if (head[3] == HEADERS) {
            /* After changes of the table's size (001xxxxx) comes :status. */
            const uint8_t *at = payload;

            while ((*at & 0xe0) == 0x20)
                at++;
            status = *at == STATUS_200 ? 200 : 1;
        } else if (head[3] == DATA) {
            assert_true(used + len < room);
            memcpy(body + used, payload, len);
            used += len;
        }
    } while ((head[4] & END_STREAM) == 0 || head[3] > HEADERS);
    body[used] = '\0';
    return status;
}
