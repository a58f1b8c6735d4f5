/*
 * A scripted upstream connection of HTTP/2: each stream is answered in a manner of its own, some of
 * them against every rule.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "tests/schedule/http2_peer.h"
#include "tests/schedule/message.h"
#include "tests/schedule/scene.h"
#include "tests/schedule/sim.h"

enum { ECHO_ROOM = 70000 };

enum manner {
    GOOD,
    SLOW,
    NEVER,
    CUT,      /* RST_STREAM within the answer */
    REFUSE,   /* REFUSED_STREAM: it may be sent again */
    EARLY,    /* answers before the request has ended */
    INTERIM,  /* 103 first */
    TRAILERS, /* behind the answer */
    LIE,      /* another length than Content-Length says */
    BAD_FIELD,
    GOAWAY,
    HANG_UP,
    GARBAGE, /* bytes that are no frame */
    MANNERS
};

struct stream {
    struct stream *prev, *next;
    int32_t number;
    unsigned id;
    enum manner manner;
    bool websocket, refused, ended, answered, deferred;
    uint64_t due; /* answers then; SIM_NEVER: no time is set */
    size_t got;   /* body bytes, or of an echo */
    size_t owed;  /* of its window */
    size_t len, sent;
    char *echo;
};

struct upstream {
    struct sim_item item; /* first member */
    struct chan chan;
    struct http2_peer peer;
    struct stream *streams;
    uint64_t wake, leave;
    bool busy, hang_up, garbage;
};

static void forget(struct upstream *u, struct stream *s)
{
    if (s->prev != NULL)
        s->prev->next = s->next;
    else
        u->streams = s->next;
    if (s->next != NULL)
        s->next->prev = s->prev;
    free(s->echo);
    free(s);
}

static void finish(struct upstream *u, bool cut)
{
    while (u->streams != NULL)
        forget(u, u->streams);
    http2_peer_close(&u->peer);
    chan_close(&u->chan, cut);
    scene.peers--;
    sim_remove(&u->item);
    free(u);
}

static int on_begin(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
    struct upstream *u = user;
    struct stream *s;

    if (frame->headers.cat != NGHTTP2_HCAT_REQUEST)
        return 0;
    s = calloc(1, sizeof *s);
    if (s == NULL)
        sim_fail("memory");
    s->number = frame->hd.stream_id;
    s->due = SIM_NEVER;
    s->next = u->streams;
    if (s->next != NULL)
        s->next->prev = s;
    u->streams = s;
    return nghttp2_session_set_stream_user_data(session, s->number, s);
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags,
                     void *user)
{
    struct stream *s = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    char text[16] = "";

    (void)flags;
    (void)user;
    if (name_len == 4 && memcmp(name, "x-id", 4) == 0 && value_len < sizeof text) {
        memcpy(text, value, value_len);
        s->id = (unsigned)strtoul(text, NULL, 10);
    }
    s->websocket = s->websocket || (name_len == 9 && memcmp(name, ":protocol", 9) == 0);
    return 0;
}

static ssize_t read_echo(struct stream *s, uint8_t *out, size_t room, uint32_t *flags)
{
    size_t n = s->got - s->sent;

    n = n < room ? n : room;
    if (n > 0)
        n = 1 + sim_below(n);
    memcpy(out, s->echo + s->sent, n);
    s->sent += n;
    if (s->ended && s->sent == s->got)
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    else if (n == 0)
        s->deferred = true;
    return s->deferred ? NGHTTP2_ERR_DEFERRED : (ssize_t)n;
}

static int end_answer(nghttp2_session *session, const struct stream *s, uint32_t *flags)
{
    const nghttp2_nv trailer = HTTP2_FIELD("x-t", "t");

    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (s->manner != TRAILERS)
        return 0;
    *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    return nghttp2_submit_trailer(session, s->number, &trailer, 1);
}

static ssize_t read_answer(nghttp2_session *session, int32_t number, uint8_t *out, size_t room,
                           uint32_t *flags, nghttp2_data_source *source, void *user)
{
    struct stream *s = source->ptr;
    size_t n = s->len - s->sent;

    (void)number;
    (void)user;
    if (s->websocket)
        return read_echo(s, out, room, flags);
    if (sim_chance(6) || (s->manner == CUT && n == 0)) {
        s->deferred = true;
        if (s->manner == CUT)
            (void)nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, s->number,
                                            NGHTTP2_INTERNAL_ERROR);
        return NGHTTP2_ERR_DEFERRED;
    }
    n = n < room ? n : room;
    n = n > 0 ? 1 + sim_below(n) : 0;
    for (size_t i = 0; i < n; i++)
        out[i] = message_byte(s->id, s->sent + i);
    s->sent += n;
    if (s->sent == s->len && (n == 0 || sim_chance(2)) && end_answer(session, s, flags) != 0)
        sim_fail("cannot end an answer");
    return (ssize_t)n;
}

