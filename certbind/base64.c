#include "certbind/hex.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t certbind_base64_encoded_len(size_t len)
{
    return (len + 2) / 3 * 4;
}

void certbind_base64_encode(struct certbind_bytes data, char *out)
{
    size_t i = 0;

    for (; i + 3 <= data.len; i += 3) {
        uint32_t v =
            (uint32_t)data.data[i] << 16 | (uint32_t)data.data[i + 1] << 8 | data.data[i + 2];

        *out++ = alphabet[v >> 18];
        *out++ = alphabet[v >> 12 & 63];
        *out++ = alphabet[v >> 6 & 63];
        *out++ = alphabet[v & 63];
    }
    if (data.len - i == 1) {
        *out++ = alphabet[data.data[i] >> 2];
        *out++ = alphabet[(data.data[i] & 3) << 4];
        *out++ = '=';
        *out++ = '=';
    } else if (data.len - i == 2) {
        *out++ = alphabet[data.data[i] >> 2];
        *out++ = alphabet[(data.data[i] & 3) << 4 | data.data[i + 1] >> 4];
        *out++ = alphabet[(data.data[i + 1] & 15) << 2];
        *out++ = '=';
    }
    *out = '\0';
}

static int value_of(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+')
        return 62;
    return c == '/' ? 63 : -1;
}

/* The last group of four: one, two or three bytes. Unused bits must be zero. */
static bool decode_last(const uint8_t group[4], uint8_t out[3], size_t *n)
{
    int a = value_of(group[0]);
    int b = value_of(group[1]);
    int c = value_of(group[2]);
    int d = value_of(group[3]);

    if (a < 0 || b < 0)
        return false;
    out[0] = (uint8_t)(a << 2 | b >> 4);
    if (group[2] == '=') {
        *n = 1;
        return group[3] == '=' && (b & 15) == 0;
    }
    if (c < 0)
        return false;
    out[1] = (uint8_t)(b << 4 | c >> 2);
    if (group[3] == '=') {
        *n = 2;
        return (c & 3) == 0;
    }
    out[2] = (uint8_t)(c << 6 | d);
    *n = 3;
    return d >= 0;
}

bool certbind_base64_decode(struct certbind_bytes text, uint8_t *out, size_t room, size_t *out_len)
{
    size_t done = 0;

    *out_len = 0;
    if (text.len % 4 != 0)
        return false;
    for (size_t i = 0; i < text.len; i += 4) {
        uint8_t group[3] = {0};
        size_t n = 0;

        if (!decode_last(text.data + i, group, &n) || (n < 3 && i + 4 != text.len) ||
            n > room - done)
            return false;
        for (size_t k = 0; k < n; k++)
            out[done++] = group[k];
    }
    *out_len = done;
    return true;
}
