#include "gateway/core/proxy_protocol.h"

#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>

static const uint8_t signature[12] = {'\r', '\n', '\r', '\n', 0,   '\r',
                                      '\n', 'Q',  'U',  'I',  'T', '\n'};

enum {
    COMMAND_LOCAL = 0x20,
    COMMAND_PROXY = 0x21,
    FAMILY_NONE = 0x00,
    FAMILY_TCP4 = 0x11,
    FAMILY_TCP6 = 0x21,
    FAMILY_UNIX = 0x31,
    TCP4_LEN = 12,
    TCP6_LEN = 36,
    UNIX_LEN = 216,
    TLV_HEAD = 3,
    TLV_CRC32C = 0x03,
    CRC32C_LEN = 4
};

static unsigned u16(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

static void set_v4(struct sockaddr_storage *out, const uint8_t *address, unsigned port)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)out;

    v4->sin_family = AF_INET;
    v4->sin_port = htons((uint16_t)port);
    memcpy(&v4->sin_addr, address, sizeof v4->sin_addr);
}

static void set_v6(struct sockaddr_storage *out, const uint8_t *address, unsigned port)
{
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;

    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons((uint16_t)port);
    memcpy(&v6->sin6_addr, address, sizeof v6->sin6_addr);
}

/* A relay whose socket takes both families tells connections of IPv4 in the form ::ffff:a.b.c.d: as
 * IPv6 their clients would all be of one prefix, and on no list. Both ends are of one family. */
static void set_v6_pair(struct gw_proxy_header *out, const uint8_t *from, unsigned from_port,
                        const uint8_t *to, unsigned to_port)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

    if (memcmp(from, mapped, sizeof mapped) == 0 && memcmp(to, mapped, sizeof mapped) == 0) {
        set_v4(&out->from, from + sizeof mapped, from_port);
        set_v4(&out->to, to + sizeof mapped, to_port);
    } else {
        set_v6(&out->from, from, from_port);
        set_v6(&out->to, to, to_port);
    }
}

/* The next word of a version 1 line: up to one blank, or the end. Returns: false when it is empty
 * or too long. */
static bool next_word(const char **at, const char *end, char word[INET6_ADDRSTRLEN])
{
    size_t n = 0;

    while (*at + n < end && (*at)[n] != ' ')
        n++;
    if (n == 0 || n >= INET6_ADDRSTRLEN || memchr(*at, 0, n) != NULL)
        return false;
    memcpy(word, *at, n);
    word[n] = '\0';
    *at += n;
    if (*at < end && ++*at == end)
        return false; /* a blank at the end */
    return true;
}

static bool read_port(const char *text, unsigned *port)
{
    *port = 0;
    if (strlen(text) > 5 || (text[0] == '0' && text[1] != '\0'))
        return false;
    for (; *text >= '0' && *text <= '9'; text++)
        *port = *port * 10 + (unsigned)(*text - '0');
    return *text == '\0' && *port <= UINT16_MAX;
}

/* TCP4|TCP6 SP from SP to SP port SP port, without the CRLF. */
static bool read_v1_addresses(const char *at, const char *end, struct gw_proxy_header *out)
{
    char words[5][INET6_ADDRSTRLEN];
    unsigned from_port, to_port;
    uint8_t from[16], to[16];
    int family;

    for (size_t i = 0; i < 5; i++)
        if (!next_word(&at, end, words[i]) || (at == end) != (i == 4))
            return false;
    family = strcmp(words[0], "TCP4") == 0 ? AF_INET : AF_INET6;
    if ((family == AF_INET6 && strcmp(words[0], "TCP6") != 0) ||
        inet_pton(family, words[1], from) != 1 || inet_pton(family, words[2], to) != 1 ||
        !read_port(words[3], &from_port) || !read_port(words[4], &to_port))
        return false;
    out->addresses = true;
    if (family == AF_INET) {
        set_v4(&out->from, from, from_port);
        set_v4(&out->to, to, to_port);
    } else {
        set_v6_pair(out, from, from_port, to, to_port);
    }
    return true;
}

