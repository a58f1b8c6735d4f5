/*
 * http2_peer: what the scripted clients and upstreams of HTTP/2 share: a session of nghttp2 on a
 * chan. Windows open only when the script says so.
 */
#ifndef TESTS_SCHEDULE_HTTP2_PEER_H
#define TESTS_SCHEDULE_HTTP2_PEER_H

#include <nghttp2/nghttp2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/schedule/chan.h"

#define HTTP2_FIELD(n, v)                                                                          \
    {                                                                                              \
        (uint8_t *)(uintptr_t)(n), (uint8_t *)(uintptr_t)(v), strlen(n), strlen(v), 0              \
    }

struct http2_peer {
    nghttp2_session *session;
    const uint8_t *out; /* of the session, not yet with the chan */
    size_t out_len;
    size_t owed; /* of the connection's window */
};

/** Returns: callbacks for these four; others may be added. */
nghttp2_session_callbacks *http2_peer_callbacks(nghttp2_on_header_callback header,
                                                nghttp2_on_frame_recv_callback frame,
                                                nghttp2_on_data_chunk_recv_callback data,
                                                nghttp2_on_stream_close_callback close);

/** In: callbacks  taken over; user  for them */
void http2_peer_open(struct http2_peer *p, bool server, nghttp2_session_callbacks *callbacks,
                     void *user);
void http2_peer_close(struct http2_peer *p);

/** Settings that make windows small, frames large and the like, at random. */
void http2_peer_settings(struct http2_peer *p, bool connect);

/** Returns: what chan_read does; frames that break a rule fail the schedule. */
long http2_peer_read(struct http2_peer *p, struct chan *chan);

/** Returns: false when the chan is broken. */
bool http2_peer_write(struct http2_peer *p, struct chan *chan);
bool http2_peer_wants_write(const struct http2_peer *p);

/** Give back some of what is owed to the connection's window and to a stream's. Returns: whether
 * any is owed still. */
bool http2_peer_pay(struct http2_peer *p, int32_t stream, size_t *owed);

#endif
