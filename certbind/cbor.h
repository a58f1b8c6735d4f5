/*
 * cbor: CBOR (RFC 8949) one item at a time, through the bounded reader.
 *
 * Definite lengths in their shortest form alone, so that one value has one spelling. Only what
 * tagged evidence is made of is read: unsigned integers, byte and text strings, arrays, maps, tags.
 * Nothing is skipped, so nesting is bounded by the format that the caller knows. Pure, no
 * allocation.
 */
#ifndef CERTBIND_CBOR_H
#define CERTBIND_CBOR_H

#include <stdbool.h>
#include <stdint.h>

#include "certbind/bytes.h"

/* The numbers are CBOR's major types. */
enum certbind_cbor_type {
    CERTBIND_CBOR_UNSIGNED = 0,
    CERTBIND_CBOR_BYTES = 2,
    CERTBIND_CBOR_TEXT = 3,
    CERTBIND_CBOR_ARRAY = 4, /* its elements follow */
    CERTBIND_CBOR_MAP = 5,   /* its keys and values follow */
    CERTBIND_CBOR_TAG = 6    /* what it stands before follows */
};

/**
 * Read the head of the next item.
 *
 * Returns: the number, length, count or tag in it; r fails when the item is of another type, 0 then
 */
uint64_t certbind_cbor_head(struct certbind_reader *r, enum certbind_cbor_type type);

/** Returns: the next item, a byte string (borrowed); empty on failure. */
struct certbind_bytes certbind_cbor_bytes(struct certbind_reader *r);

/** Returns: the next item, UTF-8 text without U+0000 (borrowed); empty on failure. */
struct certbind_bytes certbind_cbor_text(struct certbind_reader *r);

#endif
