/* What a stream sends while its link takes nothing, and after it was reset then. */
#include <string.h>

#include "gateway/core/http2_outlet.h"
#include "gateway/core/loop.h"
#include "tests/support/cmocka_all.h"

enum { BODY = 5000 };

struct world {
    struct gw_link *link; /* first member: the session's user data */
    struct gw_link the_link;
    struct gw_loop loop;
    struct gw_config config;
    struct gw_http2_outlet outlet;
    nghttp2_session *server, *client;
    uint32_t code;
    size_t got, wrong;
};

static uint8_t pattern(size_t i)
{
    return (uint8_t)(1 + i % 251);
}

/* Instead of the link's: what is written is the client's to read. */
static nghttp2_session *reader;

void __wrap_gw_link_write(struct gw_link *l, const void *data, size_t len);

void __wrap_gw_link_write(struct gw_link *l, const void *data, size_t len)
{
    (void)l;
    assert_int_equal(len, nghttp2_session_mem_recv(reader, data, len));
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data,
                   size_t len, void *user)
{
    struct world *w = user;

    (void)session;
    (void)flags;
    (void)id;
    for (size_t i = 0; i < len; i++)
        w->wrong += data[i] != pattern(w->got + i);
    w->got += len;
    return 0;
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t code, void *user)
{
    struct world *w = user;

    (void)session;
    (void)id;
    w->code = code;
    return 0;
}

static void on_progress(struct gw_http2_outlet *o)
{
    (void)o;
}

static void ask(struct world *w)
{
    nghttp2_nv nv[] = {{(uint8_t *)":method", (uint8_t *)"GET", 7, 3, 0},
                       {(uint8_t *)":scheme", (uint8_t *)"https", 7, 5, 0},
                       {(uint8_t *)":authority", (uint8_t *)"a", 10, 1, 0},
                       {(uint8_t *)":path", (uint8_t *)"/", 5, 1, 0}};
    const uint8_t *data;
    ssize_t len;

    assert_int_equal(0, nghttp2_submit_settings(w->client, NGHTTP2_FLAG_NONE, NULL, 0));
    assert_int_equal(0, nghttp2_submit_settings(w->server, NGHTTP2_FLAG_NONE, NULL, 0));
    w->outlet.id = nghttp2_submit_request(w->client, NULL, nv, 4, NULL, NULL);
    while ((len = nghttp2_session_mem_send(w->client, &data)) > 0)
        assert_int_equal(len, nghttp2_session_mem_recv(w->server, data, (size_t)len));
}

static void begin(struct world *w)
{
    nghttp2_nv nv = {(uint8_t *)":status", (uint8_t *)"200", 7, 3, 0};
    nghttp2_session_callbacks *cb;
    nghttp2_data_provider body;

    memset(w, 0, sizeof *w);
    gw_config_init(&w->config);
    w->link = &w->the_link;
    w->the_link.loop = &w->loop;
    w->loop.config = &w->config;
    gw_block_pool_init(&w->loop.blocks, 4);
    assert_int_equal(0, nghttp2_session_callbacks_new(&cb));
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(cb, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(cb, on_close);
    assert_int_equal(0, nghttp2_session_client_new(&w->client, cb, w));
    nghttp2_session_callbacks_del(cb);
    assert_int_equal(0, nghttp2_session_callbacks_new(&cb));
    gw_http2_outlet_callbacks(cb);
    assert_int_equal(0, nghttp2_session_server_new(&w->server, cb, w));
    nghttp2_session_callbacks_del(cb);
    reader = w->client;
    gw_http2_outlet_init(&w->outlet, w->server, w->link, on_progress);
    ask(w);
    body = gw_http2_outlet_body(&w->outlet);
    assert_int_equal(0, nghttp2_submit_response(w->server, w->outlet.id, &nv, 1, &body));
    assert_int_equal(0, nghttp2_session_send(w->server));
    assert_true(w->outlet.deferred);
}

static void end(struct world *w)
{
    nghttp2_session_del(w->server);
    nghttp2_session_del(w->client);
    gw_http2_outlet_cleanup(&w->outlet);
    gw_block_pool_cleanup(&w->loop.blocks);
}

static void add(struct world *w)
{
    uint8_t data[BODY];

    for (size_t i = 0; i < BODY; i++)
        data[i] = pattern(i);
    assert_true(gw_http2_outlet_add(&w->outlet, data, BODY));
}

static void reset(struct world *w)
{
    gw_http2_outlet_drop(&w->outlet);
    assert_int_equal(
        0, nghttp2_submit_rst_stream(w->server, NGHTTP2_FLAG_NONE, w->outlet.id, NGHTTP2_CANCEL));
}

static void a_frame_that_waits_for_the_link_goes_before_the_reset(void **state)
{
    struct world w;

    (void)state;
    begin(&w);
    add(&w);
    w.the_link.marks.paused = true;
    assert_int_equal(0, nghttp2_session_send(w.server));
    assert_int_equal(BODY, w.outlet.promised);
    reset(&w);
    w.the_link.marks.paused = false;
    assert_int_equal(0, nghttp2_session_send(w.server));
    assert_int_equal(BODY, w.got);
    assert_int_equal(0, w.wrong);
    assert_int_equal(NGHTTP2_CANCEL, w.code);
    end(&w);
}

static void what_no_frame_was_begun_for_is_dropped(void **state)
{
    struct world w;

    (void)state;
    begin(&w);
    add(&w);
    reset(&w);
    assert_int_equal(0, w.outlet.queue.len);
    assert_int_equal(0, nghttp2_session_send(w.server));
    assert_int_equal(0, w.got);
    assert_int_equal(NGHTTP2_CANCEL, w.code);
    end(&w);
}

static void a_frame_without_its_bytes_becomes_a_reset(void **state)
{
    struct world w;
    uint8_t direct[BODY];

    (void)state;
    begin(&w);
    memset(direct, 0, sizeof direct);
    /* A frame of another stream could fill the link between the two. */
    w.outlet.direct = direct;
    w.outlet.direct_len = BODY;
    w.outlet.deferred = false;
    assert_int_equal(0, nghttp2_session_resume_data(w.server, w.outlet.id));
    w.the_link.marks.paused = true;
    assert_int_equal(0, nghttp2_session_send(w.server));
    w.outlet.direct_len = 0;
    w.the_link.marks.paused = false;
    assert_int_equal(0, nghttp2_session_send(w.server));
    assert_int_equal(0, w.got);
    assert_int_equal(NGHTTP2_INTERNAL_ERROR, w.code);
    end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_that_waits_for_the_link_goes_before_the_reset),
        cmocka_unit_test(what_no_frame_was_begun_for_is_dropped),
        cmocka_unit_test(a_frame_without_its_bytes_becomes_a_reset),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
