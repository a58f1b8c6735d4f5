/*
 * quote_ticket: one nonce on its way from a worker to the control loop and back.
 *
 * A worker fills it in and hands it over; from then on the control loop owns it, until it posts it
 * back to the worker's loop. The exchange belongs to the worker all the time: nobody else looks at
 * it. What S commits to is known except for the statement, which is the newest one when the value
 * is put into a tree.
 */
#ifndef GATEWAY_EVIDENCE_QUOTE_TICKET_H
#define GATEWAY_EVIDENCE_QUOTE_TICKET_H

#include "certbind/session.h"
#include "gateway/core/exchange.h"
#include "gateway/evidence/quote_batch.h"
#include "gateway/evidence/quoted.h"

enum { GATEWAY_TICKET_NAME_ROOM = 256 };

enum gateway_ticket_outcome {
    GATEWAY_TICKET_UNAVAILABLE = 0, /* no quote can be had: 503 */
    GATEWAY_TICKET_QUOTED,
    GATEWAY_TICKET_BUSY,   /* the queue is full: 429 */
    GATEWAY_TICKET_EXPIRED /* there is no valid statement: 503 */
};

struct gateway_quote_ticket {
    struct gateway_waiting waiting; /* first member */
    struct gw_loop *loop;
    struct gw_exchange *x; /* NULL: its client went away; the worker's alone */
    uint64_t asked_ms;     /* the worker's alone */
    void (*answer)(struct gw_loop *loop, void *ticket); /* on the worker's loop; takes the ticket */

    bool session;                          /* S, else V: a fresh binding */
    struct certbind_session_inputs inputs; /* of V: the nonce alone */
    char server_name[GATEWAY_TICKET_NAME_ROOM];

    enum gateway_ticket_outcome outcome;
    struct gateway_quoted *quoted; /* one reference */
    size_t index;                  /* in its tree */
};

/** Returns: a ticket without a nonce; NULL when memory ran out. */
struct gateway_quote_ticket *gateway_quote_ticket_new(struct gw_loop *loop, struct gw_exchange *x);

/** Name the statement and compute the leaf. Returns: whether leaf holds it. */
bool gateway_quote_ticket_leaf(struct gateway_quote_ticket *ticket,
                               const uint8_t statement_sha256[CERTBIND_SHA256_LEN],
                               uint8_t leaf[CERTBIND_SHA256_LEN]);

/** Post it back to its loop; a ticket whose loop has ended is freed. */
void gateway_quote_ticket_return(struct gateway_quote_ticket *ticket,
                                 enum gateway_ticket_outcome outcome);

/** NULL does nothing. */
void gateway_quote_ticket_free(struct gateway_quote_ticket *ticket);

#endif
