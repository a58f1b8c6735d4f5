#include "gateway/core/http1_forward.h"

#include <string.h>

#include "tests/support/cmocka_all.h"

static const struct gw_http1_limits limits = {.max_head_bytes = 16384, .max_target_bytes = 8192};

static void expect_request(const char *in, const struct gw_http1_forward *forward, const char *out)
{
    struct gw_http_field room[30];
    struct gw_http1_request request = {.fields = {.list = room, .room = 30}};
    struct gw_http_refusal why = {0};
    char text[2048];
    size_t n;

    if (!gw_http1_request_parse(gw_str(in), &limits, &request, &why))
        fail_msg("%s: %s", why.code, in);
    n = gw_http1_forward_request(&request, forward, text, sizeof text - 1);
    text[n] = '\0';
    assert_string_equal(out, text);
    for (size_t small = 0; small < n; small++)
        assert_int_equal(0, gw_http1_forward_request(&request, forward, text, small));
}

static void expect_response(const char *in, bool head, const struct gw_http1_forward *forward,
                            const char *out)
{
    struct gw_http_field room[30];
    struct gw_http1_response response = {.fields = {.list = room, .room = 30}};
    struct gw_http_refusal why = {0};
    char text[2048];
    size_t n;

    if (!gw_http1_response_parse(gw_str(in), head, &response, &why))
        fail_msg("%s: %s", why.code, in);
    n = gw_http1_forward_response(&response, forward, text, sizeof text - 1);
    text[n] = '\0';
    assert_string_equal(out, text);
}

static void hop_by_hop_and_reserved_fields_stop_here(void **state)
{
    struct gw_http1_forward f = {.via = gw_str("devproof"),
                                 .peer = gw_str("192.0.2.1"),
                                 .proto = gw_str("https"),
                                 .port = gw_str("443"),
                                 .request_id = gw_str("id1")};

    (void)state;
    expect_request("GET /a?b HTTP/1.1\r\nAccept: x\r\nConnection: close, X-Secret, Cookie, Host\r\n"
                   "X-Secret: 1\r\nCookie: c\r\nKeep-Alive: 5\r\nProxy-Connection: x\r\n"
                   "Proxy-Authorization: b\r\nUpgrade: h2c\r\nHTTP2-Settings: q\r\nHost: h:1\r\n"
                   "TE: gzip, trailers\r\nX-Forwarded-For: 6.6.6.6\r\nForwarded: for=6.6.6.6\r\n"
                   "X-Forwarded-Proto: http\r\nX-Devproof-Verdict: ok\r\nX-Flashbots-A: b\r\n"
                   "Client-Cert: c\r\nX-Request-Id: evil\r\nVia: 1.1 other\r\n\r\n",
                   &f,
                   "GET /a?b HTTP/1.1\r\nHost: h:1\r\nAccept: x\r\nCookie: c\r\nVia: 1.1 other\r\n"
                   "Via: 1.1 devproof\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\n"
                   "X-Forwarded-Host: h:1\r\nX-Forwarded-Port: 443\r\nX-Request-Id: id1\r\n"
                   "TE: trailers\r\nConnection: TE\r\n\r\n");
}

static void addresses_of_a_trusted_proxy_are_continued(void **state)
{
    struct gw_http1_forward f = {.peer = gw_str("192.0.2.1"), .append_for = true};

    (void)state;
    expect_request("GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For:\r\n"
                   "X-Forwarded-For: 2.2.2.2, 3.3.3.3\r\n\r\n",
                   &f,
                   "GET / HTTP/1.1\r\nHost: h\r\n"
                   "X-Forwarded-For: 1.1.1.1, 2.2.2.2, 3.3.3.3, 192.0.2.1\r\n\r\n");
    expect_request("GET / HTTP/1.1\r\nHost: h\r\n\r\n", &f,
                   "GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n");
}

static void a_verified_client_is_told_in_place_of_what_it_says_itself(void **state)
{
    struct gw_http1_forward f = {.client_cert = gw_str(":YQ==:"), .client_chain = gw_str(":Yg==:")};

    (void)state;
    expect_request(
        "GET / HTTP/1.1\r\nHost: h\r\nclient-cert: :x:\r\nCLIENT-CERT-CHAIN: :y:\r\n\r\n", &f,
        "GET / HTTP/1.1\r\nHost: h\r\nClient-Cert: :YQ==:\r\n"
        "Client-Cert-Chain: :Yg==:\r\n\r\n");
    f.client_chain.len = 0;
    expect_request("GET / HTTP/1.1\r\nHost: h\r\nClient-Cert-Chain: :y:\r\n\r\n", &f,
                   "GET / HTTP/1.1\r\nHost: h\r\nClient-Cert: :YQ==:\r\n\r\n");
}

