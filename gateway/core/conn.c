#include "gateway/core/conn.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

#include "gateway/core/accept.h"
#include "gateway/core/exchange_private.h"
#include "gateway/core/http1_forward.h"

#define BIT(n) (1U << (n))

static const struct conn_rule {
    const char *name;
    size_t deadline_at; /* offset of its timeout in struct gw_timeouts */
    unsigned next;      /* states that may follow, as BIT()s; every state may close */
    bool timed;
} rules[GW_CONN_STATE_COUNT] = {
    [GW_CONN_HANDSHAKE] = {"handshake", offsetof(struct gw_timeouts, handshake),
                           BIT(GW_CONN_HANDSHAKE) | BIT(GW_CONN_PROXY) | BIT(GW_CONN_HELLO) |
                               BIT(GW_CONN_IDLE) | BIT(GW_CONN_FINISH),
                           true},
    [GW_CONN_PROXY] = {"proxy", offsetof(struct gw_timeouts, handshake),
                       BIT(GW_CONN_HANDSHAKE) | BIT(GW_CONN_HELLO) | BIT(GW_CONN_IDLE), true},
    [GW_CONN_HELLO] = {"hello", offsetof(struct gw_timeouts, handshake),
                       BIT(GW_CONN_HANDSHAKE) | BIT(GW_CONN_IDLE) | BIT(GW_CONN_FINISH), true},
    [GW_CONN_IDLE] = {"idle", offsetof(struct gw_timeouts, idle),
                      BIT(GW_CONN_HEAD) | BIT(GW_CONN_FINISH), true},
    [GW_CONN_HEAD] = {"head", offsetof(struct gw_timeouts, head),
                      BIT(GW_CONN_EXCHANGE) | BIT(GW_CONN_FINISH), true},
    /* Its waits are the exchange's. */
    [GW_CONN_EXCHANGE] = {"exchange", 0, BIT(GW_CONN_IDLE) | BIT(GW_CONN_FINISH), false},
    [GW_CONN_FINISH] = {"finish", offsetof(struct gw_timeouts, write_stuck), 0, true},
    [GW_CONN_CLOSING] = {"closing", 0, 0, false},
};

bool gw_conn_may_enter(enum gw_conn_state state, enum gw_conn_state next)
{
    return next == GW_CONN_CLOSING || (rules[state].next & BIT(next)) != 0;
}

const char *gw_conn_state_name(enum gw_conn_state state)
{
    return rules[state].name;
}

void gw_conn_enter(struct gw_conn *c, enum gw_conn_state next)
{
    assert(gw_conn_may_enter(c->state, next));
    if (next == GW_CONN_CLOSING)
        c->last_state = rules[c->state].name;
    gw_gauge_down(c->loop, GW_STAT(conn_states) + c->state);
    gw_count(c->loop, GW_STAT(conn_states) + next, 1);
    c->state = next;
    if (rules[next].timed) {
        const char *timeouts = (const char *)&c->loop->config->timeouts;
        uint32_t ms;

        memcpy(&ms, timeouts + rules[next].deadline_at, sizeof(ms));
        gw_loop_deadline(c->loop, &c->deadline, ms);
    } else {
        gw_deadline_clear(&c->deadline);
    }
}

_Static_assert((int)GW_CONN_STATE_COUNT <= (int)GW_STATS_STATES, "every state is counted");

const char *gw_stats_state_name(size_t i)
{
    return i < GW_CONN_STATE_COUNT ? rules[i].name : NULL;
}

static struct gw_conn *of_link(struct gw_link *l)
{
    return (struct gw_conn *)l;
}

static void on_deadline(struct gw_deadline *d)
{
    struct gw_conn *c = (struct gw_conn *)((char *)d - offsetof(struct gw_conn, deadline));

    if (c->state == GW_CONN_FINISH && !c->link.finished && c->link.out.len > 0) {
        /* A slow reader that makes progress is watched by the write queue's own deadline. */
        gw_loop_deadline(c->loop, d, c->loop->config->timeouts.write_stuck);
        return;
    }
    gw_count(c->loop, GW_STAT(timeouts), 1);
    if (c->state <= GW_CONN_HELLO)
        gw_conn_close(c, "handshake-timeout");
    else if (c->state == GW_CONN_FINISH)
        gw_conn_close(c, c->reason);
    else
        c->protocol->on_deadline(c);
}

