/*
 * Schedules of the guest agent client alone: calls of which each has a number, and an agent that
 * answers it at once, late, in part, wrongly or never.
 */
#include "tests/schedule/agent_schedules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "gateway/agent/guest_agent.h"
#include "tests/schedule/chan.h"
#include "tests/schedule/sim.h"
#include "tests/schedule/sim_uv.h"

enum { CALLS = 12, ROOM = 4096, TIMEOUT_MS = 500 };

enum manner { GOOD, CLOSING, CHUNKED, REFUSED, MISSING, CUT, RESET, GARBAGE, NEVER, MANNERS };

struct peer {
    struct sim_item item; /* first member */
    struct chan chan;
    uint64_t wake;
    enum manner manner;
    char in[ROOM], out[ROOM];
    size_t in_len, out_len, out_sent;
    bool answered;
};

static struct {
    struct gateway_agent *agent;
    unsigned made, done[CALLS], peers;
    bool closed;
} calls;

static void peer_finish(struct peer *p, bool cut)
{
    chan_close(&p->chan, cut);
    calls.peers--;
    sim_remove(&p->item);
    free(p);
}

static void answer(struct peer *p, unsigned number)
{
    char body[64];
    int len = snprintf(body, sizeof body, "{\"k\":%u}", number);
    const char *status = p->manner == REFUSED   ? "400 Bad Request"
                         : p->manner == MISSING ? "404 Not Found"
                                                : "200 OK";
    int n = 0;

    if (p->manner == GARBAGE)
        n = snprintf(p->out, ROOM, "HTTP/1.1 20\n\n%s", body);
    else if (p->manner == CHUNKED)
        n = snprintf(p->out, ROOM,
                     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n",
                     (unsigned)len, body);
    else if (p->manner == CLOSING)
        n = snprintf(p->out, ROOM, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n%s", body);
    else if (p->manner != NEVER)
        n = snprintf(p->out, ROOM, "HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s", status, len,
                     body);
    p->out_len = (size_t)n;
    if (p->manner == CUT || p->manner == RESET)
        p->out_len = sim_below(p->out_len);
    p->answered = true;
}

static void look(struct peer *p)
{
    const char *number = strstr(p->in, "\"k\":");

    if (!p->answered && number != NULL && strchr(number, '}') != NULL)
        answer(p, (unsigned)strtoul(number + 4, NULL, 10));
}

static void peer_run(struct sim_item *item)
{
    struct peer *p = (struct peer *)item;
    long n = chan_read(&p->chan, p->in + p->in_len, ROOM - 1 - p->in_len);

    p->wake = sim_now() + (sim_chance(20) ? sim_below(SIM_S) : sim_delay(5 * SIM_MS));
    if (n > 0) {
        p->in_len += (size_t)n;
        look(p);
    } else if (n != UV_EAGAIN) {
        peer_finish(p, false);
        return;
    }
    if (!p->answered || p->manner == NEVER)
        return;
    n = p->out_sent < p->out_len
            ? chan_write(&p->chan, p->out + p->out_sent, p->out_len - p->out_sent)
            : 0;
    if (n > 0)
        p->out_sent += (size_t)n;
    if (n < 0 || (p->out_sent == p->out_len &&
                  (p->manner == CLOSING || p->manner == CUT || p->manner == RESET)))
        peer_finish(p, p->manner == RESET);
}

static uint64_t peer_ready(struct sim_item *item)
{
    const struct peer *p = (const struct peer *)item;
    bool ends = p->manner == CLOSING || p->manner == CUT || p->manner == RESET;
    bool more = p->answered && (p->out_sent < p->out_len || ends);
    uint64_t at = chan_ready(&p->chan, more);

    return at > p->wake ? at : p->wake;
}

static const struct sim_item_ops peer_ops = {"agent", peer_ready, peer_run};

static int on_dial(const char *address, struct sim_wire_end *server)
{
    struct peer *p;

    (void)address;
    if (sim_chance(8))
        return sim_chance(2) ? UV_ECONNREFUSED : UV_ENOENT;
    if (sim_chance(20))
        return 1;
    p = calloc(1, sizeof *p);
    if (p == NULL)
        sim_fail("memory");
    p->manner = sim_chance(2) ? GOOD : (enum manner)sim_below(MANNERS);
    p->wake = sim_now();
    chan_open(&p->chan, server, NULL, true);
    calls.peers++;
    sim_add(&p->item, &peer_ops);
    return 0;
}

static unsigned on_lookup(const char *host)
{
    (void)host;
    return (unsigned)sim_below(3);
}

static void call(void);

static void on_done(void *user, const struct gateway_agent_reply *reply)
{
    unsigned number = (unsigned)(uintptr_t)user;
    char body[64];
    int len = snprintf(body, sizeof body, "{\"k\":%u}", number);

    sim_note("call %u: %s", number, gateway_agent_result_name(reply->result));
    if (calls.closed)
        sim_fail("a call is done after the client was closed");
    if (++calls.done[number] > 1)
        sim_fail("call %u is done twice", number);
    if (reply->result == GATEWAY_AGENT_OK &&
        (reply->body.len != (size_t)len || memcmp(reply->body.data, body, (size_t)len) != 0))
        sim_fail("call %u got another answer", number);
    if (sim_chance(3))
        call();
}

static void call(void)
{
    char json[32];
    unsigned number = calls.made;

    if (calls.closed || calls.made == CALLS)
        return;
    calls.made++;
    (void)snprintf(json, sizeof json, "{\"k\":%u}", number);
    if (!gateway_agent_call(calls.agent, sim_chance(3) ? "Info" : "GetKey", json, on_done,
                            (void *)(uintptr_t)number))
        sim_fail("memory");
}

/* Every call ends within its own timeout and those of the calls before it. */
static void run_calls(void)
{
    uint64_t limit = sim_now() + (uint64_t)CALLS * 3 * TIMEOUT_MS * SIM_MS + 60 * SIM_S;
    bool early = sim_chance(4);

    for (size_t n = 1 + sim_below(CALLS); n > 0; n--)
        call();
    for (unsigned i = 0; i < calls.made; i++)
        while (calls.done[i] == 0) {
            if (early && sim_chance(60))
                return;
            if (!sim_step() || sim_now() > limit)
                sim_fail("call %u never ends", i);
        }
}

void agent_calls_run(void)
{
    static const char *const endpoints[] = {"/sim/agent", "http://agent:8090"};
    uv_loop_t loop;

    memset(&calls, 0, sizeof calls);
    sim_on_dial = on_dial;
    sim_on_lookup = on_lookup;
    sim_set_stalls(sim_chance(3) ? 100 : 0);
    (void)uv_loop_init(&loop);
    calls.agent = gateway_agent_new(&loop, endpoints[sim_below(2)], TIMEOUT_MS);
    if (calls.agent == NULL)
        sim_fail("memory");
    run_calls();
    calls.closed = true;
    gateway_agent_close(calls.agent);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    while (calls.peers > 0)
        if (!sim_step())
            sim_fail("%u agent connections wait for ever", calls.peers);
    if (uv_loop_close(&loop) != 0)
        sim_fail("the client left something on its loop");
}
