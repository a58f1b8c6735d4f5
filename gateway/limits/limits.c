#include "gateway/limits/limits.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "gateway/limits/client_table.h"
#include "gateway/config/names.h"

enum { OVERLOAD_RETRY_S = 2 };

/* Quotes for nonces, of one prefix: many clients may share an address. */
static const struct gateway_rate nonce_rate = {.per_s = 8, .burst = 16};

struct name {
    const char *name; /* borrowed */
    uint32_t connections;
    gateway_bucket requests;
};

struct gateway_limits {
    const struct gateway_config *config;
    const struct gateway_memory *memory;
    struct gateway_client_table *clients;
    struct name *names; /* of listeners and of routes that pass them on; the last one: every other
                           name, and none */
    size_t names_count;
};

static bool add_names(struct gateway_limits *l)
{
    const char **names = gateway_names(l->config, &l->names_count);

    if (names == NULL)
        return false;
    l->names = calloc(l->names_count + l->config->routes_count + 1, sizeof *l->names);
    for (size_t i = 0; l->names != NULL && i < l->names_count; i++)
        l->names[i].name = names[i];
    for (size_t i = 0; l->names != NULL && i < l->config->routes_count; i++)
        if (l->config->routes[i].mode == GATEWAY_MODE_PASSTHROUGH)
            l->names[l->names_count++].name = l->config->routes[i].host;
    free(names);
    return l->names != NULL;
}

struct gateway_limits *gateway_limits_new(const struct gateway_config *config,
                                          const struct gateway_memory *memory, unsigned workers)
{
    const size_t connections = (config->limits.max_connections + workers - 1) / workers;
    struct gateway_limits *l = calloc(1, sizeof *l);
    uint64_t key[2];

    if (l == NULL)
        return NULL;
    l->config = config;
    l->memory = memory;
    if (RAND_bytes((unsigned char *)key, sizeof key) == 1)
        l->clients = gateway_client_table_new(connections, key);
    if (l->clients != NULL && add_names(l))
        return l;
    gateway_limits_free(l);
    return NULL;
}

void gateway_limits_free(struct gateway_limits *l)
{
    if (l == NULL)
        return;
    gateway_client_table_free(l->clients);
    free(l->names);
    free(l);
}

/* A relay's address is nobody's, nor is one that a proxy in front stands behind. */
static bool is_known(const struct gateway_limits *l, const struct gw_conn_info *conn)
{
    const bool direct = l->config->listeners[conn->listener].direct && !conn->relayed;

    return !conn->trusted && (conn->told || direct);
}

static struct name *name_of(struct gateway_limits *l, const char *sni)
{
    size_t i = 0;

    while (sni != NULL && i < l->names_count && strcmp(l->names[i].name, sni) != 0)
        i++;
    return &l->names[sni != NULL ? i : l->names_count];
}

/* Returns: whether there was a place. */
static bool count(uint32_t *connections, uint32_t most)
{
    if (most != 0 && *connections >= most)
        return false;
    (*connections)++;
    return true;
}

const char *gateway_limits_admit(struct gateway_limits *l, const struct gw_conn_info *conn,
                                 enum gw_admission step, uint64_t now_us)
{
    struct gateway_client *client;

    if (step == GW_ADMIT_NAME && l->config->limits.per_name.connections == 0)
        return NULL;
    if (step == GW_ADMIT_NAME)
        return count(&name_of(l, conn->sni)->connections, l->config->limits.per_name.connections)
                   ? NULL
                   : "name-connections";
    if (gateway_memory_level(l->memory) == GATEWAY_MEMORY_FULL)
        return "overload";
    if (!is_known(l, conn))
        return NULL;
    client = gateway_client_table_get(l->clients, conn->peer, now_us);
    /* Without a place nobody counts; that matters only where there is something to count. */
    if (client == NULL)
        return l->config->limits.per_client.connections == 0 ? NULL : "client-connections";
    return count(&client->connections, l->config->limits.per_client.connections)
               ? NULL
               : "client-connections";
}

void gateway_limits_release(struct gateway_limits *l, const struct gw_conn_info *conn,
                            uint64_t now_us)
{
    struct gateway_client *client;

    if ((conn->admitted & GW_ADMIT_NAME) != 0 && l->config->limits.per_name.connections != 0)
        name_of(l, conn->sni)->connections--;
    if ((conn->admitted & GW_ADMIT_CLIENT) == 0 || !is_known(l, conn))
        return;
    client = gateway_client_table_get(l->clients, conn->peer, now_us);
    if (client != NULL && client->connections > 0)
        client->connections--;
}

/* Returns: seconds to wait; 0: none. */
static unsigned take(gateway_bucket *bucket, const struct gateway_bound *bound, uint64_t now_us)
{
    const struct gateway_rate rate = {bound->requests_per_s, bound->burst};

    return gateway_bucket_take(bucket, &rate, now_us);
}

void gateway_limits_request(struct gateway_limits *l, const struct gw_conn_info *conn,
                            uint64_t now_us, struct gateway_limit *why)
{
    struct gateway_client *client = NULL;
    unsigned wait = 0;

    *why = (struct gateway_limit){0};
    if (gateway_memory_level(l->memory) != GATEWAY_MEMORY_ENOUGH) {
        *why = (struct gateway_limit){503, "overload", "the gateway is short of memory",
                                      OVERLOAD_RETRY_S};
        return;
    }
    if (l->config->limits.per_client.requests_per_s != 0 && is_known(l, conn))
        client = gateway_client_table_get(l->clients, conn->peer, now_us);
    if (client != NULL)
        wait = take(&client->requests, &l->config->limits.per_client, now_us);
    if (wait != 0) {
        *why =
            (struct gateway_limit){429, "client-rate", "too many requests from this address", wait};
        return;
    }
    if (l->config->limits.per_name.requests_per_s != 0)
        wait = take(&name_of(l, conn->sni)->requests, &l->config->limits.per_name, now_us);
    if (wait != 0)
        *why = (struct gateway_limit){429, "name-rate", "too many requests for this name", wait};
}

unsigned gateway_limits_nonce(struct gateway_limits *l, const struct gw_conn_info *conn,
                              uint64_t now_us)
{
    struct gateway_client *client =
        is_known(l, conn) ? gateway_client_table_get(l->clients, conn->peer, now_us) : NULL;

    return client != NULL ? gateway_bucket_take(&client->nonces, &nonce_rate, now_us) : 0;
}
