#include "gateway/engine.h"

#include <stdlib.h>

enum { UPSTREAM_CONNECTIONS = 512, OTHER_FILES = 128 };

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

bool gateway_engine_init(struct gateway_engine *engine, const struct gateway_config *c,
                         unsigned threads)
{
    struct gw_config *e = &engine->config;

    gw_config_init(e);
    engine->listeners = calloc(c->listeners_count + 1, sizeof *engine->listeners);
    engine->upstreams = calloc(c->upstreams_count + 1, sizeof *engine->upstreams);
    if (engine->listeners == NULL || engine->upstreams == NULL)
        return false;
    for (size_t i = 0; i < c->listeners_count; i++)
        engine->listeners[i] = (struct gw_listener_config){
            .address = c->listeners[i].address,
            .mode = GW_LISTENER_HTTP,
            .tls = true,
        };
    for (size_t i = 0; i < c->upstreams_count; i++)
        engine->upstreams[i] = (struct gw_upstream_config){
            .name = c->upstreams[i].name,
            .servers = c->upstreams[i].servers,
            .servers_count = c->upstreams[i].servers_count,
            .max_connections = UPSTREAM_CONNECTIONS,
        };
    e->threads = c->threads != 0 ? c->threads : threads;
    e->listeners = engine->listeners;
    e->listeners_count = c->listeners_count;
    e->upstreams = engine->upstreams;
    e->upstreams_count = c->upstreams_count;
    e->via = c->via[0] != '\0' ? c->via : NULL;
    set_bounds(e, c);
    return true;
}

uint64_t gateway_engine_files(const struct gateway_engine *engine)
{
    const struct gw_config *e = &engine->config;

    return e->limits.max_connections +
           (uint64_t)e->threads * e->upstreams_count * UPSTREAM_CONNECTIONS + OTHER_FILES;
}

void gateway_engine_cleanup(struct gateway_engine *engine)
{
    free(engine->listeners);
    free(engine->upstreams);
    *engine = (struct gateway_engine){0};
}
