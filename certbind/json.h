/*
 * json: RFC 8259 exactly, as binding.md demands it, on top of cJSON.
 *
 * A strict scan of the text comes first (UTF-8, grammar, depth, no U+0000 even escaped, no lone
 * surrogates, no byte order mark, nothing but blanks after the value), then cJSON builds the tree,
 * then duplicate members are refused at every depth, compared after unescaping. Pure.
 */
#ifndef CERTBIND_JSON_H
#define CERTBIND_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "certbind/bytes.h"
#include "certbind/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { CERTBIND_JSON_MAX_DEPTH = 32 };

/* What a caller accepts, and the code it reports for each kind of refusal. */
struct certbind_json_rules {
    size_t max_bytes;
    certbind_status size;     /* longer than max_bytes */
    certbind_status encoding; /* not UTF-8, U+0000, byte order mark, lone surrogate */
    certbind_status syntax;   /* grammar, depth, duplicates, trailing text */
    bool allow_duplicates;    /* only for signed documents of others */
};

struct certbind_json {
    cJSON *root;    /* owned */
    size_t stopped; /* after a refusal: the byte offset where reading stopped */
};

/**
 * Parse a whole text.
 *
 * Returns: CERTBIND_OK, one of the three codes of rules, or CERTBIND_E_MEMORY
 * In:      text  borrowed; need not be NUL-terminated
 * Out:     out   the tree, to be given to certbind_json_cleanup; without a tree on failure
 */
CERTBIND_MUST_CHECK certbind_status certbind_json_parse(struct certbind_bytes text,
                                                        const struct certbind_json_rules *rules,
                                                        struct certbind_json *out,
                                                        struct certbind_error *err);

/** Free the tree; its strings are cleansed first. Accepts a zeroed struct. */
void certbind_json_cleanup(struct certbind_json *json);

/** Returns: the member of that exact name, or NULL when object is no object or has none. */
const cJSON *certbind_json_get(const cJSON *object, const char *name);

/** Returns: the text of a string member, or NULL when it is missing or no string (borrowed). */
const char *certbind_json_string(const cJSON *object, const char *name);

/**
 * Returns: whether item is a number written as `-?(0|[1-9][0-9]*)` within min..max
 * Out:     value  the number; |min|, |max| at most 2^53 - 1
 */
bool certbind_json_integer(const cJSON *item, int64_t min, int64_t max, int64_t *value);

/** Returns: whether the member is a string of exactly 2*len lowercase hex digits; then out. */
bool certbind_json_hex(const cJSON *object, const char *name, uint8_t *out, size_t len);

/** Returns: the byte offset at which a value of a parsed tree stands in its text. */
size_t certbind_json_place(const cJSON *item);

/** Make item, and all below it, stand at that byte offset: for values that were not in the text. */
void certbind_json_set_place(cJSON *item, size_t place);

#ifdef __cplusplus
}
#endif

#endif
