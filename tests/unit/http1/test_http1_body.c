#include "gateway/core/http1_body.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/cmocka_all.h"

static const struct gw_http1_limits limits = {.max_head_bytes = 16384, .max_target_bytes = 8192};

struct sink {
    char data[4096];
    size_t len;
};

static void on_data(void *ctx, const char *data, size_t len)
{
    struct sink *sink = ctx;

    assert_true(sink->len + len <= sizeof sink->data);
    memcpy(sink->data + sink->len, data, len);
    sink->len += len;
}

/* Decode text after the head in pieces of at most step bytes, first piece of first bytes. */
static size_t decode(const char *head, const char *text, size_t first, size_t step,
                     struct gw_http1_body *body, struct sink *sink)
{
    static struct gw_http_field room[10];
    struct gw_http1_request request = {.fields = {.list = room, .room = 10}};
    struct gw_http_refusal why;
    size_t len = strlen(text);
    size_t used = 0;
    size_t next = first;

    *sink = (struct sink){.len = 0};
    assert_true(gw_http1_request_parse(gw_str(head), &limits, &request, &why));
    gw_http1_body_begin_request(body, &request, on_data, sink);
    while (used < len && body->state == GW_BODY_READING) {
        size_t n = len - used < next ? len - used : next;
        size_t taken = gw_http1_body_feed(body, text + used, n);

        assert_true(taken == n || body->state != GW_BODY_READING);
        used += taken;
        next = step;
    }
    return used;
}

#define CHUNKED "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

static void chunks_decode_the_same_in_any_pieces(void **state)
{
    static const char text[] = "5\r\nhello\r\n001;a=b;c=\"d\"\r\n,\r\nB\r\n world, you\r\n"
                               "0\r\nX-Sum: 1\r\nGrpc-Status: 0\r\nContent-Length: 9\r\n"
                               "Transfer-Encoding: x\r\n\r\nGET /next";
    struct gw_http1_body body;
    struct sink sink;

    (void)state;
    for (size_t step = 1; step <= sizeof text; step++)
        for (size_t first = 1; first <= (step == sizeof text ? sizeof text : 1); first++) {
            size_t used = decode(CHUNKED, text, first, step, &body, &sink);

            assert_int_equal(GW_BODY_DONE, body.state);
            assert_int_equal(strlen(text) - strlen("GET /next"), used);
            assert_int_equal(17, sink.len);
            assert_memory_equal("hello, world, you", sink.data, 17);
            assert_int_equal(4, body.trailers.count);
            assert_true(gw_str_equal(body.trailers.list[1].name, gw_str("Grpc-Status")));
            gw_http1_body_cleanup(&body);
        }
}

static void bad_chunks_are_refused_in_any_pieces(void **state)
{
    static const struct {
        const char *text;
        const char *code;
    } rows[] = {
        {"g\r\n", "chunk-line"},
        {"\r\n", "chunk-line"},
        {" 5\r\nhello\r\n", "chunk-line"},
        {"+5\r\nhello\r\n", "chunk-line"},
        {"-5\r\nhello\r\n", "chunk-line"},
        {"0x5\r\nhello\r\n", "chunk-line"},
        {"5 \r\nhello\r\n", "chunk-line"},
        {"5 ;a\r\nhello\r\n", "chunk-line"},
        {"5\nhello\r\n", "chunk-line"},
        {"5;a\nhello\r\n", "chunk-line"},
        {"5\rhello\r\n", "chunk-line"},
        {"5;a\x01\r\nhello\r\n", "chunk-line"},
        {"00000000000000005\r\nhello\r\n", "chunk-line"},
        {"ffffffffffffffff\r\nhello\r\n", "chunk-line"},
        {"10000000000000000\r\nhello\r\n", "chunk-line"},
        {"5\r\nhello\n", "chunk-end"},
        {"5\r\nhelloX\r\n", "chunk-end"},
        {"5\r\nhello!!\r\n", "chunk-end"},
        {"0\r\nX : a\r\n\r\n", "field-name"},
        {"0\r\nX: a\n\r\n", "line-end"},
        {"0\r\n\n", "line-end"},
        {"0\r\n X: a\r\n\r\n", "field-folded"},
    };
    struct gw_http1_body body;
    struct sink sink;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (size_t step = 1; step <= 40; step++) {
            (void)decode(CHUNKED, rows[i].text, step, step, &body, &sink);
            assert_int_equal(GW_BODY_REFUSED, body.state);
            assert_string_equal(rows[i].code, body.why.code);
            gw_http1_body_cleanup(&body);
        }
}

