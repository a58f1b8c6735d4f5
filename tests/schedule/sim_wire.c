#include "tests/schedule/sim_wire.h"

#include <stdlib.h>
#include <string.h>

#include <uv.h>

#include "tests/schedule/sim.h"

static const uint64_t LATENCY = 3 * SIM_MS;

static void open_end(struct sim_wire *w, int i)
{
    static const size_t rooms[] = {1, 700, 4096, 16384, 65536, 262144};
    struct sim_wire_end *e = &w->ends[i];

    e->wire = w;
    e->peer = &w->ends[1 - i];
    e->room = sim_chance(12) ? rooms[0] + sim_below(64) : rooms[1 + sim_below(5)];
    e->buf = malloc(e->room);
    if (e->buf == NULL)
        sim_fail("memory");
}

struct sim_wire *sim_wire_new(void)
{
    struct sim_wire *w = calloc(1, sizeof *w);

    if (w == NULL)
        sim_fail("memory");
    open_end(w, 0);
    open_end(w, 1);
    return w;
}

static void arrive(struct sim_wire_end *e)
{
    if (e->visible <= sim_now())
        e->visible = sim_now() + sim_delay(LATENCY);
}

long sim_wire_write(struct sim_wire_end *e, const void *data, size_t len)
{
    struct sim_wire_end *to = e->peer;
    size_t n = to->room - to->len;

    if (e->reset)
        return sim_chance(2) ? UV_EPIPE : UV_ECONNRESET;
    if (to->gone) {
        /* What is sent to a closed socket goes, and a reset comes back. */
        e->reset = true;
        arrive(e);
        return (long)len;
    }
    if (n > len)
        n = len;
    if (n > 1 && sim_chance(3))
        n = 1 + sim_below(n);
    if (n == 0)
        return 0;
    if (to->start + to->len + n > to->room) {
        memmove(to->buf, to->buf + to->start, to->len);
        to->start = 0;
    }
    memcpy(to->buf + to->start + to->len, data, n);
    if (to->len == 0)
        arrive(to);
    to->len += n;
    return (long)n;
}

long sim_wire_read(struct sim_wire_end *e, void *out, size_t room)
{
    size_t n = e->len < room ? e->len : room;

    if (n == 0)
        return e->reset ? UV_ECONNRESET : e->eof ? UV_EOF : UV_EAGAIN;
    if (n > 1 && sim_chance(4))
        n = 1 + sim_below(n);
    memcpy(out, e->buf + e->start, n);
    e->start = e->len == n ? 0 : e->start + n;
    e->len -= n;
    if (e->len > 0 && sim_chance(3))
        arrive(e);
    return (long)n;
}

uint64_t sim_wire_readable(const struct sim_wire_end *e)
{
    return e->len > 0 || e->eof || e->reset ? e->visible : SIM_NEVER;
}

uint64_t sim_wire_writable(const struct sim_wire_end *e)
{
    return e->reset || e->peer->gone || e->peer->len < e->peer->room ? 0 : SIM_NEVER;
}

void sim_wire_shutdown(struct sim_wire_end *e)
{
    if (e->peer->eof)
        return;
    e->peer->eof = true;
    arrive(e->peer);
}

void sim_wire_close(struct sim_wire_end *e)
{
    struct sim_wire *w = e->wire;

    if (e->len > 0 || e->linger) {
        e->peer->reset = true;
        arrive(e->peer);
    }
    sim_wire_shutdown(e);
    e->gone = true;
    if (!e->peer->gone)
        return;
    free(w->ends[0].buf);
    free(w->ends[1].buf);
    free(w);
}
