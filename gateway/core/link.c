#include "gateway/core/link.h"

#include <string.h>

#include "gateway/core/client_auth.h"
#include "gateway/core/link_write.h"

static void report_error(struct gw_link *l, const char *reason)
{
    if (l->closing || l->read_ended)
        return;
    l->read_ended = true;
    gw_link_read_stop(l);
    l->ops->on_error(l, reason, false);
}

static void report_eof(struct gw_link *l, enum gw_link_eof how)
{
    if (l->closing || l->read_ended)
        return;
    l->read_ended = true;
    gw_link_read_stop(l);
    l->ops->on_eof(l, how);
}

static void tls_failed(struct gw_link *l)
{
    const char *why = l->tls.open ? "tls-error" : "tls-handshake";

    if (!l->tls_server && gw_tls_certificate_alert())
        why = "transport-client-certificate";
    else if (l->tls_server && !l->tls.open && gw_client_auth_reason(l->tls.ssl) != NULL)
        why = gw_client_auth_reason(l->tls.ssl);
    gw_tls_error(l->tls_detail, sizeof(l->tls_detail));
    report_error(l, why);
}

/* Returns: whether the handshake is complete and the link still usable. */
static bool handshake_step(struct gw_link *l)
{
    switch (gw_tls_handshake(&l->tls)) {
    case GW_TLS_OPEN:
        l->ops->on_open(l);
        return !l->closing;
    case GW_TLS_WANT_READ:
        return false;
    default:
        tls_failed(l);
        return false;
    }
}

static void feed_tls(struct gw_link *l, const uint8_t *data, size_t len)
{
    struct gw_loop *loop = l->loop;

    gw_tls_input(&l->tls, data, len);
    if (!l->tls.open && !handshake_step(l))
        return;
    for (;;) {
        size_t n;
        enum gw_tls_status status = gw_tls_read(&l->tls, loop->plain_buf, GW_PLAIN_BYTES, &n);

        if (n > 0)
            l->ops->on_data(l, loop->plain_buf, n);
        if (l->closing || l->read_ended || status == GW_TLS_WANT_READ)
            return;
        if (status == GW_TLS_CLOSED) {
            report_eof(l, GW_EOF_CLEAN);
            return;
        }
        if (status == GW_TLS_FAILED) {
            tls_failed(l);
            return;
        }
    }
}

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *buf)
{
    struct gw_link *l = h->data;

    (void)suggested;
    *buf = uv_buf_init((char *)l->loop->read_buf, GW_READ_BYTES);
}

void gw_link_feed(struct gw_link *l, const uint8_t *data, size_t len)
{
    if (len == 0 || l->closing || l->read_ended)
        return;
    if (l->tls.ssl != NULL)
        feed_tls(l, data, len);
    else
        l->ops->on_data(l, data, len);
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *buf)
{
    struct gw_link *l = s->data;

    if (n > 0) {
        l->bytes_in += (uint64_t)n;
        if (l->is_client)
            gw_count(l->loop, GW_STAT(wire_in), (uint64_t)n);
        gw_link_feed(l, (const uint8_t *)buf->base, (size_t)n);
    } else if (n == UV_EOF) {
        report_eof(l, l->tls.ssl != NULL ? GW_EOF_CUT : GW_EOF_CLEAN);
    } else if (n < 0) {
        report_error(l, n == UV_ECONNRESET ? "reset" : "read-error");
    }
    gw_loop_leave(l->loop);
}

void gw_link_init(struct gw_link *l, struct gw_loop *loop, const struct gw_link_ops *ops)
{
    memset((char *)l + sizeof(l->io), 0, sizeof(*l) - sizeof(l->io));
    l->io.handle.data = l;
    l->loop = loop;
    l->ops = ops;
    gw_bufq_init(&l->out, &loop->blocks);
    l->marks.high = loop->config->limits.queue_high;
    l->marks.low = loop->config->limits.queue_low;
    gw_link_write_init(l);
}

bool gw_link_use_tls(struct gw_link *l, SSL_CTX *ctx, bool server)
{
    l->tls.sink = gw_link_tls_sink;
    l->tls.sink_ctx = l;
    l->tls_server = server;
    return gw_tls_init(&l->tls, ctx, server, l->loop->bio_method);
}

void gw_link_handshake(struct gw_link *l)
{
    gw_tls_input(&l->tls, NULL, 0);
    (void)handshake_step(l);
}

void gw_link_read_start(struct gw_link *l)
{
    if (l->reading || l->closing || l->read_ended)
        return;
    if (uv_read_start(&l->io.stream, on_alloc, on_read) == 0)
        l->reading = true;
}

void gw_link_read_stop(struct gw_link *l)
{
    if (!l->reading)
        return;
    l->reading = false;
    (void)uv_read_stop(&l->io.stream);
}

static void on_handle_closed(uv_handle_t *h)
{
    struct gw_link *l = h->data;

    gw_tls_cleanup(&l->tls);
    gw_bufq_clear(&l->out);
    l->ops->on_closed(l);
}

void gw_link_close(struct gw_link *l)
{
    if (l->closing)
        return;
    gw_link_write_last(l);
    l->closing = true;
    l->reading = false;
    gw_deadline_remove(&l->loop->wheel, &l->stuck);
    uv_close(&l->io.handle, on_handle_closed);
}
