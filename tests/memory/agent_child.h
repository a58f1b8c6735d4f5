/*
 * agent_child: a child process that is the guest agent, and tells, masked, which keys it gives out.
 */
#ifndef TESTS_MEMORY_AGENT_CHILD_H
#define TESTS_MEMORY_AGENT_CHILD_H

#include <stdint.h>
#include <sys/types.h>

enum { AGENT_EPOCHS = 2 };

struct masked_key {
    uint8_t k[32], hex[64], scalar[32], reversed[32];
};

/* What the child tells. */
struct agent_told {
    struct masked_key keys[AGENT_EPOCHS];
    struct masked_key account; /* of ACME */
    char socket[80];
};

/** Before this process has a secret. Returns: the child. */
pid_t agent_child_start(struct agent_told *told);

void agent_child_stop(pid_t child, const struct agent_told *told);

#endif
