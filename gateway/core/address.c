#include "gateway/core/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

bool gw_port_parse(const char *text, uint16_t *port)
{
    unsigned value = 0;

    if (*text == '\0' || strlen(text) > 5)
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return false;
        value = value * 10 + (unsigned)(*text - '0');
    }
    *port = (uint16_t)value;
    return value <= UINT16_MAX;
}

bool gw_address_parse(const char *text, struct sockaddr_storage *addr, socklen_t *len)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)addr;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)addr;
    const char *colon = strrchr(text, ':');
    char host[INET6_ADDRSTRLEN];
    size_t host_len;
    uint16_t port;

    memset(addr, 0, sizeof(*addr));
    if (colon == NULL || !gw_port_parse(colon + 1, &port))
        return false;
    host_len = (size_t)(colon - text);
    if (host_len >= 2 && text[0] == '[' && text[host_len - 1] == ']') {
        text++;
        host_len -= 2;
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        *len = sizeof(*v6);
    } else {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        *len = sizeof(*v4);
    }
    if (host_len >= sizeof(host))
        return false;
    memcpy(host, text, host_len);
    host[host_len] = '\0';
    return inet_pton(addr->ss_family, host,
                     addr->ss_family == AF_INET6 ? (void *)&v6->sin6_addr
                                                 : (void *)&v4->sin_addr) == 1;
}

void gw_address_format(const struct sockaddr *addr, char *text, size_t len)
{
    char host[INET6_ADDRSTRLEN] = "";
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)addr;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)addr;

    if (addr->sa_family == AF_INET6) {
        (void)inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof(host));
        (void)snprintf(text, len, "[%s]:%u", host, (unsigned)ntohs(v6->sin6_port));
    } else {
        (void)inet_ntop(AF_INET, &v4->sin_addr, host, sizeof(host));
        (void)snprintf(text, len, "%s:%u", host, (unsigned)ntohs(v4->sin_port));
    }
}
