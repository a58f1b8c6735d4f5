#include "gateway/core/http2_fields.h"
#include "gateway/core/http2_private.h"

static void watch(struct gw_http2_stream *s)
{
    struct gw_loop *loop = s->h2->conn->loop;

    if (s->out.queue.len > 0)
        gw_loop_deadline(loop, &s->stuck, loop->config->timeouts.write_stuck);
    else
        gw_deadline_clear(&s->stuck);
}

void gw_http2_sent(struct gw_http2_outlet *o)
{
    struct gw_http2_stream *s =
        (struct gw_http2_stream *)((char *)o - offsetof(struct gw_http2_stream, out));
    struct gw_http2 *h = s->h2;

    gw_http2_budget_earn(&h->frames, 2); /* the windows it opens again */
    watch(s);
    if (gw_marks_may_go(&o->marks, o->queue.len) && !s->drained_listed) {
        s->drained_listed = true;
        s->next_drained = h->drained;
        h->drained = s;
        gw_http2_mark(h);
    }
}

/* RST_STREAM counts when the client provoked it; what we or an upstream cut has other codes. */
static int on_frame_sent(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
    struct gw_http2 *h = user;
    struct gw_http2_stream *s = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);

    if (frame->hd.type == NGHTTP2_RST_STREAM) {
        uint32_t code = frame->rst_stream.error_code;

        if (code != NGHTTP2_NO_ERROR && code != NGHTTP2_INTERNAL_ERROR && code != NGHTTP2_CANCEL)
            (void)gw_http2_may_reset(h);
    } else if (frame->hd.type == NGHTTP2_GOAWAY && h->shutdown && !h->draining) {
        /* When this is answered, the client knows. */
        (void)nghttp2_submit_ping(session, NGHTTP2_FLAG_NONE, NULL);
    } else if (frame->hd.type == NGHTTP2_GOAWAY && frame->goaway.error_code != NGHTTP2_NO_ERROR &&
               h->ending == NULL) {
        h->ending = frame->goaway.error_code == NGHTTP2_ENHANCE_YOUR_CALM ? "http2-flood"
                                                                          : "http2-protocol";
        h->end_code = frame->goaway.error_code;
        gw_http2_mark(h);
    } else if (s != NULL && s->early && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0 &&
               (frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS)) {
        /* The rest of the request is not wanted (RFC 9113 section 8.1). */
        (void)nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, s->id, NGHTTP2_NO_ERROR);
    }
    return 0;
}

void gw_http2_output_callbacks(nghttp2_session_callbacks *callbacks)
{
    gw_http2_outlet_callbacks(callbacks);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_frame_sent);
}

/* Send the head that lies in the loop's buffer. Returns: whether it fits. */
static bool submit_head(struct gw_http2_stream *s, size_t len, bool interim)
{
    struct gw_loop *loop = s->h2->conn->loop;
    struct gw_http2_shared *shared = loop->http2;
    const nghttp2_data_provider body = gw_http2_outlet_body(&s->out);
    size_t n = gw_http2_fields_of_answer((struct gw_str){loop->head_buf, len}, shared->nv,
                                         shared->nv_room);

    if (len == 0 || n == 0)
        return false;
    if (interim)
        (void)nghttp2_submit_headers(s->h2->session, NGHTTP2_FLAG_NONE, s->id, NULL, shared->nv, n,
                                     NULL);
    else
        (void)nghttp2_submit_response(s->h2->session, s->id, shared->nv, n,
                                      s->no_body ? NULL : &body);
    gw_http2_mark(s->h2);
    return true;
}

static struct gw_http1_forward answer_rules(const struct gw_exchange *x)
{
    struct gw_http1_forward f = {
        .origin_from = x->to.origin_to,
        .origin_to = x->to.origin_from,
        .strip_alt_svc = x->to.strip_alt_svc,
    };

