#include "gateway/core/request_context.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/cmocka_all.h"

#define TRACE "0af7651916cd43dd8448eb211c80319c"
#define SPAN "b7ad6b7169203331"
#define PARENT "00-" TRACE "-" SPAN "-01"

enum { ROOM = 40 };

struct message {
    struct gw_http_field list[ROOM];
    struct gw_http_fields fields;
};

static void add(struct message *m, enum gw_field_id id, const char *value)
{
    m->fields.list = m->list;
    m->fields.room = ROOM;
    m->list[m->fields.count++] = (struct gw_http_field){gw_str("x"), gw_str(value), id};
}

static void ids_of_safe_characters_are_taken(void **state)
{
    char longest[GW_REQUEST_ID_MAX + 2];
    const char *good[] = {"a", "AZaz09-._~:@=+/", "0af7651916cd43dd8448eb211c80319c", longest};
    const char *bad[] = {"", "a b", "a\"b", "a\\b", "a,b", "a\xc3\xa9", "a%20", "<a>", "a;b"};
    char id[GW_REQUEST_ID_MAX + 1];

    (void)state;
    memset(longest, 'x', sizeof longest);
    longest[GW_REQUEST_ID_MAX] = '\0';
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct message m = {.fields = {0}};

        add(&m, GW_FIELD_X_REQUEST_ID, good[i]);
        assert_true(gw_request_id_read(&m.fields, id));
        assert_string_equal(good[i], id);
    }
    longest[GW_REQUEST_ID_MAX] = 'x';
    longest[GW_REQUEST_ID_MAX + 1] = '\0';
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct message m = {.fields = {0}};

        add(&m, GW_FIELD_X_REQUEST_ID, bad[i]);
        assert_false(gw_request_id_read(&m.fields, id));
    }
    {
        struct message m = {.fields = {0}};

        add(&m, GW_FIELD_OTHER, "a");
        assert_false(gw_request_id_read(&m.fields, id));
        add(&m, GW_FIELD_X_REQUEST_ID, longest);
        assert_false(gw_request_id_read(&m.fields, id));
        m.list[1].value.len--;
        assert_true(gw_request_id_read(&m.fields, id));
        add(&m, GW_FIELD_X_REQUEST_ID, "b");
        assert_false(gw_request_id_read(&m.fields, id));
    }
}

/* Returns: how many fields of each kind are left: parents * 10 + states. */
static unsigned left(const char *parent, const char *state_1, const char *state_2)
{
    struct message m = {.fields = {0}};
    unsigned count = 0;

    add(&m, GW_FIELD_OTHER, "before");
    if (state_1 != NULL)
        add(&m, GW_FIELD_TRACESTATE, state_1);
    if (parent != NULL)
        add(&m, GW_FIELD_TRACEPARENT, parent);
    if (state_2 != NULL)
        add(&m, GW_FIELD_TRACESTATE, state_2);
    add(&m, GW_FIELD_OTHER, "after");
    gw_trace_context_filter(&m.fields);
    assert_true(gw_str_equal(gw_str("before"), m.list[0].value));
    assert_true(gw_str_equal(gw_str("after"), m.list[m.fields.count - 1].value));
    for (size_t i = 0; i < m.fields.count; i++)
        count += m.list[i].id == GW_FIELD_TRACEPARENT  ? 10
                 : m.list[i].id == GW_FIELD_TRACESTATE ? 1
                                                       : 0;
    return count;
}

