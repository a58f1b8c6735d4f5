#include "certbind/cbor.h"

#include "certbind/utf8.h"

enum { TYPE_SHIFT = 5, SMALL_MAX = 23, ONE_BYTE = 24, EIGHT_BYTES = 27 };

uint64_t certbind_cbor_head(struct certbind_reader *r, enum certbind_cbor_type type)
{
    static const uint64_t least[] = {SMALL_MAX + 1, 0x100, 0x10000, UINT64_C(0x100000000)};
    const uint8_t head = certbind_read_u8(r);
    const unsigned low = head & 0x1f;
    uint64_t value = 0;

    if (head >> TYPE_SHIFT != (int)type || low > EIGHT_BYTES)
        r->failed = true;
    if (r->failed)
        return 0;
    if (low <= SMALL_MAX)
        return low;
    for (size_t left = (size_t)1 << (low - ONE_BYTE); left > 0; left--)
        value = value << 8 | certbind_read_u8(r);
    if (value < least[low - ONE_BYTE])
        r->failed = true;
    return r->failed ? 0 : value;
}

static struct certbind_bytes read_string(struct certbind_reader *r, enum certbind_cbor_type type)
{
    const uint64_t len = certbind_cbor_head(r, type);

    if (len > certbind_reader_left(r)) {
        r->failed = true;
        return certbind_bytes(NULL, 0);
    }
    return certbind_read(r, (size_t)len);
}

struct certbind_bytes certbind_cbor_bytes(struct certbind_reader *r)
{
    return read_string(r, CERTBIND_CBOR_BYTES);
}

struct certbind_bytes certbind_cbor_text(struct certbind_reader *r)
{
    const struct certbind_bytes text = read_string(r, CERTBIND_CBOR_TEXT);

    if (certbind_utf8_ok(text))
        return text;
    r->failed = true;
    return certbind_bytes(NULL, 0);
}
