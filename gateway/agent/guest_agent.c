#include "gateway/agent/guest_agent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include <openssl/crypto.h>

#include "gateway/agent/http.h"
#include "gateway/agent/meter.h"
#include "gateway/log.h"

enum { READ_BYTES = 16 * 1024 };

struct call {
    struct gateway_agent *agent;
    struct call *next;
    gateway_agent_done done;
    void *user;
    bool finished;
    unsigned pending; /* handles that are not closed, and a lookup under way */
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_pipe_t pipe;
        uv_tcp_t tcp;
    } peer;
    bool peer_open;
    uv_timer_t deadline;
    uv_getaddrinfo_t lookup;
    uv_connect_t connect;
    uv_write_t write;
    struct gateway_agent_http http;
    char *method; /* owned, with json behind it */
    const char *json;
    char *request; /* owned */
    size_t request_room, request_len;
    enum gateway_agent_api api; /* that it is asked in */
    unsigned first_status;      /* how the newer API refused it */
    char read[READ_BYTES];
};

struct gateway_agent {
    uv_loop_t *loop;
    const char *endpoint;
    uint32_t timeout_ms;
    enum gateway_agent_api api;
    struct call *active, *queue, **queue_end;
    struct gateway_agent_meter meter;
    size_t calls; /* that still have memory */
    bool closed;
};

static void start_next(struct gateway_agent *agent);

static bool is_info(const struct call *c)
{
    return strcmp(c->method, "Info") == 0;
}

static void call_free(struct call *c)
{
    struct gateway_agent *agent = c->agent;

    gateway_agent_http_cleanup(&c->http);
    OPENSSL_cleanse(c->read, sizeof c->read);
    free(c->method);
    free(c->request);
    free(c);
    if (--agent->calls == 0 && agent->closed)
        free(agent);
}

/* Returns: a call that waits for its place in the queue; NULL when memory ran out. */
static struct call *new_call(struct gateway_agent *agent, const char *method, const char *json,
                             gateway_agent_done done, void *user)
{
    struct call *c = calloc(1, sizeof *c);
    size_t method_room = strlen(method) + 1;
    size_t json_room = strlen(json) + 1;

    if (c == NULL)
        return NULL;
    c->request_room = gateway_agent_request_room(method, json);
    c->request = malloc(c->request_room);
    c->method = malloc(method_room + json_room);
    if (c->request == NULL || c->method == NULL) {
        free(c->request);
        free(c->method);
        free(c);
        return NULL;
    }
    memcpy(c->method, method, method_room);
    c->json = memcpy(c->method + method_room, json, json_room);
    c->agent = agent;
    c->done = done;
    c->user = user;
    agent->calls++;
    return c;
}

static void release(struct call *c)
{
    if (--c->pending == 0)
        call_free(c);
}

static void on_closed(uv_handle_t *handle)
{
    release(handle->data);
}

/* Give up the connection. */
static void end(struct call *c)
{
    c->agent->active = NULL;
    uv_close((uv_handle_t *)&c->deadline, on_closed);
    if (c->peer_open)
        uv_close(&c->peer.handle, on_closed);
}

/* The one end of a call that was started. */
static void finish(struct call *c, enum gateway_agent_result result, const char *detail)
{
    struct gateway_agent *agent = c->agent;
    struct gateway_agent_reply reply = {.result = result, .detail = detail};

    if (c->finished)
        return;
    c->finished = true;
    end(c);
    gateway_agent_meter_add(&agent->meter, c->method, result, uv_now(agent->loop));
    if (is_info(c))
        agent->api = result == GATEWAY_AGENT_OK ? c->api : GATEWAY_AGENT_API_UNKNOWN;
    if (!agent->closed) {
        if (result == GATEWAY_AGENT_OK)
            reply.body = certbind_bytes(c->http.body, c->http.len);
        c->done(c->user, &reply);
    }
    gateway_agent_http_cleanup(&c->http);
    if (!agent->closed)
        start_next(agent);
}

static void finish_uv(struct call *c, enum gateway_agent_result result, const char *what, int code)
{
    char detail[160];

    (void)snprintf(detail, sizeof detail, "%s: %s", what, uv_strerror(code));
    finish(c, result, detail);
}

