#include "tests/unit/http1/http2_world.h"

#define KEY "MDEyMzQ1Njc4OWFiY2RlZg=="
#define SCHEME                                                                                     \
    {                                                                                              \
        ":scheme", "https"                                                                         \
    }
#define PATH                                                                                       \
    {                                                                                              \
        ":path", "/a?b"                                                                            \
    }
#define AUTHORITY                                                                                  \
    {                                                                                              \
        ":authority", "a.test"                                                                     \
    }
#define PROTOCOL                                                                                   \
    {                                                                                              \
        ":protocol", "websocket"                                                                   \
    }
#define CONNECT {":method", "CONNECT"}, SCHEME, PATH, AUTHORITY

enum { ROOM = 8 };

static const struct gw_http1_request *build(struct world *w, const char *key,
                                            const struct pair *list, bool ended)
{
    size_t n = 0;

    while (n < ROOM && list[n].name != NULL)
        n++;
    *w = (struct world){.limits = {1024, ROOM, 256}, .head = {.websocket_key = gw_str(key)}};
    return read_request(w, list, n, ended);
}

static void it_reads_like_the_upgrade_that_means_the_same(void **state)
{
    const struct pair list[ROOM] = {
        CONNECT, PROTOCOL, {"cookie", "a"}, {"sec-websocket-key", "theirs"}, {"cookie", "b"}};
    struct world w;
    const struct gw_http1_request *r = build(&w, KEY, list, false);

    (void)state;
    assert_int_equal(0, w.why.status);
    assert_true(r->websocket && r->http2 && r->idempotent && !r->is_connect);
    assert_text("CONNECT", r->method);
    assert_text("/a", r->path);
    assert_int_equal(GW_FRAMING_NONE, r->framing);
    assert_int_equal(4, r->fields.count);
    assert_text("a; b", r->fields.list[0].value);
    assert_true(gw_http_fields_list_has(&r->fields, GW_FIELD_CONNECTION, "upgrade"));
    assert_text("websocket", gw_http_fields_find(&r->fields, GW_FIELD_UPGRADE)->value);
    assert_text("sec-websocket-key", r->fields.list[3].name);
    assert_text(KEY, r->fields.list[3].value);
    done(&w);
}

static void it_has_no_body_whatever_ends(void **state)
{
    const struct pair list[ROOM] = {CONNECT, {":protocol", "WebSocket"}};
    struct world w;

    (void)state;
    for (int ended = 0; ended < 2; ended++) {
        assert_int_equal(GW_FRAMING_NONE, build(&w, KEY, list, ended != 0)->framing);
        assert_int_equal(0, w.why.status);
        done(&w);
    }
}

/* Each row breaks one rule. */
static const struct row {
    const char *code;
    unsigned status;
    const char *key;
    struct pair list[ROOM];
} rows[] = {
    {"pseudo-field", 400, "", {CONNECT, PROTOCOL}},
    {"pseudo-field", 400, KEY, {{":method", "GET"}, SCHEME, PATH, AUTHORITY, PROTOCOL}},
    {"pseudo-field", 400, KEY, {CONNECT, PROTOCOL, PROTOCOL}},
    {"pseudo-field", 400, KEY, {{":method", "CONNECT"}, SCHEME, AUTHORITY, PROTOCOL}},
    {"pseudo-field", 400, KEY, {CONNECT, {"a", "b"}, PROTOCOL}},
    {"method-not-implemented", 501, KEY, {CONNECT}},
    {"connect-protocol", 501, KEY, {CONNECT, {":protocol", "connect-udp"}}},
    {"connect-protocol", 501, KEY, {CONNECT, {":protocol", ""}}},
    {"connect-body", 400, KEY, {CONNECT, PROTOCOL, {"content-length", "0"}}},
    {"connection-field", 400, KEY, {CONNECT, PROTOCOL, {"upgrade", "websocket"}}},
    {"target", 400, KEY, {{":method", "CONNECT"}, SCHEME, {":path", "a"}, AUTHORITY, PROTOCOL}},
    {"host-missing", 400, KEY, {{":method", "CONNECT"}, SCHEME, PATH, PROTOCOL}},
};

static void each_broken_rule_has_its_code(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct world w;

        (void)build(&w, rows[i].key, rows[i].list, false);
        if (w.why.status != rows[i].status)
            print_error("row %zu, %s\n", i, rows[i].code);
        assert_int_equal(rows[i].status, w.why.status);
        assert_string_equal(rows[i].code, w.why.code);
        done(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_reads_like_the_upgrade_that_means_the_same),
        cmocka_unit_test(it_has_no_body_whatever_ends),
        cmocka_unit_test(each_broken_rule_has_its_code),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
