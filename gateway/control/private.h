/*
 * private: the inside of control. Private to its files.
 */
#ifndef GATEWAY_CONTROL_PRIVATE_H
#define GATEWAY_CONTROL_PRIVATE_H

#include "gateway/acme/keeper.h"
#include "gateway/identity/chain_keeper.h"
#include "gateway/collateral/keeper.h"
#include "gateway/control/control.h"
#include "gateway/control/renewal.h"

struct gateway_control {
    struct gateway_control_options o;
    uv_timer_t timer;
    struct gateway_agent *agent;
    struct gateway_renewal renewal;
    struct gateway_collateral_keeper keeper;
    struct gateway_quote_desk *desk; /* NULL: no nonce is answered with a quote */
    EVP_PKEY *session_key;
    struct gateway_chain_keeper *chains; /* NULL: not read yet */
    struct acme_keeper *acme;            /* NULL: none, or not begun */
    int chains_index;
    enum gateway_agent_api logged_api;
    unsigned failures;
    bool keeper_started;
    bool published;
    bool stopped;
    int64_t collateral_by; /* when serving begins without it; 0: not decided yet */
};

/** Begin a round now, unless one is under way. */
void gateway_control_renew(struct gateway_control *c);

/** Have certificates issued, if the configuration says so and that has not begun; listeners are
 * open, so that challenges can be answered. Returns: false when memory ran out */
bool gateway_control_start_acme(struct gateway_control *c);

#endif