static void on_deadline(uv_timer_t *timer)
{
    finish(timer->data, GATEWAY_AGENT_TIMEOUT, "no complete answer within agent.timeout_ms");
}

/* Ask for Info once more, in tappd's API, before any other call. Returns: whether it is asked. */
static bool ask_as_tappd(struct call *c)
{
    struct gateway_agent *agent = c->agent;
    struct call *again;

    if (agent->api != GATEWAY_AGENT_API_UNKNOWN || !is_info(c) ||
        c->api == GATEWAY_AGENT_API_TAPPD || !gateway_agent_may_lack_method(c->http.status))
        return false;
    again = new_call(agent, c->method, c->json, c->done, c->user);
    if (again == NULL)
        return false;
    again->api = GATEWAY_AGENT_API_TAPPD;
    again->first_status = c->http.status;
    again->next = agent->queue;
    if (agent->queue == NULL)
        agent->queue_end = &again->next;
    agent->queue = again;
    c->finished = true;
    end(c);
    start_next(agent);
    return true;
}

/* An answer that is not 200 carries a text in JSON; it is cut and escaped by the log. */
static void finish_status(struct call *c)
{
    unsigned first = c->first_status;
    unsigned status = first == 0 ? c->http.status : first;
    bool missing = c->http.status == 404 && status == 404;
    char detail[200];
    int len = c->http.len < 120 ? (int)c->http.len : 120;

    if (ask_as_tappd(c))
        return;
    (void)snprintf(detail, sizeof detail, "%s: status %u%s: %.*s", c->method, status,
                   first != 0 ? ", and in tappd's API" : "", len,
                   c->http.body == NULL ? "" : (const char *)c->http.body);
    finish(c, missing ? GATEWAY_AGENT_TOO_OLD : GATEWAY_AGENT_ERROR, detail);
}

static void finish_read(struct call *c)
{
    if (c->http.state == GATEWAY_AGENT_HTTP_REFUSED)
        finish(c, GATEWAY_AGENT_REPLY, c->http.why);
    else if (c->http.state == GATEWAY_AGENT_HTTP_COMPLETE && c->http.status != 200)
        finish_status(c);
    else if (c->http.state == GATEWAY_AGENT_HTTP_COMPLETE)
        finish(c, GATEWAY_AGENT_OK, NULL);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct call *c = handle->data;

    (void)suggested;
    *buf = uv_buf_init(c->read, sizeof c->read);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct call *c = stream->data;

    if (n == 0 || c->finished)
        return;
    if (n > 0)
        (void)gateway_agent_http_feed(&c->http, (const uint8_t *)buf->base, (size_t)n);
    else if (n == UV_EOF)
        (void)gateway_agent_http_finish(&c->http);
    else {
        finish_uv(c, GATEWAY_AGENT_REPLY, "reading failed", (int)n);
        return;
    }
    finish_read(c);
}

static void on_written(uv_write_t *write, int status)
{
    struct call *c = write->data;

    /* A server may answer and close before it has read everything: its answer counts. */
    if (status != 0 && status != UV_ECANCELED && status != UV_EPIPE && status != UV_ECONNRESET)
        finish_uv(c, GATEWAY_AGENT_UNAVAILABLE, "writing failed", status);
}

static void on_connected(uv_connect_t *connect, int status)
{
    struct call *c = connect->data;
    uv_buf_t buf = uv_buf_init(c->request, (unsigned)c->request_len);
    int code = status;

    if (c->finished)
        return;
    if (code == 0)
        code = uv_read_start(&c->peer.stream, on_alloc, on_read);
    if (code == 0) {
        c->write.data = c;
        code = uv_write(&c->write, &c->peer.stream, &buf, 1, on_written);
    }
    if (code != 0)
        finish_uv(c, GATEWAY_AGENT_UNAVAILABLE, "cannot connect", code);
}

static void on_lookup(uv_getaddrinfo_t *lookup, int status, struct addrinfo *found)
{
    struct call *c = lookup->data;
    int code = status;

    if (!c->finished) {
        if (code == 0)
            code = uv_tcp_connect(&c->connect, &c->peer.tcp, found->ai_addr, on_connected);
        if (code != 0)
            finish_uv(c, GATEWAY_AGENT_UNAVAILABLE, "cannot find the host", code);
    }
    uv_freeaddrinfo(found);
    release(c);
}

