#include <stdlib.h>
#include <string.h>

#include "tests/schedule/sim_uv.h"

static const uint64_t CLOSE_LATENCY = 2 * SIM_MS;

static struct sim_loop *loop_of(const uv_loop_t *loop)
{
    return loop->internal_fields;
}

int uv_loop_init(uv_loop_t *loop)
{
    struct sim_loop *l = calloc(1, sizeof *l);

    if (l == NULL)
        return UV_ENOMEM;
    memset(loop, 0, sizeof *loop);
    l->uv = loop;
    loop->internal_fields = l;
    return 0;
}

int uv_loop_close(uv_loop_t *loop)
{
    struct sim_loop *l = loop_of(loop);

    if (l->handles != NULL || l->requests > 0)
        return UV_EBUSY;
    free(l);
    loop->internal_fields = NULL;
    return 0;
}

static bool is_active(const struct sim_handle *h)
{
    if (h->uv->type == UV_ASYNC)
        return true;
    if (h->uv->type == UV_TIMER)
        return h->armed;
    return h->reading || h->writes != NULL || h->connect != NULL || h->shutdown != NULL ||
           h->connection_cb != NULL || h->poll_cb != NULL;
}

int uv_is_active(const uv_handle_t *handle)
{
    return is_active(sim_handle_of(handle));
}

int uv_loop_alive(const uv_loop_t *loop)
{
    const struct sim_loop *l = loop_of(loop);

    if (l->requests > 0)
        return 1;
    for (const struct sim_handle *h = l->handles; h != NULL; h = h->next)
        if (h->closing || (!h->unref && is_active(h)))
            return 1;
    return 0;
}

static bool is_over(void *arg)
{
    return uv_loop_alive(arg) == 0;
}

int uv_run(uv_loop_t *loop, uv_run_mode mode)
{
    if (mode == UV_RUN_DEFAULT && sim_thread_is_worker()) {
        if (!is_over(loop))
            sim_thread_park(is_over, loop);
        return 0;
    }
    if (sim_thread_is_worker())
        sim_fail("a worker turns its loop by hand");
    while (!is_over(loop)) {
        if (!sim_step())
            sim_fail("a loop waits for what can never happen");
        if (mode != UV_RUN_DEFAULT)
            break;
    }
    return uv_loop_alive(loop);
}

void uv_update_time(uv_loop_t *loop)
{
    (void)loop;
}

uint64_t uv_now(const uv_loop_t *loop)
{
    (void)loop;
    return sim_now() / 1000;
}

uint64_t uv_hrtime(void)
{
    return sim_now() * 1000;
}

struct sim_handle *sim_handle_new(uv_loop_t *loop, void *handle, uv_handle_type type,
                                  const struct sim_item_ops *ops)
{
    struct sim_handle *h = calloc(1, sizeof *h);
    uv_handle_t *uv = handle;

    if (h == NULL)
        sim_fail("memory");
    uv->loop = loop;
    uv->type = type;
    uv->u.reserved[0] = h;
    h->uv = uv;
    h->loop = loop_of(loop);
    h->writes_end = &h->writes;
    h->next = h->loop->handles;
    if (h->next != NULL)
        h->next->prev = h;
    h->loop->handles = h;
    sim_add(&h->item, ops);
    return h;
}

uint64_t sim_handle_close_ready(const struct sim_handle *h)
{
    return h->close_at;
}

void sim_handle_closed(struct sim_handle *h)
{
    uv_handle_t *uv = h->uv;
    uv_close_cb cb = uv->close_cb;

    if (uv->type == UV_TCP || uv->type == UV_NAMED_PIPE || uv->type == UV_POLL)
        sim_stream_cancel(h);
    if (h->prev != NULL)
        h->prev->next = h->next;
    else
        h->loop->handles = h->next;
    if (h->next != NULL)
        h->next->prev = h->prev;
    sim_remove(&h->item);
    free(h);
    uv->u.reserved[0] = NULL;
    if (cb != NULL)
        cb(uv);
}

