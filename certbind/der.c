#include "certbind/der.h"

enum { CONSTRUCTED = 0x20, TAG_MASK = 0x1f, BOOLEAN = 0x01, MAX_LENGTH_OCTETS = 4 };

static bool read_length(struct certbind_reader *r, size_t *len)
{
    const uint8_t first = certbind_read_u8(r);
    size_t count = first & 0x7f;
    size_t value = 0;

    *len = first;
    if (first < 0x80)
        return certbind_reader_ok(r);
    if (count == 0 || count > MAX_LENGTH_OCTETS)
        return false;
    for (size_t i = 0; i < count; i++) {
        const uint8_t octet = certbind_read_u8(r);

        if (i == 0 && octet == 0)
            return false;
        value = value << 8 | octet;
    }
    *len = value;
    return certbind_reader_ok(r) && value >= 0x80;
}

bool certbind_der_next(struct certbind_reader *r, struct certbind_der *out)
{
    const uint8_t *start = r->at;
    size_t len = 0;

    *out = (struct certbind_der){0};
    out->tag = certbind_read_u8(r);
    if ((out->tag & TAG_MASK) == TAG_MASK || !read_length(r, &len))
        r->failed = true;
    out->body = certbind_read(r, len);
    if (!certbind_reader_ok(r)) {
        *out = (struct certbind_der){0};
        return false;
    }
    out->whole = certbind_bytes(start, (size_t)(r->at - start));
    return true;
}

bool certbind_der_only(struct certbind_bytes input, uint8_t tag, struct certbind_bytes *out)
{
    struct certbind_reader r;
    struct certbind_der element;

    certbind_reader_init(&r, input);
    if (!certbind_der_next(&r, &element) || !certbind_reader_done(&r) || element.tag != tag) {
        *out = (struct certbind_bytes){0};
        return false;
    }
    *out = element.body;
    return true;
}

static bool is_strict_boolean(const struct certbind_der *element)
{
    return element->body.len == 1 && (element->body.data[0] == 0 || element->body.data[0] == 0xff);
}

bool certbind_der_is_strict(struct certbind_bytes input)
{
    struct certbind_reader stack[CERTBIND_DER_MAX_DEPTH];
    struct certbind_der element;
    size_t depth = 1;
    size_t top = 0;

    certbind_reader_init(&stack[0], input);
    while (depth > 0) {
        struct certbind_reader *r = &stack[depth - 1];

        if (certbind_reader_left(r) == 0) {
            depth--;
            continue;
        }
        if (!certbind_der_next(r, &element) || (depth == 1 && ++top > 1))
            return false;
        if (element.tag == BOOLEAN && !is_strict_boolean(&element))
            return false;
        if ((element.tag & CONSTRUCTED) == 0)
            continue;
        if (depth == CERTBIND_DER_MAX_DEPTH)
            return false;
        certbind_reader_init(&stack[depth++], element.body);
    }
    return top == 1;
}
