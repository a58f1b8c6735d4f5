#include "tests/simulator/scale.h"

/* The two low bits of the first byte. */
enum { ONE_BYTE, TWO_BYTES, FOUR_BYTES, LONGER };

void sim_scale_put_compact(struct sim_buffer *b, size_t n)
{
    if (n < 1u << 6)
        sim_buffer_put_u8(b, (uint8_t)(n << 2 | ONE_BYTE));
    else if (n < 1u << 14)
        sim_buffer_put_u16le(b, (uint16_t)(n << 2 | TWO_BYTES));
    else if (n < 1u << 30)
        sim_buffer_put_u32le(b, (uint32_t)(n << 2 | FOUR_BYTES));
    else
        b->failed = true;
}

void sim_scale_put_vector(struct sim_buffer *b, struct certbind_bytes bytes)
{
    sim_scale_put_compact(b, bytes.len);
    sim_buffer_put_bytes(b, bytes);
}

size_t sim_scale_read_compact(struct certbind_reader *r)
{
    size_t first = certbind_read_u8(r);

    switch (first & 3) {
    case ONE_BYTE:
        return first >> 2;
    case TWO_BYTES:
        return (first | (size_t)certbind_read_u8(r) << 8) >> 2;
    case FOUR_BYTES:
        first |= (size_t)certbind_read_u8(r) << 8;
        return (first | (size_t)certbind_read_u16le(r) << 16) >> 2;
    default:
        r->failed = true;
        return 0;
    }
}

struct certbind_bytes sim_scale_read_vector(struct certbind_reader *r)
{
    return certbind_read(r, sim_scale_read_compact(r));
}
