/*
 * A scripted client of HTTP/2: streams beside each other, bodies in pieces with late ends and
 * trailers, WebSockets; it resets streams in every state, holds windows back, changes its settings,
 * says GOAWAY, hangs up. It checks every answer that it gets.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "tests/schedule/entry.h"
#include "tests/schedule/http2_peer.h"
#include "tests/schedule/message.h"
#include "tests/schedule/scene.h"
#include "tests/schedule/sim.h"

enum { STREAMS = 6, PIECE = 9000, ECHO_BYTES = 40000 };

struct stream {
    struct client *client;
    unsigned id; /* of the request; 0: free */
    int32_t number;
    size_t body_len, sent;
    size_t owed; /* of its window */
    bool head, websocket, late_end, trailers, deferred;
    bool begun;    /* its head was sent: other frames make sense */
    bool open;     /* a WebSocket that was accepted */
    bool reset;    /* by this client */
    bool answered; /* to its end */
    unsigned status, from;
    size_t told, got;
};

struct client {
    struct sim_item item; /* first member */
    struct chan chan;
    struct http2_peer peer;
    struct stream streams[STREAMS];
    unsigned left, open;
    uint64_t wake, cut_at;
    uint32_t told; /* the relay told this address for it */
    bool busy;     /* has something to do without another byte */
};

static void finish(struct client *c, bool cut)
{
    sim_note("client of h2 done, %u open", c->open);
    http2_peer_close(&c->peer);
    chan_close(&c->chan, cut);
    scene.clients--;
    sim_remove(&c->item);
    free(c);
}

static struct stream *stream_of(nghttp2_session *session, int32_t number)
{
    return nghttp2_session_get_stream_user_data(session, number);
}

static void check_answer(struct stream *s)
{
    struct scene_request *r = &scene.requests[s->id];

    if (s->from != 0 && s->from != s->id)
        sim_fail("request %u got the answer of %u", s->id, s->from);
    if (s->from != 0 && !s->head && s->told != s->got && !r->may_be_short)
        sim_fail("request %u: the answer's body differs: %zu of %zu bytes", s->id, s->got, s->told);
    if (s->from == 0 && s->status < 400)
        sim_fail("request %u: status %u from nobody", s->id, s->status);
    s->answered = true;
    r->answered++;
    r->status = s->status;
    r->got = s->got;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags,
                     void *user)
{
    struct stream *s = stream_of(session, frame->hd.stream_id);
    char text[16] = "";

    (void)flags;
    (void)user;
    if (s == NULL || value_len >= sizeof text)
        return 0;
    memcpy(text, value, value_len);
    if (name_len == 7 && memcmp(name, ":status", 7) == 0)
        s->status = (unsigned)strtoul(text, NULL, 10);
    else if (name_len == 4 && memcmp(name, "x-id", 4) == 0)
        s->from = (unsigned)strtoul(text, NULL, 10);
    else if (name_len == 5 && memcmp(name, "x-len", 5) == 0)
        s->told = strtoul(text, NULL, 10);
    return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
    struct client *c = user;
    struct stream *s = stream_of(session, frame->hd.stream_id);

    if (frame->hd.type == NGHTTP2_GOAWAY && frame->goaway.error_code != NGHTTP2_NO_ERROR)
        sim_fail("a client of h2 that breaks no rule is told %u", frame->goaway.error_code);
    if (frame->hd.type == NGHTTP2_GOAWAY)
        c->left = 0;
    if (s == NULL || (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA))
        return 0;
    if (s->websocket && frame->hd.type == NGHTTP2_HEADERS && s->status == 200)
        s->open = true;
    if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0 && !s->open)
        check_answer(s);
    return 0;
}

static int on_sent(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
    struct stream *s = stream_of(session, frame->hd.stream_id);

    (void)user;
    if (s != NULL && frame->hd.type == NGHTTP2_HEADERS)
        s->begun = true;
    return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t number, const uint8_t *data,
                   size_t len, void *user)
{
    struct client *c = user;
    struct stream *s = stream_of(session, number);

    (void)flags;
    c->peer.owed += len;
    if (s == NULL)
        return 0;
    s->owed += len;
    for (size_t i = 0; i < len; i++, s->got++)
        if ((s->open || s->from != 0) && data[i] != message_byte(s->id, s->got))
            sim_fail("request %u got a byte that is not its own: %zu of %zu", s->id, s->got,
                     s->told);
    if (s->open && s->got > s->sent)
        sim_fail("WebSocket %u gave back what was not sent", s->id);
    return 0;
}

