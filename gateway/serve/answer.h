/*
 * answer: the gateway's own answers to clients, with the fields every one of them has.
 *
 * JSON with Content-Length, X-Content-Type-Options: nosniff, CORS for reading without credentials,
 * Cache-Control: no-store unless said otherwise (binding.md 4).
 */
#ifndef GATEWAY_SERVE_ANSWER_H
#define GATEWAY_SERVE_ANSWER_H

#include <stddef.h>

#include "gateway/core/exchange.h"

enum { GATEWAY_ANSWER_EXTRA_MAX = 4 };

struct gateway_answer {
    unsigned status;
    const char *cache_control; /* NULL: no-store */
    const char *reason;        /* for the log, static; NULL: a regular answer */
    const char *body;
    size_t body_len;
    void (*release)(void *arg); /* as in struct gw_response */
    void *release_arg;
    bool close;                                               /* as in struct gw_response */
    struct gw_response_field extra[GATEWAY_ANSWER_EXTRA_MAX]; /* unused ones have no name */
};

/** Send an answer. */
void gateway_answer_send(struct gw_exchange *x, const struct gateway_answer *answer);

/** Send {"error":{"code","message"}}; code and message are ASCII without quotes. extra: one more
 * field, NULL for none. */
void gateway_answer_error(struct gw_exchange *x, unsigned status, const char *code,
                          const char *message, const struct gw_response_field *extra);

/** The same, and the connection ends with it (over HTTP/2 the stream alone). */
void gateway_answer_last(struct gw_exchange *x, unsigned status, const char *code,
                         const char *message, const struct gw_response_field *extra);

#endif
