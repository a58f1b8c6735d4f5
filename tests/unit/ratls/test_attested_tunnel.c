/* The answer that opens a stream, and every other one. */
#include <stdlib.h>
#include <string.h>

#include "gateway/upstream_attested/tunnel.h"
#include "tests/support/cmocka_all.h"

#define GOOD                                                                                       \
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: devproof-tcp\r\n\r\n"

/* Feed text in two parts. Returns: the state; rest: what was left of it. */
static enum attested_tunnel_state feed(const char *text, size_t split, const char **code,
                                       size_t *rest)
{
    struct attested_tunnel *t = attested_tunnel_new("a.test");
    size_t len = strlen(text);
    size_t used = 0;
    enum attested_tunnel_state state;

    assert_non_null(t);
    state = attested_tunnel_take(t, (const uint8_t *)text, split, &used);
    *rest = len - used;
    if (state == ATTESTED_TUNNEL_MORE) {
        state = attested_tunnel_take(t, (const uint8_t *)text + split, len - split, &used);
        *rest = len - split - used;
    }
    *code = t->code;
    free(t);
    return state;
}

static void the_request_has_no_more_than_it_must(void **state)
{
    struct attested_tunnel *t = attested_tunnel_new("a.test:8443");

    (void)state;
    assert_non_null(t);
    assert_string_equal("GET /.well-known/devproof/tunnel HTTP/1.1\r\nHost: a.test:8443\r\n"
                        "Connection: Upgrade\r\nUpgrade: devproof-tcp\r\n\r\n",
                        t->request);
    assert_int_equal(strlen(t->request), t->request_len);
    free(t);
}

static void a_101_opens_it_wherever_it_is_split(void **state)
{
    static const char text[] = GOOD "220 hello";
    const char *code;
    size_t rest;

    (void)state;
    for (size_t i = 0; i < sizeof text; i++) {
        assert_int_equal(ATTESTED_TUNNEL_OPEN, feed(text, i, &code, &rest));
        assert_int_equal(9, rest);
    }
}

static void any_other_answer_refuses_with_its_code(void **state)
{
    static const struct {
        const char *text;
        const char *code;
    } rows[] = {
        {"HTTP/1.1 200 OK\r\nConnection: Upgrade\r\nUpgrade: devproof-tcp\r\n\r\n",
         "evidence-http-status"},
        {"HTTP/1.1 100 Continue\r\n\r\n" GOOD, "evidence-http-status"},
        {"HTTP/1.1 103 Early Hints\r\n\r\n" GOOD, "evidence-http-status"},
        {"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", "evidence-http-status"},
        {"HTTP/1.1 404 Not Found\r\n\r\n", "evidence-http-status"},
        {"HTTP/1.1 101 x\r\nConnection: Upgrade\r\n\r\n", "http-syntax"},
        {"HTTP/1.1 101 x\r\nUpgrade: devproof-tcp\r\n\r\n", "http-syntax"},
        {"HTTP/1.1 101 x\r\nConnection: close\r\nUpgrade: devproof-tcp\r\n\r\n", "http-syntax"},
        {"HTTP/1.1 101 x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", "http-syntax"},
        {"HTTP/1.0 101 x\r\nConnection: Upgrade\r\nUpgrade: devproof-tcp\r\n\r\n", "http-syntax"},
        {"\r\n" GOOD, "http-syntax"},
        {"HTTP/1.1 101 x\nConnection: Upgrade\r\n\r\n", "http-syntax"},
        {"220 smtp.example.org\r\n\r\n", "http-syntax"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t k = 0; k <= strlen(rows[i].text); k++) {
            const char *code;
            size_t rest;

            assert_int_equal(ATTESTED_TUNNEL_REFUSED, feed(rows[i].text, k, &code, &rest));
            assert_string_equal(rows[i].code, code);
        }
    }
}

/* A head of exactly len bytes. */
static enum attested_tunnel_state feed_long(size_t len, const char **code)
{
    static const char begin[] =
        "HTTP/1.1 101 x\r\nConnection: Upgrade\r\nUpgrade: devproof-tcp\r\nX: ";
    char *text = calloc(1, len + 1);
    enum attested_tunnel_state state;
    size_t rest;

    assert_non_null(text);
    memset(text, 'x', len);
    memcpy(text, begin, sizeof begin - 1);
    memcpy(text + len - 4, "\r\n\r\n", 4);
    state = feed(text, len / 2, code, &rest);
    free(text);
    return state;
}

static void heads_are_bounded(void **state)
{
    char many[ATTESTED_TUNNEL_MAX_FIELDS * 6 + sizeof GOOD];
    const char *code;
    size_t len;
    size_t rest;

    (void)state;
    assert_int_equal(ATTESTED_TUNNEL_OPEN, feed_long(ATTESTED_TUNNEL_MAX_HEAD, &code));
    assert_int_equal(ATTESTED_TUNNEL_REFUSED, feed_long(ATTESTED_TUNNEL_MAX_HEAD + 1, &code));
    assert_string_equal("http-size", code);
    memcpy(many, GOOD, sizeof GOOD - 3);
    len = sizeof GOOD - 3;
    for (int i = 0; i < ATTESTED_TUNNEL_MAX_FIELDS - 1;
         i++, len += 6) /* one too many, with GOOD's two */
        memcpy(many + len, "X: y\r\n", 6);
    memcpy(many + len, "\r\n", 3);
    assert_int_equal(ATTESTED_TUNNEL_REFUSED, feed(many, 0, &code, &rest));
    assert_string_equal("http-size", code);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_request_has_no_more_than_it_must),
        cmocka_unit_test(a_101_opens_it_wherever_it_is_split),
        cmocka_unit_test(any_other_answer_refuses_with_its_code),
        cmocka_unit_test(heads_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
