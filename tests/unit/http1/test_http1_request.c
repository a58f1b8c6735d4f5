#include "gateway/core/http1_head.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/cmocka_all.h"

static const struct gw_http1_limits limits = {.max_head_bytes = 16384, .max_target_bytes = 8192};

static struct gw_http_field room[100];

static bool parse_n(const char *text, size_t len, struct gw_http1_request *out,
                    struct gw_http_refusal *why)
{
    *out = (struct gw_http1_request){.fields = {.list = room, .room = 100}};
    *why = (struct gw_http_refusal){0};
    return gw_http1_request_parse((struct gw_str){text, len}, &limits, out, why);
}

static bool parse(const char *text, struct gw_http1_request *out, struct gw_http_refusal *why)
{
    return parse_n(text, strlen(text), out, why);
}

/* Each row of the framing and head tables that refuses, with its status and code. */
static const struct row {
    const char *head;
    unsigned status;
    const char *code;
} refused[] = {
    {"GET / HTTP/1.1\r\n\r\n", 400, "host-missing"},
    {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400, "host-repeated"},
    {"GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400, "host"},
    {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, "host"},
    {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400, "host"},
    {"GET / HTTP/1.1\r\nHost: a:99999\r\n\r\n", 400, "host"},
    {"GET / HTTP/1.1\r\nHost: a:8x\r\n\r\n", 400, "host"},
    {"GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 400, "host"},
    {"GET / HTTP/1.1\r\nHost:\r\n\r\n", 400, "host"},
    {"GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", 400, "host-differs"},
    {"GET http:// HTTP/1.1\r\nHost: a\r\n\r\n", 400, "target"},
    {"GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400, "target"},
    {"GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400, "target"},
    {"GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400, "target"},
    {"GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400, "target"},
    {"GET /#x HTTP/1.1\r\nHost: a\r\n\r\n", 400, "target"},
    {"GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n", 400, "target"},
    {"GET /\x7f HTTP/1.1\r\nHost: a\r\n\r\n", 400, "target"},
    {"GET /\t HTTP/1.1\r\nHost: a\r\n\r\n", 400, "target"},
    {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "request-line"},
    {"GET /  HTTP/1.1\r\nHost: a\r\n\r\n", 400, "request-line"},
    {"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400, "request-line"},
    {" GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "request-line"},
    {"GET /\r\nHost: a\r\n\r\n", 400, "request-line"},
    {"GET\r\nHost: a\r\n\r\n", 400, "request-line"},
    {"GET / http/1.1\r\nHost: a\r\n\r\n", 400, "request-line"},
    {"GET / HTTP/11\r\nHost: a\r\n\r\n", 400, "request-line"},
    {"GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505, "http-version"},
    {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505, "http-version"},
    {"GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505, "http-version"},
    {"G@T / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "method"},
    {"get / HTTP/1.1\r\nHost: a\r\n\r\n", 501, "method-not-implemented"},
    {"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 501, "method-not-implemented"},
    {"DESCRIBE / HTTP/1.1\r\nHost: a\r\n\r\n", 501, "method-not-implemented"},
    {"TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405, "method-not-allowed"},
    {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400, "field-name"},
    {"GET / HTTP/1.1\r\nHost: a\r\nX\xc3\xa9: a\r\n\r\n", 400, "field-name"},
    {"GET / HTTP/1.1\r\nHost: a\r\n: a\r\n\r\n", 400, "field-name"},
    {"GET / HTTP/1.1\r\nHost: a\r\nX_A: a\r\n\r\n", 400, "field-name-underscore"},
    {"GET / HTTP/1.1\r\nHost: a\r\nTransfer_Encoding: chunked\r\n\r\n", 400,
     "field-name-underscore"},
    {"GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", 400, "field-without-colon"},
    {"GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", 400, "field-folded"},
    {"GET / HTTP/1.1\r\nHost: a\r\n\tb: c\r\n\r\n", 400, "field-folded"},
    {"GET / HTTP/1.1\r\n X: y\r\nHost: a\r\n\r\n", 400, "field-folded"},
    {"GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", 400, "field-value"},
    {"GET / HTTP/1.1\r\nHost: a\r\nX: a\x01\r\n\r\n", 400, "field-value"},
    {"GET / HTTP/1.1\r\nHost: a\r\nX: a\x7f\r\n\r\n", 400, "field-value"},
    {"GET / HTTP/1.1\r\nHost: a\r\nX: a\nY: b\r\n\r\n", 400, "line-end"},
    {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", 400,
     "framing-conflict"},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400,
     "framing-conflict"},
    {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 400, "transfer-encoding"},
    {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n", 400,
     "transfer-encoding"},
    {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n", 400,
     "transfer-encoding"},
    {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: "
     "chunked\r\n\r\n",
     400, "transfer-encoding"},
    {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n", 400, "transfer-encoding"},
    {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n\r\n", 400, "transfer-encoding"},
    {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked;a=b\r\n\r\n", 400,
     "transfer-encoding"},
    {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \"chunked\"\r\n\r\n", 400,
     "transfer-encoding"},
    {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x0b"
     "chunked\r\n\r\n",
     400, "field-value"},
    {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501,
     "transfer-coding-unknown"},
    {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "transfer-encoding-http10"},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n", 400,
     "content-length-repeated"},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n", 400,
     "content-length-repeated"},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\n", 400, "content-length"},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\n", 400, "content-length"},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -3\r\n\r\n", 400, "content-length"},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x3\r\n\r\n", 400, "content-length"},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3 3\r\n\r\n", 400, "content-length"},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", 400, "content-length"},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9223372036854775808\r\n\r\n", 400,
     "content-length"},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", 400,
     "content-length"},
    {"POST / HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\n\r\n", 417, "expectation"},
};

static void each_ambiguous_head_is_refused_with_its_code(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct gw_http1_request request;
        struct gw_http_refusal why;

        if (parse(refused[i].head, &request, &why))
            fail_msg("accepted: %s", refused[i].head);
        if (why.status != refused[i].status || strcmp(why.code, refused[i].code) != 0)
            fail_msg("%u %s, expected %u %s: %s", why.status, why.code, refused[i].status,
                     refused[i].code, refused[i].head);
    }
}

static void a_nul_anywhere_is_refused(void **state)
{
    static const char head[] = "GET /a HTTP/1.1\r\nHost: a\r\nX: abc\r\n\r\n";

    (void)state;
    for (size_t i = 0; i < sizeof head - 5; i++) {
        char copy[sizeof head];
        struct gw_http1_request request;
        struct gw_http_refusal why;

        memcpy(copy, head, sizeof head);
        copy[i] = '\0';
        assert_false(parse_n(copy, sizeof head - 1, &request, &why));
    }
}

static void a_get_is_read(void **state)
{
    struct gw_http1_request r;
    struct gw_http_refusal why;

    (void)state;
    assert_true(parse("GET /a/b?c=%20d HTTP/1.1\r\nHost: Example.org:8443\r\nX-Y: \t v w \r\n\r\n",
                      &r, &why));
    assert_true(gw_str_equal(r.method, gw_str("GET")));
    assert_true(gw_str_equal(r.path, gw_str("/a/b")));
    assert_true(gw_str_equal(r.query, gw_str("?c=%20d")));
    assert_true(gw_str_equal(r.authority, gw_str("Example.org:8443")));
    assert_true(gw_str_equal(r.host, gw_str("Example.org")));
    assert_int_equal(2, r.fields.count);
    assert_true(gw_str_equal(r.fields.list[1].value, gw_str("v w")));
    assert_int_equal(GW_FRAMING_NONE, r.framing);
    assert_true(r.keep_alive);
    assert_true(r.idempotent);
}

static void bodies_are_framed_whatever_the_method(void **state)
{
    struct gw_http1_request r;
    struct gw_http_refusal why;

    (void)state;
    assert_true(parse("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 9223372036854775807\r\n\r\n",
                      &r, &why));
    assert_int_equal(GW_FRAMING_LENGTH, r.framing);
    assert_true(r.content_length == INT64_MAX);
    assert_true(
        parse("DELETE / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n", &r, &why));
    assert_int_equal(GW_FRAMING_CHUNKED, r.framing);
    assert_false(parse("PATCH / HTTP/1.1\r\n\r\n", &r, &why));
}

static void persistence_follows_version_and_connection(void **state)
{
    struct gw_http1_request r;
    struct gw_http_refusal why;

    (void)state;
    assert_true(parse("GET / HTTP/1.0\r\n\r\n", &r, &why));
    assert_false(r.keep_alive);
    assert_true(parse("GET / HTTP/1.0\r\nConnection: x, Keep-Alive\r\n\r\n", &r, &why));
    assert_true(r.keep_alive);
    assert_true(parse("GET / HTTP/1.1\r\nHost: a\r\nConnection: x,CLOSE\r\n\r\n", &r, &why));
    assert_false(r.keep_alive);
}

static void absolute_form_names_the_authority(void **state)
{
    struct gw_http1_request r;
    struct gw_http_refusal why;

    (void)state;
    assert_true(parse("GET HTTP://a.b:81?x HTTP/1.1\r\nHost: A.B:81\r\n\r\n", &r, &why));
    assert_true(gw_str_equal(r.host, gw_str("a.b")));
    assert_true(gw_str_equal(r.path, gw_str("/")));
    assert_true(gw_str_equal(r.query, gw_str("?x")));
    assert_true(parse("OPTIONS * HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", &r, &why));
    assert_true(gw_str_equal(r.host, gw_str("[::1]")));
    assert_true(gw_str_equal(r.path, gw_str("*")));
}

static void limits_hold_at_the_limit_and_beyond(void **state)
{
    static char head[20000];
    struct gw_http1_request r;
    struct gw_http_refusal why;

    (void)state;
    for (size_t target = 8192; target <= 8193; target++) {
        int n = snprintf(head, sizeof head, "GET /%0*d HTTP/1.1\r\nHost: a\r\n\r\n",
                         (int)target - 1, 0);

        assert_int_equal(target == 8192, parse_n(head, (size_t)n, &r, &why));
    }
    assert_int_equal(414, why.status);
    for (size_t count = 100; count <= 101; count++) {
        size_t n = (size_t)snprintf(head, sizeof head, "GET / HTTP/1.1\r\nHost: a\r\n");

        for (size_t i = 1; i < count; i++)
            n += (size_t)snprintf(head + n, sizeof head - n, "X: y\r\n");
        n += (size_t)snprintf(head + n, sizeof head - n, "\r\n");
        assert_int_equal(count == 100, parse_n(head, n, &r, &why));
    }
    assert_int_equal(431, why.status);
}

static enum gw_http1_scan_result
scan_bytewise(const char *text, size_t max, struct gw_http1_scan *scan, struct gw_http_refusal *why)
{
    enum gw_http1_scan_result result = GW_HTTP1_MORE;

    *scan = (struct gw_http1_scan){0};
    for (size_t n = 1; n <= strlen(text) && result == GW_HTTP1_MORE; n++)
        result = gw_http1_head_scan(scan, (struct gw_str){text, n}, max, why);
    return result;
}

static void the_end_of_a_head_is_found_in_any_pieces(void **state)
{
    struct gw_http1_scan scan;
    struct gw_http_refusal why;

    (void)state;
    assert_int_equal(GW_HTTP1_COMPLETE, scan_bytewise("A\r\nB\r\n\r\nrest", 100, &scan, &why));
    assert_int_equal(8, scan.end);
    assert_int_equal(GW_HTTP1_COMPLETE, scan_bytewise("\r\nA\r\n\r\n", 100, &scan, &why));
    assert_int_equal(2, scan.skip);
    assert_int_equal(7, scan.end);
    assert_int_equal(GW_HTTP1_REFUSED, scan_bytewise("\r\n\r\nA\r\n\r\n", 100, &scan, &why));
    assert_string_equal("empty-lines", why.code);
    assert_int_equal(GW_HTTP1_REFUSED, scan_bytewise("A\n\r\n", 100, &scan, &why));
    assert_string_equal("bare-lf", why.code);
    assert_int_equal(GW_HTTP1_REFUSED, scan_bytewise("\nA\r\n\r\n", 100, &scan, &why));
    assert_int_equal(GW_HTTP1_COMPLETE, scan_bytewise("A\r\nB\r\n\r\n", 8, &scan, &why));
    assert_int_equal(GW_HTTP1_REFUSED, scan_bytewise("A\r\nB\r\n\r\n", 7, &scan, &why));
    assert_int_equal(431, why.status);
}

static void connect_is_taken_only_where_it_is_allowed(void **state)
{
    static const struct {
        const char *text;
        const char *code; /* NULL: taken */
    } rows[] = {
        {"CONNECT a.b:443 HTTP/1.1\r\nHost: a.b:443\r\n\r\n", NULL},
        {"CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\n\r\n", NULL},
        {"CONNECT a.b:443 HTTP/1.0\r\n\r\n", NULL},
        {"CONNECT a.b HTTP/1.1\r\nHost: a.b\r\n\r\n", "target"},
        {"CONNECT a.b: HTTP/1.1\r\nHost: a.b:\r\n\r\n", "target"},
        {"CONNECT /x HTTP/1.1\r\nHost: a.b\r\n\r\n", "target"},
        {"CONNECT http://a.b:1/ HTTP/1.1\r\nHost: a.b:1\r\n\r\n", "target"},
        {"CONNECT u@a.b:443 HTTP/1.1\r\nHost: a.b:443\r\n\r\n", "target"},
        {"CONNECT a.b:443 HTTP/1.1\r\nHost: c.d:443\r\n\r\n", "host-differs"},
        {"CONNECT a.b:443 HTTP/1.1\r\n\r\n", "host-missing"},
        {"CONNECT a.b:443 HTTP/1.1\r\nHost: a.b:443\r\nContent-Length: 1\r\n\r\n", "connect-body"},
        {"CONNECT a.b:443 HTTP/1.1\r\nHost: a.b:443\r\nTransfer-Encoding: chunked\r\n\r\n",
         "connect-body"},
    };
    struct gw_http1_limits taken = limits;

    (void)state;
    taken.connect = true;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct gw_http_field list[10];
        struct gw_http1_request r = {.fields = {.list = list, .room = 10}};
        struct gw_http_refusal why = {0};

        assert_false(gw_http1_request_parse(gw_str(rows[i].text), &limits, &r, &why));
        assert_int_equal(501, why.status);
        if (gw_http1_request_parse(gw_str(rows[i].text), &taken, &r, &why)) {
            assert_null(rows[i].code);
            assert_true(r.is_connect && r.path.len == 0 && r.host.len + 1 < r.authority.len);
        } else {
            assert_non_null(rows[i].code);
            assert_string_equal(rows[i].code, why.code);
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_ambiguous_head_is_refused_with_its_code),
        cmocka_unit_test(a_nul_anywhere_is_refused),
        cmocka_unit_test(a_get_is_read),
        cmocka_unit_test(bodies_are_framed_whatever_the_method),
        cmocka_unit_test(persistence_follows_version_and_connection),
        cmocka_unit_test(absolute_form_names_the_authority),
        cmocka_unit_test(limits_hold_at_the_limit_and_beyond),
        cmocka_unit_test(the_end_of_a_head_is_found_in_any_pieces),
        cmocka_unit_test(connect_is_taken_only_where_it_is_allowed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
