/*
 * A scripted upstream connection: answers requests, each in a manner of its own, some of them
 * against every rule.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include <openssl/evp.h>

#include "tests/schedule/message.h"
#include "tests/schedule/sim.h"
#include "tests/schedule/scene.h"

enum { ROOM = 400000 };

enum manner {
    GOOD,
    SLOW,
    CUT,
    RESET,
    HANG_UP,
    LEAVE,
    GARBAGE,
    EARLY,
    NEVER,
    SURPLUS,
    INTERIM,
    MANNERS
};

struct upstream {
    struct sim_item item; /* first member */
    struct chan chan;
    uint64_t wake;
    uint64_t leave; /* hangs up then, for no reason, idle or not */
    struct message in;
    enum manner manner;
    unsigned id;   /* of the request being served; 0: none */
    unsigned last; /* that was answered */
    bool echo;
    bool websocket; /* the request being served is to become one */
    bool answered;  /* the answer to it is in out */
    bool close;     /* after out */
    bool cut;       /* by a reset */
    bool in_ended, out_ended;
    size_t arrived; /* body bytes, or of an echo */
    char *out;
    size_t out_len, out_sent;
};

static void finish(struct upstream *u, bool cut)
{
    chan_close(&u->chan, cut);
    scene.peers--;
    sim_remove(&u->item);
    free(u->out);
    free(u);
}

static void put_body(struct upstream *u, size_t len, bool chunked)
{
    size_t at = 0;

    while (at < len) {
        size_t n = chunked ? 1 + sim_below(8000) : len;

        n = n < len - at ? n : len - at;
        if (chunked)
            u->out_len += (size_t)snprintf(u->out + u->out_len, 16, "%zX\r\n", n);
        for (size_t i = 0; i < n; i++)
            u->out[u->out_len++] = (char)message_byte(u->id, at + i);
        if (chunked)
            u->out_len += (size_t)snprintf(u->out + u->out_len, 16, "\r\n");
        at += n;
    }
    if (chunked)
        u->out_len += (size_t)snprintf(u->out + u->out_len, 16, "0\r\n\r\n");
}

static void put_answer(struct upstream *u)
{
    static const char *const framings[] = {"Transfer-Encoding: chunked\r\n",
                                           "Connection: close\r\n"};
    size_t len = sim_chance(6) ? sim_below(200000) : sim_below(5000);
    size_t framing = sim_below(4);
    char length[48];

    (void)snprintf(length, sizeof length, "Content-Length: %zu\r\n", len);
    u->out_len += (size_t)snprintf(u->out + u->out_len, 512,
                                   "HTTP/1.1 200 OK\r\nX-Id: %u\r\nX-Len: %zu\r\n%s%s\r\n", u->id,
                                   len, framing < 2 ? framings[framing] : length,
                                   framing == 2 && sim_chance(8) ? "Connection: close\r\n" : "");
    if (strncmp(u->in.head, "HEAD", 4) != 0)
        put_body(u, len, framing == 0);
    u->close = framing == 1;
    if (u->close)
        scene.requests[u->id].may_be_short = u->manner == CUT;
}

/* The 101 of a WebSocket, now and then of another key; what comes then is echoed. */
static void put_upgrade(struct upstream *u)
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    const char *key = strcasestr(u->in.head, "\r\nSec-WebSocket-Key: ");
    unsigned char hash[20];
    char text[64], accept[32];

    if (key == NULL || strcspn(key + 21, "\r") != 24)
        sim_fail("a WebSocket without a key");
    (void)snprintf(text, sizeof text, "%.24s%s", key + 21, guid);
    if (EVP_Digest(text, strlen(text), hash, NULL, EVP_sha1(), NULL) != 1)
        sim_fail("memory");
    (void)EVP_EncodeBlock((unsigned char *)accept, hash, sizeof hash);
    accept[0] = (char)(accept[0] ^ (sim_chance(8) ? 1 : 0));
    u->echo = true;
    u->out_len += (size_t)snprintf(u->out + u->out_len, 256,
                                   "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                                   "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
                                   accept);
}

static void answer(struct upstream *u)
{
    u->answered = true;
    u->last = u->id;
    u->out_len = u->out_sent = 0;
    if (u->manner == GARBAGE) {
        u->out_len = (size_t)snprintf(u->out, 64, "HTTP/1.1 2%s OK\nX-Id: 7\r\n\r\n",
                                      sim_chance(2) ? "00" : "x");
        u->close = true;
        return;
    }
    if (u->manner == INTERIM)
        u->out_len = (size_t)snprintf(u->out, 64, "HTTP/1.1 103 Early Hints\r\nX-A: b\r\n\r\n");
    if (u->websocket)
        put_upgrade(u);
    else
        put_answer(u);
    if (u->manner == LEAVE) {
        u->close = true;
        u->cut = sim_chance(2);
    }
    if (u->manner == SURPLUS && !u->close)
        u->out_len += (size_t)snprintf(u->out + u->out_len, 64, "surplus\r\n\r\n");
    if (u->manner == CUT || u->manner == RESET || u->manner == HANG_UP) {
        u->out_len = u->manner == HANG_UP ? 0 : sim_below(u->out_len + 1);
        u->close = true;
        u->cut = u->manner == RESET;
    }
}

