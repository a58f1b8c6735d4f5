#include "gateway/core/upstream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/core/exchange_private.h"
#include "gateway/core/server_private.h"
#include "gateway/core/tls_context.h"
#include "gateway/core/tls_engine.h"
#include "gateway/core/upstream_check.h"
#include "gateway/core/upstream_conn.h"
#include "gateway/core/upstream_http2.h"

enum { DEFAULT_CONNECTIONS = 4096, DEFAULT_IDLE = 256, DEFAULT_WAITING = 1024 };

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
    if (tls->tls12 && SSL_CTX_set_min_proto_version(u->ctx, TLS1_2_VERSION) != 1)
        return false;
    (void)SSL_CTX_set_options(u->ctx, SSL_OP_NO_TICKET);
    return true;
}

/* Numeric addresses and unix sockets are backends at once, names when they are resolved. */
static bool use_servers(struct gw_upstream *u)
{
    const struct gw_upstream_config *config = u->config;

    if (config->servers_count == 0 || config->servers_count > GW_UPSTREAM_SERVERS)
        return false;
    u->sources = calloc(config->servers_count, sizeof(*u->sources));
    if (u->sources == NULL)
        return false;
    u->resolve_due = GW_NEVER;
    for (size_t i = 0; i < config->servers_count; i++) {
        struct gw_source *s = &u->sources[u->sources_count++];

        s->upstream = u;
        if (!gw_source_parse(s, config->servers[i]))
            return false;
        if (s->kind == GW_SOURCE_NAME)
            u->resolve_due = 0;
        else if (!gw_backend_add(u, s, &s->address))
            return false;
    }
    return true;
}

/* Proofs are HTTP/1.1, and a connection of HTTP/2 has many clients. */
static bool protocols_agree(const struct gw_upstream_config *c)
{
    return !c->http2 || ((c->tls == NULL || c->tls->proof == NULL) && c->proxy == GW_PROXY_NONE);
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
    return protocols_agree(config) && use_servers(u) && use_tls(u) && gw_checks_start(u);
}

static void upstream_free(struct gw_upstream *u)
{
    if (u == NULL)
        return;
    gw_checks_free(u);
    gw_backend_forget_verdicts(u);
    for (size_t i = 0; i < u->backends_count; i++)
        free(u->backends[i]);
    free(u->sources);
    SSL_CTX_free(u->ctx);
    free(u);
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
        upstream_free(u);
        return false;
    }
    loop->upstreams[count] = u;
    loop->upstreams_count = count + 1;
    *index = count;
    gw_upstream_publish(u);
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

        gw_checks_stop(u);
        while (u->all != NULL)
            gw_upconn_close(u->all);
        for (size_t k = 0; k < u->sources_count; k++)
            gw_source_close(&u->sources[k]);
    }
}

void gw_upstreams_cleanup(struct gw_loop *loop)
{
    for (size_t i = 0; i < loop->upstreams_count; i++)
        upstream_free(loop->upstreams[i]);
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
    gw_count(u->loop, GW_STAT(upstream_waiting), 1);
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
    gw_gauge_down(u->loop, GW_STAT(upstream_waiting));
    x->waiting = false;
    gw_exchange_touch(x);
}

/* Nobody else gets the place that becomes free. */
static void close_for(struct gw_upstream *u, struct gw_upconn *up)
{
    bool serving = u->serving;

    u->serving = true;
    gw_upconn_close(up);
    u->serving = serving;
}

/* Returns: whether an idle connection carries x now, or once it is proven anew; those that cannot
 * are closed. */
static bool use_idle(struct gw_backend *b, struct gw_exchange *x)
{
    while (b->idle != NULL) {
        struct gw_upconn *up = b->idle;
        const bool alive = gw_upconn_alive(up, !x->head->request.idempotent);

        if (alive && gw_upconn_usable(up)) {
            gw_upconn_assign(up, x);
            return true;
        }
        if (alive && gw_upconn_can_renew(up)) {
            gw_upconn_reprove(up, x);
            return true;
        }
        close_for(b->upstream, up);
    }
    return false;
}

static void use(struct gw_backend *b, struct gw_exchange *x)
{
    x->tried = b->number;
    if (b->upstream->config->http2) {
        gw_call_begin(b, x);
        return;
    }
    if (!x->is_tunnel && !x->retried && b->upstream->config->proxy == GW_PROXY_NONE &&
        use_idle(b, x))
        return;
    /* It takes none that has carried requests, but may need the place of one. */
    if (gw_backend_places_taken(b) >= b->upstream->max_connections && b->idle != NULL)
        close_for(b->upstream, b->idle);
    gw_upconn_open(b, x);
}

