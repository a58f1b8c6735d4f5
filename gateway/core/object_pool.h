/*
 * object_pool: memory for what one request needs and the next one needs again: exchanges, streams,
 * the session library's own objects. Free lists by size, of one loop.
 *
 * Up to max_kept_bytes of objects wait for their next use; the rest, and what is larger than
 * GW_OBJECT_STEP * (GW_OBJECT_SIZES - 1) bytes, goes back to the allocator at once. Private to the
 * core. No I/O.
 */
#ifndef GW_CORE_OBJECT_POOL_H
#define GW_CORE_OBJECT_POOL_H

#include <stddef.h>

enum {
    GW_OBJECT_STEP = 64, /* sizes are rounded up to a multiple */
    GW_OBJECT_SIZES = 65
};

struct gw_object;

/* Not shared between threads. Zeroed, it keeps nothing. */
struct gw_object_pool {
    struct gw_object *free[GW_OBJECT_SIZES]; /* by size in steps */
    size_t kept_bytes, max_kept_bytes;
};

void gw_object_pool_init(struct gw_object_pool *pool, size_t max_kept_bytes);
void gw_object_pool_cleanup(struct gw_object_pool *pool);

/** Returns: size bytes, aligned for anything, their content is not defined; owned until
 * gw_object_put. NULL when memory ran out. */
void *gw_object_get(struct gw_object_pool *pool, size_t size);

/** Returns: size bytes of zero, else as gw_object_get. */
void *gw_object_get_zeroed(struct gw_object_pool *pool, size_t size);

/** Returns: an object of size bytes that begins with the content of object, which may be NULL and
 * is gone then. NULL when memory ran out: object is as it was. */
void *gw_object_resize(struct gw_object_pool *pool, void *object, size_t size);

/** Give an object back; NULL does nothing. Twice is a defect and ends the program. */
void gw_object_put(struct gw_object_pool *pool, void *object);

#endif
