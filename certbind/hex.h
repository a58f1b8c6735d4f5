/*
 * hex and base64: the two text forms of bytes on our wire.
 *
 * Ours are strict: lowercase hex only, base64 of RFC 4648 section 4 with padding, no line breaks,
 * unused bits zero. Other people's documents (Intel's upper-case hex) use the tolerant reader.
 */
#ifndef CERTBIND_HEX_H
#define CERTBIND_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "certbind/bytes.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Write len bytes as 2*len lowercase digits and a NUL; out holds 2*len+1. */
void certbind_hex_encode(const uint8_t *data, size_t len, char *out);

/** Returns: whether text is exactly 2*len lowercase hex digits; then out holds the len bytes. */
bool certbind_hex_decode(struct certbind_bytes text, uint8_t *out, size_t len);

/** The same, taking upper-case digits too. */
bool certbind_hex_decode_any_case(struct certbind_bytes text, uint8_t *out, size_t len);

/** Returns: the number of characters of the base64 of len bytes, without a NUL. */
size_t certbind_base64_encoded_len(size_t len);

/** Write the base64 of data and a NUL; out holds certbind_base64_encoded_len(data.len) + 1. */
void certbind_base64_encode(struct certbind_bytes data, char *out);

/**
 * Decode strict base64.
 *
 * Returns: whether text is canonical base64 whose bytes fit into room
 * Out:     out, out_len  the bytes; out may be the same memory as text
 */
bool certbind_base64_decode(struct certbind_bytes text, uint8_t *out, size_t room, size_t *out_len);

#ifdef __cplusplus
}
#endif

#endif
