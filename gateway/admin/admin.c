#include "gateway/admin/admin.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/core/http1_head.h"
#include "gateway/core/sockets.h"
#include "gateway/metrics/text.h"

enum { MAX_FIELDS = 64, REPLY_HEAD_ROOM = 512, BACKLOG = 64, AGAIN_MS = 50 };

struct reply {
    const char *status;
    const char *type;
    const char *body; /* stays until it is written */
    size_t len;
};

struct client {
    struct gateway_admin *admin;
    struct client *next;
    uv_tcp_t tcp;
    uv_timer_t deadline;
    uv_write_t write;
    uv_shutdown_t shutdown;
    unsigned open_handles;
    bool closing;
    struct gw_http1_scan scan;
    size_t len;
    char head[GATEWAY_ADMIN_MAX_HEAD];
    char *text; /* of the metrics; owned */
    char reply[REPLY_HEAD_ROOM];
    char body[GATEWAY_ADMIN_BODY_ROOM];
};

struct gateway_admin {
    struct gateway_admin_options o;
    uv_poll_t poll;
    uv_timer_t again;
    unsigned open_handles; /* of these */
    struct client *clients;
    size_t count;
    bool stopped;
};

static void check_free(struct gateway_admin *a)
{
    if (a->stopped && a->open_handles == 0 && a->count == 0)
        free(a);
}

static void on_client_closed(uv_handle_t *handle)
{
    struct client *c = handle->data;
    struct gateway_admin *a = c->admin;
    struct client **at = &a->clients;

    if (--c->open_handles > 0)
        return;
    while (*at != c)
        at = &(*at)->next;
    *at = c->next;
    a->count--;
    free(c->text);
    free(c);
    check_free(a);
}

static void client_close(struct client *c)
{
    if (c->closing)
        return;
    c->closing = true;
    uv_close((uv_handle_t *)&c->tcp, on_client_closed);
    uv_close((uv_handle_t *)&c->deadline, on_client_closed);
}

static void on_deadline(uv_timer_t *timer)
{
    client_close(timer->data);
}

static void on_shutdown(uv_shutdown_t *shutdown, int status)
{
    (void)shutdown;
    (void)status; /* what fails ends the reading too */
}

static void on_shutdown_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    (void)buf;
    if (n < 0)
        client_close(stream->data);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct client *c = handle->data;

    (void)suggested;
    *buf = uv_buf_init(c->head + c->len, (unsigned)(sizeof c->head - c->len));
}

static void on_drop_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct client *c = handle->data;

    (void)suggested;
    *buf = uv_buf_init(c->head, sizeof c->head);
}

/* The answer is out, and this side's end behind it: wait for the client's, so that no reset
 * overtakes them. */
static void on_written(uv_write_t *write, int status)
{
    struct client *c = write->data;
    uv_stream_t *stream = (uv_stream_t *)&c->tcp;

    if (status != 0 || uv_shutdown(&c->shutdown, stream, on_shutdown) != 0 ||
        uv_read_start(stream, on_drop_alloc, on_shutdown_read) != 0)
        client_close(c);
}

static void respond(struct client *c, const struct reply *r, bool is_head)
{
    int n = snprintf(c->reply, sizeof c->reply,
                     "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
                     "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n%s"
                     "Connection: close\r\n\r\n",
                     r->status, r->type, r->len,
                     strncmp(r->status, "405", 3) == 0 ? "Allow: GET, HEAD\r\n" : "");
    uv_buf_t bufs[] = {
        uv_buf_init(c->reply, n > 0 && (size_t)n < sizeof c->reply ? (unsigned)n : 0),
        uv_buf_init((char *)r->body, (unsigned)r->len)};

    (void)uv_read_stop((uv_stream_t *)&c->tcp);
    c->write.data = c;
    if (uv_write(&c->write, (uv_stream_t *)&c->tcp, bufs, is_head ? 1 : 2, on_written) != 0)
        client_close(c);
}

/* In: body  stays until it is written */
static void respond_json(struct client *c, const char *status, const char *body, bool is_head)
{
    respond(c, &(struct reply){status, "application/json", body, strlen(body)}, is_head);
}

static void answer_metrics(struct client *c, bool is_head)
{
    size_t len = 0;

    c->text = c->admin->o.metrics(c->admin->o.user, &len);
    if (c->text != NULL)
        respond(c, &(struct reply){"200 OK", GATEWAY_METRICS_TYPE, c->text, len}, is_head);
    else
        respond_json(c, "503 Service Unavailable", "{}\n", is_head);
}

static void answer(struct client *c, const struct gw_http1_request *request)
{
    const bool is_head = request->is_head;

    if (!gw_str_equal(request->path, gw_str("/livez")) &&
        !gw_str_equal(request->path, gw_str("/readyz")) &&
        !gw_str_equal(request->path, gw_str("/metrics"))) {
        respond_json(c, "404 Not Found", "{\"error\":{\"code\":\"not-found\",\"message\":\"\"}}\n",
                     is_head);
    } else if (!is_head && !gw_str_equal(request->method, gw_str("GET"))) {
        respond_json(c, "405 Method Not Allowed", "{}\n", false);
    } else if (gw_str_equal(request->path, gw_str("/livez"))) {
        respond_json(c, "200 OK", "{\"alive\":true}\n", is_head);
    } else if (gw_str_equal(request->path, gw_str("/metrics"))) {
        answer_metrics(c, is_head);
    } else {
        bool ready = c->admin->o.ready(c->admin->o.user, c->body);

        respond_json(c, ready ? "200 OK" : "503 Service Unavailable", c->body, is_head);
    }
}