static void on_open(struct gw_link *l)
{
    struct gw_conn *c = of_link(l);

    c->info.resumed = SSL_session_reused(l->tls.ssl) == 1;
    c->info.sni = l->tls.sni;
    c->open_us = uv_hrtime() / 1000;
    if (l->tls.challenge) {
        gw_conn_finish(c, "acme-challenge");
        return;
    }
    if (!gw_client_fields_read(l->tls.ssl, &c->client)) {
        gw_conn_close(c, "memory");
        return;
    }
    if (gw_tls_chose_h2(&l->tls)) {
        c->protocol = &gw_protocol_http2;
        c->info.protocol = c->protocol->name;
    } else if (l->tls.stream_alpn != NULL && gw_tls_has_alpn(&l->tls)) {
        c->protocol = &gw_protocol_http1; /* until a request becomes a tunnel */
        c->info.protocol = l->tls.stream_alpn;
    }
    gw_count(c->loop, GW_STAT(handshakes), 1);
    if (c->info.resumed)
        gw_count(c->loop, GW_STAT(handshakes_resumed), 1);
    gw_conn_enter(c, GW_CONN_IDLE);
    if (c->loop->stopping && !c->loop->patient) {
        gw_conn_finish(c, "drained");
        return;
    }
    if (!gw_conn_admit(c, GW_ADMIT_NAME))
        return;
    c->protocol->opened(c);
    if (c->loop->stopping && c->state != GW_CONN_FINISH && c->state != GW_CONN_CLOSING)
        c->protocol->drain(c);
}

static void on_data(struct gw_link *l, const uint8_t *data, size_t len)
{
    struct gw_conn *c = of_link(l);

    if (c->state == GW_CONN_PROXY)
        gw_conn_proxy_data(c, data, len);
    else if (c->state == GW_CONN_HELLO)
        gw_conn_hello_data(c, data, len);
    else if (c->state != GW_CONN_FINISH && c->state != GW_CONN_CLOSING)
        c->protocol->on_data(c, data, len);
}

static void on_eof(struct gw_link *l, enum gw_link_eof how)
{
    struct gw_conn *c = of_link(l);

    c->eof_in = true;
    if (c->state == GW_CONN_FINISH) {
        if (l->finished || how == GW_EOF_CUT)
            gw_conn_close(c, c->reason);
    } else if (c->state <= GW_CONN_HELLO) {
        gw_conn_close(c, "handshake-eof");
    } else {
        c->protocol->on_eof(c, how);
    }
}

static void on_full(struct gw_link *l)
{
    of_link(l)->protocol->on_full(of_link(l));
}

static void on_drained(struct gw_link *l)
{
    of_link(l)->protocol->on_drained(of_link(l));
}

static void on_flushed(struct gw_link *l)
{
    struct gw_conn *c = of_link(l);

    if (c->state != GW_CONN_FINISH) {
        gw_tunnel_flushed(c->x);
        return;
    }
    if (!c->linger || c->eof_in) {
        gw_conn_close(c, c->reason);
        return;
    }
    gw_loop_deadline(c->loop, &c->deadline, c->loop->config->timeouts.linger);
}

static void on_error(struct gw_link *l, const char *reason, bool write)
{
    struct gw_conn *c = of_link(l);

    (void)write;
    gw_conn_close(c, reason);
}

static void tell_end(struct gw_conn *c)
{
    struct gw_conn_record r = {0};

    if (c->loop->config->record.on_conn_end == NULL)
        return;
    r.conn = &c->info;
    r.state = c->last_state;
    r.reason = c->reason;
    r.requests = c->requests;
    r.bytes_in = c->link.bytes_in;
    r.bytes_out = c->link.bytes_out;
    r.total_us = uv_hrtime() / 1000 - c->begun_us;
    r.handshake_us = c->open_us != 0 ? c->open_us - c->begun_us : 0;
    memcpy(r.detail, c->link.tls_detail, sizeof(r.detail));
    c->loop->config->record.on_conn_end(c->loop->config->user, c->loop, &r);
}

static void on_closed(struct gw_link *l)
{
    struct gw_conn *c = of_link(l);
    struct gw_loop *loop = c->loop;

    if (c->protocol->freed != NULL)
        c->protocol->freed(c);
    gw_tls_context_unref(c->tls_context);
    gw_conn_hello_free(c);
    gw_client_fields_cleanup(&c->client);
    free(c);
    loop->conns_count--;
    gw_gauge_down(loop, GW_STAT(connections));
    gw_gauge_down(loop, GW_STAT(conn_states) + GW_CONN_CLOSING);
    gw_accept_resume(loop);
    gw_loop_check_end(loop);
    gw_loop_leave(loop);
}

static const struct gw_link_ops link_ops = {
    on_open, on_data, on_eof, on_full, on_drained, on_flushed, on_error, on_closed,
};

void gw_conn_close(struct gw_conn *c, const char *reason)
{
    struct gw_loop *loop = c->loop;

    if (c->state == GW_CONN_CLOSING)
        return;
    if (c->state == GW_CONN_HANDSHAKE && c->info.ssl != NULL)
        gw_count(loop, GW_STAT(handshakes_failed), 1);
    gw_conn_enter(c, GW_CONN_CLOSING);
    if (c->reason == NULL)
        c->reason = reason;
    c->protocol->closed(c, reason);
    gw_deadline_remove(&loop->wheel, &c->deadline);
    gw_head_block_put(&loop->heads, c->head);
    c->head = NULL;
    gw_bufq_clear(&c->pending);
    gw_link_close(&c->link);
    tell_end(c);
    if (c->prev != NULL)
        c->prev->next = c->next;
    else
        loop->conns = c->next;
    if (c->next != NULL)
        c->next->prev = c->prev;
}

