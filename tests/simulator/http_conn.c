#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/simulator/http_server.h"

enum { READ_SIZE = 64 * 1024, UNREAD_MAX = 1024 * 1024 };

enum conn_state {
    CONN_READ,    /* waiting for a request */
    CONN_PENDING, /* the handler has it */
    CONN_WRITE,   /* the reply is on its way */
    CONN_CLOSING
};

struct sim_http_conn {
    struct sim_http_server *server;
    struct sim_http_conn *next;
    struct sim_http_conn **link;
    enum conn_state state;
    int open_handles;
    union sim_http_stream io;
    uv_timer_t deadline; /* of CONN_READ: the agent's keep-alive */
    uv_write_t write;
    bool end_after_write;
    struct sim_http_message message;
    struct sim_buffer input;
    struct sim_buffer output;
    char chunk[READ_SIZE];
};

static void conn_close(struct sim_http_conn *c);
static void conn_advance(struct sim_http_conn *c);

static void on_handle_closed(uv_handle_t *h)
{
    struct sim_http_conn *c = h->data;

    if (--c->open_handles > 0)
        return;
    sim_http_message_cleanup(&c->message);
    sim_buffer_cleanup(&c->input);
    sim_buffer_cleanup(&c->output);
    free(c);
}

static void conn_close(struct sim_http_conn *c)
{
    bool pending = c->state == CONN_PENDING;

    if (c->state == CONN_CLOSING)
        return;
    c->state = CONN_CLOSING;
    *c->link = c->next;
    if (c->next != NULL)
        c->next->link = c->link;
    if (pending)
        c->server->handler.gone(c->server->handler.user, c);
    uv_close(&c->io.handle, on_handle_closed);
    uv_close((uv_handle_t *)&c->deadline, on_handle_closed);
}

static void on_deadline(uv_timer_t *t)
{
    conn_close(t->data);
}

static void conn_enter_read(struct sim_http_conn *c)
{
    c->state = CONN_READ;
    sim_http_message_reset(&c->message);
    (void)uv_timer_start(&c->deadline, on_deadline, SIM_KEEP_ALIVE_MS, 0);
}

static void on_written(uv_write_t *w, int status)
{
    struct sim_http_conn *c = w->data;

    if (c->state == CONN_CLOSING)
        return;
    if (status != 0 || c->end_after_write) {
        conn_close(c);
        return;
    }
    conn_enter_read(c);
    conn_advance(c);
}

static void conn_send(struct sim_http_conn *c)
{
    uv_buf_t buf;

    assert(c->state == CONN_PENDING);
    c->state = CONN_WRITE;
    if (!sim_buffer_ok(&c->output)) {
        conn_close(c);
        return;
    }
    buf = uv_buf_init((char *)c->output.data, (unsigned)c->output.len);
    c->write.data = c;
    if (uv_write(&c->write, &c->io.stream, &buf, 1, on_written) != 0)
        conn_close(c);
}

void sim_http_reply(struct sim_http_conn *c, struct sim_reply *r, bool half)
{
    bool head = strcmp(sim_http_message_method(&c->message), "HEAD") == 0;

    c->end_after_write = half || !c->message.keep_alive;
    sim_buffer_clear(&c->output);
    sim_reply_encode(r, !head, !c->end_after_write, &c->output);
    if (half)
        c->output.len -= r->body.len - r->body.len / 2;
    sim_reply_cleanup(r);
    conn_send(c);
}

void sim_http_drop(struct sim_http_conn *c)
{
    /* The handler knows already. */
    c->state = CONN_WRITE;
    conn_close(c);
}

static void conn_refuse(struct sim_http_conn *c)
{
    struct sim_reply r = {0};

    c->state = CONN_PENDING;
    c->message.keep_alive = false;
    sim_reply_error(&r, 400, "not a request this server reads: %s",
                    llhttp_errno_name(llhttp_get_errno(&c->message.parser)));
    sim_http_reply(c, &r, false);
}

static void conn_dispatch(struct sim_http_conn *c)
{
    struct sim_http_request r = {.method = sim_http_message_method(&c->message)};
    char *query;

    c->state = CONN_PENDING;
    (void)uv_timer_stop(&c->deadline);
    /* Both texts end in a NUL that is not counted. */
    if (sim_buffer_cstr(&c->message.target) == NULL ||
        sim_buffer_cstr(&c->message.content_type) == NULL) {
        conn_close(c);
        return;
    }
    r.path = (char *)c->message.target.data;
    r.content_type = (const char *)c->message.content_type.data;
    r.body = sim_buffer_view(&c->message.body);
    query = strchr(r.path, '?');
    if (query != NULL)
        *query++ = '\0';
    else
        query = r.path + strlen(r.path);
    r.query = query;
    c->server->handler.request(c->server->handler.user, c, &r);
}

/* Read the next request out of what has arrived. */
static void conn_advance(struct sim_http_conn *c)
{
    enum sim_http_progress progress;
    size_t used = 0;

    if (c->state != CONN_READ || c->input.len == 0)
        return;
    progress = sim_http_message_feed(&c->message, sim_buffer_view(&c->input), &used);
    sim_buffer_consume(&c->input, used);
    if (progress == SIM_HTTP_COMPLETE)
        conn_dispatch(c);
    else if (progress == SIM_HTTP_BAD)
        conn_refuse(c);
}

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *buf)
{
    struct sim_http_conn *c = h->data;

    (void)suggested;
    *buf = uv_buf_init(c->chunk, sizeof c->chunk);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct sim_http_conn *c = stream->data;

    if (n == 0)
        return;
    if (n < 0 || c->input.len > UNREAD_MAX) {
        conn_close(c);
        return;
    }
    sim_buffer_put(&c->input, buf->base, (size_t)n);
    if (!sim_buffer_ok(&c->input)) {
        conn_close(c);
        return;
    }
    conn_advance(c);
}

void sim_http_conn_accept(struct sim_http_server *s)
{
    struct sim_http_conn *c = calloc(1, sizeof *c);
    int error;

    if (c == NULL)
        return;
    c->server = s;
    error = s->is_pipe ? uv_pipe_init(s->loop, &c->io.pipe, 0) : uv_tcp_init(s->loop, &c->io.tcp);
    if (error != 0) {
        free(c);
        return;
    }
    (void)uv_timer_init(s->loop, &c->deadline);
    c->open_handles = 2;
    c->io.handle.data = c;
    c->deadline.data = c;
    c->next = s->first;
    c->link = &s->first;
    if (c->next != NULL)
        c->next->link = &c->next;
    s->first = c;
    conn_enter_read(c);
    if (uv_accept(&s->listener.stream, &c->io.stream) != 0 ||
        uv_read_start(&c->io.stream, on_alloc, on_read) != 0)
        conn_close(c);
}

void sim_http_server_close(struct sim_http_server *s)
{
    while (s->first != NULL)
        conn_close(s->first);
    if (s->open)
        uv_close(&s->listener.handle, NULL);
    s->open = false;
}
