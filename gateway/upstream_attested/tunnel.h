/*
 * tunnel: the request that turns a proven connection to a TCP target into a stream of bytes, and
 * the answer to it (binding.md 4). Sans-I/O.
 */
#ifndef ATTESTED_TUNNEL_H
#define ATTESTED_TUNNEL_H

#include <stddef.h>
#include <stdint.h>

#include "gateway/core/http1_head.h"

#define ATTESTED_TUNNEL_ALPN "devproof-tcp/1"

enum {
    ATTESTED_TUNNEL_MAX_HEAD = 16 * 1024,
    ATTESTED_TUNNEL_MAX_FIELDS = 100,
    ATTESTED_TUNNEL_ROOM = 1024
};

/* Zero means refused. */
enum attested_tunnel_state {
    ATTESTED_TUNNEL_REFUSED = 0,
    ATTESTED_TUNNEL_MORE,
    ATTESTED_TUNNEL_OPEN
};

struct attested_tunnel {
    char request[ATTESTED_TUNNEL_ROOM];
    size_t request_len;
    const char *code;  /* of a refusal: static */
    char message[100]; /* of a refusal: for people */
    /* private */
    struct gw_http1_scan scan;
    size_t len;
    char head[ATTESTED_TUNNEL_MAX_HEAD + 2];
    struct gw_http_field fields[ATTESTED_TUNNEL_MAX_FIELDS];
};

/** Returns: a tunnel whose request is to be sent, to be given to free; NULL when memory ran out.
 * In: authority  Host of the request */
struct attested_tunnel *attested_tunnel_new(const char *authority);

/**
 * Take bytes of the answer.
 *
 * Returns: MORE, REFUSED with a code, or OPEN
 * Out:     used  with OPEN: how many bytes were the answer's; the rest are the stream's
 */
enum attested_tunnel_state attested_tunnel_take(struct attested_tunnel *t, const uint8_t *data,
                                                size_t len, size_t *used);

#endif
