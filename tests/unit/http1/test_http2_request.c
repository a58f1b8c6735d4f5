#include "gateway/core/http2_request.h"

#include <string.h>

#include "tests/unit/http1/http2_world.h"

enum { MAX_FIELDS = 12 };

static const struct gw_http2_limits limits = {1024, MAX_FIELDS, 256};

static const struct gw_http1_request *build(struct world *w, const struct pair *list, size_t n,
                                            bool ended)
{
    *w = (struct world){.limits = limits};
    return read_request(w, list, n, ended);
}

#define METHOD                                                                                     \
    {                                                                                              \
        ":method", "GET"                                                                           \
    }
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
        ":authority", "a.test:8"                                                                   \
    }
#define VALID METHOD, SCHEME, PATH, AUTHORITY

static void a_request_reads_like_one_of_http_1_1(void **state)
{
    const struct pair list[] = {
        VALID, {"cookie", "a=1"}, {"accept", "x"}, {"cookie", "b=2"}, {"te", "trailers"}};
    struct world w;
    const struct gw_http1_request *r = build(&w, list, 8, true);

    (void)state;
    assert_int_equal(0, w.why.status);
    assert_text("GET", r->method);
    assert_text("/a", r->path);
    assert_text("?b", r->query);
    assert_text("a.test:8", r->authority);
    assert_text("a.test", r->host);
    assert_true(r->http2 && r->keep_alive && r->idempotent && !r->is_head);
    assert_int_equal(GW_FRAMING_NONE, r->framing);
    assert_int_equal(3, r->fields.count);
    assert_text("a=1; b=2", r->fields.list[0].value);
    assert_int_equal(GW_FIELD_COOKIE, r->fields.list[0].id);
    done(&w);
}

static void framing_follows_length_and_end(void **state)
{
    static const struct {
        const char *length;
        bool ended;
        enum gw_http_framing framing;
    } rows[] = {
        {NULL, true, GW_FRAMING_NONE},    {NULL, false, GW_FRAMING_CHUNKED},
        {"7", false, GW_FRAMING_LENGTH},  {"0", true, GW_FRAMING_LENGTH},
        {"0", false, GW_FRAMING_CHUNKED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct pair list[] = {VALID, {"content-length", rows[i].length}};
        struct world w;
        const struct gw_http1_request *r =
            build(&w, list, rows[i].length != NULL ? 5 : 4, rows[i].ended);

        assert_int_equal(0, w.why.status);
        assert_int_equal(rows[i].framing, r->framing);
        done(&w);
    }
}

/* Each row breaks one rule. */
static const struct row {
    const char *code;
    unsigned status;
    struct pair list[7];
} rows[] = {
    {"pseudo-field", 400, {SCHEME, PATH, AUTHORITY}},
    {"pseudo-field", 400, {METHOD, PATH, AUTHORITY}},
    {"pseudo-field", 400, {METHOD, SCHEME, AUTHORITY}},
    {"pseudo-field", 400, {VALID, METHOD}},
    {"pseudo-field", 400, {VALID, {":status", "200"}}},
    {"pseudo-field", 400, {VALID, {":protocol", "websocket"}}},
    {"pseudo-field", 400, {{"a", "b"}, METHOD, SCHEME, PATH, AUTHORITY}},
    {"field-name", 400, {VALID, {"Upper", "x"}}},
    {"field-name", 400, {VALID, {"", "x"}}},
    {"field-name", 400, {VALID, {"a b", "x"}}},
    {"field-name", 400, {VALID, {"a:", "x"}}},
    {"field-name", 400, {VALID, {"a\x80", "x"}}},
    {"field-name", 400, {VALID, {"a\r\nb", "x"}}},
    {"field-name-underscore", 400, {VALID, {"a_b", "x"}}},
    {"field-value", 400, {VALID, {"a", "x\r\ny: z"}}},
    {"field-value", 400, {VALID, {"a", "x\x7f"}}},
    {"field-value", 400, {VALID, {"a", " x"}}},
    {"field-value", 400, {VALID, {"a", "x\t"}}},
    {"connection-field", 400, {VALID, {"connection", "close"}}},
    {"connection-field", 400, {VALID, {"keep-alive", "5"}}},
    {"connection-field", 400, {VALID, {"proxy-connection", "close"}}},
    {"connection-field", 400, {VALID, {"transfer-encoding", "chunked"}}},
    {"connection-field", 400, {VALID, {"upgrade", "h2c"}}},
    {"connection-field", 400, {VALID, {"http2-settings", "AAAA"}}},
    {"connection-field", 400, {VALID, {"te", "gzip"}}},
    {"scheme", 400, {METHOD, {":scheme", "http"}, PATH, AUTHORITY}},
    {"method", 400, {{":method", "G T"}, SCHEME, PATH, AUTHORITY}},
    {"method-not-allowed", 405, {{":method", "TRACE"}, SCHEME, PATH, AUTHORITY}},
    {"method-not-implemented", 501, {{":method", "CONNECT"}, SCHEME, PATH, AUTHORITY}},
    {"target", 400, {METHOD, SCHEME, {":path", ""}, AUTHORITY}},
    {"target", 400, {METHOD, SCHEME, {":path", "a"}, AUTHORITY}},
    {"target", 400, {METHOD, SCHEME, {":path", "*"}, AUTHORITY}},
    {"target", 400, {METHOD, SCHEME, {":path", "https://a.test/"}, AUTHORITY}},
    {"target", 400, {METHOD, SCHEME, {":path", "/a b"}, AUTHORITY}},
    {"target", 400, {METHOD, SCHEME, {":path", "/a#b"}, AUTHORITY}},
    {"target", 400, {METHOD, SCHEME, {":path", "/\xe9"}, AUTHORITY}},
    {"host", 400, {METHOD, SCHEME, PATH, {":authority", "u@a.test"}}},
    {"host", 400, {METHOD, SCHEME, PATH, {":authority", ""}}},
    {"host-missing", 400, {METHOD, SCHEME, PATH}},
    {"host-differs", 400, {VALID, {"host", "b.test"}}},
    {"host-repeated", 400, {VALID, {"host", "a.test:8"}, {"host", "a.test:8"}}},
    {"content-length", 400, {VALID, {"content-length", "-1"}}},
    {"content-length-repeated", 400, {VALID, {"content-length", "0"}, {"content-length", "0"}}},
    {"body-truncated", 400, {VALID, {"content-length", "3"}}},
    {"expectation", 417, {VALID, {"expect", "200-ok"}}},
};

static void each_broken_rule_has_its_code(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct world w;
        size_t n = 0;

        while (n < 7 && rows[i].list[n].name != NULL)
            n++;
        (void)build(&w, rows[i].list, n, true);
        if (w.why.status != rows[i].status)
            print_error("row %zu, %s\n", i, rows[i].code);
        assert_int_equal(rows[i].status, w.why.status);
        assert_string_equal(rows[i].code, w.why.code);
        done(&w);
    }
}

