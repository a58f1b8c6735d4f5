/*
 * What a client sends inside TLS once it has chosen HTTP/2: the whole engine, its exchanges
 * answered at once or never, on a loop without a network. Nothing may crash, and what one
 * connection holds stays bounded.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <sys/socket.h>

#include "gateway/core/conn.h"
#include "gateway/core/http2_private.h"
#include "gateway/core/http2_server.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HELD_MAX = GW_HTTP2_WINDOW + GW_HTTP2_MAX_STREAMS * 16384, PIECE = 1000, OWN_BYTES = 3000 };

static void on_request(void *user, struct gw_exchange *x, const struct gw_http1_request *req,
                       const struct gw_conn_info *conn)
{
    static const uint8_t body[OWN_BYTES];
    const struct gw_response r = {.status = 200, .body = body, .body_len = sizeof body};

    (void)user;
    (void)conn;
    assert(req->http2 && req->host.len > 0 && req->path.len > 0);
    if (gw_str_starts(req->path, gw_str("/never")))
        return;
    if (gw_str_starts(req->path, gw_str("/refuse")))
        gw_exchange_refuse(x, 403, "not-here");
    else
        gw_exchange_respond(x, &r);
}

static struct gw_loop *loop_new(struct gw_config *config)
{
    struct gw_loop *loop = calloc(1, sizeof(*loop));
    char err[128];

    gw_config_init(config);
    config->threads = 1;
    config->exchange.on_request = on_request;
    assert(loop != NULL);
    loop->config = config;
    assert(uv_mutex_init(&loop->post_lock) == 0);
    assert(gw_loop_init(loop, err, sizeof err));
    return loop;
}

/* A connection as gw_conn_accept leaves it, on one end of a pair of sockets. */
static struct gw_conn *conn_new(struct gw_loop *loop, int fd)
{
    struct gw_conn *c = gw_conn_new(loop, 0);

    assert(c != NULL && uv_tcp_open(&c->link.io.tcp, fd) == 0);
    c->state = GW_CONN_IDLE;
    c->protocol = &gw_protocol_http2;
    c->protocol->opened(c);
    gw_loop_leave(loop);
    return c;
}

static size_t held(const struct gw_conn *c)
{
    size_t n = c->link.out.len;

    for (const struct gw_http2_stream *s = c->h2->streams; s != NULL; s = s->next)
        n += s->in.len + s->out.len;
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    static struct gw_config config;
    static struct gw_loop *loop;
    static struct gw_listener_config listener;
    struct gw_conn *c;
    int pair[2];

    if (loop == NULL) {
        loop = loop_new(&config);
        config.listeners = &listener;
    }
    assert(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    c = conn_new(loop, pair[0]);
    c->protocol->on_data(c, (const uint8_t *)preface, sizeof preface - 1);
    for (size_t at = 0; at < size; at += PIECE) {
        size_t n = size - at < PIECE ? size - at : PIECE;

        if (c->state == GW_CONN_FINISH || c->state == GW_CONN_CLOSING)
            break;
        c->protocol->on_data(c, data + at, n);
        gw_loop_leave(loop);
        assert(c->state == GW_CONN_CLOSING || held(c) <= HELD_MAX);
        assert(c->state == GW_CONN_CLOSING || c->h2->streams_count <= GW_HTTP2_MAX_STREAMS);
    }
    gw_conn_close(c, "closed");
    while (loop->conns_count > 0)
        (void)uv_run(&loop->uv, UV_RUN_NOWAIT);
    (void)close(pair[1]);
    return 0;
}
