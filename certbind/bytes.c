#include "certbind/bytes.h"

#include <string.h>

struct certbind_bytes certbind_bytes(const void *data, size_t len)
{
    return (struct certbind_bytes){.data = data, .len = len};
}

struct certbind_bytes certbind_text(const char *text)
{
    return certbind_bytes(text, strlen(text));
}

bool certbind_bytes_equal(struct certbind_bytes a, struct certbind_bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool certbind_is_zero(const uint8_t *data, size_t len)
{
    uint8_t seen = 0;

    for (size_t i = 0; i < len; i++)
        seen |= data[i];
    return seen == 0;
}

void certbind_reader_init(struct certbind_reader *r, struct certbind_bytes input)
{
    static const uint8_t nothing[1];

    r->at = input.len == 0 ? nothing : input.data;
    r->end = r->at + input.len;
    r->failed = false;
}

bool certbind_reader_ok(const struct certbind_reader *r)
{
    return !r->failed;
}

size_t certbind_reader_left(const struct certbind_reader *r)
{
    return r->failed ? 0 : (size_t)(r->end - r->at);
}

bool certbind_reader_done(const struct certbind_reader *r)
{
    return !r->failed && r->at == r->end;
}

struct certbind_bytes certbind_read(struct certbind_reader *r, size_t len)
{
    struct certbind_bytes view = {0};

    if (r->failed || len > (size_t)(r->end - r->at)) {
        r->failed = true;
        return view;
    }
    view = certbind_bytes(r->at, len);
    r->at += len;
    return view;
}

void certbind_read_to(struct certbind_reader *r, uint8_t *out, size_t len)
{
    struct certbind_bytes view = certbind_read(r, len);

    if (len == 0)
        return;
    if (view.len == len)
        memcpy(out, view.data, len);
    else
        memset(out, 0, len);
}

static uint64_t read_le(struct certbind_reader *r, size_t len)
{
    struct certbind_bytes view = certbind_read(r, len);
    uint64_t value = 0;

    for (size_t i = view.len; i > 0; i--)
        value = value << 8 | view.data[i - 1];
    return value;
}

uint8_t certbind_read_u8(struct certbind_reader *r)
{
    return (uint8_t)read_le(r, 1);
}

uint16_t certbind_read_u16le(struct certbind_reader *r)
{
    return (uint16_t)read_le(r, 2);
}

uint32_t certbind_read_u32le(struct certbind_reader *r)
{
    return (uint32_t)read_le(r, 4);
}

uint64_t certbind_read_u64le(struct certbind_reader *r)
{
    return read_le(r, 8);
}
