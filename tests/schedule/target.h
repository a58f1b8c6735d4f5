/* target: a scripted attested server: evidence of a forged world, a proof for its connection. */
#ifndef TESTS_SCHEDULE_TARGET_H
#define TESTS_SCHEDULE_TARGET_H

#include "tests/schedule/sim_wire.h"
#include "tests/unit/certbind/world.h"

struct target_world {
    struct world *world;
    SSL_CTX *ctx;            /* the server's, with the world's certificate */
    bool always_honest;      /* every connection proves itself */
    bool expired;            /* the clock is past every date of the evidence */
    unsigned expired_from;   /* requests up to this number were decided before */
    unsigned proven, served; /* connections, application requests */
};

extern struct target_world target;

void target_start(struct sim_wire_end *end);

#endif