static void on_head(struct client *c)
{
    static const struct gw_http1_limits limits = {.max_head_bytes = GATEWAY_ADMIN_MAX_HEAD,
                                                  .max_target_bytes = GATEWAY_ADMIN_MAX_HEAD};
    struct gw_http_field list[MAX_FIELDS];
    struct gw_http1_request request = {.fields = {list, MAX_FIELDS, 0}};
    struct gw_http_refusal why;
    struct gw_str head = {c->head + c->scan.skip, c->scan.end - c->scan.skip};

    if (gw_http1_request_parse(head, &limits, &request, &why))
        answer(c, &request);
    else
        respond_json(c, "400 Bad Request", "{}\n", false);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct client *c = stream->data;
    struct gw_http_refusal why;

    (void)buf;
    if (n == 0)
        return;
    if (n < 0) {
        client_close(c);
        return;
    }
    c->len += (size_t)n;
    switch (gw_http1_head_scan(&c->scan, (struct gw_str){c->head, c->len}, sizeof c->head, &why)) {
    case GW_HTTP1_COMPLETE:
        on_head(c);
        break;
    case GW_HTTP1_MORE:
        if (c->len == sizeof c->head)
            respond_json(c, "431 Request Header Fields Too Large", "{}\n", false);
        break;
    default:
        respond_json(c, "400 Bad Request", "{}\n", false);
    }
}

/* The descriptor is taken. */
static void client_open(struct gateway_admin *a, int fd)
{
    struct client *c = calloc(1, sizeof *c);

    if (c == NULL) {
        (void)close(fd);
        return;
    }
    c->admin = a;
    (void)uv_tcp_init(a->o.loop, &c->tcp);
    (void)uv_timer_init(a->o.loop, &c->deadline);
    c->tcp.data = c->deadline.data = c;
    c->open_handles = 2;
    c->next = a->clients;
    a->clients = c;
    a->count++;
    if (uv_tcp_open(&c->tcp, fd) != 0) {
        (void)close(fd);
        client_close(c);
    } else if (a->count > GATEWAY_ADMIN_MAX_CONNECTIONS ||
               uv_timer_start(&c->deadline, on_deadline, GATEWAY_ADMIN_TIMEOUT_MS, 0) != 0 ||
               uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read) != 0) {
        client_close(c);
    }
}

static void on_waiting(uv_poll_t *poll, int status, int events);

static void on_again(uv_timer_t *again)
{
    struct gateway_admin *a = again->data;

    (void)uv_poll_start(&a->poll, UV_READABLE, on_waiting);
}

/* Not through uv_listen: without a descriptor left, that asks without end, and nothing else of this
 * loop would go on. */
static void on_waiting(uv_poll_t *poll, int status, int events)
{
    struct gateway_admin *a = poll->data;
    int fd = accept4(a->o.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    (void)status;
    (void)events;
    if (fd >= 0) {
        client_open(a, fd);
    } else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
        (void)uv_poll_stop(&a->poll);
        (void)uv_timer_start(&a->again, on_again, AGAIN_MS, 0);
    }
}

static void on_listener_closed(uv_handle_t *handle)
{
    struct gateway_admin *a = handle->data;

    a->open_handles--;
    check_free(a);
}

struct gateway_admin *gateway_admin_start(const struct gateway_admin_options *options, char *err,
                                          size_t err_len)
{
    struct gateway_admin *a = calloc(1, sizeof *a);
    int code = a == NULL ? UV_ENOMEM : 0;

    if (code == 0 && listen(options->fd, BACKLOG) != 0)
        code = uv_translate_sys_error(errno);
    if (code == 0)
        code = uv_poll_init(options->loop, &a->poll, options->fd);
    if (code != 0) {
        (void)snprintf(err, err_len, "cannot listen on admin.address: %s", uv_strerror(code));
        (void)close(options->fd);
        free(a);
        return NULL;
    }
    a->o = *options;
    (void)uv_timer_init(options->loop, &a->again);
    a->poll.data = a->again.data = a;
    a->open_handles = 2;
    (void)uv_poll_start(&a->poll, UV_READABLE, on_waiting);
    return a;
}

void gateway_admin_address(const struct gateway_admin *a, char *text, size_t len)
{
    if (!gw_socket_address(a->o.fd, text, len))
        text[0] = '\0';
}

void gateway_admin_stop(struct gateway_admin *a)
{
    if (a == NULL || a->stopped)
        return;
    a->stopped = true;
    for (struct client *c = a->clients; c != NULL; c = c->next)
        client_close(c);
    uv_close((uv_handle_t *)&a->poll, on_listener_closed);
    uv_close((uv_handle_t *)&a->again, on_listener_closed);
    (void)close(a->o.fd);
}
