#include "certbind/scale.h"

/* The two low bits of the first byte tell the form. */
enum { FORM_1 = 0, FORM_2 = 1, FORM_4 = 2 };

uint32_t certbind_scale_compact(struct certbind_reader *r)
{
    const uint32_t first = certbind_read_u8(r);
    uint32_t value;
    uint32_t least;

    switch (first & 3) {
    case FORM_1:
        return first >> 2;
    case FORM_2:
        value = (first | (uint32_t)certbind_read_u8(r) << 8) >> 2;
        least = 1u << 6;
        break;
    case FORM_4:
        value = (first | (uint32_t)certbind_read_u8(r) << 8);
        value = (value | (uint32_t)certbind_read_u16le(r) << 16) >> 2;
        least = 1u << 14;
        break;
    default:
        r->failed = true;
        return 0;
    }
    if (value >= least)
        return value;
    r->failed = true;
    return 0;
}

struct certbind_bytes certbind_scale_octets(struct certbind_reader *r)
{
    const uint32_t len = certbind_scale_compact(r);

    return certbind_read(r, len);
}
