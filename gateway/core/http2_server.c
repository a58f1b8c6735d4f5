/*
 * http2_server: HTTP/2 on a client connection: the session, its beginning and its end.
 */
#include "gateway/core/http2_server.h"

#include <stdlib.h>

#include "gateway/core/http2_private.h"
#include "gateway/core/upstream_http2.h"

/* Frames that carry nothing, and streams that are reset, beyond what browsers and gRPC need. */
static const struct gw_http2_rate idle_frames = {.burst = 1000, .per_second = 100};
static const struct gw_http2_rate resets = {.burst = 300, .per_second = 30};

enum { HEAD_FIELDS = 16 /* that a rebuilt head may have more than the received one */ };

void gw_http2_mark(struct gw_http2 *h)
{
    struct gw_loop *loop = h->conn->loop;

    if (h->dirty)
        return;
    h->dirty = true;
    h->next_dirty = loop->http2_dirty;
    loop->http2_dirty = h;
    gw_loop_settle_soon(loop);
}

void gw_http2_end(struct gw_http2 *h, uint32_t code, const char *reason)
{
    if (h->ending == NULL) {
        h->ending = reason;
        h->end_code = code;
    }
    gw_http2_mark(h);
}

static bool may(struct gw_http2 *h, struct gw_http2_budget *b, const struct gw_http2_rate *rate)
{
    if (gw_http2_budget_spend(b, rate, gw_loop_now(h->conn->loop)))
        return true;
    gw_http2_end(h, NGHTTP2_ENHANCE_YOUR_CALM, "http2-flood");
    return false;
}

bool gw_http2_may_reset(struct gw_http2 *h)
{
    return may(h, &h->resets, &resets);
}

bool gw_http2_may_idle(struct gw_http2 *h)
{
    return may(h, &h->frames, &idle_frames);
}

struct gw_http2_shared *gw_http2_shared_new(struct gw_loop *loop)
{
    struct gw_http2_shared *s = calloc(1, sizeof(*s));

    if (s == NULL)
        return NULL;
    s->nv_room = loop->config->limits.max_fields + HEAD_FIELDS;
    s->nv = calloc(s->nv_room, sizeof(*s->nv));
    if (s->nv == NULL || nghttp2_session_callbacks_new(&s->callbacks) != 0 ||
        nghttp2_session_callbacks_new(&s->upstream) != 0 || nghttp2_option_new(&s->option) != 0) {
        gw_http2_shared_free(s);
        return NULL;
    }
    s->pool = gw_http2_alloc(&loop->objects);
    s->mem = &s->pool;
    gw_http2_input_callbacks(s->callbacks);
    gw_http2_output_callbacks(s->callbacks);
    gw_http2_outlet_callbacks(s->upstream);
    gw_carrier_answer_callbacks(s->upstream);
    nghttp2_option_set_no_auto_window_update(s->option, 1);
    nghttp2_option_set_no_closed_streams(s->option, 1);
    nghttp2_option_set_max_continuations(s->option, GW_HTTP2_MAX_CONTINUATIONS);
    nghttp2_option_set_max_outbound_ack(s->option, GW_HTTP2_MAX_STREAMS);
    nghttp2_option_set_max_send_header_block_length(s->option, 2 * loop->head_room);
    return s;
}

void gw_http2_shared_free(struct gw_http2_shared *s)
{
    if (s == NULL)
        return;
    nghttp2_session_callbacks_del(s->callbacks);
    nghttp2_session_callbacks_del(s->upstream);
    nghttp2_option_del(s->option);
    free(s->nv);
    free(s);
}

static void on_block_late(struct gw_deadline *d)
{
    struct gw_http2 *h = (struct gw_http2 *)((char *)d - offsetof(struct gw_http2, block));

    gw_count(h->conn->loop, GW_STAT(timeouts), 1);
    gw_http2_end(h, NGHTTP2_NO_ERROR, "head-timeout");
}