static void head_came(struct upstream *u)
{
    struct scene_request *r;

    u->id = u->in.id;
    u->answered = false;
    if (strncmp(u->in.head, "GET /check ", 11) == 0) {
        u->manner = sim_chance(2) ? GOOD : GARBAGE;
        return;
    }
    if (u->id == 0 || u->id > scene.requests_count)
        sim_fail("an upstream got a request that nobody sent");
    r = &scene.requests[u->id];
    if (++r->arrived > (r->idempotent ? 2U : 1U))
        sim_fail("request %u came to the upstream %u times", u->id, r->arrived);
    u->manner = sim_chance(2) ? GOOD : (enum manner)sim_below(MANNERS);
    u->websocket = strcasestr(u->in.head, "\r\nUpgrade: websocket\r\n") != NULL;
    if (u->websocket && u->manner == SURPLUS)
        u->manner = GOOD;
    sim_note("upstream got %u, manner %d", u->id, (int)u->manner);
    if (u->manner == SLOW)
        u->wake = sim_now() + sim_delay(90 * SIM_S);
    if (u->manner == EARLY)
        answer(u);
}

static void request_came(struct upstream *u)
{
    const struct scene_request *r = &scene.requests[u->id]; /* the first one for a check */

    if (u->in.wrong_byte || u->in.got != r->body_len)
        sim_fail("request %u: its body differs at the upstream: %zu of %zu bytes", u->id, u->in.got,
                 r->body_len);
    if (!u->answered && u->manner != NEVER)
        answer(u);
    u->id = 0;
    message_begin(&u->in, false);
}

static void take(struct upstream *u, const char *data, size_t len)
{
    while (len > 0) {
        size_t n = message_feed(&u->in, data, len);

        data += n;
        len -= n;
        if (u->id == 0 && u->in.state != MESSAGE_HEAD)
            head_came(u);
        if (u->in.state != MESSAGE_DONE)
            return;
        request_came(u);
    }
}

static void echo(struct upstream *u, const char *data, size_t len)
{
    if (u->out_len + len > ROOM)
        sim_fail("a tunnel carries more than was sent");
    memcpy(u->out + u->out_len, data, len);
    u->out_len += len;
}

/* Returns: false when it is over. */
static bool do_read(struct upstream *u)
{
    char data[16384];
    long n;

    if (u->in_ended)
        return true;
    n = chan_read(&u->chan, data, 1 + sim_below(sizeof data));
    if (n == UV_EAGAIN)
        return true;
    if (n > 0) {
        (u->echo ? echo : take)(u, data, (size_t)n);
        return true;
    }
    u->in_ended = true;
    if (n == UV_EOF && u->echo)
        return true;
    finish(u, false);
    return false;
}

/* Returns: false when it is over. */
static bool do_write(struct upstream *u)
{
    long n = 0;

    if (u->out_sent < u->out_len)
        n = chan_write(&u->chan, u->out + u->out_sent, u->out_len - u->out_sent);
    if (n > 0)
        u->out_sent += (size_t)n;
    if (n < 0 || (u->close && u->out_sent == u->out_len)) {
        finish(u, u->cut);
        return false;
    }
    if (u->echo && u->in_ended && u->out_sent == u->out_len && !u->out_ended) {
        u->out_ended = true;
        chan_shutdown(&u->chan);
        finish(u, false);
        return false;
    }
    return true;
}

static void upstream_run(struct sim_item *item)
{
    struct upstream *u = (struct upstream *)item;

    if (sim_now() >= u->leave) {
        scene.requests[u->last].may_be_short = u->close;
        finish(u, sim_chance(2));
        return;
    }
    if (sim_chance(2) ? !do_read(u) || !do_write(u) : !do_write(u) || !do_read(u))
        return;
    if (u->wake <= sim_now())
        u->wake = sim_now() + sim_delay(5 * SIM_MS);
}

static uint64_t upstream_ready(struct sim_item *item)
{
    const struct upstream *u = (const struct upstream *)item;
    bool more = u->out_sent < u->out_len || u->close || (u->echo && u->in_ended);
    uint64_t at = u->in_ended ? (more ? 0 : SIM_NEVER) : chan_ready(&u->chan, more);

    if (at < u->wake)
        at = u->wake;
    return at < u->leave ? at : u->leave;
}

static const struct sim_item_ops upstream_ops = {"upstream", upstream_ready, upstream_run};

void upstream_start(struct sim_wire_end *end, SSL_CTX *ctx, bool echo_back)
{
    struct upstream *u = calloc(1, sizeof *u);

    if (u == NULL || (u->out = malloc(ROOM)) == NULL)
        sim_fail("memory");
    u->echo = echo_back;
    u->leave =
        !echo_back && sim_chance(3) ? sim_now() + sim_delay(10 * SIM_S) : sim_now() + 3600 * SIM_S;
    u->wake = sim_now();
    chan_open(&u->chan, end, ctx, true);
    message_begin(&u->in, false);
    scene.peers++;
    sim_add(&u->item, &upstream_ops);
}
