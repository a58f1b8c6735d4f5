/* A simulated machine on the test's own loop: guest agent on a socket, collateral service. */
#ifndef TESTS_UNIT_GATEWAY_AGENT_WORLD_H
#define TESTS_UNIT_GATEWAY_AGENT_WORLD_H

#include <stdint.h>

#include <uv.h>

#include "gateway/config/config.h"
#include "gateway/log.h"
#include "tests/simulator/service.h"
#include "tests/support/cmocka_all.h"

struct agent_world {
    uv_loop_t loop;
    struct sim_platform platform;
    struct sim_pki pki;
    struct sim_td td;
    struct sim_quoter quoter;
    struct sim_service service;
    char folder[64];
    char socket[80];
    struct gateway_config config;
    struct gateway_log log; /* goes nowhere */
    int64_t now;
};

/** Boot. In: members  further members of the configuration, ending in a comma; or "" */
void agent_world_open(struct agent_world *w, const char *members);

/** Close the agent and what the test left on the loop; fails the test when a handle stays. */
void agent_world_close(struct agent_world *w);

/** Run the loop until *done, at most 20 s. */
void agent_world_run(struct agent_world *w, const bool *done);

/** Returns: the body of GetQuote for this report data; to be given to sim_reply_cleanup. */
struct sim_reply agent_world_quote(struct agent_world *w, const uint8_t report_data[64]);

#endif
