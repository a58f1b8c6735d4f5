#include "tests/schedule/program.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/schedule/sim.h"

enum { TWICE_EVERY = 100 };

const char *program_name = "schedule";

static uint64_t number(const char *text)
{
    char *end;
    uint64_t n = strtoull(text, &end, 10);

    if (*text == '\0' || *end != '\0') {
        (void)fprintf(stderr, "%s: no number: %s\n", program_name, text);
        exit(64);
    }
    return n;
}

static void once(const struct program *p, uint64_t seed, bool twice)
{
    uint64_t digest = p->run(seed, false);

    if (twice && p->run(seed, false) != digest) {
        (void)fprintf(stderr, "schedule %" PRIu64 ": two runs, two traces\n", seed);
        exit(1);
    }
}

static void many(const struct program *p, unsigned long count, uint64_t seed)
{
    struct timespec from, to;

    (void)clock_gettime(CLOCK_MONOTONIC, &from);
    for (unsigned i = 0; i < p->known_count; i++)
        once(p, p->known[i], false);
    for (unsigned long i = 0; i < count; i++)
        once(p, seed + i, i % TWICE_EVERY == 0);
    (void)clock_gettime(CLOCK_MONOTONIC, &to);
    (void)printf("%lu schedules from seed %" PRIu64 " in %.1f s\n", count, seed,
                 (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9);
}

int program_main(int argc, char **argv, const struct program *p)
{
    unsigned long count = p->count;
    uint64_t seed = 1;
    bool replay = false;

    program_name = argv[0];
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--count") == 0)
            count = (unsigned long)number(argv[i + 1]);
        else if (strcmp(argv[i], "--seed") == 0)
            seed = number(argv[i + 1]);
        else if (strcmp(argv[i], "--replay") == 0) {
            seed = number(argv[i + 1]);
            replay = true;
        }
    }
    sim_random_openssl();
    if (p->open != NULL)
        p->open();
    if (replay)
        (void)printf("digest %016" PRIx64 "\n", p->run(seed, true));
    else
        many(p, count, seed);
    if (p->close != NULL)
        p->close();
    return 0;
}