static int on_close(nghttp2_session *session, int32_t number, uint32_t code, void *user)
{
    struct client *c = user;
    struct stream *s = stream_of(session, number);

    if (s == NULL)
        return 0;
    sim_note("stream of %u closed: %u, status %u", s->id, code, s->status);
    if (code == NGHTTP2_NO_ERROR && !s->answered && !s->open && !s->reset)
        sim_fail("request %u ended well without an answer", s->id);
    s->id = 0;
    c->open--;
    return 0;
}

static int end_body(nghttp2_session *session, const struct stream *s, uint32_t *flags)
{
    const nghttp2_nv trailer = HTTP2_FIELD("x-t", "t");

    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (!s->trailers)
        return 0;
    *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    return nghttp2_submit_trailer(session, s->number, &trailer, 1);
}

static ssize_t read_body(nghttp2_session *session, int32_t number, uint8_t *out, size_t room,
                         uint32_t *flags, nghttp2_data_source *source, void *user)
{
    struct stream *s = source->ptr;
    size_t n = s->body_len - s->sent;

    (void)number;
    (void)user;
    if ((s->websocket && !s->open) || sim_chance(6)) {
        s->deferred = true;
        return NGHTTP2_ERR_DEFERRED;
    }
    n = n < room ? n : room;
    n = n > 0 ? 1 + sim_below(n < PIECE ? n : PIECE) : 0;
    for (size_t i = 0; i < n; i++)
        out[i] = message_byte(s->id, s->sent + i);
    s->sent += n;
    if (s->sent == s->body_len && (!s->late_end || n == 0) && end_body(session, s, flags) != 0)
        sim_fail("cannot end a body");
    return (ssize_t)n;
}

/* What the request is: a row of its kinds. Returns: its path */
static const char *choose(struct stream *s)
{
    static const char *const paths[] = {"/up/0", "/up/1", "/up/2", "/up/4",   "/up/2",
                                        "/own",  "/late", "/own",  "/refuse", "/ws/0"};
    const char *path = paths[sim_below(10)];
    struct scene_request *r = &scene.requests[s->id];

    s->websocket = path[1] == 'w';
    if (s->websocket && sim_chance(2))
        path = "/ws/1";
    r->idempotent = s->websocket || sim_chance(2);
    r->body_len = r->idempotent ? 0 : sim_chance(8) ? sim_below(150000) : sim_below(3000);
    r->told = s->client->told;
    s->head = r->idempotent && !s->websocket && sim_chance(8);
    s->body_len = s->websocket ? sim_below(ECHO_BYTES) : r->body_len;
    s->late_end = sim_chance(3);
    s->trailers = !r->idempotent && sim_chance(8);
    return path;
}

static void begin(struct client *c, struct stream *s)
{
    nghttp2_data_provider body = {.source.ptr = s, .read_callback = read_body};
    const char *path, *method;
    char id[16], length[24];
    nghttp2_nv nv[8];
    size_t n = 0;

    *s = (struct stream){.client = c, .id = scene_new_request()};
    c->left = s->id == 0 ? 0 : c->left - 1;
    if (s->id == 0)
        return;
    path = choose(s);
    method = s->websocket ? "CONNECT" : s->head ? "HEAD" : s->body_len > 0 ? "POST" : "GET";
    (void)snprintf(id, sizeof id, "%u", s->id);
    (void)snprintf(length, sizeof length, "%zu", s->body_len);
    nv[n++] = (nghttp2_nv)HTTP2_FIELD(":method", method);
    nv[n++] = (nghttp2_nv)HTTP2_FIELD(":scheme", "https");
    nv[n++] = (nghttp2_nv)HTTP2_FIELD(":authority", "a.test");
    nv[n++] = (nghttp2_nv)HTTP2_FIELD(":path", path);
    if (s->websocket)
        nv[n++] = (nghttp2_nv)HTTP2_FIELD(":protocol", "websocket");
    nv[n++] = (nghttp2_nv)HTTP2_FIELD("x-id", id);
    if (s->websocket)
        nv[n++] = (nghttp2_nv)HTTP2_FIELD("sec-websocket-version", "13");
    else if (s->body_len > 0 && sim_chance(2))
        nv[n++] = (nghttp2_nv)HTTP2_FIELD("content-length", length);
    s->number = nghttp2_submit_request(c->peer.session, NULL, nv, n,
                                       s->websocket || s->body_len > 0 ? &body : NULL, s);
    if (s->number < 0)
        sim_fail("cannot ask: %s", nghttp2_strerror(s->number));
    c->open++;
    sim_note("client of h2 asks %u %s %s %zu", s->id, method, path, s->body_len);
}

static bool may_begin(const struct client *c)
{
    return c->left > 0 && c->open < STREAMS && !scene.quiet;
}

static void begin_some(struct client *c)
{
    for (size_t i = 0; i < STREAMS && may_begin(c); i++)
        if (c->streams[i].id == 0 && sim_chance(2))
            begin(c, &c->streams[i]);
}

