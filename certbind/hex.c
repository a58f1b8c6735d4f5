#include "certbind/hex.h"

void certbind_hex_encode(const uint8_t *data, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[data[i] >> 4];
        out[2 * i + 1] = digits[data[i] & 15];
    }
    out[2 * len] = '\0';
}

static int digit_value(uint8_t c, bool any_case)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (any_case && c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool decode(struct certbind_bytes text, uint8_t *out, size_t len, bool any_case)
{
    if (text.len % 2 != 0 || text.len / 2 != len)
        return false;
    for (size_t i = 0; i < len; i++) {
        int high = digit_value(text.data[2 * i], any_case);
        int low = digit_value(text.data[2 * i + 1], any_case);

        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

bool certbind_hex_decode(struct certbind_bytes text, uint8_t *out, size_t len)
{
    return decode(text, out, len, false);
}

bool certbind_hex_decode_any_case(struct certbind_bytes text, uint8_t *out, size_t len)
{
    return decode(text, out, len, true);
}
