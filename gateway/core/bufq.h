/*
 * bufq: a byte queue of fixed blocks, and the two marks that watch it.
 *
 * Blocks come from a pool and go back to it as soon as they are empty, so an idle connection holds
 * none. Marks: len >= high and not paused: stop reading on the other side; len <= low and paused:
 * start again. No I/O.
 */
#ifndef GW_CORE_BUFQ_H
#define GW_CORE_BUFQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* With what the allocator adds, a block is a cache line more than 16 KiB: blocks that are a whole
 * number of pages apart would all need the same few lines of the processor's caches. */
enum { GW_BLOCK_BYTES = 16 * 1024 + 32 };

struct gw_block {
    struct gw_block *next;
    size_t start, end; /* of the bytes in use */
    uint8_t bytes[GW_BLOCK_BYTES];
};

/* Not shared between threads. */
struct gw_block_pool {
    struct gw_block *free;
    size_t kept, max_kept; /* blocks beyond max_kept go back to the allocator */
};

struct gw_bufq {
    struct gw_block_pool *pool;
    struct gw_block *head, *tail;
    size_t len;
};

struct gw_marks {
    size_t high, low;
    bool paused;
};

void gw_block_pool_init(struct gw_block_pool *pool, size_t max_kept);
void gw_block_pool_cleanup(struct gw_block_pool *pool);

void gw_bufq_init(struct gw_bufq *q, struct gw_block_pool *pool);

/** Returns: false when memory ran out; then nothing was appended. */
bool gw_bufq_append(struct gw_bufq *q, const void *data, size_t len);

/** Returns: the first contiguous bytes. Out: len, 0 when empty. */
const uint8_t *gw_bufq_peek(const struct gw_bufq *q, size_t *len);

/** Drop len <= q->len bytes from the front. */
void gw_bufq_consume(struct gw_bufq *q, size_t len);

/** Drop everything. */
void gw_bufq_clear(struct gw_bufq *q);

/** Returns: true exactly once when the queue has reached the high mark. */
bool gw_marks_must_stop(struct gw_marks *m, size_t len);

/** Returns: true exactly once when a queue that was over the high mark is down to the low one. */
bool gw_marks_may_go(struct gw_marks *m, size_t len);

#endif