static bool all_begun(const struct client *c)
{
    for (size_t i = 0; i < STREAMS; i++)
        if (c->streams[i].id != 0 && !c->streams[i].begun)
            return false;
    return true;
}

/* What a client may do at any time. */
static void act(struct client *c)
{
    struct stream *s = &c->streams[sim_below(STREAMS)];
    nghttp2_session *session = c->peer.session;
    bool running = s->id != 0 && s->begun;

    switch (sim_below(60)) {
    case 0:
        if (running) {
            s->reset = true;
            (void)nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, s->number, NGHTTP2_CANCEL);
        }
        return;
    case 1:
        (void)nghttp2_submit_ping(session, NGHTTP2_FLAG_NONE, NULL);
        return;
    case 2:
        http2_peer_settings(&c->peer, false);
        return;
    case 3:
        if (running)
            (void)nghttp2_submit_window_update(session, NGHTTP2_FLAG_NONE, s->number,
                                               1 + (int32_t)sim_below(100000));
        return;
    case 4:
        /* With streams that begin after it nghttp2 takes SETTINGS without an ACK. */
        if (sim_chance(4) && all_begun(c)) {
            c->left = 0;
            (void)nghttp2_submit_goaway(session, NGHTTP2_FLAG_NONE, 0, NGHTTP2_NO_ERROR, NULL, 0);
        }
        return;
    default:
        return;
    }
}

static bool pay_and_resume(struct client *c)
{
    bool more = false;

    for (size_t i = 0; i < STREAMS; i++) {
        struct stream *s = &c->streams[i];

        if (s->id == 0)
            continue;
        if (sim_chance(2) && http2_peer_pay(&c->peer, s->number, &s->owed))
            more = true;
        if (s->deferred && sim_chance(2) && (!s->websocket || s->open)) {
            s->deferred = false;
            (void)nghttp2_session_resume_data(c->peer.session, s->number);
        }
        more = more || s->owed > 0 || (s->deferred && (!s->websocket || s->open));
    }
    return more;
}

static bool is_over(const struct client *c)
{
    return c->open == 0 && !may_begin(c) && !http2_peer_wants_write(&c->peer);
}

/* Returns: false when the client is done. */
static bool do_read(struct client *c)
{
    long n = http2_peer_read(&c->peer, &c->chan);

    if (n <= 0 && n != UV_EAGAIN)
        finish(c, n != UV_EOF);
    return n > 0 || n == UV_EAGAIN;
}

static void client_run(struct sim_item *item)
{
    struct client *c = (struct client *)item;
    bool more;

    if (sim_now() >= c->cut_at || (is_over(c) && (scene.quiet || sim_chance(4)))) {
        finish(c, sim_now() >= c->cut_at && sim_chance(2));
        return;
    }
    begin_some(c);
    act(c);
    more = pay_and_resume(c);
    if (sim_chance(2) && !do_read(c))
        return;
    if (!http2_peer_write(&c->peer, &c->chan)) {
        finish(c, true);
        return;
    }
    if (!do_read(c))
        return;
    c->wake = sim_now() + (sim_chance(300) ? sim_below(100 * SIM_S) : sim_delay(5 * SIM_MS));
    c->busy = more || may_begin(c) || is_over(c);
}

static uint64_t client_ready(struct sim_item *item)
{
    const struct client *c = (const struct client *)item;
    uint64_t at = chan_ready(&c->chan, http2_peer_wants_write(&c->peer));

    if (c->busy && SSL_is_init_finished(c->chan.ssl))
        at = 0;
    if (at < c->wake)
        at = c->wake;
    return at < c->cut_at ? at : c->cut_at;
}

static const struct sim_item_ops client_ops = {"client of h2", client_ready, client_run};

void client_http2_start(const char *address)
{
    struct client *c = calloc(1, sizeof *c);
    nghttp2_session_callbacks *cb;

    if (c == NULL)
        sim_fail("memory");
    if (!entry_open(&c->chan, address, true, &c->told)) {
        free(c);
        return;
    }
    cb = http2_peer_callbacks(on_header, on_frame, on_data, on_close);
    nghttp2_session_callbacks_set_on_frame_send_callback(cb, on_sent);
    http2_peer_open(&c->peer, false, cb, c);
    http2_peer_settings(&c->peer, false);
    c->left = 1 + (unsigned)sim_below(12);
    c->cut_at = sim_now() + (sim_chance(5) ? sim_delay(20 * SIM_S) : 3600 * SIM_S);
    c->wake = sim_now();
    c->busy = true;
    scene.clients++;
    sim_add(&c->item, &client_ops);
}