static bool begin_session(struct gw_http2 *h)
{
    struct gw_loop *loop = h->conn->loop;
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, GW_HTTP2_MAX_STREAMS},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, GW_HTTP2_STREAM_WINDOW},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, (uint32_t)loop->config->limits.max_head_bytes},
        {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
        {NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1},
    };

    return nghttp2_session_server_new3(&h->session, loop->http2->callbacks, h, loop->http2->option,
                                       loop->http2->mem) == 0 &&
           nghttp2_submit_settings(h->session, NGHTTP2_FLAG_NONE, settings,
                                   sizeof(settings) / sizeof(settings[0])) == 0 &&
           nghttp2_session_set_local_window_size(h->session, NGHTTP2_FLAG_NONE, 0,
                                                 GW_HTTP2_WINDOW) == 0;
}

static void opened(struct gw_conn *c)
{
    struct gw_http2 *h = calloc(1, sizeof(*h));

    c->h2 = h;
    if (h == NULL) {
        gw_conn_close(c, "memory");
        return;
    }
    h->link = &c->link;
    h->conn = c;
    gw_deadline_init(&h->block, on_block_late);
    if (!begin_session(h)) {
        gw_conn_close(c, "memory");
        return;
    }
    gw_loop_deadline(c->loop, &h->block, c->loop->config->timeouts.head);
    gw_http2_mark(h);
}

static bool is_over(const struct gw_conn *c)
{
    return c->state == GW_CONN_FINISH || c->state == GW_CONN_CLOSING;
}

static void on_data(struct gw_conn *c, const uint8_t *data, size_t len)
{
    struct gw_http2 *h = c->h2;
    ssize_t n;

    if (h->ending != NULL)
        return;
    h->busy = true;
    n = nghttp2_session_mem_recv(h->session, data, len);
    h->busy = false;
    if (n == NGHTTP2_ERR_FLOODED || n == NGHTTP2_ERR_TOO_MANY_CONTINUATIONS)
        gw_http2_end(h, NGHTTP2_ENHANCE_YOUR_CALM, "http2-flood");
    else if (n < 0)
        gw_http2_end(h, NGHTTP2_PROTOCOL_ERROR, "http2-protocol");
    gw_http2_mark(h);
}

/* There is no half of a connection here: who ends its side wants no answer any more. */
static void on_eof(struct gw_conn *c, enum gw_link_eof how)
{
    gw_conn_close(c,
                  c->h2->streams_count == 0 && how == GW_EOF_CLEAN ? "client-eof" : "client-cut");
}

static void on_deadline(struct gw_conn *c)
{
    gw_http2_end(c->h2, NGHTTP2_NO_ERROR, "idle-timeout");
}

static void on_full(struct gw_conn *c)
{
    (void)c; /* the session asks before it writes */
}

static void on_drained(struct gw_conn *c)
{
    gw_http2_mark(c->h2);
}

/* First say that the end is near; the last stream is named when the client must have heard it. */
static void drain(struct gw_conn *c)
{
    struct gw_http2 *h = c->h2;

    if (h->streams_count == 0 && !c->loop->patient) {
        gw_http2_end(h, NGHTTP2_NO_ERROR, "drained");
        return;
    }
    if (h->shutdown)
        return;
    h->shutdown = true;
    (void)nghttp2_submit_shutdown_notice(h->session);
    gw_http2_mark(h);
}

static void end_exchanges(struct gw_http2 *h, const char *reason)
{
    for (struct gw_http2_stream *s = h->streams; s != NULL; s = s->next)
        if (s->x != NULL)
            gw_exchange_client_gone(s->x, reason);
}

static void closed(struct gw_conn *c, const char *reason)
{
    struct gw_http2 *h = c->h2;

    if (h == NULL)
        return;
    end_exchanges(h, reason);
    while (h->streams != NULL) {
        h->streams->closed = true;
        gw_http2_stream_free(h->streams);
    }
    h->dead = NULL;
    h->drained = NULL;
    gw_deadline_remove(&c->loop->wheel, &h->block);
}

