/*
 * http2_alloc: the session library's memory comes from the loop's free lists.
 */
#include "gateway/core/http2_private.h"
#include "gateway/core/object_pool.h"

static void *get(size_t size, void *pool)
{
    return gw_object_get(pool, size);
}

static void put(void *object, void *pool)
{
    gw_object_put(pool, object);
}

static void *get_zeroed(size_t count, size_t size, void *pool)
{
    return size > 0 && count > SIZE_MAX / size ? NULL : gw_object_get_zeroed(pool, count * size);
}

static void *resize(void *object, size_t size, void *pool)
{
    return gw_object_resize(pool, object, size);
}

nghttp2_mem gw_http2_alloc(struct gw_object_pool *pool)
{
    return (nghttp2_mem){
        .mem_user_data = pool, .malloc = get, .free = put, .calloc = get_zeroed, .realloc = resize};
}
