#include "certbind/growing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *certbind_growing_reserve(struct certbind_growing *text, size_t more)
{
    if (!text->failed && text->room - text->len <= more) {
        const size_t room = 2 * text->room + more + 1;
        char *grown = realloc(text->at, room);

        text->failed = grown == NULL;
        if (grown != NULL) {
            text->at = grown;
            text->room = room;
        }
    }
    return text->failed ? NULL : text->at + text->len;
}

void certbind_growing_add(struct certbind_growing *text, struct certbind_bytes bytes)
{
    char *to = certbind_growing_reserve(text, bytes.len);

    if (to == NULL)
        return;
    if (bytes.len > 0)
        memcpy(to, bytes.data, bytes.len);
    to[bytes.len] = '\0';
    text->len += bytes.len;
}

/* Write a character as it stands in a JSON string. Returns: its length */
static size_t escape(uint8_t c, char out[8])
{
    static const char shorter[] = "\bb\tt\nn\ff\rr\"\"\\\\";

    for (size_t i = 0; i < sizeof shorter - 1; i += 2) {
        if ((uint8_t)shorter[i] == c) {
            out[0] = '\\';
            out[1] = shorter[i + 1];
            return 2;
        }
    }
    if (c < 0x20)
        return (size_t)snprintf(out, 8, "\\u%04x", (unsigned)c);
    out[0] = (char)c;
    return 1;
}

void certbind_growing_add_json(struct certbind_growing *text, struct certbind_bytes bytes)
{
    certbind_growing_add(text, certbind_text("\""));
    for (size_t i = 0; i < bytes.len; i++) {
        char written[8];
        const size_t len = escape(bytes.data[i], written);

        certbind_growing_add(text, certbind_bytes(written, len));
    }
    certbind_growing_add(text, certbind_text("\""));
}
