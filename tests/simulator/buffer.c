#include "tests/simulator/buffer.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "certbind/hex.h"

bool sim_buffer_ok(const struct sim_buffer *b)
{
    return !b->failed;
}

struct certbind_bytes sim_buffer_view(const struct sim_buffer *b)
{
    return certbind_bytes(b->data, b->len);
}

/* Returns: where extra more bytes can be written, or NULL. */
static uint8_t *reserve(struct sim_buffer *b, size_t extra)
{
    size_t room = b->room < 256 ? 256 : b->room;
    uint8_t *data;

    if (b->failed || extra > SIZE_MAX / 4 - b->len) {
        b->failed = true;
        return NULL;
    }
    while (room < b->len + extra)
        room *= 2;
    if (room != b->room) {
        data = realloc(b->data, room);
        if (data == NULL) {
            b->failed = true;
            return NULL;
        }
        b->data = data;
        b->room = room;
    }
    return b->data + b->len;
}

void sim_buffer_put(struct sim_buffer *b, const void *data, size_t len)
{
    uint8_t *at = reserve(b, len);

    if (at == NULL || len == 0)
        return;
    memcpy(at, data, len);
    b->len += len;
}

void sim_buffer_put_bytes(struct sim_buffer *b, struct certbind_bytes bytes)
{
    sim_buffer_put(b, bytes.data, bytes.len);
}

void sim_buffer_put_zeros(struct sim_buffer *b, size_t count)
{
    uint8_t *at = reserve(b, count);

    if (at == NULL)
        return;
    memset(at, 0, count);
    b->len += count;
}

static void put_le(struct sim_buffer *b, uint64_t value, size_t len)
{
    uint8_t bytes[8];

    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
    sim_buffer_put(b, bytes, len);
}

void sim_buffer_put_u8(struct sim_buffer *b, uint8_t value)
{
    sim_buffer_put(b, &value, 1);
}

void sim_buffer_put_u16le(struct sim_buffer *b, uint16_t value)
{
    put_le(b, value, 2);
}

void sim_buffer_put_u32le(struct sim_buffer *b, uint32_t value)
{
    put_le(b, value, 4);
}

void sim_buffer_put_u64le(struct sim_buffer *b, uint64_t value)
{
    put_le(b, value, 8);
}

void sim_buffer_put_text(struct sim_buffer *b, const char *text)
{
    sim_buffer_put(b, text, strlen(text));
}

void sim_buffer_printf(struct sim_buffer *b, const char *fmt, ...)
{
    va_list args;
    uint8_t *at;
    int len;

    va_start(args, fmt);
    len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    at = len < 0 ? NULL : reserve(b, (size_t)len + 1);
    if (at == NULL) {
        b->failed = true;
        return;
    }
    va_start(args, fmt);
    (void)vsnprintf((char *)at, (size_t)len + 1, fmt, args);
    va_end(args);
    b->len += (size_t)len;
}

void sim_buffer_put_hex(struct sim_buffer *b, struct certbind_bytes bytes)
{
    uint8_t *at = reserve(b, 2 * bytes.len + 1);

    if (at == NULL)
        return;
    certbind_hex_encode(bytes.data, bytes.len, (char *)at);
    b->len += 2 * bytes.len;
}

void sim_buffer_put_upper_hex(struct sim_buffer *b, struct certbind_bytes bytes)
{
    size_t start = b->len;

    sim_buffer_put_hex(b, bytes);
    for (size_t i = start; i < b->len; i++)
        b->data[i] = (uint8_t)toupper(b->data[i]);
}

void sim_buffer_consume(struct sim_buffer *b, size_t count)
{
    if (count > b->len)
        count = b->len;
    if (count == 0)
        return;
    memmove(b->data, b->data + count, b->len - count);
    b->len -= count;
}

void sim_buffer_insert(struct sim_buffer *b, size_t place, const void *data, size_t count)
{
    if (place > b->len || reserve(b, count) == NULL) {
        b->failed = true;
        return;
    }
    memmove(b->data + place + count, b->data + place, b->len - place);
    memcpy(b->data + place, data, count);
    b->len += count;
}

const char *sim_buffer_cstr(struct sim_buffer *b)
{
    uint8_t *at = reserve(b, 1);

    if (at == NULL)
        return NULL;
    *at = 0;
    return (const char *)b->data;
}

void sim_buffer_clear(struct sim_buffer *b)
{
    b->len = 0;
    b->failed = false;
}

void sim_buffer_cleanup(struct sim_buffer *b)
{
    if (b->data != NULL)
        OPENSSL_cleanse(b->data, b->room);
    free(b->data);
    *b = (struct sim_buffer){0};
}
