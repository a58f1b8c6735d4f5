/*
 * reply: what the simulator answers to one HTTP request.
 */
#ifndef SIM_REPLY_H
#define SIM_REPLY_H

#include <stdbool.h>

#include "certbind/bytes.h"
#include "tests/simulator/buffer.h"

struct sim_reply {
    unsigned status;           /* 0: not decided, sent as 500 */
    const char *content_type;  /* static; NULL: application/json */
    struct sim_buffer headers; /* further complete lines, each with CRLF */
    struct sim_buffer body;
};

/** Make it {"error": "<as for printf>"} with this status, as the guest agent does. */
void sim_reply_error(struct sim_reply *r, unsigned status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/** Append the whole HTTP/1.1 message. In: with_body false for HEAD; keep_alive: see RFC 9112. */
void sim_reply_encode(const struct sim_reply *r, bool with_body, bool keep_alive,
                      struct sim_buffer *out);

void sim_reply_cleanup(struct sim_reply *r);

#endif