static void refuse(struct gw_upstream *u, struct gw_exchange *x, unsigned status,
                   const char *proxy_status, const char *code)
{
    gw_exchange_up_failed(
        x, &(struct gw_failure){
               .status = status, .proxy_status = proxy_status, .code = code, .upstream = u->index});
}

static bool all_down(const struct gw_upstream *u)
{
    for (size_t i = 0; i < u->backends_count; i++)
        if (!u->backends[i]->down)
            return false;
    return true;
}

/* Returns: whether nobody can be served, and no look-up is under way that may change that. */
static bool is_hopeless(const struct gw_upstream *u)
{
    return u->resolving == 0 && all_down(u);
}

/* There is no server that x could wait for. */
static void refuse_hopeless(struct gw_upstream *u, struct gw_exchange *x)
{
    if (u->backends_count == 0)
        refuse(u, x, 502, "dns_error", "upstream-resolve");
    else
        refuse(u, x, 503, "destination_unavailable", "upstream-down");
}

void gw_upstream_dial(struct gw_upstream *u, struct gw_exchange *x)
{
    uint64_t now = gw_loop_now(u->loop);
    struct gw_backend *b;

    if (u->config->http2 && x->is_tunnel) {
        refuse(u, x, 502, "http_protocol_error", "upstream-protocol");
        return;
    }
    if (!x->retried)
        gw_retry_budget_request(&u->budget, now);
    if (now >= u->resolve_due)
        gw_source_refresh(u, now);
    b = gw_backend_choose(u, x->tried, now);
    if (b != NULL)
        use(b, x);
    else if (is_hopeless(u))
        refuse_hopeless(u, x);
    else if (u->waiting < u->max_waiting)
        enqueue(u, x);
    else
        refuse(u, x, 503, "connection_limit_reached", "upstream-queue-full");
}

bool gw_upstream_has_other(const struct gw_upstream *u, const struct gw_exchange *x)
{
    if (u->resolving > 0)
        return true;
    for (size_t i = 0; i < u->backends_count; i++)
        if (!u->backends[i]->down && u->backends[i]->number != x->tried)
            return true;
    return false;
}

void gw_upstream_serve_queue(struct gw_upstream *u)
{
    if (u->serving)
        return;
    u->serving = true;
    while (u->queue != NULL) {
        struct gw_exchange *x = u->queue;
        struct gw_backend *b = gw_backend_choose(u, x->tried, gw_loop_now(u->loop));

        if (b == NULL)
            break;
        gw_upstream_forget(u, x);
        use(b, x);
    }
    u->serving = false;
}

/* Returns: whether every address, if there is any, is looked up again just now. */
static bool waits_for_names(const struct gw_upstream *u)
{
    for (size_t i = 0; i < u->backends_count; i++)
        if (!u->backends[i]->down && !u->backends[i]->refused && !u->backends[i]->source->stale)
            return false;
    return true;
}

uint32_t gw_upstream_wait_ms(const struct gw_upstream *u)
{
    const struct gw_timeouts *t = &u->loop->config->timeouts;

    /* Without an address the name is what is waited for. */
    if (u->backends_count == 0)
        return u->config->connect_ms != 0 ? u->config->connect_ms : t->connect;
    return u->config->queue_ms != 0 ? u->config->queue_ms : t->upstream_queue;
}

void gw_upstream_wait_ended(struct gw_upstream *u, struct gw_exchange *x)
{
    gw_upstream_forget(u, x);
    if (u->backends_count > 0 && all_down(u))
        refuse_hopeless(u, x);
    else if (waits_for_names(u))
        refuse(u, x, 504, "dns_timeout", "upstream-resolve-timeout");
    else
        refuse(u, x, 503, "connection_limit_reached", "upstream-queue-timeout");
}

void gw_upstream_changed(struct gw_upstream *u)
{
    gw_upstream_serve_queue(u);
    while (u->queue != NULL && is_hopeless(u)) {
        struct gw_exchange *x = u->queue;

        gw_upstream_forget(u, x);
        refuse_hopeless(u, x);
    }
}

void gw_upstream_publish(const struct gw_upstream *u)
{
    struct gw_upstream_state state = {.servers = (uint32_t)u->backends_count};

    for (size_t i = 0; i < u->backends_count; i++)
        state.up += !u->backends[i]->down;
    if (u->loop->index == GW_CHECKS_LOOP && u->index < u->loop->config->upstreams_count)
        gw_server_set_upstream_state(u->loop->server, u->index, &state);
}
