/*
 * What an upstream sends once HTTP/2 is spoken to it: one connection with requests of every kind
 * under way, their client a connection of HTTP/2 that never reads. Nothing may crash; every request
 * ends at most once, and what is held for the client stays bounded.
 */
#include <assert.h>
#include <stdint.h>
#include <unistd.h>

#include <sys/socket.h>

#include "gateway/core/http2_private.h"
#include "gateway/core/upstream_http2.h"
#include "tests/fuzz/engine_loop.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    STREAM_WINDOW = 65535, /* of the upstream's streams */
    PIECE = 1000,
    HEAD_MAX = 64 * 1024
};

static void on_request(void *user, struct gw_exchange *x, const struct gw_http1_request *req,
                       const struct gw_conn_info *conn)
{
    static const struct gw_forward to = {.no_forwarded = true, .websocket = true};

    (void)user;
    (void)req;
    (void)conn;
    gw_exchange_forward(x, &to);
}

static void on_request_end(void *user, struct gw_loop *loop, const struct gw_request_record *r)
{
    size_t *ended = user;

    (void)loop;
    assert(r->status == 0 || (r->status >= 200 && r->status <= 599));
    (*ended)++;
}

static void check(const struct gw_conn *c)
{
    const size_t most = c->loop->config->limits.queue_high + STREAM_WINDOW + HEAD_MAX;

    if (c->state == GW_CONN_CLOSING)
        return;
    for (const struct gw_http2_stream *s = c->h2->streams; s != NULL; s = s->next)
        assert(s->out.queue.len <= most);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const servers[] = {"unix:/nonexistent/socket"};
    static const struct gw_upstream_config upstream = {
        .name = "up", .servers = servers, .servers_count = 1, .max_connections = 1, .http2 = true};
    static struct gw_config config;
    static struct gw_listener_config listener;
    static struct gw_loop *loop;
    static size_t ended;
    struct gw_upconn *up;
    struct gw_conn *c;
    int client[2];
    int server[2];

    if (loop == NULL) {
        gw_config_init(&config);
        config.listeners = &listener;
        config.upstreams = &upstream;
        config.upstreams_count = 1;
        config.exchange.on_request = on_request;
        config.record.on_request_end = on_request_end;
        config.user = &ended;
        loop = engine_loop_new(&config);
    }
    ended = 0;
    assert(socketpair(AF_UNIX, SOCK_STREAM, 0, client) == 0);
    assert(socketpair(AF_UNIX, SOCK_STREAM, 0, server) == 0);
    up = engine_upstream_new(loop, server[0]);
    c = engine_client_new(loop, client[0]);
    engine_client_ask(c);
    assert(up->carrier->calls_count == ENGINE_REQUESTS);
    for (size_t at = 0; at < size && up->state == GW_UP_BUSY; at += PIECE) {
        gw_carrier_data(up->carrier, data + at, size - at < PIECE ? size - at : PIECE);
        gw_loop_settle(loop);
        check(c);
    }
    gw_conn_close(c, "closed");
    gw_loop_settle(loop);
    while (loop->upstreams[0]->all != NULL)
        gw_upconn_close(loop->upstreams[0]->all);
    engine_loop_end_clients(loop);
    while (loop->upstreams[0]->backends[0]->count > 0)
        (void)uv_run(&loop->uv, UV_RUN_NOWAIT);
    assert(ended == ENGINE_REQUESTS && loop->upstreams[0]->waiting == 0);
    (void)close(client[1]);
    (void)close(server[1]);
    return 0;
}
