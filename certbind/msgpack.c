#include "certbind/msgpack.h"

#include "certbind/utf8.h"

static uint64_t read_be(struct certbind_reader *r, size_t len)
{
    uint64_t value = 0;

    for (size_t i = 0; i < len; i++)
        value = value << 8 | certbind_read_u8(r);
    return value;
}

/* A number of 1, 2, 4 or 8 bytes that the form before it could not hold. */
static uint64_t read_least(struct certbind_reader *r, size_t len, uint64_t least)
{
    const uint64_t value = read_be(r, len);

    if (value < least)
        r->failed = true;
    return value;
}

static void read_unsigned(struct certbind_reader *r, unsigned log2, struct certbind_msgpack *out)
{
    static const uint64_t least[] = {0x80, 0x100, 0x10000, UINT64_C(0x100000000)};

    out->type = CERTBIND_MSGPACK_UNSIGNED;
    out->number = read_least(r, (size_t)1 << log2, least[log2]);
}

/* Only its being negative, and in the shortest form, is of use. */
static void read_negative(struct certbind_reader *r, unsigned log2, struct certbind_msgpack *out)
{
    const unsigned bits = 8u << log2;
    const uint64_t sign = UINT64_C(1) << (bits - 1);
    const uint64_t value = read_be(r, (size_t)1 << log2);
    const uint64_t before = log2 == 0 ? 32 : UINT64_C(1) << (bits / 2 - 1);
    const uint64_t mask = sign | (sign - 1);

    out->type = CERTBIND_MSGPACK_NEGATIVE;
    if ((value & sign) == 0 || ((0 - value) & mask) <= before)
        r->failed = true;
}

static void read_string(struct certbind_reader *r, enum certbind_msgpack_type type, uint64_t len,
                        struct certbind_msgpack *out)
{
    out->type = type;
    out->view = certbind_read(r, (size_t)len);
}

static void read_container(enum certbind_msgpack_type type, uint64_t count,
                           struct certbind_msgpack *out)
{
    out->type = type;
    out->count = (uint32_t)count;
}

/* The forms c0..df, which say their size in the bytes that follow. */
static void read_sized(struct certbind_reader *r, uint8_t head, struct certbind_msgpack *out)
{
    if (head == 0xc0) {
        out->type = CERTBIND_MSGPACK_NIL;
    } else if (head == 0xc2 || head == 0xc3) {
        out->type = CERTBIND_MSGPACK_BOOL;
        out->number = head & 1;
    } else if (head >= 0xc4 && head <= 0xc6) {
        static const uint64_t least[] = {0, 0x100, 0x10000};
        const unsigned log2 = head - 0xc4u;

        read_string(r, CERTBIND_MSGPACK_BINARY, read_least(r, (size_t)1 << log2, least[log2]), out);
    } else if (head >= 0xcc && head <= 0xcf) {
        read_unsigned(r, head - 0xccu, out);
    } else if (head >= 0xd0 && head <= 0xd3) {
        read_negative(r, head - 0xd0u, out);
    } else if (head >= 0xd9 && head <= 0xdb) {
        static const uint64_t least[] = {32, 0x100, 0x10000};
        const unsigned log2 = head - 0xd9u;

        read_string(r, CERTBIND_MSGPACK_TEXT, read_least(r, (size_t)1 << log2, least[log2]), out);
    } else if (head >= 0xdc) {
        const bool wide = (head & 1) != 0;

        read_container(head < 0xde ? CERTBIND_MSGPACK_ARRAY : CERTBIND_MSGPACK_MAP,
                       read_least(r, wide ? 4 : 2, wide ? 0x10000 : 16), out);
    } else {
        r->failed = true;
    }
}

bool certbind_msgpack_next(struct certbind_reader *r, struct certbind_msgpack *out)
{
    const uint8_t head = certbind_read_u8(r);

    *out = (struct certbind_msgpack){0};
    if (head < 0x80) {
        out->type = CERTBIND_MSGPACK_UNSIGNED;
        out->number = head;
    } else if (head < 0x90) {
        read_container(CERTBIND_MSGPACK_MAP, head & 0x0f, out);
    } else if (head < 0xa0) {
        read_container(CERTBIND_MSGPACK_ARRAY, head & 0x0f, out);
    } else if (head < 0xc0) {
        read_string(r, CERTBIND_MSGPACK_TEXT, head & 0x1f, out);
    } else if (head < 0xe0) {
        read_sized(r, head, out);
    } else {
        out->type = CERTBIND_MSGPACK_NEGATIVE;
    }
    if (!certbind_reader_ok(r))
        *out = (struct certbind_msgpack){0};
    return certbind_reader_ok(r);
}

bool certbind_msgpack_take(struct certbind_reader *r, enum certbind_msgpack_type type,
                           struct certbind_msgpack *out)
{
    if (certbind_msgpack_next(r, out) && out->type == type)
        return true;
    r->failed = true;
    *out = (struct certbind_msgpack){0};
    return false;
}

bool certbind_msgpack_text(struct certbind_reader *r, struct certbind_bytes *out)
{
    struct certbind_msgpack item;

    *out = certbind_bytes(NULL, 0);
    if (!certbind_msgpack_take(r, CERTBIND_MSGPACK_TEXT, &item))
        return false;
    if (!certbind_utf8_ok(item.view))
        r->failed = true;
    else
        *out = item.view;
    return certbind_reader_ok(r);
}

static bool read_array(struct certbind_reader *r, uint32_t count,
                       struct certbind_msgpack_room *room, struct certbind_bytes *out)
{
    uint8_t *start = room->at;

    if (count > room->left || count > certbind_reader_left(r))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        struct certbind_msgpack item;

        if (!certbind_msgpack_take(r, CERTBIND_MSGPACK_UNSIGNED, &item) || item.number > 0xff)
            return false;
        start[i] = (uint8_t)item.number;
    }
    room->at += count;
    room->left -= count;
    *out = certbind_bytes(start, count);
    return true;
}

bool certbind_msgpack_octets(struct certbind_reader *r, struct certbind_msgpack_room *room,
                             struct certbind_bytes *out)
{
    struct certbind_msgpack item;

    *out = certbind_bytes(NULL, 0);
    if (!certbind_msgpack_next(r, &item))
        return false;
    if (item.type == CERTBIND_MSGPACK_BINARY)
        *out = item.view;
    else if (item.type != CERTBIND_MSGPACK_ARRAY || !read_array(r, item.count, room, out))
        r->failed = true;
    return certbind_reader_ok(r);
}
