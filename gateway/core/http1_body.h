/*
 * http1_body: decodes the body that follows a head (RFC 9112 sections 6 and 7).
 *
 * llhttp does the decoding; before it sees a chunk-size line, the end of a chunk or a trailer
 * section, the same strict grammar that heads get is applied to it here, so that versions of the
 * parser do not differ in what passes. No I/O. Memory: one line or trailer section, bounded.
 */
#ifndef GW_CORE_HTTP1_BODY_H
#define GW_CORE_HTTP1_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <llhttp.h>

#include "gateway/core/http1_head.h"

enum {
    GW_HTTP1_MAX_CHUNK_LINE = 1024,           /* size, extensions, CRLF */
    GW_HTTP1_MAX_EXTENSION_BYTES = 16 * 1024, /* of chunk extensions in one message */
    GW_HTTP1_MAX_TRAILER_BYTES = 8 * 1024,
    GW_HTTP1_MAX_TRAILER_FIELDS = 32
};

enum gw_http1_body_state {
    GW_BODY_REFUSED = 0, /* zeroed memory decodes nothing */
    GW_BODY_READING,
    GW_BODY_DONE
};

struct gw_http1_body {
    enum gw_http1_body_state state;
    struct gw_http_refusal why; /* when refused */
    /* Called for each decoded piece, within feed; bytes are borrowed for the call. */
    void (*on_data)(void *ctx, const char *data, size_t len);
    void *ctx;
    struct gw_http_fields trailers; /* once done; slices point into held; list is owned */
    /* private */
    llhttp_t parser;
    enum gw_http_framing framing;
    bool no_body;
    bool complete;
    int phase;
    uint64_t left;          /* of the chunk */
    size_t extension_bytes; /* of this message so far */
    char *held;             /* a line or trailer section that is not complete yet; owned */
    size_t held_len;
    size_t held_room;
};

/**
 * Begin the body of a request or response whose head was parsed. The struct must not be moved
 * afterwards.
 *
 * llhttp reads the head too and must agree with it on framing; if not, the state is REFUSED with
 * parser-disagrees. A message without a body is DONE at once.
 */
void gw_http1_body_begin_request(struct gw_http1_body *body, const struct gw_http1_request *request,
                                 void (*on_data)(void *, const char *, size_t), void *ctx);
void gw_http1_body_begin_response(struct gw_http1_body *body,
                                  const struct gw_http1_response *response,
                                  void (*on_data)(void *, const char *, size_t), void *ctx);

/**
 * Decode more bytes.
 *
 * Returns: how many bytes of data belong to this message; the rest is the next message.
 *          Less than len only when the state is DONE or REFUSED afterwards.
 */
size_t gw_http1_body_feed(struct gw_http1_body *body, const char *data, size_t len);

/**
 * The peer ended its stream.
 *
 * Returns: whether the message is complete (a body framed by close, or DONE before)
 */
bool gw_http1_body_finish(struct gw_http1_body *body);

/** Free what the decoder holds. Accepts a zeroed struct. */
void gw_http1_body_cleanup(struct gw_http1_body *body);

#endif
