/*
 * guest_agent: asynchronous client of the dstack guest agent (dstack.md 1).
 *
 * One request at a time over a connection of its own; others wait in a queue. The endpoint is a
 * unix socket: the one of the configuration, else the first of the platform's well-known paths that
 * exists, looked for anew with each call. Everything runs on one loop. When to try again is the
 * caller's decision.
 */
#ifndef GATEWAY_GUEST_AGENT_H
#define GATEWAY_GUEST_AGENT_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "certbind/bytes.h"

/* X(symbol, "stable-name", "what it means to the person reading the log") */
#define GATEWAY_AGENT_RESULT_LIST(X)                                                               \
    X(GATEWAY_AGENT_NOT_CALLED, "agent-not-called", "the guest agent was not asked yet")           \
    X(GATEWAY_AGENT_OK, "ok", "the guest agent answered")                                          \
    X(GATEWAY_AGENT_UNAVAILABLE, "agent-unavailable", "the guest agent cannot be reached")         \
    X(GATEWAY_AGENT_TIMEOUT, "agent-timeout", "the guest agent did not answer in time")            \
    X(GATEWAY_AGENT_REPLY, "agent-reply", "the guest agent's answer cannot be read")               \
    X(GATEWAY_AGENT_ERROR, "agent-error", "the guest agent refused")

enum gateway_agent_result {
#define X(symbol, name, text) symbol,
    GATEWAY_AGENT_RESULT_LIST(X)
#undef X
};

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
 * Call a method: POST /method with a JSON body. done is called once, unless the client is closed
 * before; perhaps before this function returns.
 *
 * Returns: false when memory ran out; then done is not called
 * In:      method, json  copied
 */
bool gateway_agent_call(struct gateway_agent *agent, const char *method, const char *json,
                        gateway_agent_done done, void *user);

/** Drop every call; the memory is freed by the loop. NULL does nothing. */
void gateway_agent_close(struct gateway_agent *agent);

/** Returns: the stable name of a result. Static. */
const char *gateway_agent_result_name(enum gateway_agent_result result);

#endif
