/*
 * scale: the compact lengths and byte vectors of SCALE, written and read.
 */
#ifndef SIM_SCALE_H
#define SIM_SCALE_H

#include <stddef.h>

#include "certbind/bytes.h"
#include "tests/simulator/buffer.h"

/** A compact length below 2^30, least significant byte first; the low bits say how many bytes. */
void sim_scale_put_compact(struct sim_buffer *b, size_t n);

/** Length and bytes. */
void sim_scale_put_vector(struct sim_buffer *b, struct certbind_bytes bytes);

/** Returns: the length; 0 after a failure of the reader, which longer forms are too. */
size_t sim_scale_read_compact(struct certbind_reader *r);

/** Returns: a view of the bytes (borrowed from the input). */
struct certbind_bytes sim_scale_read_vector(struct certbind_reader *r);

#endif
