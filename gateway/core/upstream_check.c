#include "gateway/core/upstream_check.h"

#include <stdio.h>
#include <stdlib.h>

#include "gateway/core/upstream.h"
#include "gateway/core/upstream_check_http2.h"
#include "gateway/core/upstream_conn.h"

enum {
    DEFAULT_TIMEOUT_MS = 2000,
    DEFAULT_RISE = 2,
    DEFAULT_FALL = 3,
    DEFAULT_STATUS_MIN = 200,
    DEFAULT_STATUS_MAX = 399,
    REQUEST_ROOM = 2048
};

struct gw_checks {
    struct gw_upstream *upstream;
    struct gw_deadline tick;
};

struct gw_check {
    struct gw_backend *backend;
    struct gw_upconn *up;
    struct gw_check_http2 *http2; /* NULL: the request is HTTP/1.1, or there is none */
    struct gw_deadline timeout;
};

static unsigned or_default(unsigned value, unsigned fallback)
{
    return value != 0 ? value : fallback;
}

static void on_verdict(struct gw_loop *loop, void *arg)
{
    struct gw_verdict *v = arg;
    struct gw_upstream *u = loop->upstreams[v->upstream];

    gw_backend_judge(u, v);
    gw_upstream_publish(u);
}

/* A loop that misses one for want of memory keeps its view until the next change. */
static void post_verdict(const struct gw_backend *b, bool down)
{
    struct gw_server *server = b->upstream->loop->server;

    for (unsigned i = 0; i < gw_server_threads(server); i++) {
        struct gw_verdict *v = calloc(1, sizeof(*v));

        if (v == NULL)
            return;
        v->upstream = b->upstream->index;
        v->source = (size_t)(b->source - b->upstream->sources);
        v->address = b->address;
        v->down = down;
        if (!gw_loop_post(gw_server_loop(server, i), on_verdict, v))
            free(v);
    }
}

static void drop(struct gw_check *c)
{
    gw_deadline_remove(&c->backend->upstream->loop->wheel, &c->timeout);
    c->backend->check = NULL;
    c->up->check = NULL;
    gw_check_http2_free(c->http2);
    free(c);
}

void gw_check_ended(struct gw_check *c, const char *code)
{
    struct gw_backend *b = c->backend;
    const struct gw_upstream_check *config = &b->upstream->config->check;
    unsigned needed = code == NULL ? or_default(config->rise, DEFAULT_RISE)
                                   : or_default(config->fall, DEFAULT_FALL);

    drop(c);
    if ((code != NULL) == b->down) {
        b->streak = 0;
    } else if (++b->streak >= needed) {
        b->streak = 0;
        gw_backend_tell(b, code == NULL ? GW_BACKEND_UP : GW_BACKEND_DOWN, code);
        post_verdict(b, code != NULL);
    }
}

/* End a check whose connection is still open. */
static void finish(struct gw_check *c, const char *code)
{
    struct gw_upconn *up = c->up;

    gw_check_ended(c, code);
    gw_upconn_close(up);
}

static void on_timeout(struct gw_deadline *d)
{
    finish((struct gw_check *)((char *)d - offsetof(struct gw_check, timeout)),
           "upstream-check-timeout");
}

void gw_check_connected(struct gw_check *c)
{
    const struct gw_upstream_config *config = c->backend->upstream->config;
    const struct gw_upstream_check *check = &config->check;
    char request[REQUEST_ROOM];
    int n;

    if (check->path == NULL) {
        finish(c, NULL);
        return;
    }
    n = snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", check->path,
                 check->host != NULL ? check->host : "localhost",
                 config->http2 ? "" : "Connection: close\r\n");
    if (n <= 0 || (size_t)n >= sizeof(request)) {
        finish(c, "head-size");
    } else if (config->http2) {
        c->http2 = gw_check_http2_new(c->up, (struct gw_str){request, (size_t)n});
        if (c->http2 == NULL)
            finish(c, "memory");
    } else {
        gw_link_write(&c->up->link, request, (size_t)n);
    }
}

/* The status of a complete head. Returns: 0 when it cannot be read. */
static unsigned status_of(struct gw_upconn *up)
{
    struct gw_http1_response *r = &up->head->response;
    struct gw_http_refusal why;

    *r = (struct gw_http1_response){0};
    r->fields.list = up->head->list;
    r->fields.room = up->upstream->loop->heads.max_fields;
    return gw_http1_response_parse(gw_head_block_text(up->head), false, r, &why) ? r->status : 0;
}

