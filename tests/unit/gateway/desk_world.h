/*
 * desk_world: the control loop's side of nonce quotes: tickets in, quotes of a simulated machine,
 * tickets back. The worker is a real loop of the engine; the exchange of each ticket is missing, as
 * if its client had gone when the answer came.
 */
#ifndef TESTS_UNIT_GATEWAY_DESK_WORLD_H
#define TESTS_UNIT_GATEWAY_DESK_WORLD_H

#include "gateway/control/control.h"
#include "gateway/core/server.h"
#include "tests/unit/gateway/agent_world.h"

enum { DESK_TICKETS_MAX = GATEWAY_QUOTE_QUEUE + 16 };

/* What came back; written by the worker, read after the count was seen. */
struct desk_answers {
    atomic_uint count;
    enum gateway_ticket_outcome outcome[DESK_TICKETS_MAX];
    size_t size[DESK_TICKETS_MAX]; /* of the tree */
    uint8_t statement[DESK_TICKETS_MAX][32];
    certbind_status check[DESK_TICKETS_MAX]; /* as a client judges the place of its value */
};

struct desk_world {
    struct agent_world w;
    struct gateway_control *control;
    struct gw_server *server;
    bool published;
    unsigned times;
    uint8_t statement[32]; /* the newest */
    int64_t clock_s;       /* what the control loop takes for the time */
    struct desk_answers answers;
};

/** Returns: a machine and a gateway's control loop with its first evidence; one at a time. */
struct desk_world *desk_world_open(void);
void desk_world_close(struct desk_world *t);

/** Hand a ticket over, with a nonce of its own. Returns: the ticket (borrowed). */
struct gateway_quote_ticket *desk_world_ask(struct desk_world *t, bool session);

/** Run until count answers have come back. */
void desk_world_wait(struct desk_world *t, unsigned count);

/** Run until the machine makes a quote. */
void desk_world_wait_making(struct desk_world *t);

#endif
