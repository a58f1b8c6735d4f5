#include "tests/fuzz/engine_loop.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/core/http2_server.h"
#include "gateway/core/upstream_check.h"
#include "gateway/core/upstream_http2.h"

struct gw_loop *engine_loop_new(const struct gw_config *config)
{
    struct gw_loop *loop = calloc(1, sizeof(*loop));
    char err[128];

    assert(loop != NULL);
    loop->config = config;
    loop->index = GW_CHECKS_LOOP + 1;
    assert(uv_mutex_init(&loop->post_lock) == 0);
    assert(gw_loop_init(loop, err, sizeof err));
    return loop;
}

struct gw_conn *engine_client_new(struct gw_loop *loop, int fd)
{
    struct gw_conn *c = gw_conn_new(loop, 0);

    assert(c != NULL && uv_tcp_open(&c->link.io.tcp, fd) == 0);
    c->state = GW_CONN_IDLE;
    c->protocol = &gw_protocol_http2;
    c->protocol->opened(c);
    gw_loop_settle(loop);
    return c;
}

void engine_client_ask(struct gw_conn *c)
{
    static const uint8_t hello[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
                                   "\0\0\6\4\0\0\0\0\0\0\4\0\0\0\x10";
    /* :method (2, 3 or a literal), :scheme http, :path /, :authority a */
    static const uint8_t get[] = "\0\0\6\1\5\0\0\0\0\x82\x86\x84\1\1a";
    static const uint8_t head[] = "\0\0\xb\1\5\0\0\0\0\2\4HEAD\x86\x84\1\1a";
    static const uint8_t post[] = "\0\0\6\1\4\0\0\0\0\x83\x86\x84\1\1a";
    static const uint8_t websocket[] = "\0\0\x3d\1\4\0\0\0\0\2\7CONNECT\x86\x84\1\1a"
                                       "\0\x9:protocol\x9websocket"
                                       "\0\x15sec-websocket-version\2"
                                       "13";
    static const struct {
        const uint8_t *frame;
        size_t len;
    } kinds[] = {{get, sizeof get - 1},
                 {head, sizeof head - 1},
                 {post, sizeof post - 1},
                 {websocket, sizeof websocket - 1}};
    uint8_t frame[sizeof websocket];

    c->protocol->on_data(c, hello, sizeof hello - 1);
    for (size_t i = 0; i < ENGINE_REQUESTS; i++) {
        size_t kind = i % (sizeof kinds / sizeof kinds[0]);

        memcpy(frame, kinds[kind].frame, kinds[kind].len);
        frame[8] = (uint8_t)(2 * i + 1);
        c->protocol->on_data(c, frame, kinds[kind].len);
    }
    gw_loop_settle(c->loop);
}

struct gw_upconn *engine_upstream_new(struct gw_loop *loop, int fd)
{
    struct gw_upconn *up = gw_upconn_new(loop->upstreams[0]->backends[0]);

    assert(up != NULL && gw_carrier_new(up) && uv_pipe_open(&up->link.io.pipe, fd) == 0);
    gw_upconn_enter(up, GW_UP_CONNECT);
    gw_upconn_ready(up);
    gw_loop_settle(loop);
    return up;
}

void engine_loop_end_clients(struct gw_loop *loop)
{
    while (loop->conns_count > 0)
        (void)uv_run(&loop->uv, UV_RUN_NOWAIT);
}
