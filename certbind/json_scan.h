/*
 * json_scan: is this text RFC 8259, and where do its values stand?
 *
 * Private to json.c. The scan is what makes the tree strict: cJSON alone accepts invalid UTF-8,
 * lone control characters in names and numbers it cannot hold.
 */
#ifndef CERTBIND_JSON_SCAN_H
#define CERTBIND_JSON_SCAN_H

#include <stddef.h>
#include <stdint.h>

enum json_scan_result { JSON_SCAN_OK = 1, JSON_SCAN_ENCODING, JSON_SCAN_SYNTAX, JSON_SCAN_MEMORY };

/* A place is the byte offset of a value; the top bit says: a number in plain integer form. */
#define JSON_PLACE_INTEGER 0x80000000u

struct json_places {
    uint32_t *at; /* owned by the caller: free() */
    size_t count;
    size_t room;
};

/**
 * Scan a whole text.
 *
 * In:      text    len bytes, fewer than 2^31; numbers longer than cJSON can read are replaced by
 *                  0 and blanks in place (they are never of integer form)
 * Out:     places  one for each value, in the order of the text
 *          offset  where the scan stopped; what: why (static)
 */
enum json_scan_result json_scan(char *text, size_t len, struct json_places *places, size_t *offset,
                                const char **what);

#endif
