/*
 * client_table: what one worker remembers of clients, by prefix: /32 of IPv4, /64 of IPv6.
 *
 * Its size is fixed: each prefix has eight places, found by a keyed hash so that nobody can aim at
 * the places of others. A prefix without connections makes room when its place is needed, the one
 * with the least to make good first.
 */
#ifndef GATEWAY_LIMITS_CLIENT_TABLE_H
#define GATEWAY_LIMITS_CLIENT_TABLE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "gateway/limits/bucket.h"

enum { GATEWAY_CLIENT_WAYS = 8, GATEWAY_CLIENT_TABLE_MIN = 1024 };

struct gateway_client {
    uint64_t prefix;
    sa_family_t family;   /* 0: a free place */
    uint32_t connections; /* open now */
    gateway_bucket requests, nonces;
};

struct gateway_client_table;

/** Returns: a table with twice as many places as there can be connections, to be given to _free;
 * NULL when memory ran out. In: key  of random bits */
struct gateway_client_table *gateway_client_table_new(size_t connections, const uint64_t key[2]);

/** NULL does nothing. */
void gateway_client_table_free(struct gateway_client_table *table);

/** Returns: the place of an address (borrowed until the next call); NULL: it is no IP address, or
 * all places it could have are held by connections of others. */
struct gateway_client *gateway_client_table_get(struct gateway_client_table *table,
                                                const struct sockaddr *address, uint64_t now_us);

#endif
