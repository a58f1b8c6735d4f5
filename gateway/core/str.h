/*
 * str: a borrowed piece of text that need not end in NUL, as HTTP heads are made of.
 */
#ifndef GW_CORE_STR_H
#define GW_CORE_STR_H

#include <stdbool.h>
#include <stddef.h>

struct gw_str {
    const char *at; /* borrowed; may be NULL when len is 0 */
    size_t len;
};

/** Returns: a view of a NUL-terminated text (borrowed). */
struct gw_str gw_str(const char *text);

/** Returns: whether both hold the same bytes. */
bool gw_str_equal(struct gw_str a, struct gw_str b);

/** Returns: whether both hold the same bytes once A-Z count as a-z. */
bool gw_str_equal_nocase(struct gw_str a, struct gw_str b);

/** Returns: whether text begins with prefix. */
bool gw_str_starts(struct gw_str text, struct gw_str prefix);

/** Returns: text without SP and HTAB at both ends. */
struct gw_str gw_str_trim(struct gw_str text);

/**
 * Take the next element of a comma-separated list (RFC 9110 section 5.6.1), trimmed.
 *
 * Returns: whether there was one; empty elements are skipped
 * In/out:  rest  what is left of the list
 */
bool gw_str_next_element(struct gw_str *rest, struct gw_str *element);

#endif
