#include "gateway/serve/engine.h"

#include <stdio.h>
#include <stdlib.h>

#include "gateway/serve/stream.h"

enum { OTHER_FILES = 128 };

static void set_bounds(struct gw_config *e, const struct gateway_config *c)
{
    e->limits.max_connections = c->limits.max_connections;
    e->limits.max_head_bytes = c->limits.max_head_bytes;
    e->limits.max_fields = c->limits.max_fields;
    e->limits.max_body_bytes = c->limits.max_body_bytes;
    e->limits.max_requests = c->limits.max_requests_per_connection;
    e->limits.max_discard_bytes = c->limits.max_discard_bytes;
    e->timeouts.handshake = c->timeouts_ms.handshake;
    e->timeouts.head = c->timeouts_ms.head;
    e->timeouts.idle = c->timeouts_ms.idle;
    e->timeouts.body = c->timeouts_ms.body;
    e->timeouts.connect = c->timeouts_ms.connect;
    e->timeouts.first_byte = c->timeouts_ms.first_byte;
    e->timeouts.between_bytes = c->timeouts_ms.between_bytes;
    e->timeouts.write_stuck = c->timeouts_ms.write_stuck;
    e->timeouts.drain = c->timeouts_ms.drain;
}

static void set_check(struct gw_upstream_check *out, const struct gateway_upstream *u)
{
    const struct gateway_upstream_check *c = &u->check;

    if (!u->has_check)
        return;
    *out = (struct gw_upstream_check){
        .interval_ms = c->interval_ms,
        .timeout_ms = c->timeout_ms,
        .path = c->path[0] != '\0' ? c->path : NULL,
        .host = c->host,
        .status_min = c->status_min,
        .status_max = c->status_max,
        .rise = c->rise,
        .fall = c->fall,
    };
}

/* Returns: false with a text in err. */
static bool set_tls(struct gateway_engine *engine, const struct gateway_config *c, size_t i,
                    char *err, size_t err_len)
{
    const struct gateway_upstream *u = &c->upstreams[i];
    struct gateway_engine_tls *tls = &engine->tls[i];

    if (u->policy != NULL) {
        const struct attested_options options = {
            .name = u->tls.name,
            .policy = u->policy,
            .stream = u->stream,
            .collateral_url = c->collateral_url,
            .root_sha256 = u->root_sha256,
        };

        tls->attested = attested_upstream_new(&options, err, err_len);
        if (tls->attested == NULL)
            return false;
        engine->upstreams[i].tls = attested_upstream_tls(tls->attested);
    } else if (u->has_tls) {
        tls->judged = gateway_upstream_tls_new(&u->tls, u->h2, err, err_len);
        if (tls->judged == NULL)
            return false;
        engine->upstreams[i].tls = gateway_upstream_tls_of(tls->judged);
    }
    return true;
}

static void set_upstream(struct gw_upstream_config *out, const struct gateway_upstream *u)
{
    *out = (struct gw_upstream_config){
        .name = u->name,
        .servers = u->servers,
        .servers_count = u->servers_count,
        .balance = u->least_connections ? GW_BALANCE_LEAST_CONNECTIONS : GW_BALANCE_ROUND_ROBIN,
        .proxy = u->proxy,
        .max_connections = u->max_connections,
        .max_idle = u->max_idle,
        .max_waiting = u->max_waiting,
        .connect_ms = u->connect_ms,
        .queue_ms = u->queue_ms,
        .eject_failures = u->eject_failures,
        .eject_ms = u->eject_ms,
        .http2 = u->h2,
    };
    set_check(&out->check, u);
}

static bool allocate(struct gateway_engine *engine, const struct gateway_config *c)
{
    engine->listeners = calloc(c->listeners_count + 1, sizeof *engine->listeners);
    engine->upstreams = calloc(c->upstreams_count + 1, sizeof *engine->upstreams);
    engine->tls = calloc(c->upstreams_count + 1, sizeof *engine->tls);
    engine->clients = calloc(c->listeners_count + 1, sizeof *engine->clients);
    return engine->listeners != NULL && engine->upstreams != NULL && engine->tls != NULL &&
           engine->clients != NULL;
}

/* Returns: false with a text in err. */
static bool set_clients(struct gateway_engine *engine, const struct gateway_config *c, size_t i,
                        char *err, size_t err_len)
{
    if (c->listeners[i].client_auth == GATEWAY_CLIENT_AUTH_NONE)
        return true;
    engine->listeners[i].client_auth = &engine->clients[i].auth;
    return gateway_clients_init(&engine->clients[i], &c->listeners[i], err, err_len);
}

