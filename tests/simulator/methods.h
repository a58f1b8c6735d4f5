/*
 * methods: which method of which API a path names, and what answers it.
 */
#ifndef SIM_METHODS_H
#define SIM_METHODS_H

#include <stdbool.h>

#include <cjson/cJSON.h>

#include "tests/simulator/agent.h"
#include "tests/simulator/fault.h"
#include "tests/simulator/reply.h"

enum sim_api {
    SIM_API_DSTACK, /* /GetKey, on dstack.sock */
    SIM_API_TAPPD   /* /prpc/Tappd.DeriveKey, on tappd.sock; `Tappd.` may be left out */
};

/** Returns: the method that the path names in this API; SIM_NO_METHOD for none. */
enum sim_method sim_method_at(enum sim_api api, const char *path);

/** Returns: whether answering takes a quote, so that the call waits for its turn. */
bool sim_method_quotes(enum sim_method method, const cJSON *params);

/** Returns: whether the arguments of a method that quotes are right; or the refusal in reply. */
bool sim_method_check(enum sim_method method, const struct sim_agent *a, const cJSON *params,
                      struct sim_reply *reply);

void sim_method_answer(enum sim_method method, struct sim_agent *a, const cJSON *params,
                       struct sim_reply *reply);

#endif