static void freed(struct gw_conn *c)
{
    if (c->h2 == NULL)
        return;
    for (struct gw_http2 **at = &c->loop->http2_dirty; *at != NULL; at = &(*at)->next_dirty) {
        if (*at == c->h2) {
            *at = c->h2->next_dirty;
            break;
        }
    }
    nghttp2_session_del(c->h2->session);
    free(c->h2);
}

static void flow(struct gw_conn *c, struct gw_exchange *x)
{
    (void)c;
    gw_http2_stream_feed(x->stream);
}

static void write_frames(struct gw_http2 *h)
{
    int rv;

    h->busy = true;
    rv = nghttp2_session_send(h->session);
    h->busy = false;
    if (rv != 0)
        gw_http2_end(h, NGHTTP2_INTERNAL_ERROR,
                     rv == NGHTTP2_ERR_NOMEM ? "memory" : "http2-protocol");
}

/* A tunnel that both sides have ended goes on until the upstream has got everything. */
static bool outlives(struct gw_http2_stream *s)
{
    if (!s->x->is_tunnel || !s->x->client_ended || !s->x->up_ended)
        return false;
    gw_tunnel_flushed(s->x);
    s->kept = s->x != NULL;
    return s->kept;
}

static void bury(struct gw_http2 *h)
{
    struct gw_loop *loop = h->conn->loop;

    while (h->dead != NULL) {
        struct gw_http2_stream *s = h->dead;

        h->dead = s->next_dead;
        if (s->x != NULL && outlives(s))
            continue;
        if (s->x != NULL) {
            if (h->places_ms != gw_loop_now(loop))
                h->places = 0;
            h->places_ms = gw_loop_now(loop);
            h->places++;
            gw_exchange_client_gone(s->x, s->reset != NULL ? s->reset : "http2-stream");
        }
        gw_http2_stream_free(s);
    }
}

static void end_now(struct gw_http2 *h)
{
    struct gw_conn *c = h->conn;

    end_exchanges(h, h->ending);
    (void)nghttp2_session_terminate_session(h->session, h->end_code);
    write_frames(h);
    c->linger = true;
    gw_conn_finish(c, h->ending);
}

static void settle(struct gw_http2 *h)
{
    struct gw_conn *c = h->conn;

    write_frames(h);
    while (h->drained != NULL) {
        struct gw_http2_stream *s = h->drained;

        h->drained = s->next_drained;
        s->drained_listed = false;
        if (s->x != NULL && !s->closed)
            gw_exchange_client_drained(s->x);
    }
    bury(h);
    if (h->ending == NULL && h->streams_count == 0) {
        if (h->draining)
            gw_http2_end(h, NGHTTP2_NO_ERROR, c->loop->stopping ? "drained" : "closed");
        else if (c->state == GW_CONN_EXCHANGE)
            gw_conn_enter(c, GW_CONN_IDLE);
    }
    if (h->ending != NULL)
        end_now(h);
}

void gw_http2_settle(struct gw_loop *loop)
{
    while (loop->http2_dirty != NULL) {
        struct gw_http2 *h = loop->http2_dirty;

        loop->http2_dirty = h->next_dirty;
        h->dirty = false;
        if (!is_over(h->conn))
            settle(h);
    }
}

const struct gw_protocol gw_protocol_http2 = {
    .name = "h2",
    .opened = opened,
    .on_data = on_data,
    .on_eof = on_eof,
    .on_deadline = on_deadline,
    .on_full = on_full,
    .on_drained = on_drained,
    .drain = drain,
    .closed = closed,
    .freed = freed,
    .send_interim = gw_http2_send_interim,
    .send_head = gw_http2_send_head,
    .send_data = gw_http2_send_data,
    .send_end = gw_http2_send_end,
    .send_own = gw_http2_send_own,
    .flow = flow,
    .ended = gw_http2_stream_ended,
};