int uv_is_closing(const uv_handle_t *handle)
{
    return sim_handle_of(handle)->closing;
}

void uv_close(uv_handle_t *handle, uv_close_cb cb)
{
    struct sim_handle *h = sim_handle_of(handle);

    if (h == NULL || h->closing)
        sim_fail("a handle is closed twice");
    handle->close_cb = cb;
    h->closing = true;
    h->armed = false;
    h->reading = false;
    h->connection_cb = NULL;
    h->poll_cb = NULL;
    h->close_at = sim_now() + sim_delay(CLOSE_LATENCY);
    if (h->end != NULL)
        sim_wire_close(h->end);
    h->end = NULL;
    for (unsigned i = 0; i < h->waiting; i++)
        if (h->backlog[i] != NULL) {
            h->backlog[i]->linger = true;
            sim_wire_close(h->backlog[i]);
        }
    h->waiting = 0;
}

void uv_unref(uv_handle_t *handle)
{
    sim_handle_of(handle)->unref = true;
}

void uv_walk(uv_loop_t *loop, uv_walk_cb walk, void *arg)
{
    struct sim_handle *next;

    for (struct sim_handle *h = loop_of(loop)->handles; h != NULL; h = next) {
        next = h->next;
        walk(h->uv, arg);
    }
}

/* Timers and wake-ups. */

static uint64_t simple_ready(struct sim_item *item)
{
    const struct sim_handle *h = (const struct sim_handle *)item;

    if (h->closing)
        return sim_handle_close_ready(h);
    return h->armed ? h->due : SIM_NEVER;
}

static void simple_run(struct sim_item *item)
{
    struct sim_handle *h = (struct sim_handle *)item;

    if (h->closing) {
        sim_handle_closed(h);
        return;
    }
    h->armed = false;
    if (h->uv->type == UV_ASYNC) {
        h->async_cb((uv_async_t *)h->uv);
        return;
    }
    if (h->repeat > 0) {
        h->armed = true;
        h->due = sim_now() + h->repeat;
    }
    h->timer_cb((uv_timer_t *)h->uv);
}

static const struct sim_item_ops timer_ops = {"timer", simple_ready, simple_run};
static const struct sim_item_ops async_ops = {"async", simple_ready, simple_run};

int uv_timer_init(uv_loop_t *loop, uv_timer_t *timer)
{
    (void)sim_handle_new(loop, timer, UV_TIMER, &timer_ops);
    return 0;
}

int uv_timer_start(uv_timer_t *timer, uv_timer_cb cb, uint64_t timeout, uint64_t repeat)
{
    struct sim_handle *h = sim_handle_of(timer);

    if (h->closing || cb == NULL)
        return UV_EINVAL;
    h->timer_cb = cb;
    h->armed = true;
    h->due = sim_now() / 1000 * 1000 + timeout * 1000;
    h->repeat = repeat * 1000;
    return 0;
}

int uv_timer_stop(uv_timer_t *timer)
{
    sim_handle_of(timer)->armed = false;
    return 0;
}

int uv_async_init(uv_loop_t *loop, uv_async_t *async, uv_async_cb cb)
{
    sim_handle_new(loop, async, UV_ASYNC, &async_ops)->async_cb = cb;
    return 0;
}

int uv_async_send(uv_async_t *async)
{
    struct sim_handle *h = sim_handle_of(async);

    if (h == NULL)
        sim_fail("a wake-up is sent to a closed handle");
    if (!h->closing && !h->armed) {
        h->armed = true;
        h->due = sim_now() + sim_delay(2 * SIM_MS);
    }
    return 0;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): uv.h's */
uv_buf_t uv_buf_init(char *base, unsigned len)
{
    uv_buf_t b = {.base = base, .len = len};

    return b;
}

const char *uv_strerror(int code)
{
    return code == 0 ? "success" : "simulated error";
}
