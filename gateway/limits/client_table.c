#include "gateway/limits/client_table.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct gateway_client_table {
    uint64_t key[2];
    size_t sets; /* a power of two */
    struct gateway_client places[];
};

struct gateway_client_table *gateway_client_table_new(size_t connections, const uint64_t key[2])
{
    size_t sets = GATEWAY_CLIENT_TABLE_MIN / GATEWAY_CLIENT_WAYS;
    struct gateway_client_table *t;

    while (sets * GATEWAY_CLIENT_WAYS < 2 * connections)
        sets *= 2;
    t = calloc(1, sizeof *t + sets * GATEWAY_CLIENT_WAYS * sizeof t->places[0]);
    if (t == NULL)
        return NULL;
    t->key[0] = key[0];
    t->key[1] = key[1];
    t->sets = sets;
    return t;
}

void gateway_client_table_free(struct gateway_client_table *t)
{
    free(t);
}

static bool prefix_of(const struct sockaddr *address, uint64_t *prefix)
{
    *prefix = 0;
    if (address->sa_family == AF_INET)
        memcpy(prefix, &((const struct sockaddr_in *)address)->sin_addr, 4);
    else if (address->sa_family == AF_INET6)
        memcpy(prefix, &((const struct sockaddr_in6 *)address)->sin6_addr, 8);
    else
        return false;
    return true;
}

static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static struct gateway_client *set_of(struct gateway_client_table *t, uint64_t prefix,
                                     sa_family_t family)
{
    uint64_t h = mix(mix(prefix ^ t->key[0]) + family + t->key[1]);

    return &t->places[(h & (t->sets - 1)) * GATEWAY_CLIENT_WAYS];
}

static uint64_t debt(const struct gateway_client *c)
{
    return c->requests > c->nonces ? c->requests : c->nonces;
}

struct gateway_client *gateway_client_table_get(struct gateway_client_table *t,
                                                const struct sockaddr *address, uint64_t now_us)
{
    struct gateway_client *set, *free_one = NULL;
    uint64_t prefix;

    if (!prefix_of(address, &prefix))
        return NULL;
    set = set_of(t, prefix, address->sa_family);
    for (struct gateway_client *c = set; c < set + GATEWAY_CLIENT_WAYS; c++) {
        if (c->family == address->sa_family && c->prefix == prefix)
            return c;
        if (c->connections == 0 && (free_one == NULL || debt(c) < debt(free_one)))
            free_one = c;
    }
    if (free_one != NULL)
        *free_one = (struct gateway_client){
            .prefix = prefix, .family = address->sa_family, .requests = now_us, .nonces = now_us};
    return free_one;
}
