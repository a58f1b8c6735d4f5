#include "gateway/core/loop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/rand.h>

#include "gateway/core/accept.h"
#include "gateway/core/conn.h"
#include "gateway/core/http2_server.h"
#include "gateway/core/link_write.h"
#include "gateway/core/listener.h"
#include "gateway/core/upstream.h"
#include "gateway/core/upstream_http2.h"

enum { KEPT_BLOCKS = 256 };

#ifdef GW_OBJECTS_ARE_NOT_KEPT
enum { KEPT_OBJECT_BYTES = 0 }; /* what is used after its end must have gone back to be seen */
#else
enum { KEPT_OBJECT_BYTES = 1024 * 1024 };
#endif

static void on_tick(uv_timer_t *timer);

static void arm_tick(struct gw_loop *loop, uint64_t at)
{
    uint64_t now = gw_loop_now(loop);

    if (at >= loop->tick_at)
        return;
    loop->tick_at = at;
    (void)uv_timer_start(&loop->tick, on_tick, at > now ? at - now : 0, 0);
}

static void on_tick(uv_timer_t *timer)
{
    struct gw_loop *loop = timer->data;

    loop->tick_at = GW_NEVER;
    gw_wheel_expire(&loop->wheel, gw_loop_now(loop));
    arm_tick(loop, gw_wheel_next(&loop->wheel));
    gw_loop_leave(loop);
}

void gw_loop_deadline(struct gw_loop *loop, struct gw_deadline *d, uint64_t ms)
{
    arm_tick(loop, gw_deadline_set(&loop->wheel, d, gw_loop_now(loop) + ms));
}

void gw_loop_leave(struct gw_loop *loop)
{
    do {
        gw_link_report_failed(loop);
        gw_link_flush_staging(loop);
    } while (loop->failed != NULL);
}

void gw_loop_settle(struct gw_loop *loop)
{
    loop->settling = false;
    do {
        gw_carriers_settle(loop);
        gw_http2_settle(loop);
        gw_loop_leave(loop);
    } while (loop->http2_dirty != NULL || loop->carriers_dirty != NULL);
}

static void on_turn(uv_timer_t *timer)
{
    gw_loop_settle(timer->data);
}

void gw_loop_settle_soon(struct gw_loop *loop)
{
    if (!loop->settling)
        loop->settling = uv_timer_start(&loop->turn, on_turn, 0, 0) == 0;
}

static struct gw_post *take_posts(struct gw_loop *loop)
{
    struct gw_post *first;

    uv_mutex_lock(&loop->post_lock);
    first = loop->posts;
    loop->posts = NULL;
    loop->posts_end = &loop->posts;
    uv_mutex_unlock(&loop->post_lock);
    return first;
}

static void on_wake(uv_async_t *wake)
{
    struct gw_loop *loop = wake->data;
    struct gw_post *p = take_posts(loop);

    while (p != NULL) {
        struct gw_post *next = p->next;

        p->fn(loop, p->arg);
        free(p);
        p = next;
    }
    gw_loop_leave(loop);
}

bool gw_loop_post(struct gw_loop *loop, void (*fn)(struct gw_loop *loop, void *arg), void *arg)
{
    struct gw_post *p = malloc(sizeof(*p));
    bool open;

    if (p == NULL)
        return false;
    *p = (struct gw_post){NULL, fn, arg};
    uv_mutex_lock(&loop->post_lock);
    open = !loop->posts_closed;
    if (open) {
        *loop->posts_end = p;
        loop->posts_end = &p->next;
        (void)uv_async_send(&loop->wake);
    }
    uv_mutex_unlock(&loop->post_lock);
    if (!open)
        free(p);
    return open;
}

static bool allocate(struct gw_loop *loop)
{
    loop->read_buf = malloc(GW_READ_BYTES);
    loop->plain_buf = malloc(GW_PLAIN_BYTES);
    loop->head_room = loop->config->limits.max_head_bytes + GW_HEAD_GROWTH;
    loop->head_buf = malloc(loop->head_room + GW_CLIENT_FIELDS_BYTES);
    loop->staging.gather = malloc(GW_GATHER_BYTES);
    loop->staging.wire = malloc(GW_STAGING_BYTES);
    loop->libctx = OSSL_LIB_CTX_new();
    loop->bio_method = gw_tls_bio_method();
    loop->http2 = gw_http2_shared_new(loop);
    return loop->read_buf != NULL && loop->plain_buf != NULL && loop->head_buf != NULL &&
           loop->staging.gather != NULL && loop->staging.wire != NULL && loop->libctx != NULL &&
           loop->bio_method != NULL && loop->http2 != NULL;
}

static void on_drain_over(struct gw_deadline *d)
{
    struct gw_loop *loop = (struct gw_loop *)((char *)d - offsetof(struct gw_loop, drain));

    gw_conn_close_all(loop, "drain-timeout");
}

static void on_patience_over(struct gw_deadline *d)
{
    struct gw_loop *loop = (struct gw_loop *)((char *)d - offsetof(struct gw_loop, patience));

    loop->patient = false;
    gw_conn_drain_all(loop);
}