static void sizes_are_bounded_while_fields_come(void **state)
{
    char value[1024];
    struct world w;
    const struct pair list[] = {VALID, {"a", value}};
    /* What is left of the limit after the valid fields, each counted with 32 bytes more. */
    size_t left = limits.max_list_bytes - (4 * 32 + 7 + 3 + 7 + 5 + 5 + 4 + 10 + 8) - 32 - 1;

    (void)state;
    memset(value, 'x', sizeof value);
    value[left] = '\0';
    (void)build(&w, list, 5, true);
    assert_int_equal(0, w.why.status);
    assert_int_equal(limits.max_list_bytes, w.head.list_bytes);
    done(&w);
    value[left] = 'x';
    value[left + 1] = '\0';
    (void)build(&w, list, 5, true);
    assert_int_equal(431, w.why.status);
    assert_string_equal("head-size", w.why.code);
    done(&w);
}

static void counts_and_targets_are_bounded(void **state)
{
    struct pair many[4 + MAX_FIELDS + 1] = {VALID};
    char path[300];
    const struct pair list[] = {METHOD, SCHEME, AUTHORITY, {":path", path}};
    struct world w;

    (void)state;
    for (size_t i = 4; i < 4 + MAX_FIELDS + 1; i++)
        many[i] = (struct pair){"a", ""};
    (void)build(&w, many, 4 + MAX_FIELDS, true);
    assert_int_equal(0, w.why.status);
    done(&w);
    (void)build(&w, many, 4 + MAX_FIELDS + 1, true);
    assert_int_equal(431, w.why.status);
    assert_string_equal("field-count", w.why.code);
    done(&w);
    memset(path, '/', sizeof path);
    path[limits.max_target_bytes + 1] = '\0';
    (void)build(&w, list, 4, true);
    assert_int_equal(414, w.why.status);
    done(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_reads_like_one_of_http_1_1),
        cmocka_unit_test(framing_follows_length_and_end),
        cmocka_unit_test(each_broken_rule_has_its_code),
        cmocka_unit_test(sizes_are_bounded_while_fields_come),
        cmocka_unit_test(counts_and_targets_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
