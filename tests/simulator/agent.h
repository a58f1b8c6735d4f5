/*
 * agent: the methods of dstack's guest agent, as functions from arguments to a reply.
 */
#ifndef SIM_AGENT_H
#define SIM_AGENT_H

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "tests/simulator/quote.h"
#include "tests/simulator/reply.h"
#include "tests/simulator/td.h"

/* The release of the guest agent whose API this one follows. */
#define SIM_AGENT_VERSION "0.6.0"

struct sim_agent {
    const struct sim_td *td;         /* borrowed */
    const struct sim_quoter *quoter; /* borrowed */
    struct sim_buffer app_cert;      /* PEM chain */
};

/** Returns: whether the agent's own certificate was made; sim_agent_cleanup is due either way. */
bool sim_agent_init(struct sim_agent *a, const struct sim_td *td, const struct sim_quoter *quoter,
                    int64_t now);

void sim_agent_cleanup(struct sim_agent *a);

void sim_agent_get_key(const struct sim_agent *a, const cJSON *params, struct sim_reply *reply);
void sim_agent_info(const struct sim_agent *a, struct sim_reply *reply);
void sim_agent_version(struct sim_reply *reply);

/** Returns: whether the arguments of GetQuote are right; otherwise the refusal is in reply. */
bool sim_agent_quote_params(const cJSON *params, uint8_t report_data[SIM_QUOTE_REPORT_DATA_LEN],
                            struct sim_reply *reply);

void sim_agent_get_quote(const struct sim_agent *a,
                         const uint8_t report_data[SIM_QUOTE_REPORT_DATA_LEN],
                         struct sim_reply *reply);

#endif
