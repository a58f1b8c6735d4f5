/*
 * A scripted client: requests one after the other or pipelined, in pieces, with pauses; it may hang
 * up, end its side, stop reading, or send nonsense. It checks every answer that it gets.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "tests/schedule/entry.h"
#include "tests/schedule/message.h"
#include "tests/schedule/sim.h"
#include "tests/schedule/scene.h"

enum { WAITING = 4, ROOM = 200000, CHUNK = 9000, TUNNEL_BYTES = 60000 };

struct client {
    struct sim_item item; /* first member */
    struct chan chan;
    uint64_t wake;
    unsigned left;          /* requests still to begin */
    unsigned open[WAITING]; /* asked and not answered */
    unsigned open_count;
    bool asked_head[WAITING];
    char *out; /* the request being sent, or the bytes for a tunnel */
    size_t out_len, out_sent;
    bool tunnel;  /* asked for one: the last request */
    bool stream;  /* bytes both ways from here on */
    bool spoiled; /* sent nonsense: what comes back ends the connection */
    bool half_closed, pipelines;
    size_t echoed;
    uint64_t cut_at; /* hangs up then */
    uint32_t told;   /* the relay told this address for it */
    struct message in;
};

static void finish(struct client *c, bool cut)
{
    sim_note("client done, %u open", c->open_count);
    chan_close(&c->chan, cut);
    scene.clients--;
    sim_remove(&c->item);
    free(c->out);
    free(c);
}

/* The body after the head in c->out. */
static void put_body(struct client *c, unsigned id)
{
    const struct scene_request *r = &scene.requests[id];
    size_t at = 0;

    while (at < r->body_len) {
        size_t n = r->chunked ? 1 + sim_below(CHUNK) : r->body_len;

        n = n < r->body_len - at ? n : r->body_len - at;
        if (r->chunked)
            c->out_len += (size_t)snprintf(c->out + c->out_len, 16, "%zx\r\n", n);
        for (size_t i = 0; i < n; i++)
            c->out[c->out_len++] = (char)message_byte(id, at + i);
        if (r->chunked)
            c->out_len += (size_t)snprintf(c->out + c->out_len, 16, "\r\n");
        at += n;
    }
    if (r->chunked)
        c->out_len += (size_t)snprintf(c->out + c->out_len, 16, "0\r\n\r\n");
}

static void put_head(struct client *c, unsigned id, const char *path, bool head)
{
    const struct scene_request *r = &scene.requests[id];
    const char *method = r->idempotent ? head ? "HEAD" : "GET" : "POST";
    static const char upgrade[] = "Connection: Upgrade\r\nUpgrade: websocket\r\n"
                                  "Sec-WebSocket-Version: 13\r\n"
                                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    char length[sizeof upgrade] = "";

    c->spoiled = sim_chance(40);
    if (path[1] == 'w')
        (void)snprintf(length, sizeof length, "%s", upgrade);
    else if (r->chunked)
        (void)snprintf(length, sizeof length, "Transfer-Encoding: chunked\r\n");
    else if (!r->idempotent)
        (void)snprintf(length, sizeof length, "Content-Length: %zu\r\n", r->body_len);
    c->out_sent = 0;
    c->out_len = (size_t)snprintf(
        c->out, ROOM, "%s %s HTTP/1.1\r\nHost: a.test\r\nX-Id: %u\r\n%s%s%s\r\n", method, path, id,
        sim_chance(10) ? "Connection: close\r\n" : "", length, c->spoiled ? "bad line\r\n" : "");
}

static void begin_request(struct client *c)
{
    static const char *const paths[] = {"/up/0",   "/up/1", "/up/2", "/up/1",   "/up/4", "/own",
                                        "/refuse", "/late", "/own",  "/tunnel", "/ws/0", "/ws/1"};
    size_t among = scene.only_first ? 1 : scene.websockets ? 12 : c->chan.ssl != NULL ? 9 : 10;
    const char *path = paths[sim_below(among)];
    unsigned id = scene_new_request();
    struct scene_request *r = &scene.requests[id];

    c->left = id == 0 ? 0 : c->left - 1;
    if (id == 0)
        return;
    c->tunnel = strcmp(path, "/tunnel") == 0 || path[1] == 'w';
    r->told = c->told;
    r->idempotent = c->tunnel || sim_chance(2);
    r->body_len = r->idempotent || sim_chance(4) ? 0
                  : sim_chance(8)                ? sim_below(150000)
                                                 : sim_below(3000);
    r->chunked = r->body_len > 0 && sim_chance(3);
    c->asked_head[c->open_count] = r->idempotent && !c->tunnel && sim_chance(8);
    put_head(c, id, path, c->asked_head[c->open_count]);
    put_body(c, id);
    c->open[c->open_count++] = id;
    if (c->tunnel || c->spoiled)
        c->left = 0;
    sim_note("client asks %u %s %zu", id, path, r->body_len);
}

/* From here on the connection is a tunnel to an upstream that sends everything back. */
static void begin_stream(struct client *c)
{
    c->stream = true;
    c->left = 0;
    c->out_sent = 0;
    c->out_len = sim_below(TUNNEL_BYTES);
    for (size_t i = 0; i < c->out_len; i++)
        c->out[i] = (char)message_byte(1, i);
}