static void a_parent_has_the_form_of_its_version(void **state)
{
    static const struct {
        unsigned left;
        const char *parent;
    } rows[] = {
        {10, PARENT},
        {10, "00-" TRACE "-" SPAN "-ff"},
        {10, "01-" TRACE "-" SPAN "-01"},
        {10, "cc-" TRACE "-" SPAN "-01-what comes"},
        {10, "cc-" TRACE "-" SPAN "-01-"},
        {0, "00-" TRACE "-" SPAN "-01-more"},
        {0, "00-" TRACE "-" SPAN "-01-"},
        {0, "cc-" TRACE "-" SPAN "-01.more"},
        {0, "ff-" TRACE "-" SPAN "-01"},
        {0, "0g-" TRACE "-" SPAN "-01"},
        {0, "0A-" TRACE "-" SPAN "-01"},
        {0, "00-0AF7651916cd43dd8448eb211c80319c-" SPAN "-01"},
        {0, "00-00000000000000000000000000000000-" SPAN "-01"},
        {0, "00-" TRACE "-0000000000000000-01"},
        {0, "00-" TRACE "-" SPAN "-0"},
        {0, "00-" TRACE "-" SPAN "-0x"},
        {0, "00-" TRACE "-" SPAN "_01"},
        {0, "00_" TRACE "-" SPAN "-01"},
        {0, "00-" TRACE "_" SPAN "-01"},
        {0, ""},
        {0, "00"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].left != left(rows[i].parent, NULL, NULL))
            fail_msg("%s", rows[i].parent);
        assert_int_equal(rows[i].left == 0 ? 0 : 11, left(rows[i].parent, "a=1", NULL));
    }
    assert_int_equal(0, left(NULL, "a=1", "b=2"));
}

static void two_parents_are_none(void **state)
{
    struct message m = {.fields = {0}};

    (void)state;
    add(&m, GW_FIELD_TRACEPARENT, PARENT);
    add(&m, GW_FIELD_TRACEPARENT, PARENT);
    add(&m, GW_FIELD_TRACESTATE, "a=1");
    gw_trace_context_filter(&m.fields);
    assert_int_equal(0, m.fields.count);
}

static void a_bad_state_goes_alone(void **state)
{
    static const char *const good[] = {"a=1",      "a=1,b=2",  "a=1 , b=2,,",
                                       "a=x y",    "t1@sys=v", "1a@sys=v",
                                       "a_-*/9=v", "a=!~",     "a=1,t@a=2,b=3"};
    static const char *const bad[] = {
        "",          ",",       "a",     "=1",   "a=",   "A=1",   "1a=2",    "a=b=c",
        "a=\t1x",    "a=1,a=2", "a b=1", "@s=1", "t@=1", "t@1=1", "a@b@c=1", "t@abcdefghijklmno=1",
        "a=\xc3\xa9"};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (left(PARENT, good[i], NULL) != 11)
            fail_msg("%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (left(PARENT, bad[i], NULL) != 10)
            fail_msg("%s", bad[i]);
    assert_int_equal(12, left(PARENT, "a=1", "b=2"));
    assert_int_equal(10, left(PARENT, "a=1", "a=2"));
    assert_int_equal(10, left(PARENT, "a=1", "b"));
}

static void a_state_is_bounded(void **state)
{
    char text[GW_TRACE_STATE_MAX_BYTES + 300] = "";
    size_t len = 0;

    (void)state;
    for (int i = 0; i < GW_TRACE_STATE_MEMBERS; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%sk%d=v", i > 0 ? "," : "", i);
    assert_int_equal(11, left(PARENT, text, NULL));
    assert_int_equal(10, left(PARENT, text, "one=more"));
    len = 0;
    for (int i = 0; i < 16; i++) {
        len += (size_t)snprintf(text + len, sizeof text - len, "%sk%02d=", i > 0 ? "," : "", i);
        memset(text + len, 'v', 251);
        len += 251;
    }
    text[len] = '\0';
    assert_int_equal(GW_TRACE_STATE_MAX_BYTES - 1, len);
    assert_int_equal(11, left(PARENT, text, NULL));
    text[len++] = 'v';
    text[len++] = 'v';
    text[len] = '\0';
    assert_int_equal(10, left(PARENT, text, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_of_safe_characters_are_taken),
        cmocka_unit_test(a_parent_has_the_form_of_its_version),
        cmocka_unit_test(two_parents_are_none),
        cmocka_unit_test(a_bad_state_goes_alone),
        cmocka_unit_test(a_state_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