static enum gw_proxy_result read_v1(const char *data, size_t len, struct gw_proxy_header *out)
{
    static const char begin[] = "PROXY ";
    static const char unknown[] = "UNKNOWN";
    size_t max = len < GW_PROXY_V1_MAX ? len : GW_PROXY_V1_MAX;
    size_t known = len < sizeof begin - 1 ? len : sizeof begin - 1;
    const char *cr = memchr(data, '\r', max);
    const char *at = data + sizeof begin - 1;

    if (memcmp(data, begin, known) != 0 ||
        memchr(data, '\n', cr != NULL ? (size_t)(cr - data) : max))
        return GW_PROXY_REFUSED;
    if (cr == NULL || cr + 1 == data + len)
        return len < GW_PROXY_V1_MAX ? GW_PROXY_MORE : GW_PROXY_REFUSED;
    out->len = (size_t)(cr + 2 - data);
    if (cr[1] != '\n' || out->len > GW_PROXY_V1_MAX || cr < at)
        return GW_PROXY_REFUSED;
    if ((size_t)(cr - at) >= sizeof unknown - 1 && memcmp(at, unknown, sizeof unknown - 1) == 0 &&
        (at + sizeof unknown - 1 == cr || at[sizeof unknown - 1] == ' '))
        return GW_PROXY_COMPLETE;
    return read_v1_addresses(at, cr, out) ? GW_PROXY_COMPLETE : GW_PROXY_REFUSED;
}

/* Castagnoli, reflected; once for each connection of a relay. */
static uint32_t crc32c(uint32_t crc, const uint8_t *data, size_t len, const uint8_t *zero)
{
    for (size_t i = 0; i < len; i++) {
        bool is_zero = zero != NULL && data + i >= zero && data + i < zero + CRC32C_LEN;

        crc ^= is_zero ? 0 : data[i];
        for (int k = 0; k < 8; k++)
            crc = crc >> 1 ^ (0x82f63b78 & (0 - (crc & 1)));
    }
    return crc;
}

/* TLVs from at to the end of the header. */
static bool check_tlvs(const uint8_t *header, const uint8_t *at, const uint8_t *end)
{
    const uint8_t *crc = NULL;
    unsigned count = 0;

    while (at < end) {
        size_t len;

        if (++count > GW_PROXY_TLVS_MAX || end - at < TLV_HEAD)
            return false;
        len = u16(at + 1);
        if ((size_t)(end - at) - TLV_HEAD < len)
            return false;
        if (at[0] == TLV_CRC32C) {
            if (crc != NULL || len != CRC32C_LEN)
                return false;
            crc = at + TLV_HEAD;
        }
        at += TLV_HEAD + len;
    }
    return crc == NULL || (crc32c(UINT32_MAX, header, (size_t)(end - header), crc) ^ UINT32_MAX) ==
                              ((uint32_t)u16(crc) << 16 | u16(crc + 2));
}

/* Returns: the length of a family's addresses; SIZE_MAX for those that no stream has. */
static size_t addresses_len(uint8_t family)
{
    switch (family) {
    case FAMILY_NONE:
        return 0;
    case FAMILY_TCP4:
        return TCP4_LEN;
    case FAMILY_TCP6:
        return TCP6_LEN;
    case FAMILY_UNIX:
        return UNIX_LEN;
    default:
        return SIZE_MAX;
    }
}

static enum gw_proxy_result read_v2(const uint8_t *data, size_t len, struct gw_proxy_header *out)
{
    size_t known = len < sizeof signature ? len : sizeof signature;
    const uint8_t *body = data + GW_PROXY_V2_HEAD;
    size_t body_len, addresses;