static void framing_is_written_from_what_is_sent(void **state)
{
    struct gw_http1_forward f = {.framing = GW_FRAMING_CHUNKED, .close = true};

    (void)state;
    expect_request("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n", &f,
                   "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n"
                   "Connection: close\r\n\r\n");
    f = (struct gw_http1_forward){.framing = GW_FRAMING_LENGTH,
                                  .content_length = 18446744073709551615u};
    expect_request("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", &f,
                   "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 18446744073709551615\r\n\r\n");
}

static void special_requests(void **state)
{
    struct gw_http1_forward f = {0};

    (void)state;
    expect_request("GET http://h/x?y HTTP/1.1\r\nHost: h\r\n\r\n", &f,
                   "GET /x?y HTTP/1.1\r\nHost: h\r\n\r\n");
    expect_request("GET http://h HTTP/1.1\r\nHost: h\r\n\r\n", &f,
                   "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    expect_request("OPTIONS * HTTP/1.1\r\nHost: h\r\nMax-Forwards: 7\r\n\r\n", &f,
                   "OPTIONS * HTTP/1.1\r\nHost: h\r\nMax-Forwards: 6\r\n\r\n");
    expect_request("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\n\r\n", &f,
                   "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\n\r\n");
    expect_request("POST / HTTP/1.0\r\nHost: h\r\nExpect: 100-continue\r\n\r\n", &f,
                   "POST / HTTP/1.1\r\nHost: h\r\n\r\n");
}

static void origins_are_rewritten_for_the_shim(void **state)
{
    struct gw_http1_forward f = {.host = gw_str("app.example:8443"),
                                 .origin_from = gw_str("http://127.0.0.1:8080"),
                                 .origin_to = gw_str("https://app.example:8443")};

    (void)state;
    expect_request(
        "GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nOrigin: http://127.0.0.1:8080\r\n"
        "Referer: http://127.0.0.1:8080/a\r\n\r\n",
        &f,
        "GET / HTTP/1.1\r\nHost: app.example:8443\r\nOrigin: https://app.example:8443\r\n"
        "Referer: https://app.example:8443/a\r\n\r\n");
    expect_request("GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nOrigin: http://127.0.0.1:80801\r\n"
                   "Referer: http://127.0.0.1:8080.evil/\r\n\r\n",
                   &f,
                   "GET / HTTP/1.1\r\nHost: app.example:8443\r\nOrigin: http://127.0.0.1:80801\r\n"
                   "Referer: http://127.0.0.1:8080.evil/\r\n\r\n");
    f = (struct gw_http1_forward){.origin_from = gw_str("https://app.example"),
                                  .origin_to = gw_str("http://localhost:1"),
                                  .strip_alt_svc = true};
    expect_response("HTTP/1.1 302 Found\r\nLocation: https://APP.example/x\r\nAlt-Svc: h3\r\n"
                    "Content-Length: 0\r\n\r\n",
                    false, &f, "HTTP/1.1 302 Found\r\nLocation: http://localhost:1/x\r\n\r\n");
}

