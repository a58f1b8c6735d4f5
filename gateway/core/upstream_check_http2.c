#include "gateway/core/upstream_check_http2.h"

#include <stdlib.h>

#include "gateway/core/http2_fields.h"
#include "gateway/core/http2_private.h"
#include "gateway/core/upstream_conn.h"

enum { REQUEST_FIELDS = 5, MAX_FRAMES = 1000 };

struct gw_check_http2 {
    struct gw_link *link; /* first member: what the session writes to */
    struct gw_loop *loop;
    nghttp2_session *session;
    size_t frames, block_bytes;
    unsigned block_status; /* of the head under way */
    struct gw_check_http2_result result;
    bool over;
};

static int end(struct gw_check_http2 *c, unsigned status, const char *code)
{
    if (!c->over)
        c->result = (struct gw_check_http2_result){status, code};
    c->over = true;
    return NGHTTP2_ERR_CALLBACK_FAILURE;
}

static int on_begin_frame(nghttp2_session *session, const nghttp2_frame_hd *hd, void *user)
{
    struct gw_check_http2 *c = user;

    (void)session;
    (void)hd;
    return ++c->frames > MAX_FRAMES ? end(c, 0, "upstream-malformed") : 0;
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
    struct gw_check_http2 *c = user;

    (void)session;
    (void)frame;
    c->block_bytes = 0;
    c->block_status = 0;
    return 0;
}

/* NOLINTNEXTLINE(readability-function-size): the parameters are the library's */
static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags,
                     void *user)
{
    struct gw_check_http2 *c = user;

    (void)session;
    (void)frame;
    (void)flags;
    c->block_bytes += name_len + value_len + GW_HTTP2_FIELD_OVERHEAD;
    if (c->block_bytes > GW_HTTP2_BLOCK_FACTOR * c->loop->config->limits.max_head_bytes)
        return end(c, 0, "upstream-head-size");
    /* The library has seen to it that these are three digits. */
    if (gw_str_equal((struct gw_str){(const char *)name, name_len}, gw_str(":status")) &&
        value_len == 3)
        c->block_status = (unsigned)(value[0] - '0') * 100 + (unsigned)(value[1] - '0') * 10 +
                          (unsigned)(value[2] - '0');
    return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
    struct gw_check_http2 *c = user;

    (void)session;
    if (frame->hd.type != NGHTTP2_HEADERS || c->block_status < 200)
        return 0;
    (void)end(c, c->block_status, NULL);
    return 0;
}

static int on_stream_close(nghttp2_session *session, int32_t id, uint32_t error_code, void *user)
{
    (void)session;
    (void)id;
    (void)end(user, 0,
              error_code == NGHTTP2_PROTOCOL_ERROR ? "upstream-malformed" : "upstream-reset");
    return 0;
}

static bool open_session(struct gw_check_http2 *c)
{
    nghttp2_session_callbacks *callbacks;
    bool ok;

    if (nghttp2_session_callbacks_new(&callbacks) != 0)
        return false;
    gw_http2_outlet_callbacks(callbacks);
    nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, on_begin_frame);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
    ok = nghttp2_session_client_new2(&c->session, callbacks, c, c->loop->http2->option) == 0;
    nghttp2_session_callbacks_del(callbacks);
    return ok;
}

static bool submit(struct gw_check_http2 *c, struct gw_str head)
{
    static const nghttp2_settings_entry no_push = {NGHTTP2_SETTINGS_ENABLE_PUSH, 0};
    nghttp2_nv nv[REQUEST_FIELDS];
    size_t n = gw_http2_fields_of_request(head, c->link->tls.ssl != NULL ? "https" : "http", nv,
                                          REQUEST_FIELDS);

    return n > 0 && nghttp2_submit_settings(c->session, NGHTTP2_FLAG_NONE, &no_push, 1) == 0 &&
           nghttp2_submit_request(c->session, NULL, nv, n, NULL, NULL) > 0 &&
           nghttp2_session_send(c->session) == 0;
}

struct gw_check_http2 *gw_check_http2_new(struct gw_upconn *up, struct gw_str head)
{
    struct gw_check_http2 *c = calloc(1, sizeof(*c));

    if (c == NULL)
        return NULL;
    c->link = &up->link;
    c->loop = up->upstream->loop;
    if (!open_session(c) || !submit(c, head)) {
        nghttp2_session_del(c->session);
        free(c);
        return NULL;
    }
    return c;
}

bool gw_check_http2_data(struct gw_check_http2 *c, const uint8_t *data, size_t len,
                         struct gw_check_http2_result *result)
{
    ssize_t n = nghttp2_session_mem_recv(c->session, data, len);

    if (n < 0 || nghttp2_session_send(c->session) != 0)
        (void)end(c, 0, n == NGHTTP2_ERR_NOMEM ? "memory" : "upstream-malformed");
    if (!c->over && nghttp2_session_want_read(c->session) == 0)
        (void)end(c, 0, "upstream-malformed");
    *result = c->result;
    return c->over;
}

void gw_check_http2_free(struct gw_check_http2 *c)
{
    if (c == NULL)
        return;
    if (nghttp2_session_terminate_session(c->session, NGHTTP2_NO_ERROR) == 0)
        (void)nghttp2_session_send(c->session);
    nghttp2_session_del(c->session);
    free(c);
}
