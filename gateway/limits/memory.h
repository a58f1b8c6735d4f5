/*
 * memory: how much of the memory that the process may use is used, and what follows from it.
 *
 * The control loop looks ten times a second; workers read the level. Resident memory is what
 * counts, since that is what the kernel kills for.
 */
#ifndef GATEWAY_LIMITS_MEMORY_H
#define GATEWAY_LIMITS_MEMORY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "gateway/log.h"

enum gateway_memory_level {
    GATEWAY_MEMORY_ENOUGH = 0,
    GATEWAY_MEMORY_SHORT, /* from 90 % of the limit: requests get 503 */
    GATEWAY_MEMORY_FULL   /* from 97 %: connections are closed at once too */
};

struct gateway_memory {
    uint64_t limit; /* bytes; 0: none */
    atomic_int level;
    uv_timer_t timer;
    const struct gateway_log *log;
    int fd; /* of statm, opened before files are restricted */
};

/**
 * Find the limit, and open what tells of the use.
 *
 * Returns: false when the system does not tell what is used
 * In:      limit  in bytes; 0: that of the control group, less a fifth; without one there is none
 */
bool gateway_memory_open(struct gateway_memory *m, uint64_t limit);

/** Begin to look. The struct must outlive the loop and the workers. */
void gateway_memory_start(struct gateway_memory *m, uv_loop_t *loop, const struct gateway_log *log);

void gateway_memory_stop(struct gateway_memory *m);

/** After the last look. In: m  opened, or one whose fd is -1 */
void gateway_memory_close(struct gateway_memory *m);

/** Any thread. NULL: there is enough. */
enum gateway_memory_level gateway_memory_level(const struct gateway_memory *m);

/** Returns: the level at so many resident bytes; one that was reached is left 3 % lower. Pure. */
enum gateway_memory_level gateway_memory_judge(uint64_t resident, uint64_t limit,
                                               enum gateway_memory_level before);

/** Returns: four fifths of what a control group allows; 0 when the text sets no limit. Pure.
 * In: text  of cgroup v2's memory.max, or v1's memory.limit_in_bytes */
uint64_t gateway_memory_allowed(const char *text);

#endif