static void responses(void **state)
{
    struct gw_http1_forward f = {
        .date = gw_str("D"), .via = gw_str("v"), .framing = GW_FRAMING_LENGTH, .content_length = 3};

    (void)state;
    expect_response("HTTP/1.1 200 Fine\r\nServer: s\r\nContent-Length: 3\r\nX_A: b\r\n"
                    "Connection: X-Hop\r\nX-Hop: 1\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\n",
                    false, &f,
                    "HTTP/1.1 200 Fine\r\nServer: s\r\nX_A: b\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n"
                    "Date: D\r\nVia: 1.1 v\r\nContent-Length: 3\r\n\r\n");
    f = (struct gw_http1_forward){.date = gw_str("D")};
    expect_response("HTTP/1.0 200 OK\r\nDate: E\r\nContent-Length: 77\r\n\r\n", true, &f,
                    "HTTP/1.1 200 OK\r\nDate: E\r\nContent-Length: 77\r\n\r\n");
    expect_response("HTTP/1.1 103 Early Hints\r\nLink: l\r\n\r\n", false, &f,
                    "HTTP/1.1 103 Early Hints\r\nLink: l\r\n\r\n");
    expect_response("HTTP/1.1 204 No\r\nContent-Length: 0\r\n\r\n", false, &f,
                    "HTTP/1.1 204 No\r\nDate: D\r\n\r\n");
    expect_response("HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n", true, &f,
                    "HTTP/1.1 204 No\r\nDate: D\r\n\r\n");
    f = (struct gw_http1_forward){.date = gw_str("D"), .established = true};
    expect_response("HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    "Sec-WebSocket-Accept: a\r\nSec-WebSocket-Protocol: p\r\n\r\n",
                    false, &f, "HTTP/1.1 200 OK\r\nSec-WebSocket-Protocol: p\r\nDate: D\r\n\r\n");
    f = (struct gw_http1_forward){.websocket = true, .accept = gw_str("ours")};
    expect_response("HTTP/1.1 101 Switching\r\nSec-WebSocket-Accept: theirs\r\nA: b\r\n\r\n", false,
                    &f,
                    "HTTP/1.1 101 Switching\r\nA: b\r\nConnection: Upgrade\r\n"
                    "Upgrade: websocket\r\nSec-WebSocket-Accept: ours\r\n\r\n");
    f = (struct gw_http1_forward){.connect = true};
    expect_request("GET /a HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                   "Sec-WebSocket-Key: k\r\nSec-WebSocket-Version: 13\r\n\r\n",
                   &f, "CONNECT /a HTTP/1.1\r\nHost: h\r\nSec-WebSocket-Version: 13\r\n\r\n");
}

static void chunks_and_trailers(void **state)
{
    struct gw_http_field list[] = {
        {gw_str("Grpc-Status"), gw_str("0"), GW_FIELD_OTHER},
        {gw_str("Content-Length"), gw_str("9"), GW_FIELD_CONTENT_LENGTH},
        {gw_str("Authorization"), gw_str("x"), GW_FIELD_AUTHORIZATION},
        {gw_str("Set-Cookie"), gw_str("x"), GW_FIELD_SET_COOKIE},
        {gw_str("Host"), gw_str("x"), GW_FIELD_HOST},
        {gw_str("X-Forwarded-For"), gw_str("x"), GW_FIELD_X_FORWARDED_FOR},
        {gw_str("X_A"), gw_str("x"), GW_FIELD_OTHER},
    };
    struct gw_http_fields trailers = {.list = list, .room = 7, .count = 7};
    char out[100];
    char head[GW_HTTP1_CHUNK_HEAD_MAX + 1];
    size_t n = gw_http1_last_chunk(&trailers, out, sizeof out - 1);

    (void)state;
    out[n] = '\0';
    assert_string_equal("0\r\nGrpc-Status: 0\r\n\r\n", out);
    assert_int_equal(0, gw_http1_last_chunk(&trailers, out, n - 1));
    assert_int_equal(6, gw_http1_chunk_head(0x10ab, head));
    assert_string_equal("10ab\r\n", head);
    assert_int_equal(18, gw_http1_chunk_head(SIZE_MAX, head));
}

static void answers_of_our_own(void **state)
{
    struct gw_http1_answer a = {.status = 404,
                                .content_type = gw_str("application/json"),
                                .fields = gw_str("A: b\r\n"),
                                .body = gw_str("{}"),
                                .close = true};
    char out[200];

    (void)state;
    out[gw_http1_answer(&a, out, sizeof out - 1)] = '\0';
    assert_string_equal("HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\n"
                        "Content-Length: 2\r\nA: b\r\nConnection: close\r\n\r\n{}",
                        out);
    a.is_head = true;
    out[gw_http1_answer(&a, out, sizeof out - 1)] = '\0';
    assert_string_equal("HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\n"
                        "Content-Length: 2\r\nA: b\r\nConnection: close\r\n\r\n",
                        out);
    a = (struct gw_http1_answer){.status = 204};
    out[gw_http1_answer(&a, out, sizeof out - 1)] = '\0';
    assert_string_equal("HTTP/1.1 204 No Content\r\n\r\n", out);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(hop_by_hop_and_reserved_fields_stop_here),
        cmocka_unit_test(addresses_of_a_trusted_proxy_are_continued),
        cmocka_unit_test(a_verified_client_is_told_in_place_of_what_it_says_itself),
        cmocka_unit_test(framing_is_written_from_what_is_sent),
        cmocka_unit_test(special_requests),
        cmocka_unit_test(origins_are_rewritten_for_the_shim),
        cmocka_unit_test(responses),
        cmocka_unit_test(chunks_and_trailers),
        cmocka_unit_test(answers_of_our_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
