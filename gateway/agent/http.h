/*
 * http: one HTTP response of the guest agent, read bit by bit with fixed bounds.
 *
 * Bytes in, status and body out; no I/O. A body may hold a key: its memory is cleansed.
 */
#ifndef GATEWAY_AGENT_HTTP_H
#define GATEWAY_AGENT_HTTP_H

#include <stddef.h>
#include <stdint.h>

#include <llhttp.h>

enum { GATEWAY_AGENT_MAX_BODY = 4 << 20, GATEWAY_AGENT_MAX_HEAD = 16 * 1024 };

enum gateway_agent_http_state {
    GATEWAY_AGENT_HTTP_REFUSED = 0, /* why says what is wrong with the response */
    GATEWAY_AGENT_HTTP_MORE,
    GATEWAY_AGENT_HTTP_COMPLETE
};

struct gateway_agent_http {
    enum gateway_agent_http_state state;
    const char *why; /* static */
    unsigned status; /* once complete */
    uint8_t *body;   /* owned */
    size_t len;
    /* private */
    size_t room;
    size_t head_len;
    llhttp_t parser;
    llhttp_settings_t settings;
};

/** Begin a response. The struct must not be moved afterwards. */
void gateway_agent_http_init(struct gateway_agent_http *http);

/** Take more bytes. Returns: the state; what follows a complete response is ignored. */
enum gateway_agent_http_state gateway_agent_http_feed(struct gateway_agent_http *http,
                                                      const uint8_t *data, size_t len);

/** The agent ended its stream. Returns: the state: COMPLETE or REFUSED. */
enum gateway_agent_http_state gateway_agent_http_finish(struct gateway_agent_http *http);

/** Cleanse and free the body. Accepts a zeroed struct. */
void gateway_agent_http_cleanup(struct gateway_agent_http *http);

#endif
