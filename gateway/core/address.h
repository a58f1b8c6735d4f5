/*
 * address: a numeric address with a port, as configurations write it: "1.2.3.4:80", "[::1]:80".
 * Pure.
 */
#ifndef GW_CORE_ADDRESS_H
#define GW_CORE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/socket.h>

/**
 * Read an address.
 *
 * Returns: whether it is a numeric address with a port
 * Out:     addr, len  ready for bind and connect
 */
bool gw_address_parse(const char *text, struct sockaddr_storage *addr, socklen_t *len);

/** Read a port: up to five decimal digits and nothing else. Returns: whether it is 0 to 65535 */
bool gw_port_parse(const char *text, uint16_t *port);

/** Write it back in the same form. */
void gw_address_format(const struct sockaddr *addr, char *text, size_t len);

#endif