static void check_answer(struct client *c)
{
    const struct message *m = &c->in;
    struct scene_request *r;
    unsigned id = c->open[0];

    if (c->open_count == 0)
        sim_fail("an answer that nobody asked for: status %u", m->status);
    r = &scene.requests[id];
    if (m->id != 0 && m->id != id)
        sim_fail("request %u got the answer of %u", id, m->id);
    if (m->id != 0 &&
        (m->wrong_byte || (!c->asked_head[0] && m->told != m->got && !r->may_be_short)))
        sim_fail("request %u: the answer's body differs: %zu of %zu bytes, framing %d", id, m->got,
                 m->told, (int)m->framing);
    if (m->id == 0 && m->status < 400 && m->status != 101)
        sim_fail("request %u: status %u from nobody", id, m->status);
    r->status = m->status;
    r->got = m->got;
    r->answered++;
    c->open_count--;
    memmove(c->open, c->open + 1, sizeof c->open - sizeof c->open[0]);
    memmove(c->asked_head, c->asked_head + 1, sizeof c->asked_head - sizeof c->asked_head[0]);
    if (m->status == 101)
        begin_stream(c);
    else if (m->close || m->framing == FRAMING_CLOSE)
        c->left = 0;
}

static void take_stream(struct client *c, const char *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)data[i] != message_byte(1, c->echoed++) || c->echoed > c->out_sent)
            sim_fail("a tunnel gave back a byte that was not sent");
}

static void take(struct client *c, const char *data, size_t len)
{
    while (len > 0 && !c->stream) {
        size_t n;

        if (c->in.state == MESSAGE_HEAD && c->in.head_len == 0)
            c->in.head_only = c->open_count > 0 && c->asked_head[0];
        n = message_feed(&c->in, data, len);
        data += n;
        len -= n;
        if (c->in.state == MESSAGE_BAD)
            sim_fail("an answer that is no HTTP");
        if (c->in.state != MESSAGE_DONE)
            return;
        if (c->in.status >= 200 || c->in.status == 101)
            check_answer(c);
        message_begin(&c->in, true);
    }
    take_stream(c, data, len);
}

/* Returns: false when the client is done. */
static bool do_read(struct client *c)
{
    char data[16384];
    long n = chan_read(&c->chan, data, 1 + sim_below(sizeof data));

    if (n == UV_EAGAIN)
        return true;
    if (n > 0) {
        take(c, data, (size_t)n);
        return true;
    }
    if (n == UV_EOF && !c->stream && c->in.head_len == 0 && c->in.state == MESSAGE_BODY &&
        message_end(&c->in))
        check_answer(c);
    if (n == UV_EOF && c->stream && c->half_closed && c->echoed != c->out_len)
        sim_note("tunnel short");
    finish(c, n != UV_EOF);
    return false;
}

/* Returns: false when the client is done. */
static bool do_write(struct client *c)
{
    size_t rest = c->out_len - c->out_sent;
    long n;

    if (rest == 0)
        return true;
    n = chan_write(&c->chan, c->out + c->out_sent, 1 + sim_below(rest));
    if (n < 0 && sim_chance(2)) {
        finish(c, true);
        return false;
    }
    if (n < 0)
        c->out_len = c->out_sent; /* reads what was sent to it before that */
    else
        c->out_sent += (size_t)n;
    return true;
}

static bool wants_to_begin(const struct client *c)
{
    return !c->stream && c->left > 0 && c->out_sent == c->out_len && c->open_count < WAITING &&
           (c->pipelines || c->open_count == 0);
}

static bool is_sending(const struct client *c)
{
    return c->out_sent < c->out_len || wants_to_begin(c);
}

static bool has_all(const struct client *c)
{
    return !c->stream && c->left == 0 && c->open_count == 0 && !is_sending(c);
}

static bool may_end_side(const struct client *c)
{
    if (c->half_closed || is_sending(c))
        return false;
    if (c->stream)
        return true;
    return c->chan.ssl == NULL && !c->tunnel && c->left == 0 && c->open_count > 0 && sim_chance(30);
}

static void client_run(struct sim_item *item)
{
    struct client *c = (struct client *)item;

    if (sim_now() >= c->cut_at) {
        finish(c, sim_chance(2));
        return;
    }
    if (has_all(c) && (scene.quiet || sim_chance(4))) {
        finish(c, false);
        return;
    }
    if (wants_to_begin(c))
        begin_request(c);
    if (sim_chance(2) ? !do_read(c) || !do_write(c) : !do_write(c) || !do_read(c))
        return;
    if (may_end_side(c)) {
        c->half_closed = true;
        chan_shutdown(&c->chan);
    }
    c->wake = sim_now() + (sim_chance(300) ? sim_below(100 * SIM_S) : sim_delay(5 * SIM_MS));
}

static uint64_t client_ready(struct sim_item *item)
{
    const struct client *c = (const struct client *)item;
    bool busy = is_sending(c) || (has_all(c) && scene.quiet);
    uint64_t at = has_all(c) && scene.quiet ? 0 : chan_ready(&c->chan, busy);

    if (wants_to_begin(c) && c->chan.ssl == NULL)
        at = 0;
    if (at < c->wake)
        at = c->wake;
    return at < c->cut_at ? at : c->cut_at;
}

static const struct sim_item_ops client_ops = {"client", client_ready, client_run};

void client_start(const char *address)
{
    struct client *c = calloc(1, sizeof *c);

    if (c == NULL || (c->out = malloc(ROOM)) == NULL)
        sim_fail("memory");
    if (!entry_open(&c->chan, address, false, &c->told)) {
        free(c->out);
        free(c);
        return;
    }
    c->left = 1 + (unsigned)sim_below(5);
    c->pipelines = sim_chance(3);
    c->cut_at = sim_chance(5) ? sim_now() + sim_delay(20 * SIM_S) : sim_now() + 3600 * SIM_S;
    c->wake = sim_now();
    message_begin(&c->in, true);
    if (strcmp(address, SCENE_STREAM) == 0)
        begin_stream(c);
    scene.clients++;
    sim_add(&c->item, &client_ops);
    if (c->chan.ssl != NULL)
        (void)do_write(c);
}
