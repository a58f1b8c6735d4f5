/* A MessagePack writer for tests; a test may also put bytes that no writer would. */
#ifndef TESTS_UNIT_CERTBIND_PACK_H
#define TESTS_UNIT_CERTBIND_PACK_H

#include "certbind/bytes.h"

enum { PACK_ROOM = 256 * 1024 };

struct pack {
    uint8_t data[PACK_ROOM];
    size_t len;
};

void pack_byte(struct pack *p, unsigned byte);
void pack_raw(struct pack *p, struct certbind_bytes bytes);
void pack_number(struct pack *p, uint32_t number);
void pack_text(struct pack *p, const char *text);
void pack_binary(struct pack *p, struct certbind_bytes bytes);
void pack_array(struct pack *p, uint32_t count);
void pack_map(struct pack *p, uint32_t count);

/** Bytes as an array of integers. */
void pack_integers(struct pack *p, struct certbind_bytes bytes);

/** Returns: what was written (borrowed). */
struct certbind_bytes pack_bytes(const struct pack *p);

#endif
