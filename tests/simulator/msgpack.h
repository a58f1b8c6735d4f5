/*
 * msgpack: the few MessagePack forms that dstack's attestations and app information use.
 */
#ifndef SIM_MSGPACK_H
#define SIM_MSGPACK_H

#include <stddef.h>
#include <stdint.h>

#include "certbind/bytes.h"
#include "tests/simulator/buffer.h"

/** Begin a map of count pairs or an array of count elements, each in its shortest form. */
void sim_msgpack_put_map(struct sim_buffer *b, size_t count);
void sim_msgpack_put_array(struct sim_buffer *b, size_t count);

void sim_msgpack_put_nil(struct sim_buffer *b);
void sim_msgpack_put_unsigned(struct sim_buffer *b, uint32_t value);
void sim_msgpack_put_text(struct sim_buffer *b, struct certbind_bytes text);
void sim_msgpack_put_bin(struct sim_buffer *b, struct certbind_bytes bytes);

/** Bytes as an array of integers, as serde writes a plain Vec<u8>. */
void sim_msgpack_put_byte_array(struct sim_buffer *b, struct certbind_bytes bytes);

#endif
