#include "gateway/core/http2_outlet.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/core/http1_body.h"
#include "gateway/core/http1_forward.h"
#include "gateway/core/http2_fields.h"

enum { DIRECT_BYTES = 4096, FRAME_HEAD = 9, EMPTY_TRAILERS = 5 /* "0", two line ends */ };

void gw_http2_outlet_init(struct gw_http2_outlet *o, nghttp2_session *session, struct gw_link *link,
                          void (*progress)(struct gw_http2_outlet *o))
{
    *o = (struct gw_http2_outlet){.session = session, .link = link, .progress = progress};
    gw_bufq_init(&o->queue, &link->loop->blocks);
    o->marks.high = link->loop->config->limits.queue_high;
    o->marks.low = link->loop->config->limits.queue_low;
}

void gw_http2_outlet_cleanup(struct gw_http2_outlet *o)
{
    gw_bufq_clear(&o->queue);
    free(o->trailer_text);
    o->trailer_text = NULL;
}

static ssize_t on_send(nghttp2_session *session, const uint8_t *data, size_t len, int flags,
                       void *user)
{
    struct gw_link *l = *(struct gw_link **)user;

    (void)session;
    (void)flags;
    if (gw_link_full(l))
        return NGHTTP2_ERR_WOULDBLOCK;
    gw_link_write(l, data, len);
    return (ssize_t)len;
}

/* Take len bytes of what waits and write them. */
static void write_waiting(struct gw_http2_outlet *o, size_t len)
{
    while (len > 0 && o->queue.len > 0) {
        size_t n;
        const uint8_t *data = gw_bufq_peek(&o->queue, &n);

        n = n < len ? n : len;
        gw_link_write(o->link, data, n);
        gw_bufq_consume(&o->queue, n);
        len -= n;
    }
    if (len == 0)
        return;
    gw_link_write(o->link, o->direct, len);
    o->direct += len;
    o->direct_len -= len;
}

static int on_send_data(nghttp2_session *session, nghttp2_frame *frame, const uint8_t *framehd,
                        size_t len, nghttp2_data_source *source, void *user)
{
    struct gw_http2_outlet *o = source->ptr;

    (void)session;
    (void)frame;
    (void)user;
    if (gw_link_full(o->link))
        return NGHTTP2_ERR_WOULDBLOCK;
    /* A frame may be begun and wait for the link; never write what is not there. */
    if (o->queue.len + o->direct_len < len)
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    o->promised = 0;
    gw_link_write(o->link, framehd, FRAME_HEAD);
    write_waiting(o, len);
    o->progress(o);
    return 0;
}

void gw_http2_outlet_callbacks(nghttp2_session_callbacks *callbacks)
{
    nghttp2_session_callbacks_set_send_callback(callbacks, on_send);
    nghttp2_session_callbacks_set_send_data_callback(callbacks, on_send_data);
}

static void submit_trailers(struct gw_http2_outlet *o)
{
    nghttp2_nv nv[GW_HTTP1_MAX_TRAILER_FIELDS];
    size_t n = gw_http2_fields_of_trailers((struct gw_str){o->trailer_text, o->trailer_len}, nv,
                                           GW_HTTP1_MAX_TRAILER_FIELDS);

    (void)nghttp2_submit_trailer(o->session, o->id, nv, n);
}

/* NOLINTNEXTLINE(readability-function-size,readability-non-const-parameter): the library's type */
static ssize_t on_read(nghttp2_session *session, int32_t id, uint8_t *buf, size_t length,
                       uint32_t *flags, nghttp2_data_source *source, void *user)
{
    struct gw_http2_outlet *o = source->ptr;
    size_t have = o->queue.len + o->direct_len;

    (void)session;
    (void)id;
    (void)buf;
    (void)user;
    if (have == 0 && !o->ended) {
        o->deferred = true;
        return NGHTTP2_ERR_DEFERRED;
    }
    *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    if (o->ended && have <= length) {
        *flags |= NGHTTP2_DATA_FLAG_EOF;
        if (o->trailer_text != NULL) {
            *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
            submit_trailers(o);
        }
    }
    o->promised = have < length ? have : length;
    return (ssize_t)o->promised;
}

nghttp2_data_provider gw_http2_outlet_body(struct gw_http2_outlet *o)
{
    return (nghttp2_data_provider){.source = {.ptr = o}, .read_callback = on_read};
}

static void resume(struct gw_http2_outlet *o)
{
    if (o->deferred && nghttp2_session_resume_data(o->session, o->id) == 0)
        o->deferred = false;
}

bool gw_http2_outlet_add(struct gw_http2_outlet *o, const void *data, size_t len)
{
    if (!gw_bufq_append(&o->queue, data, len))
        return false;
    resume(o);
    return true;
}

size_t gw_http2_outlet_send(struct gw_http2_outlet *o, const void *data, size_t len, bool *failed)
{
    size_t left;

    if (len < DIRECT_BYTES || o->queue.len > 0 || !o->deferred || gw_link_full(o->link))
        return 0;
    o->direct = data;
    o->direct_len = len;
    resume(o);
    *failed = nghttp2_session_send(o->session) != 0;
    left = o->direct_len;
    o->direct = NULL;
    o->direct_len = 0;
    return len - left;
}

void gw_http2_outlet_drop(struct gw_http2_outlet *o)
{
    if (o->promised == 0)
        gw_bufq_clear(&o->queue);
}

bool gw_http2_outlet_end(struct gw_http2_outlet *o, const struct gw_http_fields *trailers,
                         char *scratch, size_t room)
{
    size_t n =
        trailers->count > 0 ? gw_http1_last_chunk(trailers, scratch, room) : (size_t)EMPTY_TRAILERS;

    if (n > EMPTY_TRAILERS) {
        o->trailer_text = malloc(n);
        if (o->trailer_text == NULL)
            return false;
        memcpy(o->trailer_text, scratch, n);
        o->trailer_len = n;
    }
    o->ended = n > 0;
    resume(o);
    return o->ended;
}
