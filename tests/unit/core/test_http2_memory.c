/* Memory that runs out at any point of requests over HTTP/2 on both hops: each ends once, and
 * nothing leaks. */
#include <stdlib.h>
#include <unistd.h>

#include <sys/socket.h>

#include "gateway/core/http2_private.h"
#include "gateway/core/upstream_http2.h"
#include "tests/fuzz/engine_loop.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/short_memory.h"

enum { MANY = 5000, FRAME_HEAD = 9, TYPE_AT = 3, FLAGS_AT = 4, STREAM_AT = 8 };

struct tally {
    size_t begun, ended, good;
};

static void on_request(void *user, struct gw_exchange *x, const struct gw_http1_request *req,
                       const struct gw_conn_info *conn)
{
    static const struct gw_forward to = {.no_forwarded = true, .websocket = true};
    struct tally *t = user;

    (void)req;
    (void)conn;
    t->begun++;
    gw_exchange_forward(x, &to);
}

static void on_request_end(void *user, struct gw_loop *loop, const struct gw_request_record *r)
{
    struct tally *t = user;

    (void)loop;
    t->ended++;
    t->good += r->status == 200;
}

static void feed(struct gw_upconn *up, const uint8_t *frame, size_t len, unsigned stream)
{
    struct gw_loop *loop = up->upstream->loop;
    uint8_t bytes[64];

    assert_true(len <= sizeof bytes);
    if (up->state != GW_UP_BUSY)
        return;
    memcpy(bytes, frame, len);
    bytes[STREAM_AT] = (uint8_t)stream;
    gw_carrier_data(up->carrier, bytes, len);
    gw_loop_settle(loop);
}

#define FEED(up, stream, frame) feed(up, (const uint8_t *)(frame), sizeof(frame) - 1, stream)

/* SETTINGS that offer WebSockets; then to each stream a head, bytes and trailers, to HEAD the first
 * of these. */
static void answer(struct gw_upconn *up)
{
    FEED(up, 0, "\0\0\6\4\0\0\0\0\0\0\x8\0\0\0\1");
    for (unsigned stream = 1; stream < 2 * ENGINE_REQUESTS; stream += 2) {
        if (stream == 3 || stream == 9) {
            FEED(up, stream, "\0\0\1\1\5\0\0\0\0\x88");
            continue;
        }
        FEED(up, stream, "\0\0\1\1\4\0\0\0\0\x88");
        FEED(up, stream, "\0\0\4\0\0\0\0\0\0body");
        FEED(up, stream, "\0\0\5\1\5\0\0\0\0\0\1t\1v");
    }
}

/* An answer of the upstream that had trailers must not end without them, as if it were whole. */
static void check_ends(int fd)
{
    bool relayed[2 * ENGINE_REQUESTS] = {0};
    uint8_t frames[16384];
    const ssize_t have = recv(fd, frames, sizeof frames, MSG_DONTWAIT);

    assert_true(have < (ssize_t)sizeof frames);
    for (ssize_t at = 0; at + FRAME_HEAD <= have;) {
        const uint8_t *f = frames + at;
        const int len = f[0] << 16 | f[1] << 8 | f[2];
        const unsigned stream = f[STREAM_AT];

        assert_true(at + FRAME_HEAD + len <= have && stream < 2 * ENGINE_REQUESTS);
        at += FRAME_HEAD + len;
        if (f[TYPE_AT] != NGHTTP2_DATA)
            continue;
        relayed[stream] = relayed[stream] || (len >= 4 && memcmp(f + FRAME_HEAD, "body", 4) == 0);
        if (relayed[stream] && (f[FLAGS_AT] & NGHTTP2_FLAG_END_STREAM) != 0)
            assert_int_equal(7, stream % 8); /* a WebSocket has none */
    }
}

static void run(const struct gw_config *config)
{
    struct gw_loop *loop = engine_loop_new(config);
    struct gw_upconn *up;
    struct gw_conn *c;
    int client[2];
    int server[2];

    loop->http2->mem = NULL; /* what the library 1.52 does without memory is its own affair */
    assert_int_equal(0, socketpair(AF_UNIX, SOCK_STREAM, 0, client));
    assert_int_equal(0, socketpair(AF_UNIX, SOCK_STREAM, 0, server));
    up = engine_upstream_new(loop, server[0]);
    c = engine_client_new(loop, client[0]);
    short_memory.armed = true;
    engine_client_ask(c);
    answer(up);
    short_memory.armed = false;
    check_ends(client[1]);
    gw_conn_close(c, "closed");
    gw_loop_settle(loop);
    gw_upstreams_close(loop);
    engine_loop_end_clients(loop);
    while (loop->upstreams[0]->backends[0]->count > 0)
        (void)uv_run(&loop->uv, UV_RUN_NOWAIT);
    gw_loop_cleanup(loop);
    uv_mutex_destroy(&loop->post_lock);
    free(loop);
    (void)close(client[1]);
    (void)close(server[1]);
}

static void every_request_ends_once_whatever_cannot_be_allocated(void **state)
{
    static const char *const servers[] = {"unix:/nonexistent/socket"};
    static const struct gw_upstream_config upstream = {
        .name = "up", .servers = servers, .servers_count = 1, .max_connections = 1, .http2 = true};
    static struct gw_listener_config listener;
    struct tally tally = {0};
    struct gw_config config;
    size_t n = 0;
    bool failed;

    (void)state;
    gw_config_init(&config);
    config.listeners = &listener;
    config.upstreams = &upstream;
    config.upstreams_count = 1;
    config.exchange.on_request = on_request;
    config.record.on_request_end = on_request_end;
    config.user = &tally;
    do {
        tally = (struct tally){0};
        short_memory.fails_at = ++n;
        run(&config);
        failed = short_memory.fails_at == 0;
        short_memory.fails_at = 0;
        assert_int_equal(tally.begun, tally.ended);
        assert_true(n < MANY);
    } while (failed);
    assert_int_equal(ENGINE_REQUESTS, tally.begun);
    assert_true(tally.good >= ENGINE_REQUESTS - 2);
    assert_true(n > ENGINE_REQUESTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_request_ends_once_whatever_cannot_be_allocated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
