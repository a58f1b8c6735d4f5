/*
 * short_memory: an allocation of the code under test that fails. Link with
 * -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc.
 */
#ifndef TESTS_SUPPORT_SHORT_MEMORY_H
#define TESTS_SUPPORT_SHORT_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

struct short_memory {
    /* Volatile: a compiler that sees the whole program knows malloc, and that it does not look. */
    volatile size_t fails_at; /* the allocation that fails, counted down while armed; 0: none */
    volatile bool armed;      /* a test's own allocations are made unarmed */
};

extern struct short_memory short_memory;

/** Have cJSON, which lives in another library, allocate through this too. */
void short_memory_init(void);

#endif
