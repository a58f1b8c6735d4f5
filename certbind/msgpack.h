/*
 * msgpack: MessagePack one item at a time, through the bounded reader.
 *
 * Every integer and length must have its shortest form, so that one value has one spelling. Floats
 * and extension types are never used by what is read here and fail. Nothing is skipped: a reader
 * names each item that it takes, so nesting is bounded by the format that it knows. Pure, no
 * allocation.
 */
#ifndef CERTBIND_MSGPACK_H
#define CERTBIND_MSGPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "certbind/bytes.h"

enum certbind_msgpack_type {
    CERTBIND_MSGPACK_NONE, /* nothing was read */
    CERTBIND_MSGPACK_NIL,
    CERTBIND_MSGPACK_BOOL,
    CERTBIND_MSGPACK_UNSIGNED,
    CERTBIND_MSGPACK_NEGATIVE,
    CERTBIND_MSGPACK_TEXT,
    CERTBIND_MSGPACK_BINARY,
    CERTBIND_MSGPACK_ARRAY, /* its elements follow */
    CERTBIND_MSGPACK_MAP    /* its keys and values follow */
};

struct certbind_msgpack {
    enum certbind_msgpack_type type;
    uint32_t count;             /* of elements, or of pairs */
    uint64_t number;            /* of UNSIGNED; 0 or 1 of BOOL */
    struct certbind_bytes view; /* of TEXT and BINARY (borrowed) */
};

/** Returns: whether the next item was read; r fails otherwise and out is zeroed. */
bool certbind_msgpack_next(struct certbind_reader *r, struct certbind_msgpack *out);

/** Returns: whether the next item is of that type; r fails otherwise and out is zeroed. */
bool certbind_msgpack_take(struct certbind_reader *r, enum certbind_msgpack_type type,
                           struct certbind_msgpack *out);

/** Returns: whether the next item is UTF-8 text without U+0000; then out is that (borrowed). */
bool certbind_msgpack_text(struct certbind_reader *r, struct certbind_bytes *out);

/* Where arrays of integers become bytes; as much room as the input is long always suffices. */
struct certbind_msgpack_room {
    uint8_t *at;
    size_t left;
};

/**
 * Read bytes, written as binary or as an array of integers from 0 to 255.
 *
 * Returns: whether the next item is that; then out is a view of the input or of the room
 */
bool certbind_msgpack_octets(struct certbind_reader *r, struct certbind_msgpack_room *room,
                             struct certbind_bytes *out);

#endif
