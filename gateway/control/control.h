/*
 * control: makes the first evidence, renews it, keeps collateral fresh. Main loop only.
 *
 * publish is called with what workers shall use from now on: first an identity and evidence, then
 * both with each renewal, or evidence alone when only the collateral changed. A failed round is
 * tried again with back-off; what was published stays in use, and workers stop serving a statement
 * when it expires.
 */
#ifndef GATEWAY_CONTROL_CONTROL_H
#define GATEWAY_CONTROL_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "gateway/acme/challenges.h"
#include "gateway/acme/tally.h"
#include "gateway/config/config.h"
#include "gateway/evidence/evidence.h"
#include "gateway/agent/guest_agent.h"
#include "gateway/identity/identity.h"
#include "gateway/log.h"
#include "gateway/evidence/quote_desk.h"
#include "gateway/evidence/self_check.h"

struct gateway_control;

struct gateway_control_options {
    uv_loop_t *loop;
    const struct gateway_config *config; /* borrowed, like all below */
    const struct gateway_log *log;
    int64_t (*now)(void); /* Unix seconds */

    /** In: identity  NULL: unchanged. Both are borrowed for the call. */
    void (*publish)(void *user, struct gateway_identity *identity,
                    struct gateway_evidence *evidence);
    void *user;

    struct acme_challenges *challenges; /* NULL: there is no ACME */
};

/* For readiness. Times are Unix seconds, 0 when there is nothing. */
struct gateway_control_status {
    bool published;
    int64_t issued_at;
    int64_t not_after;
    int64_t certificate_until;
    unsigned failures;               /* rounds in a row that failed */
    const char *code;                /* of the last failure; NULL: the last round was good */
    enum gateway_agent_result agent; /* of the last call */
    enum gateway_agent_api api;      /* that the agent speaks */
    bool collateral_wanted;          /* a service is configured */
    bool has_collateral;
    struct gateway_self_check self_check;
    uint64_t rounds_ok, rounds_failed;   /* since start */
    uint64_t fetches_ok, fetches_failed; /* of collateral, since start */
    uint64_t chain_errors;               /* chain files that could not be used, since start */
    bool has_acme;
    struct acme_tally acme; /* zeroed without it */
    struct gateway_quote_desk_state nonces;
    const struct gateway_agent_meter *calls; /* of the agent; both borrowed for the turn */
    const struct gateway_chains *chains;     /* NULL: not read yet */
};

/**
 * Start; makes the session key of the process.
 *
 * Returns: to be given to gateway_control_stop; NULL when it cannot be made
 */
struct gateway_control *gateway_control_start(const struct gateway_control_options *options);

/** Returns: where nonces wait for a quote, until gateway_control_stop; NULL: none is answered with
 * one. */
struct gateway_quote_desk *gateway_control_desk(const struct gateway_control *control);

/** Read certificate files again. NULL does nothing. */
void gateway_control_reload(struct gateway_control *control);

/** The process is ending: nonces that wait for a quote are answered with 503. NULL does nothing. */
void gateway_control_drain(struct gateway_control *control);

void gateway_control_get_status(const struct gateway_control *control,
                                struct gateway_control_status *out);

/** End; publish is not called any more; the memory is freed by the loop. NULL does nothing. Not
 * from within publish. */
void gateway_control_stop(struct gateway_control *control);

#endif
