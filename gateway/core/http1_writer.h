/*
 * http1_writer: appends text to a bounded buffer; too much of it is remembered, never written.
 * Private to http1_forward*.c and http1_answer.c.
 */
#ifndef GW_CORE_HTTP1_WRITER_H
#define GW_CORE_HTTP1_WRITER_H

#include <stdint.h>
#include <string.h>

#include "gateway/core/str.h"

struct writer {
    char *out;
    size_t room;
    size_t len;
    bool full;
};

static inline struct writer writer_of(char *out, size_t room)
{
    struct writer w = {.room = room};

    w.out = out;
    return w;
}

static inline void put(struct writer *w, struct gw_str text)
{
    if (w->full || text.len > w->room - w->len) {
        w->full = true;
        return;
    }
    if (text.len > 0)
        memcpy(w->out + w->len, text.at, text.len);
    w->len += text.len;
}

/* A string literal. */
#define PUT(w, literal) put(w, (struct gw_str){"" literal, sizeof(literal) - 1})

static inline void put_number(struct writer *w, uint64_t value)
{
    char digits[21];
    size_t n = sizeof digits;

    do
        digits[--n] = (char)('0' + value % 10);
    while ((value /= 10) != 0);
    put(w, (struct gw_str){digits + n, sizeof digits - n});
}

static inline void put_field(struct writer *w, struct gw_str name, struct gw_str value)
{
    put(w, name);
    PUT(w, ": ");
    put(w, value);
    PUT(w, "\r\n");
}

static inline size_t finish(const struct writer *w)
{
    return w->full ? 0 : w->len;
}

#endif
