#include "certbind/utf8.h"

size_t certbind_utf8_sequence(struct certbind_bytes input)
{
    const uint8_t *p = input.data;
    size_t n;

    if (input.len == 0 || p[0] < 0xc2 || p[0] > 0xf4)
        return 0;
    n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (input.len < n)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
        (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
        return 0;
    return n;
}

bool certbind_utf8_ok(struct certbind_bytes text)
{
    for (size_t at = 0; at < text.len;) {
        const uint8_t c = text.data[at];
        const size_t n =
            c < 0x80 ? c != 0
                     : certbind_utf8_sequence(certbind_bytes(text.data + at, text.len - at));

        if (n == 0)
            return false;
        at += n;
    }
    return true;
}
