/*
 * What a client sends inside TLS once it has chosen HTTP/2: the whole engine, its exchanges
 * answered at once or never, on a loop without a network. Nothing may crash, and what one
 * connection holds stays bounded.
 */
#include <assert.h>
#include <stdint.h>
#include <unistd.h>

#include <sys/socket.h>

#include "gateway/core/http2_private.h"
#include "tests/fuzz/engine_loop.h"

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

static size_t held(const struct gw_conn *c)
{
    size_t n = c->link.out.len;

    for (const struct gw_http2_stream *s = c->h2->streams; s != NULL; s = s->next)
        n += s->in.len + s->out.queue.len;
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
        gw_config_init(&config);
        config.listeners = &listener;
        config.exchange.on_request = on_request;
        loop = engine_loop_new(&config);
    }
    assert(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    c = engine_client_new(loop, pair[0]);
    c->protocol->on_data(c, (const uint8_t *)preface, sizeof preface - 1);
    for (size_t at = 0; at < size; at += PIECE) {
        size_t n = size - at < PIECE ? size - at : PIECE;

        if (c->state == GW_CONN_FINISH || c->state == GW_CONN_CLOSING)
            break;
        c->protocol->on_data(c, data + at, n);
        gw_loop_settle(loop);
        assert(c->state == GW_CONN_CLOSING || held(c) <= HELD_MAX);
        assert(c->state == GW_CONN_CLOSING || c->h2->streams_count <= GW_HTTP2_MAX_STREAMS);
    }
    gw_conn_close(c, "closed");
    engine_loop_end_clients(loop);
    (void)close(pair[1]);
    return 0;
}