static void answer(struct upstream *u, struct stream *s)
{
    const nghttp2_nv interim = HTTP2_FIELD(":status", "103");
    nghttp2_data_provider body = {.source.ptr = s, .read_callback = read_answer};
    nghttp2_nv nv[5] = {HTTP2_FIELD(":status", "200")};
    char id[16], told[24], length[24];
    size_t n = 1;

    s->answered = true;
    s->due = SIM_NEVER;
    s->len = sim_chance(6) ? sim_below(200000) : sim_below(5000);
    (void)snprintf(id, sizeof id, "%u", s->id);
    (void)snprintf(told, sizeof told, "%zu", s->len);
    (void)snprintf(length, sizeof length, "%zu", s->len + (s->manner == LIE));
    nv[n++] = (nghttp2_nv)HTTP2_FIELD("x-id", id);
    if (!s->websocket)
        nv[n++] = (nghttp2_nv)HTTP2_FIELD("x-len", told);
    if (!s->websocket && (s->manner == LIE || sim_chance(2)))
        nv[n++] = (nghttp2_nv)HTTP2_FIELD("content-length", length);
    if (s->manner == BAD_FIELD)
        nv[n++] = (nghttp2_nv)HTTP2_FIELD("bad name", "x");
    if (s->manner == INTERIM && nghttp2_submit_headers(u->peer.session, NGHTTP2_FLAG_NONE,
                                                       s->number, NULL, &interim, 1, NULL) != 0)
        sim_fail("cannot send an interim answer");
    if (nghttp2_submit_response(u->peer.session, s->number, nv, n, &body) != 0)
        sim_fail("cannot answer");
}

static void refuse(struct upstream *u, struct stream *s)
{
    s->refused = true;
    scene.requests[s->id].arrived--;
    (void)nghttp2_submit_rst_stream(u->peer.session, NGHTTP2_FLAG_NONE, s->number,
                                    NGHTTP2_REFUSED_STREAM);
}

static void head_came(struct upstream *u, struct stream *s)
{
    struct scene_request *r;

    if (s->id == 0 || s->id > scene.requests_count)
        sim_fail("an upstream got a request that nobody sent");
    r = &scene.requests[s->id];
    if (++r->arrived > (r->idempotent ? 2U : 1U))
        sim_fail("request %u came to the upstream %u times", s->id, r->arrived);
    s->manner = sim_chance(2) ? GOOD : (enum manner)sim_below(MANNERS);
    sim_note("upstream of h2 got %u, manner %d", s->id, (int)s->manner);
    if (s->websocket && (s->echo = malloc(ECHO_ROOM)) == NULL)
        sim_fail("memory");
    if (s->manner == REFUSE)
        refuse(u, s);
    else if (s->manner == GOAWAY)
        (void)nghttp2_submit_goaway(u->peer.session, NGHTTP2_FLAG_NONE, s->number, NGHTTP2_NO_ERROR,
                                    NULL, 0);
    else if (s->manner == HANG_UP)
        u->hang_up = true;
    else if (s->manner == GARBAGE)
        u->garbage = u->hang_up = true;
    else if (s->manner == EARLY || s->websocket)
        answer(u, s);
}

static void request_came(struct upstream *u, struct stream *s)
{
    s->ended = true;
    if (s->refused || s->websocket)
        return;
    if (s->got != scene.requests[s->id].body_len)
        sim_fail("request %u: its body differs at the upstream: %zu of %zu bytes", s->id, s->got,
                 scene.requests[s->id].body_len);
    if (s->manner == SLOW)
        s->due = sim_now() + sim_delay(90 * SIM_S);
    else if (!s->answered && s->manner != NEVER)
        answer(u, s);
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
    struct stream *s = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);

    if (s == NULL || (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA))
        return 0;
    if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
        head_came(user, s);
    if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0)
        request_came(user, s);
    return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t number, const uint8_t *data,
                   size_t len, void *user)
{
    struct stream *s = nghttp2_session_get_stream_user_data(session, number);
    struct upstream *u = user;

    (void)flags;
    u->peer.owed += len;
    if (s == NULL)
        return 0;
    s->owed += len;
    if (s->echo != NULL && s->got + len > ECHO_ROOM)
        sim_fail("a WebSocket carries more than was sent");
    if (s->echo != NULL)
        memcpy(s->echo + s->got, data, len);
    for (size_t i = 0; i < len && s->echo == NULL; i++)
        if (data[i] != message_byte(s->id, s->got + i))
            sim_fail("request %u: a byte of its body differs at the upstream", s->id);
    s->got += len;
    return 0;
}

