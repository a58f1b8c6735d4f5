#include "ra-tls/reply.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/cmocka_all.h"

enum { MAX_BODY = 20 };

/* Feed text in pieces of step bytes. Returns: the first refusal, or CERTBIND_OK. */
static certbind_status feed(struct ratls_reply *reply, const char *text, size_t len, size_t step)
{
    struct certbind_error err = {0};

    ratls_reply_init(reply, MAX_BODY);
    for (size_t at = 0; at < len; at += step) {
        size_t n = len - at < step ? len - at : step;
        certbind_status status = ratls_reply_feed(reply, (const uint8_t *)text + at, n, &err);

        if (status != CERTBIND_OK)
            return status;
    }
    return CERTBIND_OK;
}

#define JSON "Content-Type: application/json\r\n"

static void replies_are_read_in_any_pieces(void **state)
{
    static const char *const rows[] = {
        "HTTP/1.1 200 OK\r\n" JSON "Content-Length: 5\r\n\r\n[1,2]",
        "HTTP/1.1 200 OK\r\ncontent-type: Application/JSON; charset=x\r\ncontent-length: "
        "5\r\n\r\n[1,2]",
        "HTTP/1.1 200 OK\r\n" JSON
        "Transfer-Encoding: chunked\r\n\r\n2\r\n[1\r\n3\r\n,2]\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n" JSON
        "Transfer-Encoding: chunked\r\n\r\n5\r\n[1,2]\r\n0\r\nX: y\r\n\r\n",
        "HTTP/1.1 103 Early\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\n" JSON
        "Content-Length: 5\r\n\r\n[1,2]",
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (size_t step = 1; step <= strlen(rows[i]); step++) {
            struct ratls_reply reply;

            assert_int_equal(CERTBIND_OK, feed(&reply, rows[i], strlen(rows[i]), step));
            assert_true(reply.done);
            assert_int_equal(5, reply.len);
            assert_memory_equal("[1,2]", reply.body, 5);
            ratls_reply_cleanup(&reply);
        }
}

static void a_busy_server_says_when_to_ask_again(void **state)
{
    static const char text[] =
        "HTTP/1.1 103 Early\r\nRetry-After: 7\r\n\r\nHTTP/1.1 429 Busy\r\n" JSON
        "Retry-After: 30\r\nContent-Length: 2\r\n\r\n{}";
    struct ratls_reply reply;

    (void)state;
    assert_int_equal(CERTBIND_OK, feed(&reply, text, strlen(text), 1));
    assert_true(reply.done);
    assert_int_equal(30, reply.retry_after);
    ratls_reply_cleanup(&reply);
    assert_int_equal(CERTBIND_OK, feed(&reply,
                                       "HTTP/1.1 200 OK\r\n" JSON
                                       "Retry-After: 3\r\nContent-Length: 2\r\n\r\n{}",
                                       84, 84));
    assert_int_equal(0, reply.retry_after);
    ratls_reply_cleanup(&reply);
}

static void only_a_busy_server_is_waited_for(void **state)
{
    static const struct {
        const char *text;
        certbind_status status;
    } rows[] = {
        {"HTTP/1.1 429 No\r\n" JSON "Content-Length: 2\r\n\r\n{}", CERTBIND_E_EVIDENCE_HTTP_STATUS},
        {"HTTP/1.1 429 No\r\n" JSON "Retry-After: 31\r\nContent-Length: 2\r\n\r\n{}",
         CERTBIND_E_EVIDENCE_HTTP_STATUS},
        {"HTTP/1.1 429 No\r\nRetry-After: 1\r\nContent-Length: 2\r\n\r\n{}",
         CERTBIND_E_EVIDENCE_CONTENT_TYPE},
        {"HTTP/1.1 503 No\r\n" JSON "Retry-After: 1\r\nContent-Length: 2\r\n\r\n{}",
         CERTBIND_E_EVIDENCE_HTTP_STATUS},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ratls_reply reply;

        assert_int_equal(rows[i].status, feed(&reply, rows[i].text, strlen(rows[i].text), 1));
        ratls_reply_cleanup(&reply);
    }
}

static void each_rule_has_its_code(void **state)
{
    static const struct {
        const char *text;
        certbind_status status;
    } rows[] = {
        {"HTTP/1.1 404 No\r\n" JSON "Content-Length: 2\r\n\r\n{}", CERTBIND_E_EVIDENCE_HTTP_STATUS},
        {"HTTP/1.1 302 No\r\n" JSON "Location: /\r\nContent-Length: 2\r\n\r\n{}",
         CERTBIND_E_EVIDENCE_HTTP_STATUS},
        {"HTTP/1.1 101 Up\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
         CERTBIND_E_EVIDENCE_HTTP_STATUS},
        {"HTTP/1.1 204 No\r\n" JSON "\r\n", CERTBIND_E_EVIDENCE_HTTP_STATUS},
        {"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\n{}",
         CERTBIND_E_EVIDENCE_CONTENT_TYPE},
        {"HTTP/1.1 200 OK\r\nContent-Type: application/jsonx\r\nContent-Length: 2\r\n\r\n{}",
         CERTBIND_E_EVIDENCE_CONTENT_TYPE},
        {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", CERTBIND_E_EVIDENCE_CONTENT_TYPE},
        {"HTTP/1.1 200 OK\r\n" JSON "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
         CERTBIND_E_EVIDENCE_CONTENT_TYPE},
        {"HTTP/1.1 200 OK\r\n" JSON "\r\n{}", CERTBIND_E_HTTP_FRAMING},
        {"HTTP/1.1 200 OK\r\n" JSON "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
         CERTBIND_E_HTTP_FRAMING},
        {"HTTP/1.1 200 OK\r\n" JSON "Content-Length: +2\r\n\r\n{}", CERTBIND_E_HTTP_FRAMING},
        {"HTTP/1.1 200 OK\r\n" JSON "Transfer-Encoding: chunked\r\n\r\n2;a=b\r\n{}\r\n0\r\n\r\n",
         CERTBIND_E_HTTP_FRAMING},
        {"HTTP/1.1 200 OK\r\n" JSON "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}",
         CERTBIND_E_HTTP_FRAMING},
        {"HTTP/1.1 200 OK\r\n" JSON "Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
         CERTBIND_E_HTTP_FRAMING},
        {"HTTP/1.1 200 OK\r\n" JSON
         "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
         CERTBIND_E_HTTP_FRAMING},
        {"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" JSON "Content-Length: 2\r\n\r\n{}",
         CERTBIND_E_EVIDENCE_CONTENT_TYPE},
        {"HTTP/1.1 200 OK\r\n" JSON JSON "Content-Length: 2\r\n\r\n{}",
         CERTBIND_E_EVIDENCE_CONTENT_TYPE},
        {"HTTP/1.1 200 OK\r\n" JSON "Content-Length: 21\r\n\r\n", CERTBIND_E_HTTP_SIZE},
        {"HTTP/1.1 200 OK\r\n" JSON
         "Transfer-Encoding: chunked\r\n\r\n15\r\n123456789012345678901\r\n",
         CERTBIND_E_HTTP_SIZE},
        {"HTTP/1.0 200 OK\r\n" JSON "Content-Length: 2\r\n\r\n{}", CERTBIND_E_HTTP_SYNTAX},
        {"HTTP/2 200\r\n\r\n", CERTBIND_E_HTTP_SYNTAX},
        {"<html>", CERTBIND_E_HTTP_SYNTAX},
        {"HTTP/1.1 200 OK\r\n" JSON "Content-Length: 2\r\n\r\n{}x", CERTBIND_E_HTTP_UNSOLICITED},
        {"HTTP/1.1 200 OK\r\n" JSON "Content-Length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\n\r\n",
         CERTBIND_E_HTTP_UNSOLICITED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (size_t step = 1; step <= strlen(rows[i].text); step += 7) {
            struct ratls_reply reply;
            certbind_status status = feed(&reply, rows[i].text, strlen(rows[i].text), step);

            if (status != rows[i].status)
                fail_msg("%s, expected %s: %s", certbind_status_name(status),
                         certbind_status_name(rows[i].status), rows[i].text);
            ratls_reply_cleanup(&reply);
        }
}

/* A head, or interim heads, of len bytes in all. */
static certbind_status feed_long(const char *unit, size_t count, const char *rest)
{
    static char text[200000];
    size_t len = (size_t)snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\n");
    struct ratls_reply reply;
    certbind_status status;

    if (strncmp(unit, "HTTP", 4) == 0)
        len = 0;
    for (size_t i = 0; i < count; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s", unit);
    len += (size_t)snprintf(text + len, sizeof text - len, "%s", rest);
    status = feed(&reply, text, len, 1000);
    ratls_reply_cleanup(&reply);
    return status;
}

static void heads_are_bounded_interim_ones_and_trailers_too(void **state)
{
    static const char rest[] = JSON "Content-Length: 2\r\n\r\n{}";
    static char trailers[20000];

    (void)state;
    memset(trailers, 'x', sizeof trailers - 1);
    memcpy(trailers, "X: ", 3);
    assert_int_equal(CERTBIND_OK, feed_long("X: y\r\n", 98, rest));
    assert_int_equal(CERTBIND_E_HTTP_SIZE, feed_long("X: y\r\n", 99, rest));
    assert_int_equal(CERTBIND_E_HTTP_SIZE, feed_long("X: y23456789012345678901234567890123456789"
                                                     "01234567890123456789012345678901234567890123"
                                                     "45678901234567890123456789012345678901234567"
                                                     "89012345678901234567890123456789012345678901"
                                                     "234567890123456789012345678901234567890\r\n",
                                                     90, rest));
    assert_int_equal(CERTBIND_E_HTTP_SIZE,
                     feed_long("HTTP/1.1 103 E\r\n\r\n", 2000, "HTTP/1.1 200 OK\r\n"));
    assert_int_equal(CERTBIND_E_HTTP_SIZE,
                     feed_long(JSON "Transfer-Encoding: chunked\r\n\r\n0\r\n", 1, trailers));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(replies_are_read_in_any_pieces),
        cmocka_unit_test(a_busy_server_says_when_to_ask_again),
        cmocka_unit_test(only_a_busy_server_is_waited_for),
        cmocka_unit_test(each_rule_has_its_code),
        cmocka_unit_test(heads_are_bounded_interim_ones_and_trailers_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
