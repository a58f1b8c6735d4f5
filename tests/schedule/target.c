#include "tests/schedule/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "certbind/hex.h"
#include "certbind/leaf.h"
#include "certbind/session.h"
#include "ra-tls/observe.h"
#include "tests/schedule/message.h"
#include "tests/schedule/scene.h"
#include "tests/schedule/sim.h"

enum { ROOM = 256 * 1024 };

/* What it does wrong; a target that is honest or slow proves itself. */
enum manner {
    HONEST,
    SLOW,
    SURPLUS,           /* bytes after the session reply */
    UNKNOWN_STATEMENT, /* a proof for a statement that nobody showed */
    OTHER_NONCE,
    OTHER_CHANNEL, /* the proof of another connection */
    NOT_FOUND,
    GARBAGE,
    CUT,
    SILENT,
    UNASKED, /* speaks first */
    MANNERS
};

struct peer {
    struct sim_item item; /* first member */
    struct chan chan;
    uint64_t wake;
    enum manner manner;
    struct message in;
    char out[ROOM];
    size_t out_len, out_sent;
    bool proven, close;
};

struct target_world target;

static void finish(struct peer *p, bool cut)
{
    chan_close(&p->chan, cut);
    scene.peers--;
    sim_remove(&p->item);
    free(p);
}

static void put(struct peer *p, const char *status, const char *body)
{
    p->out_len +=
        (size_t)snprintf(p->out + p->out_len, ROOM - p->out_len,
                         "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
                         "\r\n%s",
                         status, strlen(body), body);
}

static void put_session(struct peer *p, const char *hex)
{
    struct world *w = target.world;
    struct certbind_session_inputs inputs = {.server_name = w->host};
    struct certbind_session_reply reply;
    struct certbind_leaf leaf;
    char body[CERTBIND_SESSION_REPLY_ROOM];

    if (!certbind_hex_decode(certbind_bytes(hex, 64), inputs.nonce, 32) ||
        !ratls_observe_exporter(p->chan.ssl, inputs.nonce, inputs.exporter) ||
        certbind_leaf_parse(certbind_bytes(w->leaf, w->leaf_len), &leaf, NULL) != CERTBIND_OK)
        sim_fail("a session request that cannot be answered: %.80s", hex);
    memcpy(inputs.spki_sha256, leaf.spki_sha256, 32);
    memcpy(inputs.leaf_sha256, leaf.leaf_sha256, 32);
    memcpy(inputs.statement_sha256, w->evidence.statement_sha256, 32);
    inputs.statement_sha256[0] ^= p->manner == UNKNOWN_STATEMENT;
    inputs.nonce[0] ^= p->manner == OTHER_NONCE;
    inputs.exporter[0] ^= p->manner == OTHER_CHANNEL;
    certbind_leaf_cleanup(&leaf);
    if (certbind_session_sign(&inputs, w->session_key, &reply, NULL) != CERTBIND_OK)
        sim_fail("cannot sign a session");
    certbind_session_reply_encode(&reply, body);
    put(p, "200 OK", body);
    if (p->manner != UNKNOWN_STATEMENT && p->manner != OTHER_NONCE && p->manner != OTHER_CHANNEL) {
        p->proven = true;
        target.proven++;
    }
    if (p->manner == SURPLUS)
        put(p, "200 OK", "{}");
}

static void put_evidence(struct peer *p, const char *path)
{
    if (p->manner == SILENT)
        return;
    if (p->manner == NOT_FOUND)
        put(p, "404 Not Found", "{}");
    else if (p->manner == GARBAGE)
        p->out_len += (size_t)snprintf(p->out + p->out_len, 32, "HTTP/1.1 200\n{}\n");
    else if (strncmp(path, "session?nonce=", 14) == 0)
        put_session(p, path + 14);
    else
        put(p, "200 OK", target.world->reply);
    if (p->manner == CUT && sim_chance(2)) {
        p->out_len = p->out_sent + sim_below(p->out_len - p->out_sent);
        p->close = true;
        p->proven = false;
    }
    if (p->manner == SLOW)
        p->wake = sim_now() + sim_delay(3 * SIM_S);
}

