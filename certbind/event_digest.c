#include "certbind/event_digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certbind/hex.h"

bool certbind_event_digest_v1(struct certbind_bytes name, struct certbind_bytes payload,
                              uint8_t out[CERTBIND_SHA384_LEN])
{
    static const uint8_t type[4] = {0x01, 0x00, 0x00, 0x08};
    const struct certbind_bytes parts[] = {certbind_bytes(type, sizeof type), certbind_text(":"),
                                           name, certbind_text(":"), payload};

    return certbind_sha384_parts(parts, 5, out);
}

/* RFC 8785 section 3.2.2.2; out holds 6 * name.len + 1. */
static size_t escape(struct certbind_bytes name, char *out)
{
    static const char from[] = "\"\\\b\t\n\f\r";
    static const char to[] = "\"\\btnfr";
    size_t at = 0;

    for (size_t i = 0; i < name.len; i++) {
        const char c = (char)name.data[i];
        const char *special = c == '\0' ? NULL : strchr(from, c);

        if (special != NULL) {
            out[at++] = '\\';
            out[at++] = to[special - from];
        } else if (name.data[i] < 0x20) {
            at += (size_t)snprintf(out + at, 7, "\\u%04x", name.data[i]);
        } else {
            out[at++] = c;
        }
    }
    return at;
}

bool certbind_event_digest_v2(struct certbind_bytes name, struct certbind_bytes payload,
                              uint8_t out[CERTBIND_SHA384_LEN])
{
    char *hex = NULL;
    char *escaped = NULL;
    bool ok = false;

    memset(out, 0, CERTBIND_SHA384_LEN);
    if (name.len > CERTBIND_EVENT_V2_MAX_BYTES || payload.len > CERTBIND_EVENT_V2_MAX_BYTES)
        return false;
    hex = malloc(2 * payload.len + 1);
    escaped = malloc(6 * name.len + 1);
    if (hex != NULL && escaped != NULL) {
        const struct certbind_bytes parts[] = {
            certbind_text("{\"name\":\""), certbind_bytes(escaped, escape(name, escaped)),
            certbind_text("\",\"payload\":\""), certbind_bytes(hex, 2 * payload.len),
            certbind_text("\",\"type\":134217729}")};

        certbind_hex_encode(payload.data, payload.len, hex);
        ok = certbind_sha384_parts(parts, 5, out);
    }
    free(escaped);
    free(hex);
    return ok;
}

bool certbind_rtmr_extend(uint8_t rtmr[CERTBIND_RTMR_LEN],
                          const uint8_t digest[CERTBIND_SHA384_LEN])
{
    const struct certbind_bytes parts[] = {certbind_bytes(rtmr, CERTBIND_RTMR_LEN),
                                           certbind_bytes(digest, CERTBIND_SHA384_LEN)};

    /* All input is read before the output is written, so the register may be both. */
    return certbind_sha384_parts(parts, 2, rtmr);
}
