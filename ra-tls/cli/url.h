/*
 * url: https://host[:port][/path][?query], as verify, get and policy init take it.
 */
#ifndef DEVPROOF_URL_H
#define DEVPROOF_URL_H

#include <stdbool.h>
#include <stdint.h>

struct url {
    char host[256]; /* lower case, without brackets */
    uint16_t port;
    const char *target; /* path and query; "/" when there is none; points into the text */
};

/** Returns: whether text is such a URL; http:// and user information are refused. "host:port" and
 * "host" count as https. */
bool url_parse(const char *text, struct url *out);

/** Returns: whether text is HOST:PORT. */
bool url_parse_authority(const char *text, struct url *out);

/** Returns: whether text is ADDR[:PORT]; an address of IPv6 may stand without brackets when no port
 * follows. Out: out->port is 0 without a port */
bool url_parse_address(const char *text, struct url *out);

#endif
