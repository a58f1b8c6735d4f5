/*
 * succession: one gateway after another on the same sockets. Main loop only.
 *
 * A gateway that serves tells its predecessor, which then ends; from then on, and from its start if
 * it has none, it waits for a successor.
 */
#ifndef GATEWAY_LIFETIME_SUCCESSION_H
#define GATEWAY_LIFETIME_SUCCESSION_H

#include <stdint.h>

#include <uv.h>

#include "gateway/handover/giver.h"
#include "gateway/lifetime/notify.h"
#include "gateway/lifetime/sockets.h"
#include "gateway/log.h"

/* X(symbol, "state"): of the log event takeover. After `taken` nothing is counted: the process
 * ends. */
#define GATEWAY_SUCCESSION_STATE_LIST(X)                                                           \
    X(GATEWAY_SUCCESSION_GIVEN, "given")                                                           \
    X(GATEWAY_SUCCESSION_ABANDONED, "abandoned")                                                   \
    X(GATEWAY_SUCCESSION_REFUSED, "refused")                                                       \
    X(GATEWAY_SUCCESSION_TAKEN, "taken")                                                           \
    X(GATEWAY_SUCCESSION_DONE, "done")

enum gateway_succession_state {
#define X(symbol, name) symbol,
    GATEWAY_SUCCESSION_STATE_LIST(X)
#undef X
        GATEWAY_SUCCESSION_STATES
};

struct gateway_succession {
    uv_loop_t *loop; /* filled in by the caller, as all above giver; borrowed */
    const struct gateway_log *log;
    struct gateway_sockets *sockets;
    struct gateway_notify *notify; /* of the service manager, which is told who follows whom */

    /** A successor serves: end. The sockets may be closed. */
    void (*on_taken)(void *user);
    void *user;

    struct handover_giver *giver;               /* NULL: nobody is waited for */
    uint64_t counts[GATEWAY_SUCCESSION_STATES]; /* of log events, since start */
};

/** Returns: as the log says it. Static. */
const char *gateway_succession_state_name(enum gateway_succession_state state);

/** At the start: wait for a successor, unless there is a predecessor still. */
void gateway_succession_start(struct gateway_succession *s);

/** Clients are served. */
void gateway_succession_serving(struct gateway_succession *s);

/** Wait for nobody any more. Before the sockets are closed. Accepts a zeroed struct. */
void gateway_succession_stop(struct gateway_succession *s);

#endif
