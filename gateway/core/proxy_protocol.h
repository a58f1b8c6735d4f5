/*
 * proxy_protocol: the header in which a relay tells the addresses of the connection it relays, in
 * its versions 1 (text) and 2 (binary). Pure.
 */
#ifndef GW_CORE_PROXY_PROTOCOL_H
#define GW_CORE_PROXY_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum {
    GW_PROXY_V1_MAX = 107,       /* with its CRLF */
    GW_PROXY_V2_HEAD = 16,       /* before addresses and TLVs */
    GW_PROXY_V2_BODY_MAX = 4096, /* of them; the length field could say more */
    GW_PROXY_TLVS_MAX = 64,      /* in one header */
    GW_PROXY_MAX = GW_PROXY_V2_HEAD + GW_PROXY_V2_BODY_MAX,
    GW_PROXY_WRITE_MAX = GW_PROXY_V1_MAX
};

/* Zero means refused. */
enum gw_proxy_result { GW_PROXY_REFUSED = 0, GW_PROXY_MORE, GW_PROXY_COMPLETE };

enum gw_proxy_version { GW_PROXY_NONE = 0, GW_PROXY_V1, GW_PROXY_V2 };

struct gw_proxy_header {
    size_t len;     /* of the header; what follows is the connection's */
    bool addresses; /* from and to are told; else the connection's own count */
    struct sockaddr_storage from, to;
};

/**
 * Read a header from the first bytes of a connection.
 *
 * Returns: MORE when it may still become one; COMPLETE; REFUSED when the bytes are none: another
 *          beginning, a version 1 line of another form or over 107 bytes, a version 2 header with
 *          another command or family than those of TCP and unix streams, too short for its
 *          addresses, with TLVs that do not fit exactly, more than 64 of them, or a CRC32c that is
 *          repeated or wrong. LOCAL and UNKNOWN tell no addresses. A connection of
 *          IPv4 that is told in IPv6 (::ffff:a.b.c.d at both ends) is told as IPv4.
 * In:      data  all bytes so far, from the first on; looked at up to GW_PROXY_MAX
 */
enum gw_proxy_result gw_proxy_read(const uint8_t *data, size_t len, struct gw_proxy_header *out);

/**
 * Write a header.
 *
 * Returns: its length
 * In:      from, to  both of one family, IPv4 or IPv6; otherwise, or NULL: none are told
 * Out:     out       room for GW_PROXY_WRITE_MAX bytes
 */
size_t gw_proxy_write(enum gw_proxy_version version, const struct sockaddr *from,
                      const struct sockaddr *to, uint8_t *out);

#endif
