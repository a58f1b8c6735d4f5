#include "gateway/core/http1_head.h"

#include <string.h>

#include "tests/support/cmocka_all.h"

static struct gw_http_field room[20];

static bool parse(const char *text, bool head, struct gw_http1_response *out,
                  struct gw_http_refusal *why)
{
    *out = (struct gw_http1_response){.fields = {.list = room, .room = 20}};
    return gw_http1_response_parse(gw_str(text), head, out, why);
}

static void framing_follows_rfc_9112_6_3(void **state)
{
    static const struct {
        const char *head;
        bool request_head;
        enum gw_http_framing framing;
        bool keep_alive;
    } rows[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", false, GW_FRAMING_LENGTH, true},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", true, GW_FRAMING_NONE, true},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", false, GW_FRAMING_CHUNKED, true},
        {"HTTP/1.1 200 OK\r\n\r\n", false, GW_FRAMING_CLOSE, false},
        {"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", false, GW_FRAMING_LENGTH, true},
        {"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", false, GW_FRAMING_NONE, true},
        {"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", false, GW_FRAMING_NONE, true},
        {"HTTP/1.1 103 Early Hints\r\n\r\n", false, GW_FRAMING_NONE, true},
        {"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n", false, GW_FRAMING_LENGTH, false},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n", false,
         GW_FRAMING_LENGTH, false},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX_A: b\r\n\r\n", false, GW_FRAMING_LENGTH, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct gw_http1_response r;
        struct gw_http_refusal why;

        assert_true(parse(rows[i].head, rows[i].request_head, &r, &why));
        assert_int_equal(rows[i].framing, r.framing);
        assert_int_equal(rows[i].keep_alive, r.keep_alive);
    }
}

static void unreadable_heads_are_502(void **state)
{
    static const char *const rows[] = {
        "HTTP/2.0 200 OK\r\n\r\n",
        "HTTP/1.1 99 OK\r\n\r\n",
        "HTTP/1.1 600 OK\r\n\r\n",
        "HTTP/1.1  200 OK\r\n\r\n",
        "HTTP/1.1 2000\r\n\r\n",
        "http/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 O\x01K\r\n\r\n",
        "HTTP/1.1 200 OK\nContent-Length: 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "<html>\r\n\r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct gw_http1_response r;
        struct gw_http_refusal why = {0};

        assert_false(parse(rows[i], false, &r, &why));
        assert_int_equal(502, why.status);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(framing_follows_rfc_9112_6_3),
        cmocka_unit_test(unreadable_heads_are_502),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
