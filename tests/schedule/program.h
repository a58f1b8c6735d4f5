/*
 * program: the command line that all schedule programs share.
 *
 *     schedule_NAME [--count N] [--seed S] [--replay S]
 *
 * Runs N schedules from seed S on; one in a hundred twice, to see that its trace is the same.
 */
#ifndef TESTS_SCHEDULE_PROGRAM_H
#define TESTS_SCHEDULE_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

extern const char *program_name;

struct program {
    /** Before the first schedule; may be NULL. */
    void (*open)(void);
    /** One whole schedule. Returns: the digest of its trace. */
    uint64_t (*run)(uint64_t seed, bool trace);
    /** After the last; may be NULL. */
    void (*close)(void);
    unsigned long count; /* without --count */
    /* Seeds that once failed: run first, always. */
    const uint64_t *known;
    unsigned known_count;
};

int program_main(int argc, char **argv, const struct program *program);

#endif
