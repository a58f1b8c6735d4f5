#include <stdlib.h>
#include <string.h>

#include "tests/simulator/params.h"
#include "tests/unit/simulator/fixture.h"

static void a_request_is_read_in_any_pieces(void **state)
{
    static const char text[] =
        "POST /GetKey?json HTTP/1.1\r\nHost: x\r\nContent-Type: application/json"
        "\r\nContent-Length: 2\r\n\r\n{}GET / HTTP/1.1\r\n";
    size_t end = strlen(text) - strlen("GET / HTTP/1.1\r\n");
    struct sim_http_message m = {0};
    size_t used = 0;

    (void)state;
    for (size_t cut = 1; cut < end; cut++) {
        sim_http_message_reset(&m);
        assert_int_equal(SIM_HTTP_MORE,
                         sim_http_message_feed(&m, certbind_bytes(text, cut), &used));
        assert_int_equal(cut, used);
        assert_int_equal(
            SIM_HTTP_COMPLETE,
            sim_http_message_feed(&m, certbind_bytes(text + cut, sizeof text - 1 - cut), &used));
        assert_int_equal(end - cut, used);
        assert_string_equal("/GetKey?json", sim_buffer_cstr(&m.target));
        assert_string_equal("application/json", sim_buffer_cstr(&m.content_type));
        assert_string_equal("{}", sim_buffer_cstr(&m.body));
        assert_true(m.keep_alive);
    }
    sim_http_message_cleanup(&m);
}

static void garbage_and_long_heads_are_bad(void **state)
{
    struct sim_http_message m = {0};
    struct sim_buffer head = {0};
    size_t used = 0;

    (void)state;
    sim_http_message_reset(&m);
    assert_int_equal(SIM_HTTP_BAD,
                     sim_http_message_feed(&m, certbind_text("\x16\x03\x01 garbage"), &used));
    for (size_t extra = 0; extra < 2; extra++) {
        sim_buffer_clear(&head);
        sim_buffer_put_text(&head, "GET /");
        for (size_t i = 0; i < SIM_HEAD_MAX - 1 + extra; i++)
            sim_buffer_put_text(&head, "a");
        sim_buffer_put_text(&head, " HTTP/1.1\r\n\r\n");
        sim_http_message_reset(&m);
        assert_int_equal(extra == 0 ? SIM_HTTP_COMPLETE : SIM_HTTP_BAD,
                         sim_http_message_feed(&m, sim_buffer_view(&head), &used));
    }
    sim_buffer_cleanup(&head);
    sim_http_message_cleanup(&m);
}

/* Returns: the argument `a` of a request, or NULL with the refusal in reply. */
static char *argument(const char *method, const char *query, const char *content_type,
                      const char *body, struct sim_reply *reply)
{
    char copy[128];
    struct sim_http_request r = {.method = method,
                                 .path = copy,
                                 .query = copy,
                                 .content_type = content_type,
                                 .body = certbind_text(body)};
    cJSON *params;
    const char *text;
    char *out = NULL;

    memcpy(copy, query, strlen(query) + 1);
    params = sim_params_read(&r, reply);
    text = params == NULL ? NULL : sim_params_string(params, "a", reply);
    if (text != NULL)
        out = strdup(text);
    cJSON_Delete(params);
    return out;
}

static void arguments_come_from_query_or_json(void **state)
{
    static const struct {
        const char *method, *query, *type, *body, *want;
        unsigned status;
    } cases[] = {
        {"GET", "a=1&b=2", "", "", "1", 0},
        {"GET", "b=2&a=%2Fx+y", "", "", "/x y", 0},
        {"GET", "b", "", "", "", 0},
        {"GET", "a=%2", "", "", NULL, 400},
        {"GET", "a=%00", "", "", NULL, 400},
        {"POST", "", "application/json; charset=utf-8", "{\"a\":\"1\"}", "1", 0},
        {"POST", "x=1&json", "", "{\"a\":\"1\"}", "1", 0},
        {"POST", "json=true", "", "", "", 0},
        {"POST", "json=0", "", "{}", NULL, 400},
        {"POST", "", "", "{\"a\":\"1\"}", NULL, 400},
        {"POST", "", "application/json", "{\"a\":1}", NULL, 400},
        {"POST", "", "application/json", "[]", NULL, 400},
        {"POST", "", "application/json", "{} {}", NULL, 400},
        {"DELETE", "", "application/json", "{}", NULL, 405},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sim_reply reply = {0};
        char *got = argument(cases[i].method, cases[i].query, cases[i].type, cases[i].body, &reply);

        if (cases[i].want == NULL) {
            assert_null(got);
            assert_int_equal(cases[i].status, reply.status);
        } else {
            assert_string_equal(cases[i].want, got);
        }
        free(got);
        sim_reply_cleanup(&reply);
    }
}

static void bytes_arguments_are_bounded_hex(void **state)
{
    struct sim_reply reply = {0};
    uint8_t out[2];
    size_t len = 0;

    (void)state;
    assert_true(sim_params_hex("0xABcd", out, 2, &len, "long", &reply));
    assert_int_equal(2, len);
    assert_hex("abcd", out, 2);
    assert_true(sim_params_hex("", out, 2, &len, "long", &reply));
    assert_int_equal(0, len);
    assert_false(sim_params_hex("abc", out, 2, &len, "long", &reply));
    assert_false(sim_params_hex("zz", out, 2, &len, "long", &reply));
    assert_false(sim_params_hex("aabbcc", out, 2, &len, "long", &reply));
    assert_int_equal(400, reply.status);
    assert_non_null(strstr(sim_buffer_cstr(&reply.body), "\"long\""));
    sim_reply_cleanup(&reply);
}

static void a_reply_without_decision_is_a_500(void **state)
{
    struct sim_reply reply = {0};
    struct sim_buffer out = {0};

    (void)state;
    sim_reply_encode(&reply, true, true, &out);
    assert_non_null(strstr(sim_buffer_cstr(&out), "HTTP/1.1 500 "));
    assert_non_null(strstr(sim_buffer_cstr(&out), "Content-Length: 0\r\n\r\n"));
    sim_buffer_cleanup(&out);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_read_in_any_pieces),
        cmocka_unit_test(garbage_and_long_heads_are_bad),
        cmocka_unit_test(arguments_come_from_query_or_json),
        cmocka_unit_test(bytes_arguments_are_bounded_hex),
        cmocka_unit_test(a_reply_without_decision_is_a_500),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
