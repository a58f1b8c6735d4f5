/*
 * api: the two APIs of the guest agent: where their sockets are, how their methods are called
 * (dstack.md 1.1, 1.3).
 *
 * The rest of the gateway asks for Info, GetKey and GetQuote; in tappd's API these are Info,
 * DeriveK256Key and RawQuote, with the same arguments. Pure but for the search of a socket.
 */
#ifndef GATEWAY_AGENT_API_H
#define GATEWAY_AGENT_API_H

#include <stdbool.h>
#include <stddef.h>

enum {
    GATEWAY_AGENT_SOCKET_ROOM = 108,
    GATEWAY_AGENT_HOST_ROOM = 256,
    GATEWAY_AGENT_PORT_ROOM = 8
};

enum gateway_agent_api {
    GATEWAY_AGENT_API_UNKNOWN = 0, /* no Info was answered yet */
    GATEWAY_AGENT_API_DSTACK,      /* 0.5 and later */
    GATEWAY_AGENT_API_TAPPD
};

/** Returns: "unknown", "dstack" or "tappd". Static. */
const char *gateway_agent_api_name(enum gateway_agent_api api);

/**
 * The first well-known path at which there is a socket: those of the newer API before tappd's.
 * Without any, the first path.
 *
 * In:      root  what the paths stand below: "" for the machine's
 * Out:     path  NUL-terminated
 */
void gateway_agent_find_socket(const char *root, char path[GATEWAY_AGENT_SOCKET_ROOM]);

/** Cut http://host[:port][/] apart; the port is 80 without one. Returns: whether it is that. */
bool gateway_agent_split_url(const char *url, char host[GATEWAY_AGENT_HOST_ROOM],
                             char port[GATEWAY_AGENT_PORT_ROOM]);

/** Returns: whether releases answer a method that they do not have with this status. */
bool gateway_agent_may_lack_method(unsigned status);

/** Returns: enough room for the request of a method with this JSON, in any API. */
size_t gateway_agent_request_room(const char *method, const char *json);

/**
 * The HTTP request of a method; the unknown API is asked as the newer one.
 *
 * Returns: its length, less than room
 * In:      method  as the newer API calls it
 */
size_t gateway_agent_request_encode(enum gateway_agent_api api, const char *method,
                                    const char *json, char *out, size_t room);

#endif
