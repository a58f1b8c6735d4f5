#include "gateway/core/network.h"

#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>

/* Returns: whether the first bits of both are the same. */
static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    unsigned whole = bits / 8;
    uint8_t mask = (uint8_t)(0xff00 >> bits % 8);

    return memcmp(a, b, whole) == 0 && (bits % 8 == 0 || ((a[whole] ^ b[whole]) & mask) == 0);
}

static bool read_bits(const char *text, unsigned max, unsigned *bits)
{
    *bits = 0;
    if (*text == '\0' || strlen(text) > 3 || (text[0] == '0' && text[1] != '\0'))
        return false;
    for (; *text >= '0' && *text <= '9'; text++)
        *bits = *bits * 10 + (unsigned)(*text - '0');
    return *text == '\0' && *bits <= max;
}

bool gw_network_parse(const char *text, struct gw_network *out)
{
    const char *slash = strchr(text, '/');
    size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
    char address[INET6_ADDRSTRLEN];
    unsigned max;

    *out = (struct gw_network){0};
    if (len >= sizeof address)
        return false;
    memcpy(address, text, len);
    address[len] = '\0';
    if (inet_pton(AF_INET, address, out->address) == 1)
        out->family = AF_INET;
    else if (inet_pton(AF_INET6, address, out->address) == 1)
        out->family = AF_INET6;
    max = out->family == AF_INET ? 32 : 128;
    out->bits = max;
    if (out->family == 0 || (slash != NULL && !read_bits(slash + 1, max, &out->bits)))
        return false;
    for (unsigned i = out->bits; i < max; i++)
        if ((out->address[i / 8] & 0x80 >> i % 8) != 0)
            return false;
    return true;
}

bool gw_network_has(const struct gw_network *network, const struct sockaddr *address)
{
    if (network->family == 0 || network->family != address->sa_family)
        return false;
    if (network->family == AF_INET)
        return same_bits((const uint8_t *)&((const struct sockaddr_in *)address)->sin_addr,
                         network->address, network->bits);
    return same_bits(((const struct sockaddr_in6 *)address)->sin6_addr.s6_addr, network->address,
                     network->bits);
}

bool gw_networks_have(const struct gw_network *networks, size_t count,
                      const struct sockaddr *address)
{
    for (size_t i = 0; i < count; i++)
        if (gw_network_has(&networks[i], address))
            return true;
    return false;
}
