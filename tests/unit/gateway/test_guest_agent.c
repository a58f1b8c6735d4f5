#include "gateway/agent/guest_agent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/agent/http.h"
#include "tests/support/cmocka_all.h"

/* An agent that answers every connection with the same bytes, in pieces, and then ends. */
struct canned {
    uv_loop_t loop;
    uv_pipe_t listener;
    char folder[32];
    char path[64];
    const char *answer;
    size_t len;
    bool hang; /* keep the connection open after the answer */
    char request[2048];
    size_t connections;
    uv_pipe_t *open;

    /* the last reply */
    bool done;
    unsigned calls;
    enum gateway_agent_result result;
    char body[256];
    size_t body_len;
    char detail[256];
};

static void on_closed(uv_handle_t *handle)
{
    free(handle);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct canned *c = handle->data;

    (void)suggested;
    *buf = uv_buf_init(c->request, sizeof c->request - 1);
}

static void on_request(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct canned *c = stream->data;

    if (n > 0) {
        uv_buf_t out = uv_buf_init((char *)c->answer, (unsigned)c->len);

        buf->base[n] = '\0';
        assert_int_equal(c->len, c->len == 0 ? 0 : (size_t)uv_try_write(stream, &out, 1));
    }
    if (c->hang && n > 0) {
        c->open = (uv_pipe_t *)stream;
        return;
    }
    if (!uv_is_closing((uv_handle_t *)stream))
        uv_close((uv_handle_t *)stream, on_closed);
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct canned *c = listener->data;
    uv_pipe_t *peer = malloc(sizeof *peer);

    assert_int_equal(0, status);
    assert_non_null(peer);
    c->connections++;
    (void)uv_pipe_init(&c->loop, peer, 0);
    peer->data = c;
    assert_int_equal(0, uv_accept(listener, (uv_stream_t *)peer));
    (void)uv_read_start((uv_stream_t *)peer, on_alloc, on_request);
}

static void on_reply(void *user, const struct gateway_agent_reply *reply)
{
    struct canned *c = user;

    c->done = true;
    c->calls++;
    c->result = reply->result;
    c->body_len = reply->body.len;
    if (reply->body.len < sizeof c->body && reply->body.len > 0)
        memcpy(c->body, reply->body.data, reply->body.len);
    (void)snprintf(c->detail, sizeof c->detail, "%s", reply->detail == NULL ? "" : reply->detail);
}

static void open_canned(struct canned *c)
{
    memset(c, 0, sizeof *c);
    (void)snprintf(c->folder, sizeof c->folder, "/tmp/dp-unit-XXXXXX");
    assert_non_null(mkdtemp(c->folder));
    (void)snprintf(c->path, sizeof c->path, "%s/a.sock", c->folder);
    assert_int_equal(0, uv_loop_init(&c->loop));
    (void)uv_pipe_init(&c->loop, &c->listener, 0);
    c->listener.data = c;
    assert_int_equal(0, uv_pipe_bind(&c->listener, c->path));
    assert_int_equal(0, uv_listen((uv_stream_t *)&c->listener, 8, on_connection));
}

static void close_canned(struct canned *c)
{
    uv_close((uv_handle_t *)&c->listener, NULL);
    if (c->open != NULL && !uv_is_closing((uv_handle_t *)c->open))
        uv_close((uv_handle_t *)c->open, on_closed);
    (void)uv_run(&c->loop, UV_RUN_DEFAULT);
    assert_int_equal(0, uv_loop_close(&c->loop));
    (void)unlink(c->path);
    (void)rmdir(c->folder);
}

/* One call to an agent that answers so. */
static void call(struct canned *c, const char *answer, size_t len, bool hang)
{
    struct gateway_agent *agent = gateway_agent_new(&c->loop, c->path, 200);

    c->answer = answer;
    c->len = len;
    c->hang = hang;
    c->done = false;
    assert_non_null(agent);
    assert_true(gateway_agent_call(agent, "Info", "{}", on_reply, c));
    while (!c->done)
        (void)uv_run(&c->loop, UV_RUN_ONCE);
    gateway_agent_close(agent);
    (void)uv_run(&c->loop, UV_RUN_NOWAIT);
}

