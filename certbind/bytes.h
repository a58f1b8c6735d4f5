/*
 * bytes: a borrowed byte string, and the one bounded reader that parsers use.
 *
 * Pure. No allocation. The reader never reads past its end: a read that would is a sticky
 * failure, after which every read gives zeros and certbind_reader_ok is false.
 */
#ifndef CERTBIND_BYTES_H
#define CERTBIND_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct certbind_bytes {
    const uint8_t *data; /* borrowed; may be NULL when len is 0 */
    size_t len;
};

struct certbind_reader {
    const uint8_t *at;
    const uint8_t *end;
    bool failed;
};

/** Returns: a view of len bytes at data (borrowed). */
struct certbind_bytes certbind_bytes(const void *data, size_t len);

/** Returns: a view of the characters of a NUL-terminated text, without the NUL (borrowed). */
struct certbind_bytes certbind_text(const char *text);

/** Returns: whether both hold the same bytes. Not constant-time: for public data. */
bool certbind_bytes_equal(struct certbind_bytes a, struct certbind_bytes b);

/** Returns: whether all len bytes are zero. */
bool certbind_is_zero(const uint8_t *data, size_t len);

void certbind_reader_init(struct certbind_reader *r, struct certbind_bytes input);

/** Returns: whether no read has failed so far. */
bool certbind_reader_ok(const struct certbind_reader *r);

/** Returns: the number of bytes not read yet. */
size_t certbind_reader_left(const struct certbind_reader *r);

/** Returns: whether no read failed and nothing is left. Trailing bytes are an error. */
bool certbind_reader_done(const struct certbind_reader *r);

/** Returns: a view of the next len bytes (borrowed from the input), empty on failure. */
struct certbind_bytes certbind_read(struct certbind_reader *r, size_t len);

/** Copy the next len bytes to out; zeros on failure. */
void certbind_read_to(struct certbind_reader *r, uint8_t *out, size_t len);

uint8_t certbind_read_u8(struct certbind_reader *r);
uint16_t certbind_read_u16le(struct certbind_reader *r);
uint32_t certbind_read_u32le(struct certbind_reader *r);
uint64_t certbind_read_u64le(struct certbind_reader *r);

#ifdef __cplusplus
}
#endif

#endif