static void lengths_end_exactly(void **state)
{
    struct gw_http1_body body;
    struct sink sink;

    (void)state;
    for (size_t step = 1; step < 10; step++) {
        assert_int_equal(5, decode("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n",
                                   "helloGET", step, step, &body, &sink));
        assert_int_equal(GW_BODY_DONE, body.state);
        assert_int_equal(5, sink.len);
        gw_http1_body_cleanup(&body);
    }
    assert_int_equal(0, decode("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET", 3, 3, &body, &sink));
    assert_int_equal(GW_BODY_DONE, body.state);
    assert_int_equal(0, decode("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "GET", 3,
                               3, &body, &sink));
    assert_int_equal(GW_BODY_DONE, body.state);
}

static void upgrades_are_read_as_ordinary_messages(void **state)
{
    struct gw_http1_body body;
    struct sink sink;

    (void)state;
    assert_int_equal(2, decode("PUT / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\n"
                               "Upgrade: h2c\r\nContent-Length: 2\r\n\r\n",
                               "ab", 2, 2, &body, &sink));
    assert_int_equal(GW_BODY_DONE, body.state);
    assert_int_equal(2, sink.len);
}

static void extensions_and_trailers_are_bounded(void **state)
{
    static char text[200000];
    struct gw_http1_body body;
    struct sink sink;
    size_t n = 0;

    (void)state;
    for (int i = 0; i < 18; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "1;%01000d\r\nx\r\n", 0);
    (void)decode(CHUNKED, text, sizeof text, sizeof text, &body, &sink);
    assert_int_equal(GW_BODY_REFUSED, body.state);
    assert_int_equal(16, sink.len);
    gw_http1_body_cleanup(&body);
    n = (size_t)snprintf(text, sizeof text, "0\r\nX: ");
    memset(text + n, 'a', 9000);
    memcpy(text + n + 9000, "\r\n\r\n", 5);
    (void)decode(CHUNKED, text, 100, 100, &body, &sink);
    assert_int_equal(GW_BODY_REFUSED, body.state);
    assert_string_equal("trailer-size", body.why.code);
    gw_http1_body_cleanup(&body);
}

static void a_body_until_close_ends_with_the_stream(void **state)
{
    struct gw_http1_response response = {0};
    struct gw_http_refusal why;
    struct gw_http1_body body;
    struct sink sink = {.len = 0};

    (void)state;
    assert_true(gw_http1_response_parse(gw_str("HTTP/1.0 200 OK\r\n\r\n"), false, &response, &why));
    gw_http1_body_begin_response(&body, &response, on_data, &sink);
    assert_int_equal(GW_BODY_READING, body.state);
    assert_int_equal(3, gw_http1_body_feed(&body, "abc", 3));
    assert_true(gw_http1_body_finish(&body));
    assert_int_equal(3, sink.len);
    gw_http1_body_cleanup(&body);
}

static void a_truncated_body_is_not_complete(void **state)
{
    struct gw_http1_body body;
    struct sink sink;

    (void)state;
    (void)decode(CHUNKED, "5\r\nhello\r\n", 10, 10, &body, &sink);
    assert_false(gw_http1_body_finish(&body));
    gw_http1_body_cleanup(&body);
    (void)decode("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", "hell", 4, 4, &body,
                 &sink);
    assert_false(gw_http1_body_finish(&body));
    assert_string_equal("body-truncated", body.why.code);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(chunks_decode_the_same_in_any_pieces),
        cmocka_unit_test(bad_chunks_are_refused_in_any_pieces),
        cmocka_unit_test(lengths_end_exactly),
        cmocka_unit_test(upgrades_are_read_as_ordinary_messages),
        cmocka_unit_test(extensions_and_trailers_are_bounded),
        cmocka_unit_test(a_body_until_close_ends_with_the_stream),
        cmocka_unit_test(a_truncated_body_is_not_complete),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
