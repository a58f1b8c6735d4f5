#include "tests/simulator/msgpack.h"

static void put_u16be(struct sim_buffer *b, size_t value)
{
    sim_buffer_put_u8(b, (uint8_t)(value >> 8));
    sim_buffer_put_u8(b, (uint8_t)value);
}

static void put_u32be(struct sim_buffer *b, size_t value)
{
    put_u16be(b, value >> 16 & 0xffff);
    put_u16be(b, value & 0xffff);
}

/* A marker of the families with 16-bit and 32-bit lengths. */
static void put_long(struct sim_buffer *b, uint8_t marker16, size_t count)
{
    if (count <= UINT16_MAX) {
        sim_buffer_put_u8(b, marker16);
        put_u16be(b, count);
    } else {
        sim_buffer_put_u8(b, (uint8_t)(marker16 + 1));
        put_u32be(b, count);
    }
}

void sim_msgpack_put_map(struct sim_buffer *b, size_t count)
{
    if (count < 16)
        sim_buffer_put_u8(b, (uint8_t)(0x80 | count));
    else
        put_long(b, 0xde, count);
}

void sim_msgpack_put_array(struct sim_buffer *b, size_t count)
{
    if (count < 16)
        sim_buffer_put_u8(b, (uint8_t)(0x90 | count));
    else
        put_long(b, 0xdc, count);
}

void sim_msgpack_put_nil(struct sim_buffer *b)
{
    sim_buffer_put_u8(b, 0xc0);
}

void sim_msgpack_put_unsigned(struct sim_buffer *b, uint32_t value)
{
    if (value < 0x80) {
        sim_buffer_put_u8(b, (uint8_t)value);
    } else if (value <= UINT8_MAX) {
        sim_buffer_put_u8(b, 0xcc);
        sim_buffer_put_u8(b, (uint8_t)value);
    } else {
        put_long(b, 0xcd, value);
    }
}

void sim_msgpack_put_text(struct sim_buffer *b, struct certbind_bytes text)
{
    if (text.len < 32) {
        sim_buffer_put_u8(b, (uint8_t)(0xa0 | text.len));
    } else if (text.len <= UINT8_MAX) {
        sim_buffer_put_u8(b, 0xd9);
        sim_buffer_put_u8(b, (uint8_t)text.len);
    } else {
        put_long(b, 0xda, text.len);
    }
    sim_buffer_put_bytes(b, text);
}

void sim_msgpack_put_bin(struct sim_buffer *b, struct certbind_bytes bytes)
{
    if (bytes.len <= UINT8_MAX) {
        sim_buffer_put_u8(b, 0xc4);
        sim_buffer_put_u8(b, (uint8_t)bytes.len);
    } else {
        put_long(b, 0xc5, bytes.len);
    }
    sim_buffer_put_bytes(b, bytes);
}

void sim_msgpack_put_byte_array(struct sim_buffer *b, struct certbind_bytes bytes)
{
    sim_msgpack_put_array(b, bytes.len);
    for (size_t i = 0; i < bytes.len; i++)
        sim_msgpack_put_unsigned(b, bytes.data[i]);
}