    if (memcmp(data, signature, known) != 0)
        return GW_PROXY_REFUSED;
    if (len < GW_PROXY_V2_HEAD)
        return GW_PROXY_MORE;
    body_len = u16(data + 14);
    addresses = addresses_len(data[13]);
    if ((data[12] != COMMAND_LOCAL && data[12] != COMMAND_PROXY) || body_len > GW_PROXY_V2_BODY_MAX)
        return GW_PROXY_REFUSED;
    /* What LOCAL says beside its length is to be skipped. */
    if (data[12] == COMMAND_PROXY && addresses > body_len)
        return GW_PROXY_REFUSED;
    out->len = GW_PROXY_V2_HEAD + body_len;
    if (len < out->len)
        return GW_PROXY_MORE;
    if (data[12] == COMMAND_LOCAL)
        return GW_PROXY_COMPLETE;
    out->addresses = data[13] == FAMILY_TCP4 || data[13] == FAMILY_TCP6;
    if (data[13] == FAMILY_TCP4) {
        set_v4(&out->from, body, u16(body + 8));
        set_v4(&out->to, body + 4, u16(body + 10));
    } else if (data[13] == FAMILY_TCP6) {
        set_v6_pair(out, body, u16(body + 32), body + 16, u16(body + 34));
    }
    return check_tlvs(data, body + addresses, data + out->len) ? GW_PROXY_COMPLETE
                                                               : GW_PROXY_REFUSED;
}

enum gw_proxy_result gw_proxy_read(const uint8_t *data, size_t len, struct gw_proxy_header *out)
{
    *out = (struct gw_proxy_header){0};
    if (len == 0)
        return GW_PROXY_MORE;
    return data[0] == signature[0] ? read_v2(data, len, out)
                                   : read_v1((const char *)data, len, out);
}

static uint16_t port_of(const struct sockaddr *a)
{
    return ntohs(a->sa_family == AF_INET ? ((const struct sockaddr_in *)a)->sin_port
                                         : ((const struct sockaddr_in6 *)a)->sin6_port);
}

static const void *bytes_of(const struct sockaddr *a)
{
    return a->sa_family == AF_INET ? (const void *)&((const struct sockaddr_in *)a)->sin_addr
                                   : (const void *)&((const struct sockaddr_in6 *)a)->sin6_addr;
}

static size_t write_v1(const struct sockaddr *from, const struct sockaddr *to, char *out)
{
    char a[INET6_ADDRSTRLEN], b[INET6_ADDRSTRLEN];
    char line[GW_PROXY_V1_MAX + 1];
    int n = snprintf(line, sizeof line, "PROXY UNKNOWN\r\n");

    if (from != NULL && inet_ntop(from->sa_family, bytes_of(from), a, sizeof a) != NULL &&
        inet_ntop(to->sa_family, bytes_of(to), b, sizeof b) != NULL)
        n = snprintf(line, sizeof line, "PROXY %s %s %s %u %u\r\n",
                     from->sa_family == AF_INET ? "TCP4" : "TCP6", a, b, (unsigned)port_of(from),
                     (unsigned)port_of(to));
    memcpy(out, line, (size_t)n);
    return (size_t)n;
}

static size_t write_v2(const struct sockaddr *from, const struct sockaddr *to, uint8_t *out)
{
    size_t n = 0;
    size_t len = GW_PROXY_V2_HEAD;
    uint16_t ports[2];

    if (from != NULL)
        n = from->sa_family == AF_INET ? 4 : 16;
    memcpy(out, signature, sizeof signature);
    out[12] = from != NULL ? COMMAND_PROXY : COMMAND_LOCAL;
    out[13] = n == 0 ? FAMILY_NONE : n == 4 ? FAMILY_TCP4 : FAMILY_TCP6;
    out[14] = 0;
    out[15] = (uint8_t)(n == 0 ? 0 : 2 * n + sizeof ports);
    if (n == 0)
        return len;
    ports[0] = htons(port_of(from));
    ports[1] = htons(port_of(to));
    memcpy(out + len, bytes_of(from), n);
    memcpy(out + len + n, bytes_of(to), n);
    memcpy(out + len + 2 * n, ports, sizeof ports);
    return len + 2 * n + sizeof ports;
}

size_t gw_proxy_write(enum gw_proxy_version version, const struct sockaddr *from,
                      const struct sockaddr *to, uint8_t *out)
{
    if (from == NULL || to == NULL || from->sa_family != to->sa_family ||
        (from->sa_family != AF_INET && from->sa_family != AF_INET6))
        from = to = NULL;
    return version == GW_PROXY_V1 ? write_v1(from, to, (char *)out) : write_v2(from, to, out);
}
