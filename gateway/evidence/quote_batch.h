/*
 * quote_batch: which nonces the next quote answers, and who may ask at all: the quote budget.
 *
 * Quotes are made one by one. While one is in the making, nonces gather for the next one; evidence
 * that is to be renewed goes first. So whatever number of clients wait, each is answered after two
 * quotes, and a renewal waits for one at most. Pure: lists in, lists out, time is an argument.
 */
#ifndef GATEWAY_EVIDENCE_QUOTE_BATCH_H
#define GATEWAY_EVIDENCE_QUOTE_BATCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    GATEWAY_QUOTE_QUEUE = 4096, /* nonces that may wait */
    GATEWAY_QUOTE_TRIES = 3,    /* quotes that may be made for one nonce */
    GATEWAY_NONCE_PAUSE_MS = 1000
};

/* One nonce that waits; a member of what the caller keeps for it. */
struct gateway_waiting {
    struct gateway_waiting *next;
    atomic_bool gone; /* its client went away; set by any thread */
    unsigned tries;   /* quotes made for it so far */
};

struct gateway_waiting_list {
    struct gateway_waiting *first;
    struct gateway_waiting **end; /* NULL when empty */
    size_t count;
};

struct gateway_quote_batch {
    struct gateway_waiting_list gathering;
    struct gateway_waiting_list making;
};

/** Append one, or every one of another list, which is empty then. */
void gateway_waiting_add(struct gateway_waiting_list *list, struct gateway_waiting *w);
void gateway_waiting_join(struct gateway_waiting_list *list, struct gateway_waiting_list *more);

/** Returns: the first, taken off; NULL when the list is empty. */
struct gateway_waiting *gateway_waiting_take(struct gateway_waiting_list *list);

/**
 * Let a nonce wait.
 *
 * Returns: false when the queue is full: 429
 * Out:     gone  those whose clients went away, put there when room was needed
 */
bool gateway_quote_batch_add(struct gateway_quote_batch *batch, struct gateway_waiting *w,
                             struct gateway_waiting_list *gone);

/**
 * Take what has gathered for one quote.
 *
 * Returns: whether a quote is to be made, for batch->making; false while one is in the making,
 *          while evidence is renewed, and when nobody waits
 * Out:     gone  those whose clients went away
 */
bool gateway_quote_batch_begin(struct gateway_quote_batch *batch, bool renewing,
                               struct gateway_waiting_list *gone);

/**
 * The quote cannot be used for what was in the making: it waits again, before all others.
 *
 * Out: given_up  those that waited for GATEWAY_QUOTE_TRIES quotes
 */
void gateway_quote_batch_again(struct gateway_quote_batch *batch,
                               struct gateway_waiting_list *given_up);

/* What is known when a quote has been made and checked. */
struct gateway_landing {
    bool same_statement; /* S and V name the statement that is newest now */
    bool expired;        /* that statement is no longer valid */
    bool same_td;        /* its quote and this one describe the same TD */
};

enum gateway_landing_verdict {
    GATEWAY_LANDING_DELIVER = 1,
    GATEWAY_LANDING_AGAIN,  /* another statement is newest */
    GATEWAY_LANDING_RENEW,  /* the same, once evidence of this state of the TD was made */
    GATEWAY_LANDING_EXPIRED /* nothing can be signed */
};

/** Returns: what becomes of those that a quote was made for. */
enum gateway_landing_verdict gateway_quote_batch_land(const struct gateway_landing *landing);

/* A connection's place in the budget. Zero: it never asked. */
typedef uint64_t gateway_nonce_mark;

/**
 * May a connection ask for a quote now: one waiting request, and one a second?
 *
 * In:      now_ms  of a clock that only goes forward
 * Returns: 0: yes, and mark says that it waits; else seconds to be told in Retry-After
 */
unsigned gateway_nonce_ask(gateway_nonce_mark *mark, uint64_t now_ms);

/** It waits no more. In: asked_ms  when it asked */
void gateway_nonce_answered(gateway_nonce_mark *mark, uint64_t asked_ms);

#endif
