#include <string.h>

#include "tests/unit/http1/http2_world.h"

enum { MAX_FIELDS = 6 };

static const struct gw_http2_limits limits = {.max_list_bytes = 512, .max_fields = MAX_FIELDS};

/* In: list  ends with an empty pair */
static const struct gw_http1_response *build(struct world *w, const struct pair *list, bool to_head,
                                             bool ended)
{
    size_t n = 0;

    while (list[n].name != NULL)
        n++;
    *w = (struct world){.limits = limits, .head = {.answer = true}};
    collect(w, list, n);
    w->built = gw_http2_answer_build(&w->head, to_head, ended, &w->why);
    assert_non_null(w->built);
    return &w->built->response;
}

static void an_answer_reads_like_one_of_http_1_1(void **state)
{
    const struct pair list[] = {
        {":status", "404"}, {"content-length", "7"}, {"set-cookie", "a"}, {"set-cookie", "b"}, {0}};
    struct world w;
    const struct gw_http1_response *r = build(&w, list, false, false);

    (void)state;
    assert_int_equal(0, w.why.status);
    assert_int_equal(404, r->status);
    assert_true(r->http2 && r->keep_alive && r->has_length && !r->request_head);
    assert_int_equal(1, r->minor);
    assert_int_equal(7, r->content_length);
    assert_int_equal(3, r->fields.count);
    done(&w);
}

static void framing_follows_status_length_and_end(void **state)
{
    static const struct {
        const char *status;
        const char *length;
        bool to_head, ended;
        enum gw_http_framing framing;
    } rows[] = {
        {"200", NULL, false, false, GW_FRAMING_CHUNKED},
        {"200", NULL, false, true, GW_FRAMING_LENGTH},
        {"200", "7", false, false, GW_FRAMING_LENGTH},
        {"200", "7", true, true, GW_FRAMING_NONE},
        {"204", NULL, false, true, GW_FRAMING_NONE},
        {"304", "7", false, true, GW_FRAMING_NONE},
        {"103", NULL, false, false, GW_FRAMING_NONE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const bool bare = rows[i].length == NULL;
        const struct pair list[] = {{":status", rows[i].status},
                                    {bare ? NULL : "content-length", rows[i].length},
                                    {NULL, NULL}};
        struct world w;
        const struct gw_http1_response *r = build(&w, list, rows[i].to_head, rows[i].ended);

        assert_int_equal(0, w.why.status);
        assert_int_equal(rows[i].framing, r->framing);
        done(&w);
    }
}

/* Each row breaks one rule. */
static const struct row {
    const char *code;
    unsigned status;
    struct pair list[4];
} rows[] = {
    {"status-line", 502, {{"a", "b"}}},
    {"status-line", 502, {{":status", "20"}}},
    {"status-line", 502, {{":status", "2000"}}},
    {"status-line", 502, {{":status", "2x0"}}},
    {"status-line", 502, {{":status", "099"}}},
    {"status-line", 502, {{":status", "600"}}},
    {"status-line", 502, {{":status", "101"}}},
    {"pseudo-field", 400, {{":status", "200"}, {":status", "200"}}},
    {"pseudo-field", 400, {{":status", "200"}, {":path", "/"}}},
    {"pseudo-field", 400, {{"a", "b"}, {":status", "200"}}},
    {"field-name", 400, {{":status", "200"}, {"Upper", "x"}}},
    {"field-name", 400, {{":status", "200"}, {"a\r\nb", "x"}}},
    {"field-value", 400, {{":status", "200"}, {"a", "x\r\ny: z"}}},
    {"field-value", 400, {{":status", "200"}, {"a", " x"}}},
    {"connection-field", 400, {{":status", "200"}, {"connection", "close"}}},
    {"connection-field", 400, {{":status", "200"}, {"transfer-encoding", "chunked"}}},
    {"connection-field", 400, {{":status", "200"}, {"upgrade", "websocket"}}},
    {"content-length", 400, {{":status", "200"}, {"content-length", "+1"}}},
    {"content-length-repeated",
     400,
     {{":status", "200"}, {"content-length", "1"}, {"content-length", "1"}}},
};

static void each_broken_rule_has_its_code(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct world w;

        (void)build(&w, rows[i].list, false, false);
        if (w.why.status != rows[i].status)
            print_error("row %zu, %s\n", i, rows[i].code);
        assert_int_equal(rows[i].status, w.why.status);
        assert_string_equal(rows[i].code, w.why.code);
        done(&w);
    }
}

static void an_interim_answer_does_not_end_the_stream(void **state)
{
    const struct pair list[] = {{":status", "103"}, {0}};
    struct world w;

    (void)state;
    (void)build(&w, list, false, true);
    assert_int_equal(502, w.why.status);
    assert_string_equal("status-line", w.why.code);
    done(&w);
}

static void counts_and_sizes_are_bounded(void **state)
{
    struct pair many[MAX_FIELDS + 3] = {{":status", "200"}};
    char value[512];
    const struct pair list[] = {{":status", "200"}, {"a", value}, {0}};
    /* What is left of the limit, each field counted with 32 bytes more. */
    const size_t left = limits.max_list_bytes - (2 * 32 + 7 + 3) - 1;
    struct world w;

    (void)state;
    for (size_t i = 1; i <= MAX_FIELDS + 1; i++)
        many[i] = (struct pair){"a", ""};
    (void)build(&w, many, false, false);
    assert_string_equal("field-count", w.why.code);
    done(&w);
    many[MAX_FIELDS + 1].name = NULL;
    (void)build(&w, many, false, false);
    assert_int_equal(0, w.why.status);
    done(&w);
    memset(value, 'x', sizeof value);
    value[left] = '\0';
    (void)build(&w, list, false, false);
    assert_int_equal(0, w.why.status);
    done(&w);
    value[left] = 'x';
    value[left + 1] = '\0';
    (void)build(&w, list, false, false);
    assert_string_equal("head-size", w.why.code);
    done(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_reads_like_one_of_http_1_1),
        cmocka_unit_test(framing_follows_status_length_and_end),
        cmocka_unit_test(each_broken_rule_has_its_code),
        cmocka_unit_test(an_interim_answer_does_not_end_the_stream),
        cmocka_unit_test(counts_and_sizes_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
