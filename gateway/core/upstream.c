#include "gateway/core/upstream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/core/exchange_private.h"
#include "gateway/core/listener.h"
#include "gateway/core/tls_context.h"
#include "gateway/core/tls_engine.h"
#include "gateway/core/upstream_conn.h"

enum { DEFAULT_CONNECTIONS = 512, DEFAULT_IDLE = 64, DEFAULT_WAITING = 1024 };

/* Returns: false when it is none of the documented forms. */
static bool server_parse(struct gw_upstream *u, const char *text)
{
    socklen_t len;
    const char *colon = strrchr(text, ':');
    size_t host_len;

    if (strncmp(text, "unix:", 5) == 0) {
        u->kind = GW_SERVER_UNIX;
        u->unix_path = text + 5;
        return *u->unix_path != '\0';
    }
    if (gw_address_parse(text, &u->addresses[0], &len)) {
        u->kind = GW_SERVER_ADDRESS;
        u->addresses_count = 1;
        return true;
    }
    if (colon == NULL || colon == text || strlen(colon + 1) >= sizeof(u->port))
        return false;
    host_len = (size_t)(colon - text);
    if (host_len >= sizeof(u->host))
        return false;
    u->kind = GW_SERVER_NAME;
    memcpy(u->host, text, host_len);
    memcpy(u->port, colon + 1, strlen(colon + 1));
    return true;
}

static bool alpn_encode(struct gw_upstream *u, const char *const *names)
{
    for (; names != NULL && *names != NULL; names++) {
        size_t len = strlen(*names);

        if (len == 0 || len > 255 || u->alpn_len + 1 + len > sizeof(u->alpn))
            return false;
        u->alpn[u->alpn_len++] = (unsigned char)len;
        memcpy(u->alpn + u->alpn_len, *names, len);
        u->alpn_len += (unsigned)len;
    }
    return true;
}

static bool use_tls(struct gw_upstream *u)
{
    const struct gw_upstream_tls *tls = u->config->tls;

    if (tls == NULL)
        return true;
    u->ctx = tls->make_ctx(tls->user, u->loop, u->loop->libctx);
    if (u->ctx == NULL || !gw_tls_context_harden(u->ctx) || !alpn_encode(u, tls->alpn))
        return false;
    (void)SSL_CTX_set_options(u->ctx, SSL_OP_NO_TICKET);
    return true;
}

static bool upstream_init(struct gw_upstream *u, struct gw_loop *loop, size_t index,
                          const struct gw_upstream_config *config)
{
    u->loop = loop;
    u->config = config;
    u->index = index;
    u->max_connections =
        config->max_connections != 0 ? config->max_connections : DEFAULT_CONNECTIONS;
    u->max_idle = config->max_idle != 0 ? config->max_idle : DEFAULT_IDLE;
    u->max_waiting = config->max_waiting != 0 ? config->max_waiting : DEFAULT_WAITING;
    u->queue_end = &u->queue;
    return config->servers_count > 0 && server_parse(u, config->servers[0]) && use_tls(u);
}

bool gw_loop_add_upstream(struct gw_loop *loop, const struct gw_upstream_config *config,
                          size_t *index, char *err, size_t err_len)
{
    size_t count = loop->upstreams_count;
    struct gw_upstream *u = calloc(1, sizeof(*u));
    struct gw_upstream **grown =
        realloc(loop->upstreams, (count + 1) * sizeof(struct gw_upstream *));
    char why[96];

    if (grown != NULL)
        loop->upstreams = grown;
    if (grown == NULL || u == NULL) {
        (void)snprintf(err, err_len, "cannot allocate an upstream");
        free(u);
        return false;
    }
    if (!upstream_init(u, loop, count, config)) {
        gw_tls_error(why, sizeof(why));
        (void)snprintf(err, err_len, "cannot use upstream '%s'%s%s", config->name,
                       why[0] != '\0' ? ": " : "", why);
        SSL_CTX_free(u->ctx);
        free(u);
        return false;
    }
    loop->upstreams[count] = u;
    loop->upstreams_count = count + 1;
    *index = count;
    return true;
}

bool gw_upstreams_init(struct gw_loop *loop, char *err, size_t err_len)
{
    for (size_t i = 0; i < loop->config->upstreams_count; i++) {
        size_t index;

        if (!gw_loop_add_upstream(loop, &loop->config->upstreams[i], &index, err, err_len))
            return false;
    }
    return true;
}

void gw_upstreams_close(struct gw_loop *loop)
{
    for (size_t i = 0; i < loop->upstreams_count; i++) {
        struct gw_upstream *u = loop->upstreams[i];

        while (u->all != NULL)
            gw_upconn_close(u->all);
        if (u->resolving)
            (void)uv_cancel((uv_req_t *)&u->resolve);
    }
}

