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
    struct sim_td *td;               /* borrowed */
    const struct sim_quoter *quoter; /* borrowed */
    struct sim_buffer app_cert;      /* PEM chain */
    int64_t now;                     /* of the call: set before each */
    bool emit_event;                 /* serve EmitEvent, as agents before 0.6 */
    bool legacy_evidence;            /* extensions .1 and .2 in certificates, not .8 */
};

/** Returns: whether the agent's own certificate was made; sim_agent_cleanup is due either way. */
bool sim_agent_init(struct sim_agent *a, struct sim_td *td, const struct sim_quoter *quoter,
                    int64_t now);

void sim_agent_cleanup(struct sim_agent *a);

/* The methods. In: params an object. Out: reply */
void sim_agent_get_key(struct sim_agent *a, const cJSON *params, struct sim_reply *reply);
void sim_agent_get_tls_key(struct sim_agent *a, const cJSON *params, struct sim_reply *reply);
void sim_agent_get_quote(struct sim_agent *a, const cJSON *params, struct sim_reply *reply);
void sim_agent_attest(struct sim_agent *a, const cJSON *params, struct sim_reply *reply);
void sim_agent_info(struct sim_agent *a, const cJSON *params, struct sim_reply *reply);
void sim_agent_gpu_info(struct sim_agent *a, const cJSON *params, struct sim_reply *reply);
void sim_agent_sign(struct sim_agent *a, const cJSON *params, struct sim_reply *reply);
void sim_agent_verify(struct sim_agent *a, const cJSON *params, struct sim_reply *reply);
void sim_agent_version(struct sim_agent *a, const cJSON *params, struct sim_reply *reply);
void sim_agent_emit_event(struct sim_agent *a, const cJSON *params, struct sim_reply *reply);

/** tappd's DeriveKey: a P-256 key from path, else as GetTlsKey. */
void sim_agent_derive_key(struct sim_agent *a, const cJSON *params, struct sim_reply *reply);

/** GetKey under other names of the members: tappd calls them so. */
void sim_agent_derive(struct sim_agent *a, const cJSON *params, const char *key_name,
                      const char *chain_name, struct sim_reply *reply);

/** Returns: whether the arguments of GetQuote or Attest are right; or the refusal is in reply. */
bool sim_agent_quote_check(const struct sim_agent *a, const cJSON *params, struct sim_reply *reply);

/** Returns: whether the arguments of GetTlsKey are right; or the refusal is in reply. */
bool sim_agent_tls_check(const struct sim_agent *a, const cJSON *params, struct sim_reply *reply);

/** Returns: whether GetTlsKey or DeriveKey shall put a quote into the certificate. */
bool sim_agent_tls_wants_quote(const cJSON *params);

#endif
