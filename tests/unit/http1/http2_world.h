/*
 * http2_world: a header list of HTTP/2 as it arrives, for the tests that read one.
 */
#ifndef TESTS_UNIT_HTTP1_HTTP2_WORLD_H
#define TESTS_UNIT_HTTP1_HTTP2_WORLD_H

#include <string.h>

#include "gateway/core/http2_request.h"
#include "tests/support/cmocka_all.h"

struct pair {
    const char *name, *value;
};

struct world {
    struct gw_http2_limits limits;
    struct gw_object_pool objects; /* of zeros: keeps nothing */
    struct gw_head_pool pool;
    struct gw_http2_head head; /* flags and key are the test's */
    struct gw_head_block *built;
    struct gw_http_refusal why;
};

static inline void collect(struct world *w, const struct pair *list, size_t n)
{
    gw_head_pool_init(&w->pool, w->limits.max_list_bytes, w->limits.max_fields, &w->objects);
    w->head.pool = &w->pool;
    w->head.block = gw_head_block_get(&w->pool);
    assert_non_null(w->head.block);
    for (size_t i = 0; i < n; i++)
        gw_http2_head_add(&w->head, &w->limits, gw_str(list[i].name), gw_str(list[i].value));
}

/* Returns: the request that it is read as. */
static inline const struct gw_http1_request *read_request(struct world *w, const struct pair *list,
                                                          size_t n, bool ended)
{
    collect(w, list, n);
    w->built = gw_http2_request_build(&w->head, &w->limits, gw_str("https"), ended, &w->why);
    assert_non_null(w->built);
    return &w->built->request;
}

static inline void done(struct world *w)
{
    gw_head_block_put(&w->pool, w->head.block);
    gw_head_block_put(&w->pool, w->built);
    gw_head_pool_cleanup(&w->pool);
}

static inline void assert_text(const char *expected, struct gw_str actual)
{
    assert_int_equal(strlen(expected), actual.len);
    assert_memory_equal(expected, actual.at, actual.len);
}

#endif
