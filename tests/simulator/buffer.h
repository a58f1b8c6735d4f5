/*
 * buffer: a byte string that grows at its end; what every encoder of the simulator writes into.
 *
 * A failed allocation is sticky: later writes do nothing and sim_buffer_ok is false, so a whole
 * object is written first and asked once.
 */
#ifndef SIM_BUFFER_H
#define SIM_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "certbind/bytes.h"

struct sim_buffer {
    uint8_t *data; /* owned */
    size_t len;
    size_t room;
    bool failed;
};

/** Returns: whether no write has failed. */
bool sim_buffer_ok(const struct sim_buffer *b);

/** Returns: a view of the content (borrowed until the next write). */
struct certbind_bytes sim_buffer_view(const struct sim_buffer *b);

void sim_buffer_put(struct sim_buffer *b, const void *data, size_t len);
void sim_buffer_put_bytes(struct sim_buffer *b, struct certbind_bytes bytes);
void sim_buffer_put_zeros(struct sim_buffer *b, size_t count);
void sim_buffer_put_u8(struct sim_buffer *b, uint8_t value);
void sim_buffer_put_u16le(struct sim_buffer *b, uint16_t value);
void sim_buffer_put_u32le(struct sim_buffer *b, uint32_t value);
void sim_buffer_put_u64le(struct sim_buffer *b, uint64_t value);

/** Append the characters of a text, without its NUL. */
void sim_buffer_put_text(struct sim_buffer *b, const char *text);

/** Append as for printf. */
void sim_buffer_printf(struct sim_buffer *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/** Append lowercase or upper-case hex digits. */
void sim_buffer_put_hex(struct sim_buffer *b, struct certbind_bytes bytes);
void sim_buffer_put_upper_hex(struct sim_buffer *b, struct certbind_bytes bytes);

/** Remove the first count bytes. */
void sim_buffer_consume(struct sim_buffer *b, size_t count);

/** Insert count bytes of data at place. */
void sim_buffer_insert(struct sim_buffer *b, size_t place, const void *data, size_t count);

/** Returns: the content as NUL-terminated text (borrowed), or NULL after a failure. */
const char *sim_buffer_cstr(struct sim_buffer *b);

/** Empty it, keeping the memory. */
void sim_buffer_clear(struct sim_buffer *b);

/** Cleanse and free the content; leaves an empty buffer. */
void sim_buffer_cleanup(struct sim_buffer *b);

#endif
