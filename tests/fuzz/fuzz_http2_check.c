/*
 * What a server sends to an active check over HTTP/2. It ends with a status or a code, whatever
 * pieces the bytes come in, and says the same for other pieces.
 */
#include <assert.h>
#include <stdint.h>
#include <unistd.h>

#include <sys/socket.h>

#include "gateway/core/upstream_check_http2.h"
#include "tests/fuzz/engine_loop.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct gw_str request = {"GET /health HTTP/1.1\r\nHost: a\r\n\r\n", 34};

/* Returns: whether the check was over before the bytes were. */
static bool feed(struct gw_loop *loop, const uint8_t *data, size_t size, size_t piece,
                 struct gw_check_http2_result *result)
{
    struct gw_check_http2 *c;
    struct gw_upconn *up;
    int fds[2];
    bool over = false;

    assert(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
    up = engine_upstream_new(loop, fds[0]);
    c = gw_check_http2_new(up, request);
    assert(c != NULL);
    for (size_t at = 0; at < size && !over; at += piece)
        over = gw_check_http2_data(c, data + at, size - at < piece ? size - at : piece, result);
    gw_check_http2_free(c);
    gw_upconn_close(up);
    gw_loop_settle(loop);
    (void)uv_run(&loop->uv, UV_RUN_NOWAIT); /* the connection is closed, and freed */
    (void)close(fds[1]);
    return over;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const servers[] = {"unix:/nonexistent/socket"};
    static const struct gw_upstream_config upstream = {
        .name = "up", .servers = servers, .servers_count = 1, .http2 = true};
    static struct gw_config config;
    static struct gw_loop *loop;
    struct gw_check_http2_result whole = {0};
    struct gw_check_http2_result pieces = {0};
    bool over;

    if (loop == NULL) {
        gw_config_init(&config);
        config.upstreams = &upstream;
        config.upstreams_count = 1;
        loop = engine_loop_new(&config);
    }
    over = feed(loop, data, size, size + 1, &whole);
    assert(feed(loop, data, size, 7, &pieces) == over);
    if (!over)
        return 0;
    assert((whole.code == NULL) == (whole.status >= 200 && whole.status <= 999));
    assert(pieces.status == whole.status);
    return 0;
}
