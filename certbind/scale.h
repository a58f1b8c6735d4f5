/*
 * scale: the forms of SCALE that an attestation uses, read through the bounded reader.
 *
 * A length is a compact integer in its shortest form. Any failure is the reader's sticky one. Pure,
 * no allocation.
 */
#ifndef CERTBIND_SCALE_H
#define CERTBIND_SCALE_H

#include "certbind/bytes.h"

/** Returns: a compact integer below 2^30; longer and longer-than-needed forms fail the reader. */
uint32_t certbind_scale_compact(struct certbind_reader *r);

/** Returns: what follows a compact length (borrowed from the input), empty on failure. */
struct certbind_bytes certbind_scale_octets(struct certbind_reader *r);

#endif
