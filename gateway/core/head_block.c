#include "gateway/core/head_block.h"

#include <stdlib.h>
#include <string.h>

enum { KEPT_BLOCKS = 64, EMPTY_LINE = 2 };

void gw_head_pool_init(struct gw_head_pool *pool, size_t max_head_bytes, size_t max_fields,
                       struct gw_object_pool *objects)
{
    pool->objects = objects;
    pool->free = NULL;
    pool->head_bytes = max_head_bytes + EMPTY_LINE + 1;
    pool->max_fields = max_fields;
    pool->kept = 0;
    pool->max_kept = KEPT_BLOCKS;
}

void gw_head_pool_cleanup(struct gw_head_pool *pool)
{
    while (pool->free != NULL) {
        struct gw_head_block *b = pool->free;

        pool->free = b->next;
        free(b);
    }
    pool->kept = 0;
}

struct gw_head_block *gw_head_block_get(struct gw_head_pool *pool)
{
    struct gw_head_block *b = pool->free;
    size_t fields = pool->max_fields * sizeof(struct gw_http_field);

    if (b != NULL) {
        pool->free = b->next;
        pool->kept--;
    } else {
        b = malloc(sizeof(*b) + fields + pool->head_bytes);
        if (b == NULL)
            return NULL;
        b->bytes = (char *)b + sizeof(*b) + fields;
    }
    b->next = NULL;
    b->len = 0;
    b->exact = false;
    b->scan = (struct gw_http1_scan){0};
    return b;
}

struct gw_head_block *gw_head_block_exact(struct gw_head_pool *pool, size_t bytes, size_t fields)
{
    size_t list = fields * sizeof(struct gw_http_field);
    struct gw_head_block *b = gw_object_get(pool->objects, sizeof(*b) + list + bytes);

    if (b == NULL)
        return NULL;
    *b = (struct gw_head_block){.exact = true};
    b->bytes = (char *)b + sizeof(*b) + list;
    return b;
}

void gw_head_block_put(struct gw_head_pool *pool, struct gw_head_block *b)
{
    if (b == NULL)
        return;
    if (b->exact) {
        gw_object_put(pool->objects, b);
        return;
    }
    if (pool->kept >= pool->max_kept) {
        free(b);
        return;
    }
    b->next = pool->free;
    pool->free = b;
    pool->kept++;
}

enum gw_http1_scan_result gw_head_block_take(struct gw_head_pool *pool, struct gw_head_block *b,
                                             const char *data, size_t len, size_t *used,
                                             struct gw_http_refusal *why)
{
    size_t before = b->len;
    size_t room = pool->head_bytes - b->len;
    enum gw_http1_scan_result result;

    *used = len < room ? len : room;
    memcpy(b->bytes + b->len, data, *used);
    b->len += *used;
    result = gw_http1_head_scan(&b->scan, (struct gw_str){b->bytes, b->len},
                                pool->head_bytes - EMPTY_LINE - 1, why);
    if (result == GW_HTTP1_COMPLETE)
        *used = b->scan.end - before;
    return result;
}

struct gw_str gw_head_block_text(const struct gw_head_block *b)
{
    return (struct gw_str){b->bytes + b->scan.skip, b->scan.end - b->scan.skip};
}