static void every_answer_has_its_result(void **state)
{
    static const struct {
        const char *answer;
        enum gateway_agent_result result;
        bool hang;
        const char *body;
    } rows[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", GATEWAY_AGENT_OK, true, "{}"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", GATEWAY_AGENT_OK, false, "{}"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
         GATEWAY_AGENT_OK, true, "{}"},
        {"HTTP/1.1 200 OK\r\n\r\n{}", GATEWAY_AGENT_OK, false, "{}"},
        {"HTTP/1.1 400 Bad Request\r\nContent-Length: 13\r\n\r\n{\"error\":\"x\"}",
         GATEWAY_AGENT_ERROR, true, ""},
        {"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", GATEWAY_AGENT_TOO_OLD, true, ""},
        {"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", GATEWAY_AGENT_ERROR, true, ""},
        {"HTTP/1.1 301 Moved\r\nContent-Length: 0\r\nLocation: /\r\n\r\n", GATEWAY_AGENT_ERROR,
         true, ""},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{}", GATEWAY_AGENT_REPLY, false, ""},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{}", GATEWAY_AGENT_TIMEOUT, true, ""},
        {"HTTP/1.1 200 OK\r\nContent-Len", GATEWAY_AGENT_REPLY, false, ""},
        {"HTTP/1.1 100 Continue\r\n\r\n", GATEWAY_AGENT_REPLY, true, ""},
        {"HTTP/1.1 200 OK\r\nContent-Length: 4194305\r\n\r\n", GATEWAY_AGENT_REPLY, true, ""},
        {"\x01\xfe{]garbage", GATEWAY_AGENT_REPLY, true, ""},
        {"", GATEWAY_AGENT_REPLY, false, ""},
        {"", GATEWAY_AGENT_TIMEOUT, true, ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct canned c;

        open_canned(&c);
        call(&c, rows[i].answer, strlen(rows[i].answer), rows[i].hang);
        assert_int_equal(rows[i].result, c.result);
        assert_int_equal(strlen(rows[i].body), c.body_len);
        assert_memory_equal(rows[i].body, c.body, c.body_len);
        assert_int_equal(1, c.calls);
        close_canned(&c);
    }
}

static void an_agent_without_info_is_asked_in_both_apis(void **state)
{
    static const struct {
        const char *answer;
        enum gateway_agent_result result;
        size_t connections;
    } rows[] = {
        {"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", GATEWAY_AGENT_TOO_OLD, 2},
        {"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", GATEWAY_AGENT_ERROR, 2},
        {"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", GATEWAY_AGENT_ERROR, 1},
        {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", GATEWAY_AGENT_OK, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct canned c;

        open_canned(&c);
        call(&c, rows[i].answer, strlen(rows[i].answer), false);
        assert_int_equal(rows[i].result, c.result);
        assert_int_equal(rows[i].connections, c.connections);
        assert_int_equal(1, c.calls);
        assert_true(rows[i].connections == 1 ||
                    strncmp(c.request, "POST /prpc/Tappd.Info HTTP/1.1\r\n", 32) == 0);
        close_canned(&c);
    }
}

static void a_request_is_json_over_post(void **state)
{
    static const char ok[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    struct canned c;

    (void)state;
    open_canned(&c);
    call(&c, ok, sizeof ok - 1, false);
    assert_memory_equal("POST /Info HTTP/1.1\r\n", c.request, 21);
    assert_non_null(strstr(c.request, "\r\nContent-Type: application/json\r\n"));
    assert_non_null(strstr(c.request, "\r\nContent-Length: 2\r\n"));
    assert_non_null(strstr(c.request, "\r\n\r\n{}"));
    close_canned(&c);
}

static void an_agent_that_is_not_there_is_unavailable(void **state)
{
    struct canned c;

    (void)state;
    open_canned(&c);
    uv_close((uv_handle_t *)&c.listener, NULL);
    (void)uv_run(&c.loop, UV_RUN_DEFAULT);
    call(&c, "", 0, false);
    assert_int_equal(GATEWAY_AGENT_UNAVAILABLE, c.result);
    (void)uv_pipe_init(&c.loop, &c.listener, 0);
    (void)unlink(c.path);
    close_canned(&c);
}

static void calls_are_made_one_after_the_other(void **state)
{
    static const char ok[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    struct gateway_agent *agent;
    struct canned c;

    (void)state;
    open_canned(&c);
    c.answer = ok;
    c.len = sizeof ok - 1;
    agent = gateway_agent_new(&c.loop, c.path, 1000);
    for (unsigned i = 0; i < 3; i++)
        assert_true(gateway_agent_call(agent, "Info", "{}", on_reply, &c));
    while (c.calls < 3) {
        assert_true(c.connections <= c.calls + 1);
        (void)uv_run(&c.loop, UV_RUN_ONCE);
    }
    gateway_agent_close(agent);
    close_canned(&c);
}

static void a_closed_client_calls_nobody(void **state)
{
    struct gateway_agent *agent;
    struct canned c;

    (void)state;
    open_canned(&c);
    agent = gateway_agent_new(&c.loop, c.path, 1000);
    for (unsigned i = 0; i < 3; i++)
        assert_true(gateway_agent_call(agent, "Info", "{}", on_reply, &c));
    gateway_agent_close(agent);
    close_canned(&c);
    assert_int_equal(0, c.calls);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_answer_has_its_result),
        cmocka_unit_test(an_agent_without_info_is_asked_in_both_apis),
        cmocka_unit_test(a_request_is_json_over_post),
        cmocka_unit_test(an_agent_that_is_not_there_is_unavailable),
        cmocka_unit_test(calls_are_made_one_after_the_other),
        cmocka_unit_test(a_closed_client_calls_nobody),
    };

    return cmocka_run_group_tests_name("guest_agent", tests, NULL, NULL);
}