static void serve(struct peer *p)
{
    char body[3000];
    size_t len = sim_below(sizeof body);

    if (!p->proven)
        sim_fail("request %u came to a server that has not proven itself", p->in.id);
    if (target.expired && p->in.id > target.expired_from)
        sim_fail("request %u was sent on evidence that had expired", p->in.id);
    if (p->in.wrong_byte || p->in.got != scene.requests[p->in.id].body_len)
        sim_fail("request %u: its body differs at the server", p->in.id);
    target.served++;
    for (size_t i = 0; i < len; i++)
        body[i] = (char)message_byte(p->in.id, i);
    p->out_len += (size_t)snprintf(p->out + p->out_len, 256,
                                   "HTTP/1.1 200 OK\r\nX-Id: %u\r\nX-Len: %zu\r\nContent-Length: "
                                   "%zu\r\n\r\n",
                                   p->in.id, len, len);
    if (strncmp(p->in.head, "HEAD", 4) != 0) {
        memcpy(p->out + p->out_len, body, len);
        p->out_len += len;
    }
}

static void take(struct peer *p, const char *data, size_t len)
{
    static const char evidence[] = "GET /.well-known/devproof/";

    while (len > 0) {
        size_t n = message_feed(&p->in, data, len);

        data += n;
        len -= n;
        if (p->in.state != MESSAGE_HEAD && !p->proven && p->in.id != 0)
            sim_fail("request %u came to a server that has not proven itself", p->in.id);
        if (p->in.state != MESSAGE_DONE)
            return;
        if (p->out_sent == p->out_len)
            p->out_sent = p->out_len = 0;
        sim_note("target got %.40s, manner %d", p->in.head, (int)p->manner);
        if (strncmp(p->in.head, evidence, sizeof evidence - 1) == 0)
            put_evidence(p, p->in.head + sizeof evidence - 1);
        else
            serve(p);
        message_begin(&p->in, false);
    }
}

static void peer_run(struct sim_item *item)
{
    struct peer *p = (struct peer *)item;
    char data[8192];
    long n = chan_read(&p->chan, data, 1 + sim_below(sizeof data));

    if (n > 0) {
        take(p, data, (size_t)n);
    } else if (n != UV_EAGAIN) {
        finish(p, false);
        return;
    }
    if (p->wake <= sim_now())
        p->wake = sim_now() + sim_delay(5 * SIM_MS);
    n = 0;
    if (p->out_sent < p->out_len && SSL_is_init_finished(p->chan.ssl))
        n = chan_write(&p->chan, p->out + p->out_sent, p->out_len - p->out_sent);
    if (n > 0)
        p->out_sent += (size_t)n;
    if (n < 0 || (p->close && p->out_sent == p->out_len) || sim_chance(3000))
        finish(p, sim_chance(2));
}

static uint64_t peer_ready(struct sim_item *item)
{
    const struct peer *p = (const struct peer *)item;
    uint64_t at = chan_ready(&p->chan, p->out_sent < p->out_len || p->close);

    return at > p->wake ? at : p->wake;
}

static const struct sim_item_ops peer_ops = {"target", peer_ready, peer_run};

void target_start(struct sim_wire_end *end)
{
    struct peer *p = malloc(sizeof *p);

    if (p == NULL)
        sim_fail("memory");
    memset(p, 0, offsetof(struct peer, out));
    p->out_len = p->out_sent = 0;
    p->proven = p->close = false;
    p->manner = target.always_honest || sim_chance(2) ? HONEST : (enum manner)sim_below(MANNERS);
    p->wake = sim_now();
    chan_open(&p->chan, end, target.ctx, true);
    message_begin(&p->in, false);
    if (p->manner == UNASKED)
        put(p, "200 OK", "{}");
    scene.peers++;
    sim_add(&p->item, &peer_ops);
}
