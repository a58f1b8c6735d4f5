#include "gateway/core/link_write.h"

#include <string.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

enum { WRITE_VECTORS = 8, DIRECT_BYTES = 8 * 1024 };

static void queue_write(struct gw_link *l);

static void write_failed(struct gw_link *l, const char *reason)
{
    if (l->write_dead)
        return;
    l->write_dead = true;
    l->failure = reason;
    gw_deadline_remove(&l->loop->wheel, &l->stuck);
    if (!l->failed_listed) {
        l->failed_listed = true;
        l->next_failed = l->loop->failed;
        l->loop->failed = l;
    }
}

static void on_stuck(struct gw_deadline *d)
{
    struct gw_link *l = (struct gw_link *)((char *)d - offsetof(struct gw_link, stuck));

    gw_count(l->loop, GW_STAT(timeouts), 1);
    write_failed(l, "write-timeout");
}

void gw_link_write_init(struct gw_link *l)
{
    gw_deadline_init(&l->stuck, on_stuck);
    l->write.data = l;
    l->shutdown.data = l;
}

static void on_shutdown(uv_shutdown_t *req, int status)
{
    struct gw_link *l = req->data;

    (void)status;
    if (!l->closing && !l->finished) {
        l->finished = true;
        l->ops->on_flushed(l);
    }
    gw_loop_leave(l->loop);
}

static void finish_if_flushed(struct gw_link *l)
{
    if (!l->finishing || l->finished || l->closing || l->out.len > 0 || l->writing ||
        l->write_dead || l->shutdown.handle != NULL)
        return;
    if (!l->half) {
        l->finished = true;
        l->ops->on_flushed(l);
        return;
    }
    if (uv_shutdown(&l->shutdown, &l->io.stream, on_shutdown) != 0)
        write_failed(l, "write-error");
}

static void count_sent(struct gw_link *l, size_t n)
{
    l->bytes_out += n;
    if (l->is_client)
        gw_count(l->loop, GW_STAT(wire_out), n);
}

static void on_written(uv_write_t *req, int status)
{
    struct gw_link *l = req->data;
    size_t sent = l->in_flight;

    l->writing = false;
    if (l->closing)
        return;
    if (status < 0) {
        write_failed(l, status == UV_ECONNRESET || status == UV_EPIPE ? "reset" : "write-error");
    } else {
        gw_bufq_consume(&l->out, sent);
        count_sent(l, sent);
        queue_write(l);
        finish_if_flushed(l);
        if (!l->closing && gw_marks_may_go(&l->marks, l->out.len))
            l->ops->on_drained(l);
    }
    gw_loop_leave(l->loop);
}

/* One uv_write over the first blocks of the queue; the next one starts when it is through. */
static void queue_write(struct gw_link *l)
{
    uv_buf_t bufs[WRITE_VECTORS];
    unsigned n = 0;

    if (l->writing || l->write_dead || l->closing)
        return;
    if (l->out.len == 0) {
        gw_deadline_clear(&l->stuck);
        return;
    }
    l->in_flight = 0;
    for (struct gw_block *b = l->out.head; b != NULL && n < WRITE_VECTORS; b = b->next) {
        bufs[n++] = uv_buf_init((char *)b->bytes + b->start, (unsigned)(b->end - b->start));
        l->in_flight += b->end - b->start;
    }
    if (uv_write(&l->write, &l->io.stream, bufs, n, on_written) != 0) {
        write_failed(l, "write-error");
        return;
    }
    l->writing = true;
    gw_loop_deadline(l->loop, &l->stuck, l->loop->config->timeouts.write_stuck);
}

static void enqueue(struct gw_link *l, const void *data, size_t len)
{
    if (len == 0)
        return;
    if (!gw_bufq_append(&l->out, data, len)) {
        write_failed(l, "memory");
        return;
    }
    gw_count_peak(l->loop, GW_STAT(queue_peak_bytes), l->out.len);
}

/* Give n buffers to the kernel in order; what it does not take goes to the queue. */
static void push_out(struct gw_link *l, uv_buf_t *bufs, unsigned n)
{
    size_t sent = 0;

    if (l->write_dead || l->closing)
        return;
    if (l->out.len == 0 && !l->writing) {
        int got = uv_try_write(&l->io.stream, bufs, n);

        if (got >= 0)
            sent = (size_t)got;
        else if (got != UV_EAGAIN) {
            write_failed(l, got == UV_ECONNRESET || got == UV_EPIPE ? "reset" : "write-error");
            return;
        }
        count_sent(l, sent);
    }
    for (unsigned i = 0; i < n; i++) {
        size_t skip = sent < bufs[i].len ? sent : bufs[i].len;

        sent -= skip;
        enqueue(l, bufs[i].base + skip, bufs[i].len - skip);
    }
    queue_write(l);
    /* Here and not at the end of the callback: one callback may answer a thousand requests. */
    if (gw_marks_must_stop(&l->marks, l->out.len))
        l->ops->on_full(l);
}

static void push_wire(struct gw_link *l)
{
    struct gw_staging *s = &l->loop->staging;
    uv_buf_t buf = uv_buf_init((char *)s->wire, (unsigned)s->wire_len);

    if (s->wire_len == 0)
        return;
    s->wire_len = 0;
    push_out(l, &buf, 1);
}

