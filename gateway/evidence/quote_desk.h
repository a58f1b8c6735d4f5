/*
 * quote_desk: where nonces wait for a quote. Workers hand tickets over; the control loop puts what
 * has gathered into one tree, has it quoted, checks the quote as every other one, and gives the
 * tickets back. Main loop only, but for gateway_quote_desk_hand_over.
 */
#ifndef GATEWAY_EVIDENCE_QUOTE_DESK_H
#define GATEWAY_EVIDENCE_QUOTE_DESK_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "gateway/evidence/evidence.h"
#include "gateway/agent/guest_agent.h"
#include "gateway/log.h"
#include "gateway/evidence/quote_ticket.h"

struct gateway_quote_desk;

struct gateway_quote_desk_options {
    uv_loop_t *loop;
    struct gateway_agent *agent; /* borrowed, like all below */
    const struct gateway_log *log;
    int64_t (*now)(void); /* Unix seconds */

    /** Returns: whether evidence is being renewed, which goes first. */
    bool (*renewing)(void *user);
    /** The TD is not in the state that the statement's quote shows: renew the evidence. */
    void (*renew)(void *user);
    void *user;
};

/** Returns: to be given to gateway_quote_desk_close; NULL when memory ran out. */
struct gateway_quote_desk *gateway_quote_desk_new(const struct gateway_quote_desk_options *options);

/**
 * Take a ticket. Any thread.
 *
 * Returns: false when the desk is closed: the ticket stays the caller's
 */
bool gateway_quote_desk_hand_over(struct gateway_quote_desk *desk,
                                  struct gateway_quote_ticket *ticket);

/**
 * From now on tickets name this statement.
 *
 * In: evidence  the desk takes a reference
 *     stated    its quote; borrowed until the next call or the end
 *     info      what quotes are compared with; the same
 */
void gateway_quote_desk_set_evidence(struct gateway_quote_desk *desk,
                                     struct gateway_evidence *evidence,
                                     const struct gateway_quote *stated,
                                     const struct gateway_info *info);

struct gateway_quote_desk_state {
    size_t waiting;  /* nonces, also those that a quote is being made for */
    uint64_t quoted; /* nonces since start */
    uint64_t failed; /* nonces that got none, since start */
};

void gateway_quote_desk_get_state(const struct gateway_quote_desk *desk,
                                  struct gateway_quote_desk_state *out);

/** Look whether a quote can be made now: a renewal has ended. */
void gateway_quote_desk_go_on(struct gateway_quote_desk *desk);

/** The process is ending: what waits gets its 503 now, what is in the making its answer. */
void gateway_quote_desk_drain(struct gateway_quote_desk *desk);

/** Free it; the memory goes with the loop. No worker may run any more, and the agent is closed.
 * NULL does nothing. */
void gateway_quote_desk_close(struct gateway_quote_desk *desk);

#endif
