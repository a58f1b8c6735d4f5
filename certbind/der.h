/*
 * der: reading DER one element at a time, strictly.
 *
 * X.690 chapter 10: definite lengths in their shortest form, BOOLEAN 00 or FF, no tags above 30.
 * OpenSSL tolerates more; a certificate that two readers understand differently is refused before
 * OpenSSL sees it. Pure, no allocation.
 */
#ifndef CERTBIND_DER_H
#define CERTBIND_DER_H

#include <stdbool.h>
#include <stdint.h>

#include "certbind/bytes.h"

enum {
    CERTBIND_DER_MAX_DEPTH = 32,
    CERTBIND_DER_OCTET_STRING = 0x04,
    CERTBIND_DER_SEQUENCE = 0x30
};

struct certbind_der {
    uint8_t tag;                 /* identifier octet */
    struct certbind_bytes body;  /* contents octets (borrowed) */
    struct certbind_bytes whole; /* identifier, length and contents (borrowed) */
};

/** Returns: whether the next element was read; r fails otherwise and out is zeroed. */
bool certbind_der_next(struct certbind_reader *r, struct certbind_der *out);

/** Returns: whether input is exactly one element of that tag; then out holds its contents. */
bool certbind_der_only(struct certbind_bytes input, uint8_t tag, struct certbind_bytes *out);

/** Returns: whether input is exactly one element, strict at every depth. */
bool certbind_der_is_strict(struct certbind_bytes input);

#endif
