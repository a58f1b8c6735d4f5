#include "gateway/core/object_pool.h"

#include <assert.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct gw_object {
    struct gw_object *next; /* of the free list; itself while it is in use */
    size_t steps;           /* its room; 0: too large to be kept */
    alignas(max_align_t) unsigned char bytes[];
};

static struct gw_object *object_of(void *bytes)
{
    struct gw_object *o =
        (struct gw_object *)((unsigned char *)bytes - offsetof(struct gw_object, bytes));

    assert(o->next == o);
    return o;
}

void gw_object_pool_init(struct gw_object_pool *pool, size_t max_kept_bytes)
{
    *pool = (struct gw_object_pool){.max_kept_bytes = max_kept_bytes};
}

void gw_object_pool_cleanup(struct gw_object_pool *pool)
{
    for (size_t i = 0; i < GW_OBJECT_SIZES; i++) {
        while (pool->free[i] != NULL) {
            struct gw_object *o = pool->free[i];

            pool->free[i] = o->next;
            free(o);
        }
    }
    pool->kept_bytes = 0;
}

void *gw_object_get(struct gw_object_pool *pool, size_t size)
{
    size_t steps = size / GW_OBJECT_STEP + (size % GW_OBJECT_STEP != 0);
    struct gw_object *o = steps < GW_OBJECT_SIZES ? pool->free[steps] : NULL;

    if (o != NULL) {
        pool->free[steps] = o->next;
        pool->kept_bytes -= steps * GW_OBJECT_STEP;
    } else {
        if (steps >= GW_OBJECT_SIZES)
            steps = 0;
        if (size > SIZE_MAX / 2)
            return NULL;
        o = malloc(sizeof(*o) + (steps > 0 ? steps * GW_OBJECT_STEP : size));
        if (o == NULL)
            return NULL;
        o->steps = steps;
    }
    o->next = o;
    return o->bytes;
}

void *gw_object_get_zeroed(struct gw_object_pool *pool, size_t size)
{
    void *bytes = gw_object_get(pool, size);

    if (bytes != NULL)
        memset(bytes, 0, size);
    return bytes;
}

/* One that was too large stays it: only the allocator knows its size. */
static void *resize_large(struct gw_object *o, size_t size)
{
    struct gw_object *grown = size > SIZE_MAX / 2 ? NULL : realloc(o, sizeof(*grown) + size);

    if (grown == NULL)
        return NULL;
    grown->next = grown;
    return grown->bytes;
}

void *gw_object_resize(struct gw_object_pool *pool, void *object, size_t size)
{
    struct gw_object *o = object != NULL ? object_of(object) : NULL;
    size_t room;
    void *bytes;

    if (o != NULL && o->steps == 0)
        return resize_large(o, size);
    room = o != NULL ? o->steps * GW_OBJECT_STEP : 0;
    if (o != NULL && size <= room)
        return object;
    bytes = gw_object_get(pool, size);
    if (bytes == NULL)
        return NULL;
    if (room > 0)
        memcpy(bytes, object, room);
    gw_object_put(pool, object);
    return bytes;
}

void gw_object_put(struct gw_object_pool *pool, void *object)
{
    struct gw_object *o;
    size_t bytes;

    if (object == NULL)
        return;
    o = object_of(object);
    bytes = o->steps * GW_OBJECT_STEP;
    o->next = NULL;
    if (bytes == 0 || bytes > pool->max_kept_bytes - pool->kept_bytes) {
        free(o);
        return;
    }
    o->next = pool->free[o->steps];
    pool->free[o->steps] = o;
    pool->kept_bytes += bytes;
}