static int on_close(nghttp2_session *session, int32_t number, uint32_t code, void *user)
{
    struct stream *s = nghttp2_session_get_stream_user_data(session, number);

    sim_note("upstream's stream closed: %u", code);
    if (s == NULL)
        return 0;
    if (code == NGHTTP2_REFUSED_STREAM && !s->refused && s->id != 0)
        scene.requests[s->id].arrived--; /* it is beyond the last one that GOAWAY told */
    forget(user, s);
    return 0;
}

/* Returns: whether something is to be done without another byte. */
static bool go_on(struct upstream *u)
{
    bool more = u->hang_up;

    for (struct stream *s = u->streams, *next; s != NULL; s = next) {
        next = s->next;
        if (sim_chance(2) && http2_peer_pay(&u->peer, s->number, &s->owed))
            more = true;
        if (s->due <= sim_now())
            answer(u, s);
        if (s->deferred && (!s->websocket || s->got > s->sent || s->ended)) {
            s->deferred = false;
            (void)nghttp2_session_resume_data(u->peer.session, s->number);
        }
        more = more || s->owed > 0;
    }
    if (sim_chance(100))
        (void)nghttp2_submit_ping(u->peer.session, NGHTTP2_FLAG_NONE, NULL);
    if (sim_chance(100))
        http2_peer_settings(&u->peer, false);
    return more || http2_peer_wants_write(&u->peer);
}

static void upstream_run(struct sim_item *item)
{
    static const char garbage[] = "\xff\xff\xff\x01\x25\x80\x00\x00\x00 is no frame at all";
    struct upstream *u = (struct upstream *)item;
    long n;

    if (sim_now() >= u->leave || (u->hang_up && sim_chance(3))) {
        if (u->garbage && u->peer.out_len == 0) /* else it would be the rest of a frame */
            (void)chan_write(&u->chan, garbage, sizeof garbage - 1);
        finish(u, !u->garbage && sim_chance(2));
        return;
    }
    n = http2_peer_read(&u->peer, &u->chan);
    if (n <= 0 && n != UV_EAGAIN) {
        finish(u, false);
        return;
    }
    u->busy = go_on(u);
    if (!http2_peer_write(&u->peer, &u->chan)) {
        finish(u, false);
        return;
    }
    u->wake = sim_now() + sim_delay(5 * SIM_MS);
}

static uint64_t upstream_ready(struct sim_item *item)
{
    const struct upstream *u = (const struct upstream *)item;
    uint64_t at = chan_ready(&u->chan, http2_peer_wants_write(&u->peer));

    for (const struct stream *s = u->streams; s != NULL; s = s->next)
        at = s->due < at ? s->due : at;
    if (u->busy && !http2_peer_wants_write(&u->peer))
        at = 0;
    if (at < u->wake)
        at = u->wake;
    return at < u->leave ? at : u->leave;
}

static const struct sim_item_ops upstream_ops = {"upstream of h2", upstream_ready, upstream_run};

void upstream_http2_start(struct sim_wire_end *end, SSL_CTX *ctx)
{
    struct upstream *u = calloc(1, sizeof *u);
    nghttp2_session_callbacks *cb;

    if (u == NULL)
        sim_fail("memory");
    cb = http2_peer_callbacks(on_header, on_frame, on_data, on_close);
    nghttp2_session_callbacks_set_on_begin_headers_callback(cb, on_begin);
    chan_open(&u->chan, end, ctx, true);
    http2_peer_open(&u->peer, true, cb, u);
    http2_peer_settings(&u->peer, !sim_chance(4));
    u->leave = sim_now() + (sim_chance(3) ? sim_delay(10 * SIM_S) : 3600 * SIM_S);
    u->wake = sim_now();
    scene.peers++;
    sim_add(&u->item, &upstream_ops);
}