void gw_conn_finish(struct gw_conn *c, const char *reason)
{
    if (c->state == GW_CONN_FINISH || c->state == GW_CONN_CLOSING)
        return;
    c->reason = reason;
    gw_conn_enter(c, GW_CONN_FINISH);
    gw_bufq_clear(&c->pending);
    if (c->link.finished) {
        gw_conn_close(c, reason);
        return;
    }
    if (c->linger)
        gw_link_read_start(&c->link);
    gw_link_finish(&c->link, c->linger && !c->eof_in);
}

void gw_conn_fill_info(struct gw_conn *c)
{
    const struct gw_listener_config *l = &c->loop->config->listeners[c->info.listener];
    int len = sizeof(c->peer);
    const void *addr = &((struct sockaddr_in *)&c->peer)->sin_addr;

    if (c->peer_text[0] != '\0')
        return;
    /* What a relay has told counts instead of its own address. */
    if (c->peer.ss_family == 0 &&
        uv_tcp_getpeername(&c->link.io.tcp, (struct sockaddr *)&c->peer, &len) != 0)
        return;
    if (c->peer.ss_family == AF_INET6)
        addr = &((struct sockaddr_in6 *)&c->peer)->sin6_addr;
    (void)inet_ntop(c->peer.ss_family, addr, c->peer_text, sizeof(c->peer_text));
    c->info.peer_len = (socklen_t)len;
    c->info.trusted = gw_networks_have(l->trusted, l->trusted_count, (struct sockaddr *)&c->peer);
}

struct gw_conn *gw_conn_new(struct gw_loop *loop, size_t listener)
{
    struct gw_conn *c = calloc(1, sizeof(*c));

    if (c == NULL || uv_tcp_init(&loop->uv, &c->link.io.tcp) != 0) {
        free(c);
        return NULL;
    }
    c->loop = loop;
    c->protocol = loop->config->listeners[listener].mode == GW_LISTENER_TCP ? &gw_protocol_stream
                                                                            : &gw_protocol_http1;
    c->begun_us = uv_hrtime() / 1000;
    c->info.id = (uint64_t)loop->index << 48 | ++loop->next_conn_id;
    c->info.loop = loop;
    c->info.listener = listener;
    c->info.protocol = c->protocol->name;
    c->info.peer = (struct sockaddr *)&c->peer;
    gw_link_init(&c->link, loop, &link_ops);
    c->link.is_client = true;
    gw_bufq_init(&c->pending, &loop->blocks);
    gw_deadline_init(&c->deadline, on_deadline);
    c->next = loop->conns;
    if (c->next != NULL)
        c->next->prev = c;
    loop->conns = c;
    loop->conns_count++;
    gw_count(loop, GW_STAT(connections), 1);
    gw_count(loop, GW_STAT(conn_states) + c->state, 1);
    gw_count(loop, GW_STAT(accepted), 1);
    return c;
}

void gw_conn_begin(struct gw_conn *c)
{
    const struct gw_listener_config *l = &c->loop->config->listeners[c->info.listener];

    if (l->tls && l->hello) {
        gw_conn_enter(c, GW_CONN_HELLO);
    } else if (l->tls) {
        gw_conn_end_tls(c, NULL, 0);
    } else {
        gw_conn_enter(c, GW_CONN_IDLE);
        c->protocol->opened(c);
    }
}

bool gw_conn_accept(struct gw_listener *l, int fd)
{
    struct gw_conn *c = gw_conn_new(l->loop, l->index);

    if (c == NULL)
        return false;
    c->state = GW_CONN_HANDSHAKE;
    if (uv_tcp_open(&c->link.io.tcp, fd) != 0) {
        (void)close(fd);
        gw_conn_close(c, "accept-error");
        return true;
    }
    gw_link_read_start(&c->link);
    c->info.relayed = gw_conn_is_relayed(c);
    if (c->info.relayed)
        gw_conn_enter(c, GW_CONN_PROXY);
    else if (gw_conn_admit(c, GW_ADMIT_CLIENT))
        gw_conn_begin(c);
    return true;
}

void gw_conn_close_all(struct gw_loop *loop, const char *reason)
{
    while (loop->conns != NULL)
        gw_conn_close(loop->conns, reason);
}

void gw_conn_drain_all(struct gw_loop *loop)
{
    struct gw_conn *next;

    for (struct gw_conn *c = loop->conns; c != NULL; c = next) {
        next = c->next;
        if (c->state > GW_CONN_HELLO && c->state != GW_CONN_FINISH)
            c->protocol->drain(c);
    }
}
