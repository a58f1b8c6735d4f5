/*
 * http2_outlet: what one stream of HTTP/2 sends: a queue that goes as windows and the link allow,
 * its end, its trailers. Private; used towards clients and towards upstreams.
 */
#ifndef GW_CORE_HTTP2_OUTLET_H
#define GW_CORE_HTTP2_OUTLET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nghttp2/nghttp2.h>

#include "gateway/core/bufq.h"
#include "gateway/core/http1_fields.h"
#include "gateway/core/link.h"

struct gw_http2_outlet {
    nghttp2_session *session;
    struct gw_link *link;
    int32_t id; /* of the stream */
    struct gw_bufq queue;
    struct gw_marks marks; /* the owner looks whether they must stop after gw_http2_outlet_add */
    const uint8_t *direct; /* bytes that follow the queue, borrowed for one call */
    size_t direct_len;
    size_t promised; /* bytes of a frame that the library has begun, until it has gone */
    char *trailer_text;
    size_t trailer_len;
    void (*progress)(struct gw_http2_outlet *o); /* a frame has gone; within the library */
    bool ended;                                  /* nothing is added any more */
    bool deferred;                               /* the library waits for more */
};

void gw_http2_outlet_init(struct gw_http2_outlet *o, nghttp2_session *session, struct gw_link *link,
                          void (*progress)(struct gw_http2_outlet *o));
void gw_http2_outlet_cleanup(struct gw_http2_outlet *o);

/** Set the callbacks that write: frames of the session, and DATA out of outlets. The session's user
 * data begins with a struct gw_link *. */
void gw_http2_outlet_callbacks(nghttp2_session_callbacks *callbacks);

/** Returns: the body to submit with a head. */
nghttp2_data_provider gw_http2_outlet_body(struct gw_http2_outlet *o);

/** Queue bytes. Returns: false when memory ran out. */
bool gw_http2_outlet_add(struct gw_http2_outlet *o, const void *data, size_t len);

/** Send bytes at once and without a copy, if nothing waits before them; outside the library only.
 * Returns: how many went. Out: failed  the session is lost */
size_t gw_http2_outlet_send(struct gw_http2_outlet *o, const void *data, size_t len, bool *failed);

/** The stream is reset: nothing that waits is sent any more but a frame that has been begun. */
void gw_http2_outlet_drop(struct gw_http2_outlet *o);

/**
 * No more will come but the trailers that may be forwarded.
 *
 * Returns: false when they cannot be kept: then nothing has ended, and the stream is to be reset
 * In:      room  of scratch, for building them
 */
bool gw_http2_outlet_end(struct gw_http2_outlet *o, const struct gw_http_fields *trailers,
                         char *scratch, size_t room);

#endif
