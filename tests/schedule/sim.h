/*
 * sim: a machine whose every choice comes from one seed: virtual time, the order of what is ready,
 * threads of which one runs at a time, and the trace of it all.
 *
 * Everything that can happen is an item: a handle of the simulated libuv, a request, a scripted
 * peer. sim_step() picks one of those that are ready and runs it; when none is, time moves to the
 * next one. The same seed gives the same trace.
 */
#ifndef TESTS_SCHEDULE_SIM_H
#define TESTS_SCHEDULE_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_NEVER UINT64_MAX
#define SIM_MS UINT64_C(1000)
#define SIM_S UINT64_C(1000000)

struct sim_item;

struct sim_item_ops {
    const char *name;
    uint64_t (*ready)(struct sim_item *item); /* when it can run, microseconds; SIM_NEVER */
    void (*run)(struct sim_item *item);       /* may free the item */
};

struct sim_item {
    struct sim_item *prev, *next;
    const struct sim_item_ops *ops;
    unsigned id; /* in the order of creation */
};

/** Begin a schedule. In: trace  print a line for each step */
void sim_begin(uint64_t seed, bool trace);

/** End it: nothing may be left. Returns: the digest of the trace. */
uint64_t sim_end(void);

void sim_add(struct sim_item *item, const struct sim_item_ops *ops);
void sim_remove(struct sim_item *item);

/** Run one thing that is ready. Returns: false when nothing can ever happen again. */
bool sim_step(void);

/** Run until *done; fails the schedule when nothing can happen or after limit_us. */
void sim_run_until(const bool *done, uint64_t limit_us, const char *what);

/** Virtual microseconds since the machine started. */
uint64_t sim_now(void);

/** The wall clock, Unix seconds; sim_clock_jump moves it and nothing else. */
int64_t sim_clock(void);
void sim_clock_jump(int64_t seconds);

/** How much the machine stalls: 0 never, else about one step in so many. */
void sim_set_stalls(unsigned one_in);

/** Choices. sim_below: 0..n-1; sim_chance: one in n; sim_delay: mostly short, at most max_us. */
uint64_t sim_random(void);
uint64_t sim_below(uint64_t n);
bool sim_chance(unsigned n);
uint64_t sim_delay(uint64_t max_us);

/** Put something into the trace. */
__attribute__((format(printf, 1, 2))) void sim_note(const char *format, ...);

/** The schedule is wrong: say why and how to see it again, and end the program. */
__attribute__((format(printf, 1, 2), noreturn)) void sim_fail(const char *format, ...);

/** Give threads that wait for nothing but their turn a turn. Main thread. Returns: whether one ran
 */
bool sim_threads_run(void);

/** A worker parks in uv_run until done(arg). */
void sim_thread_park(bool (*done)(void *arg), void *arg);

/** Returns: whether the caller is a worker. */
bool sim_thread_is_worker(void);

/** The random of OpenSSL comes from the seed too. Once per process. */
void sim_random_openssl(void);

#endif