bool gw_loop_init(struct gw_loop *loop, char *err, size_t err_len)
{
    const struct gw_limits *limits = &loop->config->limits;

    gw_block_pool_init(&loop->blocks, KEPT_BLOCKS);
    gw_head_pool_init(&loop->heads, limits->max_head_bytes, limits->max_fields, &loop->objects);
    gw_object_pool_init(&loop->objects, KEPT_OBJECT_BYTES);
    gw_deadline_init(&loop->accept_again, gw_accept_again);
    gw_deadline_init(&loop->drain, on_drain_over);
    gw_deadline_init(&loop->patience, on_patience_over);
    loop->tick_at = GW_NEVER;
    loop->max_conns = (limits->max_connections + loop->config->threads - 1) / loop->config->threads;
    if (!allocate(loop) || uv_loop_init(&loop->uv) != 0) {
        (void)snprintf(err, err_len, "cannot allocate a worker loop");
        return false;
    }
    loop->uv_ready = true;
    (void)uv_async_init(&loop->uv, &loop->wake, on_wake);
    (void)uv_timer_init(&loop->uv, &loop->tick);
    (void)uv_timer_init(&loop->uv, &loop->turn);
    loop->wake.data = loop;
    loop->tick.data = loop;
    loop->turn.data = loop;
    gw_wheel_init(&loop->wheel, gw_loop_now(loop));
    if (!gw_upstreams_init(loop, err, err_len))
        return false;
    return gw_listeners_open(loop, err, err_len);
}

void gw_loop_run(struct gw_loop *loop)
{
    (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
}

void gw_loop_check_end(struct gw_loop *loop)
{
    if (!loop->stopping || loop->conns_count > 0 || uv_is_closing((uv_handle_t *)&loop->wake))
        return;
    uv_mutex_lock(&loop->post_lock);
    loop->posts_closed = true;
    uv_mutex_unlock(&loop->post_lock);
    on_wake(&loop->wake);
    gw_upstreams_close(loop);
    gw_deadline_remove(&loop->wheel, &loop->drain);
    gw_deadline_remove(&loop->wheel, &loop->patience);
    gw_deadline_remove(&loop->wheel, &loop->accept_again);
    uv_close((uv_handle_t *)&loop->wake, NULL);
    uv_unref((uv_handle_t *)&loop->tick);
    uv_unref((uv_handle_t *)&loop->turn);
}

static void begin_to_stop(struct gw_loop *loop)
{
    gw_listeners_close(loop);
    loop->stopping = true;
    gw_loop_deadline(loop, &loop->drain, loop->config->timeouts.drain);
    gw_conn_drain_all(loop);
    gw_loop_check_end(loop);
}

void gw_loop_stop(struct gw_loop *loop)
{
    if (loop->stopping) {
        gw_conn_close_all(loop, "stopped");
        return;
    }
    begin_to_stop(loop);
}

void gw_loop_retire(struct gw_loop *loop)
{
    const uint32_t half = loop->config->timeouts.drain / 2;

    if (loop->stopping)
        return;
    loop->patient = true;
    gw_loop_deadline(loop, &loop->patience, half < GW_PATIENCE_MS ? half : GW_PATIENCE_MS);
    begin_to_stop(loop);
}

static void close_handle(uv_handle_t *h, void *arg)
{
    (void)arg;
    if (!uv_is_closing(h))
        uv_close(h, NULL);
}

void gw_loop_cleanup(struct gw_loop *loop)
{
    uv_mutex_lock(&loop->post_lock);
    loop->posts_closed = true;
    uv_mutex_unlock(&loop->post_lock);
    if (loop->uv_ready) {
        uv_walk(&loop->uv, close_handle, NULL);
        (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
        (void)uv_loop_close(&loop->uv);
    }
    while (loop->posts != NULL) {
        struct gw_post *p = loop->posts;

        loop->posts = p->next;
        free(p);
    }
    gw_upstreams_cleanup(loop);
    gw_listeners_cleanup(loop);
    gw_tls_context_unref(loop->tls);
    gw_head_pool_cleanup(&loop->heads);
    gw_object_pool_cleanup(&loop->objects);
    gw_block_pool_cleanup(&loop->blocks);
    BIO_meth_free(loop->bio_method);
    gw_http2_shared_free(loop->http2);
    OSSL_LIB_CTX_free(loop->libctx);
    OPENSSL_cleanse(loop->random, sizeof(loop->random));
    free(loop->read_buf);
    free(loop->plain_buf);
    free(loop->head_buf);
    free(loop->staging.gather);
    free(loop->staging.wire);
}

const uint8_t *gw_loop_random(struct gw_loop *loop)
{
    if (loop->random_left < 16) {
        /* An id only has to be unlikely to repeat; without random it stays what it was. */
        (void)RAND_bytes_ex(loop->libctx, loop->random, sizeof(loop->random), 0);
        loop->random_left = sizeof(loop->random);
    }
    loop->random_left -= 16;
    return loop->random + loop->random_left;
}

void gw_loop_request_id(struct gw_loop *loop, char id[33])
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *r = gw_loop_random(loop);

    for (size_t i = 0; i < 16; i++) {
        id[2 * i] = digits[r[i] >> 4];
        id[2 * i + 1] = digits[r[i] & 15];
    }
    id[32] = '\0';
}

const char *gw_loop_date(struct gw_loop *loop)
{
    uint64_t second = gw_loop_now(loop) / 1000;
    time_t now;
    struct tm tm;

    if (loop->date[0] != '\0' && loop->date_second == second)
        return loop->date;
    loop->date_second = second;
    now = time(NULL);
    (void)gmtime_r(&now, &tm);
    (void)strftime(loop->date, sizeof(loop->date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
    return loop->date;
}

struct gw_server *gw_loop_server(struct gw_loop *loop)
{
    return loop->server;
}

unsigned gw_loop_index(const struct gw_loop *loop)
{
    return loop->index;
}

void *gw_loop_user(const struct gw_loop *loop)
{
    return loop->user;
}

uv_loop_t *gw_loop_uv(struct gw_loop *loop)
{
    return &loop->uv;
}

OSSL_LIB_CTX *gw_loop_libctx(struct gw_loop *loop)
{
    return loop->libctx;
}
