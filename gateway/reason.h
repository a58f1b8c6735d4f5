/*
 * reason: what the gateway itself answers with, beside the engine's reasons.
 *
 * Form and use as in gateway/core/reason.h.
 */
#ifndef GATEWAY_REASON_H
#define GATEWAY_REASON_H

/* X("stable-name", "what it means to the person reading the answer") */
#define GATEWAY_REASON_LIST(X)                                                                     \
    X("not-found", "nothing is served at this path")                                               \
    X("misdirected", "this server does not serve the name that was asked for")                     \
    X("bad-nonce", "a nonce is exactly 64 lowercase hex digits")                                   \
    X("bad-query", "the query has another form, or asks for what is not served here")              \
    X("session-resumed", "a resumed connection gets no proof; connect anew")                       \
    X("exporter", "the TLS exporter failed")                                                       \
    X("quote-budget", "too many nonces wait for a quote, or this connection asked just before")    \
    X("agent-unavailable", "the guest agent cannot be reached, so there is no evidence")           \
    X("agent-timeout", "the guest agent did not answer in time")                                   \
    X("agent-error", "the guest agent answered with an error")                                     \
    X("agent-reply", "the guest agent's answer cannot be read")                                    \
    X("evidence-expired", "the evidence expired and could not be renewed")                         \
    X("client-connections", "this client has too many connections")                                \
    X("client-rate", "this client asks too often")                                                 \
    X("name-connections", "this server name has too many connections")                             \
    X("name-rate", "this server name is asked for too often")                                      \
    X("overload", "the gateway is short of memory")                                                \
    X("tls-key", "the TLS key cannot be derived from what the guest agent gives")                  \
    X("acme-transport", "the ACME server cannot be reached, or its certificate is not trusted")    \
    X("acme-refused", "the ACME server refused a request, or the order")                           \
    X("acme-reply", "the ACME server's answer cannot be read")                                     \
    X("acme-answer", "the authority did not accept the answer to its challenge")                   \
    X("acme-timeout", "the authority took too long")                                               \
    X("acme-stopped", "the process ended while a certificate was asked for")                       \
    X("acme-chain", "the chain of the authority does not suit, or cannot be kept")                 \
    X("upstream-unavailable", "the app did not answer")

#endif