void gw_link_tls_sink(void *ctx, const uint8_t *data, size_t len)
{
    struct gw_link *l = ctx;
    struct gw_staging *s = &l->loop->staging;

    if (s->owner != l) {
        gw_link_flush_staging(l->loop);
        s->owner = l;
    }
    while (len > 0) {
        size_t n = GW_STAGING_BYTES - s->wire_len;

        if (n > len)
            n = len;
        memcpy(s->wire + s->wire_len, data, n);
        s->wire_len += n;
        data += n;
        len -= n;
        if (s->wire_len >= GW_STAGING_FLUSH)
            push_wire(l);
    }
}

static void tls_write_failed(struct gw_link *l)
{
    gw_tls_error(l->tls_detail, sizeof(l->tls_detail));
    write_failed(l, "tls-error");
}

static void seal_gathered(struct gw_link *l)
{
    struct gw_staging *s = &l->loop->staging;
    size_t len = s->gather_len;

    s->gather_len = 0;
    if (len > 0 && !gw_tls_write(&l->tls, s->gather, len))
        tls_write_failed(l);
}

void gw_link_flush_staging(struct gw_loop *loop)
{
    struct gw_link *l = loop->staging.owner;

    if (l == NULL)
        return;
    seal_gathered(l);
    push_wire(l);
    loop->staging.owner = NULL;
}

static void write_tls(struct gw_link *l, const uint8_t *data, size_t len)
{
    struct gw_staging *s = &l->loop->staging;

    while (len > 0) {
        size_t n = GW_GATHER_BYTES - s->gather_len;

        if (s->gather_len == 0 && len >= GW_GATHER_BYTES) {
            /* Whole records need no copy. */
            n = len - len % GW_GATHER_BYTES;
            if (!gw_tls_write(&l->tls, data, n))
                tls_write_failed(l);
        } else {
            n = n < len ? n : len;
            memcpy(s->gather + s->gather_len, data, n);
            s->gather_len += n;
        }
        if (s->gather_len == GW_GATHER_BYTES)
            seal_gathered(l);
        data += n;
        len -= n;
    }
}

static void write_plain(struct gw_link *l, const uint8_t *data, size_t len)
{
    struct gw_staging *s = &l->loop->staging;

    if (len >= DIRECT_BYTES) {
        uv_buf_t bufs[2] = {uv_buf_init((char *)s->wire, (unsigned)s->wire_len),
                            uv_buf_init((char *)data, (unsigned)len)};

        s->wire_len = 0;
        push_out(l, bufs[0].len > 0 ? bufs : bufs + 1, bufs[0].len > 0 ? 2 : 1);
        return;
    }
    gw_link_tls_sink(l, data, len);
}

void gw_link_write(struct gw_link *l, const void *data, size_t len)
{
    struct gw_staging *s = &l->loop->staging;

    if (l->closing || l->write_dead || l->finishing || len == 0)
        return;
    if (s->owner != l) {
        gw_link_flush_staging(l->loop);
        s->owner = l;
    }
    if (l->tls.ssl != NULL)
        write_tls(l, data, len);
    else
        write_plain(l, data, len);
}

/* The last bytes leave with the end of the stream, in one segment, which close or shutdown sends.
 * With bytes that were not read close would throw them away: then they must leave before. */
static void hold_last(struct gw_link *l)
{
    static const int on = 1;
    uv_os_fd_t fd;

    if (l->tls.ssl != NULL && (l->half || l->read_ended) && l->io.handle.type == UV_TCP &&
        uv_fileno(&l->io.handle, &fd) == 0)
        (void)setsockopt(fd, IPPROTO_TCP, TCP_CORK, &on, sizeof on);
}

void gw_link_finish(struct gw_link *l, bool half)
{
    if (l->closing || l->finishing)
        return;
    if (l->loop->staging.owner == l)
        seal_gathered(l);
    gw_tls_shutdown(&l->tls);
    l->finishing = true;
    l->half = half;
    hold_last(l);
    if (l->loop->staging.owner == l)
        gw_link_flush_staging(l->loop);
    finish_if_flushed(l);
}

void gw_link_abort(struct gw_link *l, bool reset)
{
    static const struct linger at_once = {.l_onoff = 1};
    uv_os_fd_t fd;

    if (l->loop->staging.owner == l)
        gw_link_flush_staging(l->loop);
    l->tls.ended = true;
    if (reset && l->tls.ssl == NULL && l->io.handle.type == UV_TCP &&
        uv_fileno(&l->io.handle, &fd) == 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

void gw_link_write_last(struct gw_link *l)
{
    struct gw_staging *s = &l->loop->staging;

    if (s->owner == l)
        seal_gathered(l);
    if (!l->finishing)
        gw_tls_shutdown(&l->tls);
    l->finishing = true;
    if (s->owner == l) {
        push_wire(l);
        s->owner = NULL;
    }
}

void gw_link_report_failed(struct gw_loop *loop)
{
    while (loop->failed != NULL) {
        struct gw_link *l = loop->failed;

        loop->failed = l->next_failed;
        l->failed_listed = false;
        if (!l->closing)
            l->ops->on_error(l, l->failure, true);
    }
}