static void set_listeners(struct gateway_engine *engine, const struct gateway_config *c)
{
    bool passes = false;

    for (size_t i = 0; i < c->routes_count; i++)
        passes = passes || c->routes[i].mode == GATEWAY_MODE_PASSTHROUGH;
    for (size_t i = 0; i < c->listeners_count; i++)
        engine->listeners[i] = (struct gw_listener_config){
            .address = c->listeners[i].address,
            .mode = c->listeners[i].mode == GATEWAY_MODE_TCP ? GW_LISTENER_TCP : GW_LISTENER_HTTP,
            .tls = c->listeners[i].mode != GATEWAY_MODE_CHALLENGE,
            .hello = passes,
            .h2 = c->listeners[i].h2,
            .stream_alpn = GATEWAY_STREAM_ALPN,
            .proxy_from = c->listeners[i].relays,
            .proxy_from_count = c->listeners[i].relays_count,
            .trusted = c->listeners[i].trusted,
            .trusted_count = c->listeners[i].trusted_count,
        };
}

bool gateway_engine_init(struct gateway_engine *engine, const struct gateway_config *c,
                         unsigned threads, char *err, size_t err_len)
{
    struct gw_config *e = &engine->config;

    gw_config_init(e);
    if (!allocate(engine, c)) {
        (void)snprintf(err, err_len, "memory ran out");
        return false;
    }
    set_listeners(engine, c);
    e->threads = c->threads != 0 ? c->threads : threads;
    e->listeners = engine->listeners;
    e->listeners_count = c->listeners_count;
    e->upstreams = engine->upstreams;
    e->upstreams_count = c->upstreams_count;
    e->via = c->via[0] != '\0' ? c->via : NULL;
    set_bounds(e, c);
    for (size_t i = 0; i < c->listeners_count; i++)
        if (!set_clients(engine, c, i, err, err_len))
            return false;
    for (size_t i = 0; i < c->upstreams_count; i++) {
        set_upstream(&engine->upstreams[i], &c->upstreams[i]);
        if (!set_tls(engine, c, i, err, err_len))
            return false;
    }
    return true;
}

bool gateway_engine_watch(struct gateway_engine *engine, uv_loop_t *loop,
                          const struct gateway_log *log)
{
    for (size_t i = 0; i < engine->config.listeners_count; i++)
        gateway_clients_watch(&engine->clients[i], loop, log);
    for (size_t i = 0; i < engine->config.upstreams_count; i++)
        if (engine->tls[i].attested != NULL &&
            !attested_upstream_watch(engine->tls[i].attested, loop))
            return false;
    return true;
}

void gateway_engine_reload(struct gateway_engine *engine)
{
    for (size_t i = 0; engine->clients != NULL && i < engine->config.listeners_count; i++)
        gateway_clients_reload(&engine->clients[i]);
}

void gateway_engine_crl_state(const struct gateway_engine *engine,
                              struct gateway_engine_crl_state *out)
{
    *out = (struct gateway_engine_crl_state){0};
    for (size_t i = 0; engine->clients != NULL && i < engine->config.listeners_count; i++) {
        const struct gateway_clients *c = &engine->clients[i];

        out->errors += c->errors;
        out->refused += atomic_load(&c->refused);
        if (c->crl.count > 0 &&
            (out->next_update == 0 || c->crl.next_updates[0] < out->next_update))
            out->next_update = c->crl.next_updates[0];
    }
}

void gateway_engine_unwatch(struct gateway_engine *engine)
{
    for (size_t i = 0; engine->clients != NULL && i < engine->config.listeners_count; i++)
        gateway_clients_unwatch(&engine->clients[i]);
    for (size_t i = 0; engine->tls != NULL && i < engine->config.upstreams_count; i++)
        if (engine->tls[i].attested != NULL)
            attested_upstream_unwatch(engine->tls[i].attested);
}

uint64_t gateway_engine_files(const struct gateway_engine *engine)
{
    const struct gw_config *e = &engine->config;
    uint64_t upstreams = 0;

    for (size_t i = 0; i < e->upstreams_count; i++)
        upstreams += (uint64_t)e->upstreams[i].max_connections * e->upstreams[i].servers_count;
    return e->limits.max_connections + e->threads * upstreams + OTHER_FILES;
}

void gateway_engine_cleanup(struct gateway_engine *engine)
{
    for (size_t i = 0; engine->tls != NULL && i < engine->config.upstreams_count; i++) {
        gateway_upstream_tls_free(engine->tls[i].judged);
        attested_upstream_free(engine->tls[i].attested);
    }
    for (size_t i = 0; engine->clients != NULL && i < engine->config.listeners_count; i++)
        gateway_clients_cleanup(&engine->clients[i]);
    free(engine->clients);
    free(engine->tls);
    free(engine->listeners);
    free(engine->upstreams);
    *engine = (struct gateway_engine){0};
}
