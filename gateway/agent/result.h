/*
 * result: how a call of the guest agent ended.
 */
#ifndef GATEWAY_AGENT_RESULT_H
#define GATEWAY_AGENT_RESULT_H

/* X(symbol, "stable-name", "what it means to the person reading the log") */
#define GATEWAY_AGENT_RESULT_LIST(X)                                                               \
    X(GATEWAY_AGENT_NOT_CALLED, "agent-not-called", "the guest agent was not asked yet")           \
    X(GATEWAY_AGENT_OK, "ok", "the guest agent answered")                                          \
    X(GATEWAY_AGENT_UNAVAILABLE, "agent-unavailable", "the guest agent cannot be reached")         \
    X(GATEWAY_AGENT_TIMEOUT, "agent-timeout", "the guest agent did not answer in time")            \
    X(GATEWAY_AGENT_REPLY, "agent-reply", "the guest agent's answer cannot be read")               \
    X(GATEWAY_AGENT_ERROR, "agent-error", "the guest agent refused")                               \
    X(GATEWAY_AGENT_TOO_OLD, "agent-too-old", "the guest agent lacks a method that is needed")

enum gateway_agent_result {
#define X(symbol, name, text) symbol,
    GATEWAY_AGENT_RESULT_LIST(X)
#undef X
        GATEWAY_AGENT_RESULT_COUNT
};

/** Returns: the stable name of a result. Static. */
const char *gateway_agent_result_name(enum gateway_agent_result result);

#endif
