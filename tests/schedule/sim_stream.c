#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/schedule/sim_uv.h"

static const uint64_t WRITE_LATENCY = 2 * SIM_MS;
static const uint64_t CONNECT_LATENCY = 30 * SIM_MS;

int (*sim_on_dial)(const char *address, struct sim_wire_end *server);

static uint64_t later_of(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t read_ready(const struct sim_handle *h)
{
    return h->reading && h->end != NULL ? sim_wire_readable(h->end) : SIM_NEVER;
}

static uint64_t write_ready(const struct sim_handle *h)
{
    if (h->connect != NULL || (h->writes == NULL && h->shutdown == NULL))
        return SIM_NEVER;
    if (h->writes == NULL || h->write_error != 0 || h->writes->sent == h->writes->len)
        return h->write_at;
    return later_of(sim_wire_writable(h->end), h->write_at);
}

static uint64_t stream_ready(struct sim_item *item)
{
    const struct sim_handle *h = (const struct sim_handle *)item;
    uint64_t at[] = {h->connect != NULL ? h->connect_at : SIM_NEVER, read_ready(h), SIM_NEVER,
                     sim_accept_ready(h)};

    if (h->closing)
        return sim_handle_close_ready(h);
    if (h->used_after_reset)
        sim_fail("a write on a connection that was seen to be reset");
    at[2] = write_ready(h);
    for (size_t i = 1; i < 4; i++)
        if (at[i] < at[0])
            at[0] = at[i];
    return at[0];
}

static void run_read(struct sim_handle *h)
{
    uv_buf_t buf = {0};
    long n;

    h->alloc_cb(h->uv, 65536, &buf);
    n = sim_wire_read(h->end, buf.base, buf.len);
    sim_note("read %u %ld", h->item.id, n);
    if (n < 0)
        h->reading = false; /* as libuv does after an end */
    h->read_cb((uv_stream_t *)h->uv, n, &buf);
}

static void run_shutdown(struct sim_handle *h)
{
    uv_shutdown_t *req = h->shutdown;

    h->shutdown = NULL;
    sim_wire_shutdown(h->end);
    req->cb(req, 0);
}

static void run_write(struct sim_handle *h)
{
    struct sim_write *w = h->writes;
    int error = h->write_error;
    long n;

    if (w == NULL) {
        run_shutdown(h);
        return;
    }
    if (error == 0 && w->sent < w->len) {
        n = sim_wire_write(h->end, w->data + w->sent, w->len - w->sent);
        sim_note("wrote %u %ld", h->item.id, n);
        if (n > 0)
            w->sent += (size_t)n;
        if (n < 0)
            error = h->write_error = (int)n;
        h->write_at = sim_now() + sim_delay(WRITE_LATENCY);
        if (error == 0)
            return;
    }
    h->writes = w->next;
    if (h->writes == NULL)
        h->writes_end = &h->writes;
    free(w->data);
    uv_write_t *req = w->req;
    uv_write_cb cb = w->cb;
    free(w);
    cb(req, error);
}

static void run_connect(struct sim_handle *h)
{
    uv_connect_t *req = h->connect;
    int status = h->connect_status;

    h->connect = NULL;
    if (status != 0 && h->end != NULL) {
        sim_wire_close(h->end);
        h->end = NULL;
    }
    sim_note("connected %u %d", h->item.id, status);
    h->connect_cb(req, status);
}

static void stream_run(struct sim_item *item)
{
    struct sim_handle *h = (struct sim_handle *)item;
    uint64_t now = sim_now();
    unsigned what[4], n = 0;

    if (h->closing) {
        sim_handle_closed(h);
        return;
    }
    if (h->connect != NULL && h->connect_at <= now)
        what[n++] = 0;
    if (read_ready(h) <= now)
        what[n++] = 1;
    if (write_ready(h) <= now)
        what[n++] = 2;
    if (sim_accept_ready(h) <= now)
        what[n++] = 3;
    switch (what[sim_below(n)]) {
    case 0:
        run_connect(h);
        break;
    case 1:
        run_read(h);
        break;
    case 2:
        run_write(h);
        break;
    default:
        sim_accept_run(h);
    }
}

static const struct sim_item_ops stream_ops = {"stream", stream_ready, stream_run};

const struct sim_item_ops *sim_stream_ops(void)
{
    return &stream_ops;
}

void sim_stream_cancel(struct sim_handle *h)
{
    sim_fd_forget(h);
    sim_listener_forget(h);
    if (h->connect != NULL) {
        uv_connect_t *req = h->connect;

        h->connect = NULL;
        h->connect_cb(req, UV_ECANCELED);
    }
    while (h->writes != NULL) {
        struct sim_write *w = h->writes;

        h->writes = w->next;
        free(w->data);
        w->cb(w->req, h->write_error != 0 ? h->write_error : UV_ECANCELED);
        free(w);
    }
    if (h->shutdown != NULL) {
        uv_shutdown_t *req = h->shutdown;

        h->shutdown = NULL;
        req->cb(req, UV_ECANCELED);
    }
}

int uv_tcp_init(uv_loop_t *loop, uv_tcp_t *tcp)
{
    sim_handle_new(loop, tcp, UV_TCP, &stream_ops)->fd = -1;
    return 0;
}

int uv_pipe_init(uv_loop_t *loop, uv_pipe_t *pipe, int ipc)
{
    (void)ipc;
    sim_handle_new(loop, pipe, UV_NAMED_PIPE, &stream_ops)->fd = -1;
    return 0;
}

/* Returns: 0; how it ends comes with the callback. */
static void dial(struct sim_handle *h, uv_connect_t *req, uv_connect_cb cb, const char *address)
{
    struct sim_wire *w = sim_wire_new();

    h->connect = req;
    h->connect_cb = cb;
    h->connect_at = sim_now() + sim_delay(CONNECT_LATENCY);
    h->end = &w->ends[0];
    req->handle = (uv_stream_t *)h->uv;
    h->connect_status = sim_on_dial(address, &w->ends[1]);
    if (h->connect_status != 0)
        sim_wire_close(&w->ends[1]);
    if (h->connect_status == 1)
        h->connect_at = SIM_NEVER;
}

static void address_text(const struct sockaddr *addr, char *out, size_t room)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)addr;
    char host[64] = "";

    (void)inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host);
    (void)snprintf(out, room, "%s:%u", host, (unsigned)ntohs(v4->sin_port));
}

int uv_tcp_connect(uv_connect_t *req, uv_tcp_t *tcp, const struct sockaddr *addr, uv_connect_cb cb)
{
    char address[80];

    if (sim_chance(200))
        return UV_ENETUNREACH;
    address_text(addr, address, sizeof address);
    dial(sim_handle_of(tcp), req, cb, address);
    return 0;
}

void uv_pipe_connect(uv_connect_t *req, uv_pipe_t *pipe, const char *name, uv_connect_cb cb)
{
    dial(sim_handle_of(pipe), req, cb, name);
}

int uv_pipe_bind(uv_pipe_t *pipe, const char *name)
{
    struct sim_handle *h = sim_handle_of(pipe);

    (void)snprintf(h->address, sizeof h->address, "%s", name);
    return 0;
}

int uv_pipe_chmod(uv_pipe_t *pipe, int flags)
{
    (void)pipe;
    (void)flags;
    return 0;
}
