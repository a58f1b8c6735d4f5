/*
 * reason: what the local proxy itself answers with, beside the codes of verdicts and of the engine.
 *
 * Form and use as in gateway/core/reason.h.
 */
#ifndef SHIM_REASON_H
#define SHIM_REASON_H

/* X("stable-name", "what it means to the person reading the answer") */
#define SHIM_REASON_LIST(X)                                                                        \
    X("host-not-local", "the request's Host is not one this proxy answers")                        \
    X("proxy-form", "the request is neither http://HOST[:PORT]/ nor CONNECT HOST:PORT")            \
    X("proxy-hosts", "too many hosts were asked for in the life of this proxy")

#endif
