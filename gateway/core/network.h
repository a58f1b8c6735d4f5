/*
 * network: a block of addresses, "10.0.0.0/8". Pure.
 */
#ifndef GW_CORE_NETWORK_H
#define GW_CORE_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct gw_network {
    int family; /* 0: none */
    uint8_t address[16];
    unsigned bits;
};

/** Read "ADDRESS/BITS", or an address alone. Returns: false for another form, also when a bit
 * beyond BITS is set. */
bool gw_network_parse(const char *text, struct gw_network *out);

/** Returns: whether the address is in the block. */
bool gw_network_has(const struct gw_network *network, const struct sockaddr *address);

/** Returns: whether it is in one of them. */
bool gw_networks_have(const struct gw_network *networks, size_t count,
                      const struct sockaddr *address);

#endif
