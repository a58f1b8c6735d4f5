#include "gateway/core/bufq.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static struct gw_block *block_get(struct gw_block_pool *pool)
{
    struct gw_block *b = pool->free;

    if (b != NULL) {
        pool->free = b->next;
        pool->kept--;
    } else {
        b = malloc(sizeof(*b));
        if (b == NULL)
            return NULL;
    }
    b->next = NULL;
    b->start = 0;
    b->end = 0;
    return b;
}

static void block_put(struct gw_block_pool *pool, struct gw_block *b)
{
    if (pool->kept >= pool->max_kept) {
        free(b);
        return;
    }
    b->next = pool->free;
    pool->free = b;
    pool->kept++;
}

void gw_block_pool_init(struct gw_block_pool *pool, size_t max_kept)
{
    pool->free = NULL;
    pool->kept = 0;
    pool->max_kept = max_kept;
}

void gw_block_pool_cleanup(struct gw_block_pool *pool)
{
    while (pool->free != NULL) {
        struct gw_block *b = pool->free;

        pool->free = b->next;
        free(b);
    }
    pool->kept = 0;
}

void gw_bufq_init(struct gw_bufq *q, struct gw_block_pool *pool)
{
    q->pool = pool;
    q->head = NULL;
    q->tail = NULL;
    q->len = 0;
}

/* All blocks that len bytes need beyond the tail, or NULL with ok false when memory ran out. */
static struct gw_block *blocks_for(struct gw_bufq *q, size_t len, bool *ok)
{
    size_t room = q->tail != NULL ? GW_BLOCK_BYTES - q->tail->end : 0;
    struct gw_block *first = NULL;

    *ok = true;
    for (; room < len; room += GW_BLOCK_BYTES) {
        struct gw_block *b = block_get(q->pool);

        if (b == NULL) {
            *ok = false;
            break;
        }
        b->next = first;
        first = b;
    }
    while (!*ok && first != NULL) {
        struct gw_block *b = first;

        first = b->next;
        block_put(q->pool, b);
    }
    return first;
}

bool gw_bufq_append(struct gw_bufq *q, const void *data, size_t len)
{
    const uint8_t *at = data;
    bool ok;
    struct gw_block *fresh = blocks_for(q, len, &ok);

    if (!ok)
        return false;
    q->len += len;
    while (len > 0) {
        size_t n;

        if (q->tail == NULL || q->tail->end == GW_BLOCK_BYTES) {
            struct gw_block *b = fresh;

            assert(b != NULL);
            fresh = b->next;
            b->next = NULL;
            if (q->tail == NULL)
                q->head = b;
            else
                q->tail->next = b;
            q->tail = b;
        }
        n = GW_BLOCK_BYTES - q->tail->end;
        if (n > len)
            n = len;
        memcpy(q->tail->bytes + q->tail->end, at, n);
        q->tail->end += n;
        at += n;
        len -= n;
    }
    assert(fresh == NULL);
    return true;
}

const uint8_t *gw_bufq_peek(const struct gw_bufq *q, size_t *len)
{
    if (q->head == NULL) {
        *len = 0;
        return NULL;
    }
    *len = q->head->end - q->head->start;
    return q->head->bytes + q->head->start;
}

void gw_bufq_consume(struct gw_bufq *q, size_t len)
{
    assert(len <= q->len);
    q->len -= len;
    while (len > 0) {
        struct gw_block *b = q->head;
        size_t n;

        assert(b != NULL);
        n = b->end - b->start;
        if (n > len)
            n = len;
        b->start += n;
        len -= n;
        if (b->start < b->end)
            continue;
        q->head = b->next;
        if (q->head == NULL)
            q->tail = NULL;
        block_put(q->pool, b);
    }
}

void gw_bufq_clear(struct gw_bufq *q)
{
    gw_bufq_consume(q, q->len);
}

bool gw_marks_must_stop(struct gw_marks *m, size_t len)
{
    if (m->paused || len < m->high)
        return false;
    m->paused = true;
    return true;
}

bool gw_marks_may_go(struct gw_marks *m, size_t len)
{
    if (!m->paused || len > m->low)
        return false;
    m->paused = false;
    return true;
}
