/*
 * guest_agent: asynchronous client of the dstack guest agent (dstack.md 1).
 *
 * One request at a time over a connection of its own; others wait in a queue. The endpoint is a
 * unix socket: the one of the configuration, else the first of the platform's well-known paths that
 * exists, looked for anew with each call. Everything runs on one loop. When to try again is the
 * caller's decision.
 *
 * Which API the agent speaks is found out with Info: it is asked in the newer API, and when the
 * agent has no such method, in tappd's. Later calls use the API that answered.
 */
#ifndef GATEWAY_AGENT_GUEST_AGENT_H
#define GATEWAY_AGENT_GUEST_AGENT_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "certbind/bytes.h"
#include "gateway/agent/api.h"
#include "gateway/agent/meter.h"
#include "gateway/agent/result.h"

struct gateway_agent_reply {
    enum gateway_agent_result result;
    struct certbind_bytes body; /* JSON of a status 200; cleansed after the call */
    const char *detail;         /* why it failed: for logs */
};

typedef void (*gateway_agent_done)(void *user, const struct gateway_agent_reply *reply);

struct gateway_agent;

/**
 * Make a client.
 *
 * Returns: the client, to be given to gateway_agent_close; NULL when memory ran out
 * In:      endpoint    "", the path of a unix socket, or http://host[:port]; borrowed
 *          timeout_ms  of one call, from connecting to the last byte
 */
struct gateway_agent *gateway_agent_new(uv_loop_t *loop, const char *endpoint, uint32_t timeout_ms);

/**
 * Call a method by its name in the newer API, with a JSON body. done is called once, unless the
 * client is closed before; perhaps before this function returns.
 *
 * Returns: false when memory ran out; then done is not called
 * In:      method, json  copied
 */
bool gateway_agent_call(struct gateway_agent *agent, const char *method, const char *json,
                        gateway_agent_done done, void *user);

/** Returns: the API that the last Info was answered in. */
enum gateway_agent_api gateway_agent_api(const struct gateway_agent *agent);

/** Returns: what was counted of its calls; valid as long as the client. */
const struct gateway_agent_meter *gateway_agent_meter(const struct gateway_agent *agent);

/** Drop every call; the memory is freed by the loop. NULL does nothing. */
void gateway_agent_close(struct gateway_agent *agent);

#endif
