#include "gateway/core/http2_fields.h"

#include <string.h>

#include "tests/support/cmocka_all.h"

enum { ROOM = 8 };

static void assert_field(const char *name, const char *value, const nghttp2_nv *nv)
{
    assert_int_equal(strlen(name), nv->namelen);
    assert_memory_equal(name, nv->name, nv->namelen);
    assert_int_equal(strlen(value), nv->valuelen);
    assert_memory_equal(value, nv->value, nv->valuelen);
}

static void a_request_gets_its_pseudo_fields(void **state)
{
    const char head[] = "POST /a?b c HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n"
                        "Transfer-Encoding: chunked\r\nX:  y \r\n\r\nbody";
    nghttp2_nv nv[ROOM];

    (void)state;
    assert_int_equal(5, gw_http2_fields_of_request(gw_str(head), "https", nv, ROOM));
    assert_field(":method", "POST", &nv[0]);
    assert_field(":scheme", "https", &nv[1]);
    assert_field(":authority", "a.test", &nv[2]);
    assert_field(":path", "/a?b c", &nv[3]);
    assert_field("X", "y", &nv[4]);
}

static void connect_is_for_a_websocket(void **state)
{
    const char head[] = "CONNECT /chat HTTP/1.1\r\nHost: a.test\r\nX: y\r\n\r\n";
    nghttp2_nv nv[ROOM];

    (void)state;
    assert_int_equal(6, gw_http2_fields_of_request(gw_str(head), "https", nv, ROOM));
    assert_field(":method", "CONNECT", &nv[0]);
    assert_field(":path", "/chat", &nv[3]);
    assert_field(":protocol", "websocket", &nv[4]);
    assert_field("X", "y", &nv[5]);
}

static void an_answer_gets_its_status(void **state)
{
    nghttp2_nv nv[ROOM];

    (void)state;
    assert_int_equal(
        2, gw_http2_fields_of_answer(gw_str("HTTP/1.1 204 No Content\r\nA: b\r\n\r\n"), nv, ROOM));
    assert_field(":status", "204", &nv[0]);
    assert_field("A", "b", &nv[1]);
}

static void what_was_not_written_by_us_is_nothing(void **state)
{
    static const char *const heads[] = {"",
                                        "\r\n",
                                        "GET / HTTP/1.1\r\n\r\n",
                                        "GET / HTTP/1.1\r\nAccept: a\r\n\r\n",
                                        "GET\r\nHost: a\r\n\r\n",
                                        "GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n"};
    nghttp2_nv nv[ROOM];

    (void)state;
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
        assert_int_equal(0, gw_http2_fields_of_request(gw_str(heads[i]), "http", nv, ROOM));
    assert_int_equal(0, gw_http2_fields_of_answer(gw_str("HTTP/1.1 \r\n\r\n"), nv, ROOM));
}

static void more_fields_than_there_is_room_for_are_none(void **state)
{
    const char head[] = "GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n\r\n";
    nghttp2_nv nv[ROOM];

    (void)state;
    assert_int_equal(5, gw_http2_fields_of_request(gw_str(head), "http", nv, 5));
    assert_int_equal(0, gw_http2_fields_of_request(gw_str(head), "http", nv, 4));
    assert_int_equal(0, gw_http2_fields_of_request(gw_str(head), "http", nv, 3));
}

static void trailers_come_after_the_last_chunk(void **state)
{
    nghttp2_nv nv[ROOM];

    (void)state;
    assert_int_equal(1,
                     gw_http2_fields_of_trailers(gw_str("0\r\ngrpc-status: 0\r\n\r\n"), nv, ROOM));
    assert_field("grpc-status", "0", &nv[0]);
    assert_int_equal(0, gw_http2_fields_of_trailers(gw_str("0\r\n\r\n"), nv, ROOM));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_gets_its_pseudo_fields),
        cmocka_unit_test(connect_is_for_a_websocket),
        cmocka_unit_test(an_answer_gets_its_status),
        cmocka_unit_test(what_was_not_written_by_us_is_nothing),
        cmocka_unit_test(more_fields_than_there_is_room_for_are_none),
        cmocka_unit_test(trailers_come_after_the_last_chunk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
