/*
 * scan: looks for bytes in all writable memory of this process, as /proc/self/mem shows it. What is
 * looked for is given masked, so that the question is no answer.
 */
#ifndef TESTS_MEMORY_SCAN_H
#define TESTS_MEMORY_SCAN_H

#include <stddef.h>
#include <stdint.h>

enum { SCAN_MASK = 0x5a, SCAN_PATTERN_MAX = 64 };

struct scan_found {
    unsigned secure; /* in OpenSSL's secure heap */
    unsigned other;
    char where[128]; /* the first other one: address and mapping */
};

/** Mask what is looked for. */
void scan_mask(uint8_t *masked, const void *data, size_t len);

/** In: masked  each byte XOR SCAN_MASK */
struct scan_found scan_memory(const uint8_t *masked, size_t len);

#endif
