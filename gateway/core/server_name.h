/*
 * server_name: the host names that TLS clients may ask for (RFC 6066 section 3). Pure.
 */
#ifndef GW_CORE_SERVER_NAME_H
#define GW_CORE_SERVER_NAME_H

#include <stdbool.h>

/** Returns: whether a server name is lower-case letters, digits, '-', in labels that are not empty,
 * without a trailing dot, of at most 253 bytes. Out: name lowered in place. */
bool gw_server_name_check(char *name);

#endif
