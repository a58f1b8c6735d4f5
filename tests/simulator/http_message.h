/*
 * http_message: one HTTP/1.1 request read from bytes. No sockets.
 */
#ifndef SIM_HTTP_MESSAGE_H
#define SIM_HTTP_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include <llhttp.h>

#include "certbind/bytes.h"
#include "tests/simulator/buffer.h"

enum { SIM_HEAD_MAX = 64 * 1024, SIM_BODY_MAX = 10 * 1024 * 1024 };

enum sim_http_progress { SIM_HTTP_BAD, SIM_HTTP_MORE, SIM_HTTP_COMPLETE };

struct sim_http_message {
    llhttp_t parser;
    llhttp_settings_t settings;
    size_t head_len;
    bool complete;
    bool keep_alive;
    struct sim_buffer target;
    struct sim_buffer field;
    struct sim_buffer value;
    struct sim_buffer content_type;
    struct sim_buffer body;
};

/** Prepare for a first or next request. */
void sim_http_message_reset(struct sim_http_message *m);

/**
 * Read on.
 *
 * Returns: SIM_HTTP_BAD       no HTTP/1.x request, or over a limit
 *          SIM_HTTP_MORE      all of input was used, the request is not complete
 *          SIM_HTTP_COMPLETE  the request is complete
 * Out:     used  how much of input belongs to this request
 */
enum sim_http_progress sim_http_message_feed(struct sim_http_message *m,
                                             struct certbind_bytes input, size_t *used);

/** Returns: whether the request has begun to arrive. */
bool sim_http_message_begun(const struct sim_http_message *m);

/** Returns: the method's name (static). */
const char *sim_http_message_method(const struct sim_http_message *m);

void sim_http_message_cleanup(struct sim_http_message *m);

#endif
