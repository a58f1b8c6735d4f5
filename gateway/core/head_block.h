/*
 * head_block: where a head is collected and parsed; kept in a pool, held only while needed.
 */
#ifndef GW_CORE_HEAD_BLOCK_H
#define GW_CORE_HEAD_BLOCK_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/core/http1_head.h"
#include "gateway/core/object_pool.h"

struct gw_head_block {
    struct gw_head_block *next;
    struct gw_http1_scan scan;
    union {
        struct gw_http1_request request;
        struct gw_http1_response response;
    };
    size_t len;
    bool exact;                  /* not of the pool's size: one of its objects */
    char *bytes;                 /* room of the pool's head_bytes */
    struct gw_http_field list[]; /* room of the pool's max_fields */
};

/* Not shared between threads. */
struct gw_head_pool {
    struct gw_head_block *free;
    size_t head_bytes; /* room of a block: the longest head, an empty line before it included */
    size_t max_fields;
    size_t kept, max_kept;
    struct gw_object_pool *objects; /* borrowed: for blocks of their own size */
};

/** In: objects  outlives the pool */
void gw_head_pool_init(struct gw_head_pool *pool, size_t max_head_bytes, size_t max_fields,
                       struct gw_object_pool *objects);
void gw_head_pool_cleanup(struct gw_head_pool *pool);

/** Returns: an empty block; NULL when memory ran out. */
struct gw_head_block *gw_head_block_get(struct gw_head_pool *pool);

/** Returns: a block of just this room, for a head that is kept beside many others; NULL when memory
 * ran out. */
struct gw_head_block *gw_head_block_exact(struct gw_head_pool *pool, size_t bytes, size_t fields);

/** Give a block back; NULL does nothing. */
void gw_head_block_put(struct gw_head_pool *pool, struct gw_head_block *b);

/**
 * Take bytes until the head is complete.
 *
 * Returns: what the scan says
 * Out:     used  how many bytes of data belong to this head (all of them with MORE)
 *          why   when refused
 */
enum gw_http1_scan_result gw_head_block_take(struct gw_head_pool *pool, struct gw_head_block *b,
                                             const char *data, size_t len, size_t *used,
                                             struct gw_http_refusal *why);

/** Returns: the complete head. */
struct gw_str gw_head_block_text(const struct gw_head_block *b);

#endif