void gw_upstreams_cleanup(struct gw_loop *loop)
{
    for (size_t i = 0; i < loop->upstreams_count; i++) {
        SSL_CTX_free(loop->upstreams[i]->ctx);
        free(loop->upstreams[i]);
    }
    free(loop->upstreams);
    loop->upstreams = NULL;
    loop->upstreams_count = 0;
}

static void enqueue(struct gw_upstream *u, struct gw_exchange *x)
{
    x->waiting = true;
    x->wait_next = NULL;
    x->wait_prev = NULL;
    if (u->queue != NULL) {
        struct gw_exchange *last =
            (struct gw_exchange *)((char *)u->queue_end - offsetof(struct gw_exchange, wait_next));

        x->wait_prev = last;
    }
    *u->queue_end = x;
    u->queue_end = &x->wait_next;
    u->waiting++;
    gw_exchange_touch(x);
}

void gw_upstream_forget(struct gw_upstream *u, struct gw_exchange *x)
{
    struct gw_exchange **from = x->wait_prev != NULL ? &x->wait_prev->wait_next : &u->queue;

    *from = x->wait_next;
    if (x->wait_next != NULL)
        x->wait_next->wait_prev = x->wait_prev;
    else
        u->queue_end = from;
    u->waiting--;
    x->waiting = false;
    gw_exchange_touch(x);
}

/* Returns: whether an idle connection carries x now, or once it is proven anew; those that cannot
 * are closed. */
static bool use_idle(struct gw_upstream *u, struct gw_exchange *x)
{
    while (u->idle != NULL) {
        struct gw_upconn *up = u->idle;
        const bool alive = gw_upconn_alive(up, !x->head->request.idempotent);

        if (alive && gw_upconn_usable(up)) {
            gw_upconn_assign(up, x);
            return true;
        }
        if (alive && gw_upconn_can_renew(up)) {
            gw_upconn_reprove(up, x);
            return true;
        }
        gw_upconn_close(up);
    }
    return false;
}

void gw_upstream_dial(struct gw_upstream *u, struct gw_exchange *x, bool fresh)
{
    if (!fresh && !x->is_tunnel && use_idle(u, x))
        return;
    /* A tunnel takes none that has carried requests, but may need the place of one. */
    if (x->is_tunnel && u->count >= u->max_connections && u->idle != NULL)
        gw_upconn_close(u->idle);
    if (u->count < u->max_connections) {
        gw_upconn_open(u, x);
    } else if (u->waiting < u->max_waiting) {
        enqueue(u, x);
    } else {
        gw_exchange_up_failed(x, &(struct gw_failure){.status = 503,
                                                      .proxy_status = "connection_limit_reached",
                                                      .code = "upstream-queue-full",
                                                      .upstream = u->index});
    }
}

void gw_upstream_serve_queue(struct gw_upstream *u)
{
    if (u->serving)
        return;
    u->serving = true;
    while (u->queue != NULL && (u->idle != NULL || u->count < u->max_connections)) {
        struct gw_exchange *x = u->queue;

        gw_upstream_forget(u, x);
        gw_upstream_dial(u, x, false);
    }
    u->serving = false;
}

static void on_resolved(uv_getaddrinfo_t *req, int status, struct addrinfo *list)
{
    struct gw_upstream *u = req->data;
    struct gw_upconn *next;
    size_t n = 0;

    u->resolving = false;
    for (struct addrinfo *a = list; status == 0 && a != NULL; a = a->ai_next)
        if (n < GW_UPSTREAM_ADDRESSES && a->ai_addrlen <= sizeof(u->addresses[0]))
            memcpy(&u->addresses[n++], a->ai_addr, a->ai_addrlen);
    uv_freeaddrinfo(list);
    if (n > 0) {
        u->addresses_count = n;
        u->stale = false;
    }
    u->resolved_at = gw_loop_now(u->loop);
    for (struct gw_upconn *up = u->all; up != NULL; up = next) {
        next = up->next;
        if (up->state == GW_UP_RESOLVE)
            gw_upconn_resolved(up, n > 0);
    }
    gw_loop_leave(u->loop);
}

void gw_upstream_resolve(struct gw_upstream *u)
{
    static const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};

    if (u->resolving || u->loop->stopping)
        return;
    u->resolve.data = u;
    u->resolving =
        uv_getaddrinfo(&u->loop->uv, &u->resolve, on_resolved, u->host, u->port, &hints) == 0;
}

bool gw_upstream_has_address(struct gw_upstream *u)
{
    uint64_t age = gw_loop_now(u->loop) - u->resolved_at;

    if (u->kind != GW_SERVER_NAME)
        return true;
    if (u->addresses_count == 0 || u->stale || age > u->loop->config->timeouts.resolve_again)
        gw_upstream_resolve(u);
    return u->addresses_count > 0 && !u->stale;
}
