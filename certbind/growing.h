/*
 * growing: a text that grows, and JSON strings into it.
 *
 * A failed allocation sticks: nothing is added any more, and what has been is no text to use.
 */
#ifndef CERTBIND_GROWING_H
#define CERTBIND_GROWING_H

#include <stdbool.h>
#include <stddef.h>

#include "certbind/bytes.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Begins zeroed. at is owned by whoever owns this: free() it. */
struct certbind_growing {
    char *at; /* with a NUL behind len bytes; NULL while nothing was added */
    size_t len, room;
    bool failed;
};

/** Returns: where `more` characters may be written at the end, with room for a NUL behind them; the
 * caller adds to len what it wrote. NULL when memory ran out, now or before. */
char *certbind_growing_reserve(struct certbind_growing *text, size_t more);

/** Add bytes as they are. */
void certbind_growing_add(struct certbind_growing *text, struct certbind_bytes bytes);

/** Add bytes of UTF-8 as a JSON string, quotes included, escaped as RFC 8785 section 3.2.2.2 has
 * it. */
void certbind_growing_add_json(struct certbind_growing *text, struct certbind_bytes bytes);

#ifdef __cplusplus
}
#endif

#endif
