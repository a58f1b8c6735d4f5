/*
 * tally: how the tries to get certificates ended. No label of it is a name.
 */
#ifndef GATEWAY_ACME_TALLY_H
#define GATEWAY_ACME_TALLY_H

#include <stddef.h>
#include <stdint.h>

/* X(symbol, "value of the label"): "ok", or the code of acme-failed; AGENT: the guest agent did not
 * give the account key, whatever its code. */
#define ACME_OUTCOME_LIST(X)                                                                       \
    X(OK, "ok")                                                                                    \
    X(TRANSPORT, "acme-transport")                                                                 \
    X(REFUSED, "acme-refused")                                                                     \
    X(REPLY, "acme-reply")                                                                         \
    X(ANSWER, "acme-answer")                                                                       \
    X(TIMEOUT, "acme-timeout")                                                                     \
    X(CHAIN, "acme-chain")                                                                         \
    X(MEMORY, "memory")                                                                            \
    X(AGENT, "agent")

enum acme_outcome {
#define X(symbol, name) ACME_OUTCOME_##symbol,
    ACME_OUTCOME_LIST(X)
#undef X
        ACME_OUTCOMES
};

struct acme_tally {
    uint64_t ended[ACME_OUTCOMES]; /* tries since start */
    int64_t issued_at;             /* the last certificate, Unix seconds; 0: none since start */
    int64_t next_at;               /* the next try, of the name that is due first; 0: none stands */
};

/** Returns: the value of the label. Static. */
const char *acme_outcome_name(enum acme_outcome outcome);

/** Returns: the outcome of a try that failed with this code. */
enum acme_outcome acme_outcome_of(const char *code);

#endif