static void judge(struct gw_check *c, unsigned status)
{
    const struct gw_upstream_check *config = &c->backend->upstream->config->check;

    if (status == 0)
        finish(c, "upstream-malformed");
    else if (status < or_default(config->status_min, DEFAULT_STATUS_MIN) ||
             status > or_default(config->status_max, DEFAULT_STATUS_MAX))
        finish(c, "upstream-check-status");
    else
        finish(c, NULL);
}

static void http2_data(struct gw_check *c, const char *data, size_t len)
{
    struct gw_check_http2_result result;

    if (!gw_check_http2_data(c->http2, (const uint8_t *)data, len, &result))
        return;
    if (result.code != NULL)
        finish(c, result.code);
    else
        judge(c, result.status);
}

void gw_check_data(struct gw_upconn *up, const char *data, size_t len)
{
    struct gw_loop *loop = up->upstream->loop;
    size_t used = 0;

    if (up->check->http2 != NULL) {
        http2_data(up->check, data, len);
        return;
    }
    while (used < len) {
        struct gw_http_refusal why;
        enum gw_http1_scan_result scan = GW_HTTP1_REFUSED;
        size_t n = 0;
        unsigned status;

        if (up->head == NULL)
            up->head = gw_head_block_get(&loop->heads);
        if (up->head != NULL)
            scan = gw_head_block_take(&loop->heads, up->head, data + used, len - used, &n, &why);
        if (scan == GW_HTTP1_MORE)
            return;
        status = scan == GW_HTTP1_COMPLETE ? status_of(up) : 0;
        if (status < 100 || status > 199) {
            judge(up->check, status);
            return;
        }
        /* An interim answer: the final one follows. */
        gw_head_block_put(&loop->heads, up->head);
        up->head = NULL;
        used += n;
    }
}

static void begin(struct gw_backend *b)
{
    const struct gw_upstream_check *config = &b->upstream->config->check;
    struct gw_check *c = calloc(1, sizeof(*c));

    if (c == NULL)
        return;
    c->backend = b;
    c->up = gw_upconn_new(b);
    if (c->up == NULL) {
        free(c);
        return;
    }
    c->up->check = c;
    b->check = c;
    gw_deadline_init(&c->timeout, on_timeout);
    gw_loop_deadline(b->upstream->loop, &c->timeout,
                     or_default(config->timeout_ms, DEFAULT_TIMEOUT_MS));
    gw_upconn_connect(c->up);
}

static void on_tick(struct gw_deadline *d)
{
    struct gw_checks *checks = (struct gw_checks *)((char *)d - offsetof(struct gw_checks, tick));
    struct gw_upstream *u = checks->upstream;
    uint64_t now = gw_loop_now(u->loop);

    gw_loop_deadline(u->loop, &checks->tick, u->config->check.interval_ms);
    if (now >= u->resolve_due)
        gw_source_refresh(u, now);
    for (size_t i = 0; i < u->backends_count; i++)
        if (u->backends[i]->check == NULL)
            begin(u->backends[i]);
}

bool gw_checks_start(struct gw_upstream *u)
{
    if (u->config->check.interval_ms == 0 || u->loop->index != GW_CHECKS_LOOP ||
        u->index >= u->loop->config->upstreams_count)
        return true;
    u->checks = calloc(1, sizeof(*u->checks));
    if (u->checks == NULL)
        return false;
    u->checks->upstream = u;
    gw_deadline_init(&u->checks->tick, on_tick);
    gw_loop_deadline(u->loop, &u->checks->tick, 0);
    return true;
}

void gw_checks_stop(struct gw_upstream *u)
{
    if (u->checks == NULL)
        return;
    gw_deadline_remove(&u->loop->wheel, &u->checks->tick);
    for (size_t i = 0; i < u->backends_count; i++) {
        struct gw_check *c = u->backends[i]->check;

        if (c != NULL) {
            struct gw_upconn *up = c->up;

            drop(c);
            gw_upconn_close(up);
        }
    }
}

void gw_checks_free(struct gw_upstream *u)
{
    free(u->checks);
    u->checks = NULL;
}

void gw_check_forget(struct gw_backend *b)
{
    struct gw_check *c = b->check;

    if (c != NULL) {
        struct gw_upconn *up = c->up;

        drop(c);
        gw_upconn_close(up);
    }
    if (b->down && b->upstream->checks != NULL)
        post_verdict(b, false);
}
