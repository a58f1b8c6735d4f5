#include "tests/schedule/http2_peer.h"

#include <uv.h>

#include "tests/schedule/sim.h"

nghttp2_session_callbacks *http2_peer_callbacks(nghttp2_on_header_callback header,
                                                nghttp2_on_frame_recv_callback frame,
                                                nghttp2_on_data_chunk_recv_callback data,
                                                nghttp2_on_stream_close_callback close)
{
    nghttp2_session_callbacks *cb;

    if (nghttp2_session_callbacks_new(&cb) != 0)
        sim_fail("memory");
    nghttp2_session_callbacks_set_on_header_callback(cb, header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(cb, frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(cb, data);
    nghttp2_session_callbacks_set_on_stream_close_callback(cb, close);
    return cb;
}

void http2_peer_open(struct http2_peer *p, bool server, nghttp2_session_callbacks *callbacks,
                     void *user)
{
    nghttp2_option *option;
    int rv;

    *p = (struct http2_peer){0};
    if (nghttp2_option_new(&option) != 0)
        sim_fail("memory");
    nghttp2_option_set_no_auto_window_update(option, 1);
    rv = server ? nghttp2_session_server_new2(&p->session, callbacks, user, option)
                : nghttp2_session_client_new2(&p->session, callbacks, user, option);
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
    if (rv != 0)
        sim_fail("memory");
}

void http2_peer_close(struct http2_peer *p)
{
    nghttp2_session_del(p->session);
    *p = (struct http2_peer){0};
}

void http2_peer_settings(struct http2_peer *p, bool connect)
{
    static const uint32_t windows[] = {0, 500, 5000, 65535, 1 << 20};
    nghttp2_settings_entry entries[4];
    size_t n = 0;

    if (connect)
        entries[n++] = (nghttp2_settings_entry){NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1};
    if (sim_chance(2))
        entries[n++] =
            (nghttp2_settings_entry){NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, windows[sim_below(5)]};
    if (sim_chance(4))
        entries[n++] =
            (nghttp2_settings_entry){NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, (uint32_t)sim_below(4096)};
    if (sim_chance(4))
        entries[n++] = (nghttp2_settings_entry){NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS,
                                                1 + (uint32_t)sim_below(4)};
    if (nghttp2_submit_settings(p->session, NGHTTP2_FLAG_NONE, entries, n) != 0)
        sim_fail("cannot send settings");
}

long http2_peer_read(struct http2_peer *p, struct chan *chan)
{
    uint8_t data[16384];
    long n = chan_read(chan, data, 1 + sim_below(sizeof data));
    ssize_t used;

    if (n <= 0)
        return n;
    used = nghttp2_session_mem_recv(p->session, data, (size_t)n);
    if (used != n)
        sim_fail("frames that cannot be read: %s", nghttp2_strerror((int)used));
    return n;
}

bool http2_peer_write(struct http2_peer *p, struct chan *chan)
{
    long n;

    if (p->out_len == 0) {
        ssize_t len = nghttp2_session_mem_send(p->session, &p->out);

        if (len < 0)
            sim_fail("cannot write frames: %s", nghttp2_strerror((int)len));
        p->out_len = (size_t)len;
    }
    if (p->out_len == 0)
        return true;
    n = chan_write(chan, p->out, 1 + sim_below(p->out_len));
    if (n < 0)
        return false;
    p->out += n;
    p->out_len -= (size_t)n;
    return true;
}

bool http2_peer_wants_write(const struct http2_peer *p)
{
    return p->out_len > 0 || nghttp2_session_want_write(p->session) != 0;
}

bool http2_peer_pay(struct http2_peer *p, int32_t stream, size_t *owed)
{
    size_t part = p->owed > 0 ? 1 + sim_below(p->owed) : 0;

    p->owed -= part;
    if (part > 0)
        (void)nghttp2_session_consume_connection(p->session, part);
    part = *owed > 0 ? 1 + sim_below(*owed) : 0;
    *owed -= part;
    if (part > 0)
        (void)nghttp2_session_consume_stream(p->session, stream, part);
    return p->owed > 0 || *owed > 0;
}
