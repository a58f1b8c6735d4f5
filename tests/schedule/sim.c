#include "tests/schedule/sim.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/rand.h>

#include "tests/schedule/program.h"

enum { TRACE_LINE = 256, STEPS_MAX = 500000 };

static struct {
    uint64_t seed, random, bytes, now, digest, steps;
    int64_t clock_offset;
    struct sim_item *items;
    unsigned next_id, stalls;
    bool trace;
} sim;

void sim_begin(uint64_t seed, bool trace)
{
    sim.seed = seed;
    sim.random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    sim.bytes = ~seed;
    sim.now = SIM_S;
    sim.digest = UINT64_C(0xcbf29ce484222325);
    sim.steps = 0;
    sim.clock_offset = 0;
    sim.next_id = 0;
    sim.stalls = 0;
    sim.trace = trace;
}

uint64_t sim_end(void)
{
    if (sim.items != NULL)
        sim_fail("something is left at the end: %s", sim.items->ops->name);
    return sim.digest;
}

/* splitmix64 */
static uint64_t next_of(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint64_t sim_random(void)
{
    return next_of(&sim.random);
}

uint64_t sim_below(uint64_t n)
{
    return n == 0 ? 0 : sim_random() % n;
}

bool sim_chance(unsigned n)
{
    return sim_below(n) == 0;
}

uint64_t sim_delay(uint64_t max_us)
{
    switch (sim_below(4)) {
    case 0:
        return 0;
    case 1:
        return sim_below(max_us / 1000 + 1);
    case 2:
        return sim_below(max_us / 30 + 1);
    default:
        return sim_below(max_us + 1);
    }
}

uint64_t sim_now(void)
{
    return sim.now;
}

int64_t sim_clock(void)
{
    return 1800000000 + (int64_t)(sim.now / SIM_S) + sim.clock_offset;
}

void sim_clock_jump(int64_t seconds)
{
    sim.clock_offset += seconds;
}

void sim_set_stalls(unsigned one_in)
{
    sim.stalls = one_in;
}

void sim_note(const char *format, ...)
{
    char line[TRACE_LINE];
    va_list args;
    int n;

    va_start(args, format);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): it was started. */
    n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    for (int i = 0; i < n && i < TRACE_LINE - 1; i++)
        sim.digest = (sim.digest ^ (unsigned char)line[i]) * UINT64_C(0x100000001b3);
    sim.digest = (sim.digest ^ sim.now) * UINT64_C(0x100000001b3);
    if (sim.trace)
        (void)printf("%12" PRIu64 ".%03" PRIu64 " %s\n", sim.now / 1000, sim.now % 1000, line);
}

void sim_fail(const char *format, ...)
{
    va_list args;

    (void)printf("schedule %" PRIu64 " failed at %" PRIu64 " us, step %" PRIu64 ": ", sim.seed,
                 sim.now, sim.steps);
    va_start(args, format);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): it was started. */
    (void)vprintf(format, args);
    va_end(args);
    (void)printf("\nreplay: %s --replay %" PRIu64 "\n", program_name, sim.seed);
    (void)fflush(stdout);
    _Exit(1);
}

void sim_add(struct sim_item *item, const struct sim_item_ops *ops)
{
    item->ops = ops;
    item->id = sim.next_id++;
    item->prev = NULL;
    item->next = sim.items;
    if (sim.items != NULL)
        sim.items->prev = item;
    sim.items = item;
}

void sim_remove(struct sim_item *item)
{
    if (item->prev != NULL)
        item->prev->next = item->next;
    else
        sim.items = item->next;
    if (item->next != NULL)
        item->next->prev = item->prev;
}

/* Returns: one of those that are ready, NULL: none. Out: next  when the first one will be */
static struct sim_item *pick(uint64_t *next)
{
    struct sim_item *chosen = NULL;
    uint64_t ready = 0;

    *next = SIM_NEVER;
    for (struct sim_item *i = sim.items; i != NULL; i = i->next) {
        uint64_t at = i->ops->ready(i);

        if (at < *next)
            *next = at;
        if (at <= sim.now && sim_below(++ready) == 0)
            chosen = i;
    }
    return chosen;
}

/* The machine is slow, or was not scheduled for a while. */
static void pass_time(void)
{
    sim.now += sim_below(20);
    if (sim.stalls == 0 || !sim_chance(sim.stalls))
        return;
    sim.now += sim_chance(20) ? sim_below(40 * SIM_S) : sim_below(200 * SIM_MS);
    sim_note("stall");
}

bool sim_step(void)
{
    struct sim_item *item;
    uint64_t next;

    if (sim_threads_run())
        return true;
    item = pick(&next);
    if (item == NULL) {
        if (next == SIM_NEVER)
            return false;
        sim.now = next;
        item = pick(&next);
    }
    if (++sim.steps > STEPS_MAX)
        sim_fail("it goes round and round");
    sim_note("%s %u", item->ops->name, item->id);
    item->ops->run(item);
    pass_time();
    return true;
}

void sim_run_until(const bool *done, uint64_t limit_us, const char *what)
{
    uint64_t limit = sim.now + limit_us;

    while (!*done) {
        if (!sim_step())
            sim_fail("nothing can happen any more, yet it waits for: %s", what);
        if (sim.now > limit)
            sim_fail("waited too long for: %s", what);
    }
}

/* A sequence of its own: how much OpenSSL takes depends on what it did before. */
static int random_bytes(unsigned char *out, int len)
{
    for (int i = 0; i < len; i++)
        out[i] = (unsigned char)next_of(&sim.bytes);
    return 1;
}

static int random_status(void)
{
    return 1;
}

void sim_random_openssl(void)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    static const RAND_METHOD method = {
        .bytes = random_bytes, .pseudorand = random_bytes, .status = random_status};

    (void)RAND_set_rand_method(&method);
#pragma GCC diagnostic pop
}
