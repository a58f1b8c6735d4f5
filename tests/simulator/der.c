#include "tests/simulator/der.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "certbind/hex.h"

size_t sim_der_open(struct sim_buffer *b, uint8_t tag)
{
    sim_buffer_put_u8(b, tag);
    return b->len;
}

void sim_der_close(struct sim_buffer *b, size_t place)
{
    size_t len = b->len < place ? 0 : b->len - place;
    uint8_t head[3];

    if (len < 0x80) {
        head[0] = (uint8_t)len;
        sim_buffer_insert(b, place, head, 1);
    } else if (len < 0x100) {
        head[0] = 0x81;
        head[1] = (uint8_t)len;
        sim_buffer_insert(b, place, head, 2);
    } else if (len < 0x10000) {
        head[0] = 0x82;
        head[1] = (uint8_t)(len >> 8);
        head[2] = (uint8_t)len;
        sim_buffer_insert(b, place, head, 3);
    } else {
        b->failed = true;
    }
}

void sim_der_put(struct sim_buffer *b, uint8_t tag, struct certbind_bytes content)
{
    size_t place = sim_der_open(b, tag);

    sim_buffer_put_bytes(b, content);
    sim_der_close(b, place);
}

void sim_der_put_unsigned(struct sim_buffer *b, uint8_t tag, struct certbind_bytes big_endian)
{
    size_t place = sim_der_open(b, tag);
    size_t skip = 0;

    while (skip + 1 < big_endian.len && big_endian.data[skip] == 0)
        skip++;
    if (big_endian.data[skip] & 0x80)
        sim_buffer_put_u8(b, 0);
    sim_buffer_put(b, big_endian.data + skip, big_endian.len - skip);
    sim_der_close(b, place);
}

void sim_der_put_number(struct sim_buffer *b, uint8_t tag, uint32_t value)
{
    uint8_t bytes[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                        (uint8_t)value};

    sim_der_put_unsigned(b, tag, certbind_bytes(bytes, sizeof bytes));
}

void sim_der_put_boolean(struct sim_buffer *b, bool value)
{
    uint8_t byte = value ? 0xff : 0x00;

    sim_der_put(b, SIM_DER_BOOLEAN, certbind_bytes(&byte, 1));
}

void sim_der_put_oid(struct sim_buffer *b, struct certbind_bytes arcs)
{
    sim_der_put(b, SIM_DER_OID, arcs);
}

void sim_der_put_time(struct sim_buffer *b, int64_t unix_seconds)
{
    time_t t = (time_t)unix_seconds;
    struct tm tm;
    char text[24];

    if (gmtime_r(&t, &tm) == NULL || tm.tm_year < 50 ||
        strftime(text, sizeof text, "%Y%m%d%H%M%SZ", &tm) == 0) {
        b->failed = true;
        return;
    }
    if (tm.tm_year < 150) {
        sim_der_put(b, SIM_DER_UTC_TIME, certbind_text(text + 2)); /* two digits of the year */
    } else {
        sim_der_put(b, SIM_DER_GENERALIZED_TIME, certbind_text(text));
    }
}

void sim_pem_put(struct sim_buffer *b, const char *label, struct certbind_bytes der)
{
    enum { LINE = 64 };
    size_t len = certbind_base64_encoded_len(der.len);
    char *text = malloc(len + 1);

    if (text == NULL) {
        b->failed = true;
        return;
    }
    certbind_base64_encode(der, text);
    sim_buffer_printf(b, "-----BEGIN %s-----\n", label);
    for (size_t at = 0; at < len; at += LINE) {
        sim_buffer_put(b, text + at, len - at < LINE ? len - at : LINE);
        sim_buffer_put_u8(b, '\n');
    }
    sim_buffer_printf(b, "-----END %s-----\n", label);
    free(text);
}
