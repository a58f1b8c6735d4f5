#include "tests/unit/certbind/pack.h"

#include <string.h>

#include "tests/support/cmocka_all.h"

void pack_byte(struct pack *p, unsigned byte)
{
    assert_true(p->len < sizeof p->data);
    p->data[p->len++] = (uint8_t)byte;
}

void pack_raw(struct pack *p, struct certbind_bytes bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        pack_byte(p, bytes.data[i]);
}

static void put(struct pack *p, unsigned head, uint32_t value, int bytes)
{
    pack_byte(p, head);
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
        pack_byte(p, value >> shift & 0xff);
}

void pack_number(struct pack *p, uint32_t number)
{
    if (number < 0x80)
        pack_byte(p, number);
    else if (number < 0x100)
        put(p, 0xcc, number, 1);
    else if (number < 0x10000)
        put(p, 0xcd, number, 2);
    else
        put(p, 0xce, number, 4);
}

void pack_text(struct pack *p, const char *text)
{
    const size_t len = strlen(text);

    if (len < 32)
        pack_byte(p, 0xa0 | (unsigned)len);
    else if (len < 0x100)
        put(p, 0xd9, (uint32_t)len, 1);
    else if (len < 0x10000)
        put(p, 0xda, (uint32_t)len, 2);
    else
        put(p, 0xdb, (uint32_t)len, 4);
    pack_raw(p, certbind_text(text));
}

void pack_binary(struct pack *p, struct certbind_bytes bytes)
{
    if (bytes.len < 0x100)
        put(p, 0xc4, (uint32_t)bytes.len, 1);
    else
        put(p, 0xc5, (uint32_t)bytes.len, 2);
    pack_raw(p, bytes);
}

void pack_array(struct pack *p, uint32_t count)
{
    if (count < 16)
        pack_byte(p, 0x90 | count);
    else
        put(p, 0xdc, count, 2);
}

void pack_map(struct pack *p, uint32_t count)
{
    pack_byte(p, 0x80 | count);
}

void pack_integers(struct pack *p, struct certbind_bytes bytes)
{
    pack_array(p, (uint32_t)bytes.len);
    for (size_t i = 0; i < bytes.len; i++)
        pack_number(p, bytes.data[i]);
}

struct certbind_bytes pack_bytes(const struct pack *p)
{
    return certbind_bytes(p->data, p->len);
}
