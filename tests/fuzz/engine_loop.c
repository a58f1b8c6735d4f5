#include "tests/fuzz/engine_loop.h"

#include <assert.h>
#include <stdlib.h>

#include "gateway/core/http2_server.h"
#include "gateway/core/upstream_check.h"

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

void engine_loop_end_clients(struct gw_loop *loop)
{
    while (loop->conns_count > 0)
        (void)uv_run(&loop->uv, UV_RUN_NOWAIT);
}