static void dial_tcp(struct call *c)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    char host[GATEWAY_AGENT_HOST_ROOM];
    char port[GATEWAY_AGENT_PORT_ROOM];
    int code;

    (void)uv_tcp_init(c->agent->loop, &c->peer.tcp);
    c->peer_open = true;
    c->pending++;
    c->peer.handle.data = c;
    c->lookup.data = c;
    if (!gateway_agent_split_url(c->agent->endpoint, host, port)) {
        finish(c, GATEWAY_AGENT_UNAVAILABLE, "insecure_agent_endpoint is no http://host:port");
        return;
    }
    code = uv_getaddrinfo(c->agent->loop, &c->lookup, on_lookup, host, port, &hints);
    if (code == 0)
        c->pending++;
    else
        finish_uv(c, GATEWAY_AGENT_UNAVAILABLE, "cannot look up the host", code);
}

static void dial(struct call *c)
{
    char found[GATEWAY_AGENT_SOCKET_ROOM];
    const char *path = c->agent->endpoint;

    if (path[0] == '\0') {
        gateway_agent_find_socket("", found);
        path = found;
    }
    c->connect.data = c;
    if (strncmp(path, "http://", 7) == 0) {
        dial_tcp(c);
        return;
    }
    (void)uv_pipe_init(c->agent->loop, &c->peer.pipe, 0);
    c->peer_open = true;
    c->pending++;
    c->peer.handle.data = c;
    if (strlen(path) >= sizeof(((struct sockaddr_un *)0)->sun_path))
        finish(c, GATEWAY_AGENT_UNAVAILABLE, "the path of the socket is too long");
    else
        uv_pipe_connect(&c->connect, &c->peer.pipe, path, on_connected);
}

static void start_next(struct gateway_agent *agent)
{
    struct call *c = agent->queue;

    if (agent->active != NULL || c == NULL)
        return;
    agent->queue = c->next;
    if (agent->queue == NULL)
        agent->queue_end = &agent->queue;
    agent->active = c;
    agent->meter.begun_ms = uv_now(agent->loop);
    (void)uv_timer_init(agent->loop, &c->deadline);
    c->deadline.data = c;
    c->pending = 1;
    (void)uv_timer_start(&c->deadline, on_deadline, agent->timeout_ms, 0);
    gateway_agent_http_init(&c->http);
    if (c->api == GATEWAY_AGENT_API_UNKNOWN)
        c->api = agent->api == GATEWAY_AGENT_API_TAPPD ? agent->api : GATEWAY_AGENT_API_DSTACK;
    c->request_len =
        gateway_agent_request_encode(c->api, c->method, c->json, c->request, c->request_room);
    dial(c);
}

struct gateway_agent *gateway_agent_new(uv_loop_t *loop, const char *endpoint, uint32_t timeout_ms)
{
    struct gateway_agent *agent = calloc(1, sizeof *agent);

    if (agent == NULL)
        return NULL;
    agent->loop = loop;
    agent->endpoint = endpoint;
    agent->timeout_ms = timeout_ms;
    agent->queue_end = &agent->queue;
    return agent;
}

bool gateway_agent_call(struct gateway_agent *agent, const char *method, const char *json,
                        gateway_agent_done done, void *user)
{
    struct call *c = new_call(agent, method, json, done, user);

    if (c == NULL)
        return false;
    *agent->queue_end = c;
    agent->queue_end = &c->next;
    start_next(agent);
    return true;
}

enum gateway_agent_api gateway_agent_api(const struct gateway_agent *agent)
{
    return agent->api;
}

const struct gateway_agent_meter *gateway_agent_meter(const struct gateway_agent *agent)
{
    return &agent->meter;
}

void gateway_agent_close(struct gateway_agent *agent)
{
    struct call *next;

    if (agent == NULL)
        return;
    agent->closed = true;
    agent->calls++; /* so that the last call below does not free the client */
    for (struct call *c = agent->queue; c != NULL; c = next) {
        next = c->next;
        call_free(c);
    }
    agent->queue = NULL;
    if (agent->active != NULL)
        finish(agent->active, GATEWAY_AGENT_UNAVAILABLE, "closed");
    if (--agent->calls == 0)
        free(agent);
}