    if (!x->to.no_forwarded) {
        f.via = x->loop->config->via != NULL ? gw_str(x->loop->config->via) : f.via;
        f.request_id = gw_str(x->id);
    }
    return f;
}

void gw_http2_send_interim(struct gw_exchange *x, const struct gw_http1_response *r)
{
    struct gw_http1_forward f = answer_rules(x);
    struct gw_loop *loop = x->loop;

    if (!x->stream->closed)
        (void)submit_head(x->stream,
                          gw_http1_forward_response(r, &f, loop->head_buf, loop->head_room), true);
}

bool gw_http2_send_head(struct gw_exchange *x, const struct gw_http1_response *r)
{
    struct gw_http2_stream *s = x->stream;
    struct gw_http1_forward f = answer_rules(x);
    struct gw_loop *loop = x->loop;

    if (s->closed)
        return true;
    f.date = gw_str(gw_loop_date(loop));
    /* An answer over HTTP/2 that ended with its head spoke of no length. */
    f.framing = r->http2 && !r->has_length ? GW_FRAMING_NONE : r->framing;
    f.content_length = r->content_length;
    f.established = x->is_tunnel;
    s->no_body = !x->is_tunnel && (r->framing == GW_FRAMING_NONE ||
                                   (r->framing == GW_FRAMING_LENGTH && r->content_length == 0));
    return submit_head(s, gw_http1_forward_response(r, &f, loop->head_buf, loop->head_room), false);
}

void gw_http2_send_own(struct gw_exchange *x, const struct gw_http1_answer *answer)
{
    struct gw_http2_stream *s = x->stream;
    struct gw_loop *loop = x->loop;
    struct gw_http1_answer a = *answer;

    if (s->closed)
        return;
    a.date = gw_str(gw_loop_date(loop));
    a.request_id = gw_str(x->id);
    if (loop->config->via != NULL)
        a.server = gw_str(loop->config->via);
    a.is_head = x->head->request.is_head;
    s->no_body = a.is_head || a.body.len == 0;
    (void)submit_head(s, gw_http1_answer_head(&a, loop->head_buf, loop->head_room), false);
}

/* Bulk goes out at once and is not copied, when nothing waits before it. */
static size_t send_direct(struct gw_http2_stream *s, const void *data, size_t len)
{
    struct gw_http2 *h = s->h2;
    bool failed = false;
    size_t sent;

    if (h->busy || h->ending != NULL)
        return 0;
    h->busy = true;
    sent = gw_http2_outlet_send(&s->out, data, len, &failed);
    h->busy = false;
    if (failed)
        gw_http2_end(h, NGHTTP2_INTERNAL_ERROR, "http2-protocol");
    return sent;
}

void gw_http2_send_data(struct gw_exchange *x, const void *data, size_t len)
{
    struct gw_http2_stream *s = x->stream;
    size_t sent;

    if (s->closed || s->reset != NULL || s->no_body || len == 0)
        return;
    gw_http2_mark(s->h2);
    sent = send_direct(s, data, len);
    if (sent == len)
        return;
    if (!gw_http2_outlet_add(&s->out, (const uint8_t *)data + sent, len - sent)) {
        gw_http2_stream_reset(s, NGHTTP2_INTERNAL_ERROR, "memory");
        return;
    }
    gw_count_peak(x->loop, GW_STAT(queue_peak_bytes), s->out.queue.len);
    watch(s);
    if (gw_marks_must_stop(&s->out.marks, s->out.queue.len))
        gw_exchange_client_full(x);
}

void gw_http2_send_end(struct gw_exchange *x, const struct gw_http_fields *trailers)
{
    struct gw_http2_stream *s = x->stream;

    if (s->closed || s->no_body)
        return;
    if (!gw_http2_outlet_end(&s->out, trailers, x->loop->head_buf, x->loop->head_room))
        gw_http2_stream_reset(s, NGHTTP2_INTERNAL_ERROR, "memory");
    gw_http2_mark(s->h2);
}
